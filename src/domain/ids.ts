/**
 * Ids are branded: a portfolio's id cannot be passed where an account group's is wanted.
 *
 * InvestSuite: one upper-case type letter and 26 characters (a ULID; entities page of the vendor's docs). The docs' own
 * examples also use letters that Crockford's alphabet leaves out, so any of 0-9 and A-Z is taken. Upvest: UUIDs.
 */
export type PortfolioId = string & { readonly __brand: 'PortfolioId' };
export type TransactionId = string & { readonly __brand: 'TransactionId' };
export type UserId = string & { readonly __brand: 'UserId' };
/** Upvest's account group: where the cash of one portfolio lives. */
export type AccountGroupId = string & { readonly __brand: 'AccountGroupId' };
/** Upvest's own id of the customer. */
export type BrokerageUserId = string & { readonly __brand: 'BrokerageUserId' };
/** Upvest's account inside a group: where positions and orders live. */
export type AccountId = string & { readonly __brand: 'AccountId' };

const INVESTSUITE_ID = /^[A-Z][0-9A-Z]{26}$/;

const investSuiteId = (letter: string, text: string): boolean => text[0] === letter && INVESTSUITE_ID.test(text);

export function parsePortfolioId(text: string): PortfolioId | undefined {
  return investSuiteId('P', text) ? (text as PortfolioId) : undefined;
}

/**
 * A portfolio id that nothing has, made of another id. Whoever asks for something that is not there is answered after a
 * look at this one, as for something that is somebody else's: neither the time it takes nor an upstream that is away
 * tells the two apart. Undefined for what is no id of the graph.
 */
export const nobodysPortfolio = (id: string): PortfolioId | undefined => parsePortfolioId(`P${id.slice(-26)}`);

export function parseTransactionId(text: string): TransactionId | undefined {
  return investSuiteId('T', text) ? (text as TransactionId) : undefined;
}

export function parseUserId(text: string): UserId | undefined {
  return investSuiteId('U', text) ? (text as UserId) : undefined;
}

/**
 * Upvest's ids are UUIDs, but they reach us through InvestSuite's free-text `brokerage_portfolio_id` (the vendor's own
 * example is `BrokerAccountKey`), so what matters is that they are safe as one path segment. A UUID is the same id in upper
 * and lower case, and a person may have typed it: it is lower case here, so that ids can be compared as texts.
 */
const PATH_SEGMENT = /^[A-Za-z0-9][A-Za-z0-9_.~-]{0,127}$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export function parseAccountGroupId(text: string): AccountGroupId | undefined {
  return PATH_SEGMENT.test(text) ? (lowerUuid(text) as AccountGroupId) : undefined;
}

export function parseBrokerageUserId(text: string): BrokerageUserId | undefined {
  return PATH_SEGMENT.test(text) ? (lowerUuid(text) as BrokerageUserId) : undefined;
}

/** The same, spelled as it is: a write that is repeated says what it said before. */
export function keptBrokerageUserId(text: string): BrokerageUserId | undefined {
  return PATH_SEGMENT.test(text) ? (text as BrokerageUserId) : undefined;
}

export function parseAccountId(text: string): AccountId | undefined {
  return PATH_SEGMENT.test(text) ? (lowerUuid(text) as AccountId) : undefined;
}

const lowerUuid = (text: string): string => (UUID.test(text) ? text.toLowerCase() : text);

/** An account group's id as {@link parseAccountGroupId} spells it, of a row that an earlier release may have written. */
export const oneSpelling = (id: AccountGroupId): AccountGroupId => lowerUuid(id) as AccountGroupId;

/** How others, and earlier releases, may have written the id: lower case, upper case, and as it is given. */
export function spellingsOf(id: AccountGroupId): readonly AccountGroupId[] {
  return UUID.test(id) ? [...new Set([oneSpelling(id), id.toUpperCase() as AccountGroupId, id])] : [id];
}
