import { z } from 'zod';
import { compare, type Decimal, isPositive, parseDecimal, decimal as parsedDecimal } from '../../domain/decimal.ts';
import { type PortfolioId, parsePortfolioId, parseUserId } from '../../domain/ids.ts';
import { idOf, type UnreadableRow } from '../../domain/listing.ts';
import {
  type BrokerageLink,
  type Divestment,
  type Holding,
  MONEY_TYPES,
  PORTFOLIO_MANAGERS,
  PORTFOLIO_STATUSES,
  type Portfolio,
} from '../../domain/portfolio.ts';
import { BadUserInputError } from '../../errors.ts';
import { type ExactJson, NumberLiteral, type Writable } from '../upstream/exact-json.ts';
import { currency, decimal, time } from '../upstream/fields.ts';
import { writableMembers } from '../upstream/writable-json.ts';
import { externalId, invalidAnswer, known, looseBoolean, looseText, read, wholeNumber } from './fields.ts';
import type { PortfolioPatch } from './investsuite.ts';

/** How InvestSuite writes "everything": no portfolio is worth more. */
const EVERYTHING = parsedDecimal('1e100');
const EVERYTHING_ON_THE_WIRE = '1e100';

/** `GET /portfolios/{id}`, the used fields. Holdings, reservation and currency are required; others are optional. */
const portfolioShape = z.object({
  id: z.string(),
  external_id: looseText,
  name: looseText,
  owned_by_user_id: looseText,
  // Most of the vendor's answer examples print this name for the same thing.
  owned_by_portfolio_id: looseText,
  owned_by_user_ids: z.array(z.string()).nullish().catch(null),
  base_currency: currency,
  money_type: looseText,
  status: looseText,
  archived: looseBoolean,
  deleted: looseBoolean,
  // It decides whether a deposit is the first funding, so an unreadable value must not count as none.
  funded_since: time.nullish(),
  version: looseText,
  portfolio: z.record(z.string(), z.custom<ExactJson>()).nullish(),
  config: z
    .object({ manager: looseText, manager_settings: z.object({ divest_amount: decimal.nullish() }).nullish() })
    .nullish(),
  brokerage_account: z
    .object({
      brokerage_portfolio_id: looseText,
      brokerage_user_id: looseText,
      bank_account_number: looseText,
      payment_reference: looseText,
    })
    .nullish(),
});

/** A portfolio as InvestSuite sends it; null for a deleted one. Throws an UpstreamInvalidAnswerError. */
export function readPortfolio(value: ExactJson): Portfolio | null {
  const wire = read(portfolioShape, 'portfolio', value);
  if (wire.deleted === true) return null;
  const id = parsePortfolioId(wire.id);
  if (id === undefined) throw invalidAnswer('portfolio: id');
  return {
    id,
    externalId: externalId(wire.external_id),
    name: wire.name ?? null,
    ...ownersOf(wire),
    baseCurrency: wire.base_currency,
    moneyType: known(MONEY_TYPES, wire.money_type ?? ''),
    manager: known(PORTFOLIO_MANAGERS, wire.config?.manager ?? ''),
    status: wire.status === null || wire.status === undefined ? null : known(PORTFOLIO_STATUSES, wire.status),
    archived: wire.archived ?? null,
    fundedSince: wire.funded_since ?? null,
    version: wholeNumber(wire.version),
    ...readHoldings(wire.portfolio ?? {}),
    divestment: divestment(wire.config?.manager_settings?.divest_amount ?? null),
    brokerage: brokerageLink(wire.brokerage_account),
  };
}

function ownersOf(wire: z.output<typeof portfolioShape>): Pick<Portfolio, 'ownerId' | 'coOwnerIds'> {
  return {
    ownerId: parseUserId(wire.owned_by_user_id ?? '') ?? parseUserId(wire.owned_by_portfolio_id ?? '') ?? null,
    coOwnerIds: (wire.owned_by_user_ids ?? []).flatMap((text) => parseUserId(text) ?? []),
  };
}

