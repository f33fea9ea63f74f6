/**
 * Branded ids: a portfolio id cannot be passed as an account group id.
 *
 * InvestSuite: one upper-case type letter and 26 characters (a ULID; entities page of the vendor's docs). The docs'
 * examples also have letters outside of Crockford's alphabet, so all of 0-9 and A-Z are accepted. Upvest: UUIDs.
 */
export type PortfolioId = string & { readonly __brand: 'PortfolioId' };
export type TransactionId = string & { readonly __brand: 'TransactionId' };
export type UserId = string & { readonly __brand: 'UserId' };
/** Upvest's account group: the cash of one portfolio. */
export type AccountGroupId = string & { readonly __brand: 'AccountGroupId' };
/** Upvest's id of the customer. */
export type BrokerageUserId = string & { readonly __brand: 'BrokerageUserId' };
/** Upvest's account inside a group: positions and orders. */
export type AccountId = string & { readonly __brand: 'AccountId' };

const INVESTSUITE_ID = /^[A-Z][0-9A-Z]{26}$/;

const investSuiteId = (letter: string, text: string): boolean => text[0] === letter && INVESTSUITE_ID.test(text);

export function parsePortfolioId(text: string): PortfolioId | undefined {
  return investSuiteId('P', text) ? (text as PortfolioId) : undefined;
}

/**
 * A portfolio id that does not exist, made of another id. A lookup of a missing object reads this portfolio, as a
 * lookup of another customer's object does: so neither its duration nor an unavailable upstream tells the two apart.
 * Undefined for a text that is not an id of the graph.
 */
export const missingPortfolioId = (id: string): PortfolioId | undefined => parsePortfolioId(`P${id.slice(-26)}`);

export function parseTransactionId(text: string): TransactionId | undefined {
  return investSuiteId('T', text) ? (text as TransactionId) : undefined;
}

export function parseUserId(text: string): UserId | undefined {
  return investSuiteId('U', text) ? (text as UserId) : undefined;
}

/**
 * Upvest's ids are UUIDs, but they come from InvestSuite's free-text `brokerage_portfolio_id` (the vendor's example is
 * `BrokerAccountKey`), so they must be safe as one path segment. Case does not matter in a UUID, and a person may have
 * typed it: it is stored in lower case, so that ids can be compared as text.
 */
const PATH_SEGMENT = /^[A-Za-z0-9][A-Za-z0-9_.~-]{0,127}$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export function parseAccountGroupId(text: string): AccountGroupId | undefined {
  return PATH_SEGMENT.test(text) ? (lowerUuid(text) as AccountGroupId) : undefined;
}

export function parseBrokerageUserId(text: string): BrokerageUserId | undefined {
  return PATH_SEGMENT.test(text) ? (lowerUuid(text) as BrokerageUserId) : undefined;
}

/** As {@link parseBrokerageUserId}, in the given case: a repeated write must send the same text. */
export function keptBrokerageUserId(text: string): BrokerageUserId | undefined {
  return PATH_SEGMENT.test(text) ? (text as BrokerageUserId) : undefined;
}

export function parseAccountId(text: string): AccountId | undefined {
  return PATH_SEGMENT.test(text) ? (lowerUuid(text) as AccountId) : undefined;
}

const lowerUuid = (text: string): string => (UUID.test(text) ? text.toLowerCase() : text);

/** An account group id in the spelling of {@link parseAccountGroupId}; rows of earlier releases may have another. */
export const oneSpelling = (id: AccountGroupId): AccountGroupId => lowerUuid(id) as AccountGroupId;

/** Spellings of the id by other systems and earlier releases: lower case, upper case, and as given. */
export function spellingsOf(id: AccountGroupId): readonly AccountGroupId[] {
  return UUID.test(id) ? [...new Set([oneSpelling(id), id.toUpperCase() as AccountGroupId, id])] : [id];
}
