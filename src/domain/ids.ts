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

type InvestSuiteId = PortfolioId | TransactionId | UserId;

const isInvestSuiteId = <Id extends InvestSuiteId>(letter: string, text: string): text is Id =>
  text[0] === letter && INVESTSUITE_ID.test(text);

export function parsePortfolioId(text: string): PortfolioId | undefined {
  return isInvestSuiteId<PortfolioId>('P', text) ? text : undefined;
}

/**
 * A portfolio id that does not exist, made of another id. A lookup of a missing object reads this portfolio, as a
 * lookup of another customer's object does: so neither its duration nor an unavailable upstream distinguishes the two.
 * Undefined for a text that is not an id of the graph.
 */
export const missingPortfolioId = (id: string): PortfolioId | undefined => parsePortfolioId(`P${id.slice(-26)}`);

export function parseTransactionId(text: string): TransactionId | undefined {
  return isInvestSuiteId<TransactionId>('T', text) ? text : undefined;
}

export function parseUserId(text: string): UserId | undefined {
  return isInvestSuiteId<UserId>('U', text) ? text : undefined;
}

/**
 * Upvest's ids are UUIDs, but they come from InvestSuite's free-text `brokerage_portfolio_id` (the vendor's example is
 * `BrokerAccountKey`), so they must be safe as one path segment. Case does not matter in a UUID, and a person may have
 * typed it: it is stored in lower case, so that ids can be compared as text.
 */
const PATH_SEGMENT = /^[A-Za-z0-9][A-Za-z0-9_.~-]{0,127}$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const isBrokerId = <Id extends AccountGroupId | BrokerageUserId | AccountId>(text: string): text is Id =>
  PATH_SEGMENT.test(text);

export function parseAccountGroupId(text: string): AccountGroupId | undefined {
  const id = lowerUuid(text);
  return isBrokerId<AccountGroupId>(id) ? id : undefined;
}

export function parseBrokerageUserId(text: string): BrokerageUserId | undefined {
  const id = lowerUuid(text);
  return isBrokerId<BrokerageUserId>(id) ? id : undefined;
}

/** As {@link parseBrokerageUserId}, in the given case: a repeated write must send the same text. */
export function keptBrokerageUserId(text: string): BrokerageUserId | undefined {
  return isBrokerId<BrokerageUserId>(text) ? text : undefined;
}

export function parseAccountId(text: string): AccountId | undefined {
  const id = lowerUuid(text);
  return isBrokerId<AccountId>(id) ? id : undefined;
}

const lowerUuid = (text: string): string => (UUID.test(text) ? text.toLowerCase() : text);

/** An account group id in the spelling of {@link parseAccountGroupId}; rows of earlier releases may have another. */
export const oneSpelling = (id: AccountGroupId): AccountGroupId => parseAccountGroupId(id) ?? id;

/** Spellings of the id by other systems and earlier releases: lower case, upper case, and as given. */
export function spellingsOf(id: AccountGroupId): readonly AccountGroupId[] {
  const spellings = UUID.test(id) ? [oneSpelling(id), id.toUpperCase(), id] : [id];
  return [...new Set(spellings.filter(isBrokerId<AccountGroupId>))];
}