/** Line by line: one that can't be read does not cost the portfolio. */
function readHoldings(lines: {
  readonly [key: string]: ExactJson;
}): Pick<Portfolio, 'holdings' | 'unreadableHoldings'> {
  const holdings: Holding[] = [];
  const unreadable: UnreadableRow[] = [];
  for (const [instrumentId, value] of Object.entries(lines)) {
    const quantity = typeof value === 'string' ? parseDecimal(value) : undefined;
    if (quantity !== undefined) holdings.push({ instrumentId, quantity });
    else unreadable.push({ system: 'INVESTSUITE', resource: 'holding', id: idOf(instrumentId) });
  }
  return unreadable.length === 0 ? { holdings } : { holdings, unreadableHoldings: unreadable };
}

/** Null and 0 both mean that nothing is reserved: InvestSuite resets to null, its clients to 0. */
function divestment(amount: Decimal | null): Divestment | null {
  if (amount === null || !isPositive(amount)) return null;
  return compare(amount, EVERYTHING) >= 0 ? { kind: 'everything' } : { kind: 'exactly', amount };
}

function brokerageLink(account: z.output<typeof portfolioShape>['brokerage_account']): BrokerageLink | null {
  if (account === null || account === undefined) return null;
  return {
    brokeragePortfolioId: account.brokerage_portfolio_id ?? null,
    brokerageUserId: account.brokerage_user_id ?? null,
    bankAccountNumber: account.bank_account_number ?? null,
    paymentReference: account.payment_reference ?? null,
  };
}

/** The body of `PATCH /portfolios/{id}/`, but for `config`: see {@link managerSettings}. */
export function portfolioPatchBody(patch: PortfolioPatch): { readonly [key: string]: Writable } {
  return {
    portfolio: patch.holdings === undefined ? undefined : holdingsMap(patch.holdings),
    funded_since: patch.fundedSince,
  };
}

/** The settings of the manager that a patch changes; undefined when it changes none. */
export function managerSettings(patch: PortfolioPatch): { readonly [key: string]: Writable } | undefined {
  const { divestAmount } = patch;
  return divestAmount === undefined ? undefined : { divest_amount: divestLiteral(divestAmount) };
}

/** A client removes a reservation by writing 0; InvestSuite itself writes null. */
function divestLiteral(amount: Decimal | 'everything' | null): NumberLiteral {
  return new NumberLiteral(amount === 'everything' ? EVERYTHING_ON_THE_WIRE : (amount ?? '0'));
}

function holdingsMap(holdings: NonNullable<PortfolioPatch['holdings']>): { readonly [key: string]: Writable } {
  const lines = isMap(holdings)
    ? [...holdings]
    : holdings.map(({ instrumentId, quantity }) => [instrumentId, quantity] as const);
  const byInstrument = new Map(lines.map(([instrument, quantity]) => [instrument, new NumberLiteral(quantity)]));
  if (byInstrument.size < lines.length) throw new BadUserInputError('Two holdings of the same instrument were given.');
  return Object.fromEntries(byInstrument);
}

const isMap = (holdings: NonNullable<PortfolioPatch['holdings']>): holdings is ReadonlyMap<string, Decimal> =>
  holdings instanceof Map;

/** The `config` of a portfolio as it was read, to be sent again with some settings of the manager changed. */
export function wholeConfig(portfolio: Writable, settings: { readonly [key: string]: Writable }): Writable {
  const config = writableMembers(writableMembers(portfolio)?.['config']);
  if (config === undefined) throw invalidAnswer('portfolio: config');
  return { ...config, manager_settings: { ...writableMembers(config['manager_settings']), ...settings } };
}

/** The answer to a question about one portfolio must be that one. */
export function expectPortfolio(id: PortfolioId, portfolio: Portfolio | null): Portfolio | null {
  if (portfolio !== null && portfolio.id !== id) throw invalidAnswer('portfolio: id is not the one asked for');
  return portfolio;
}
