import type { BrokerLink } from '../../domain/broker.ts';
import { type CalendarDay, dayOf } from '../../domain/calendar-day.ts';
import { firstProblem, type InvalidInput, invalid } from '../../domain/checked.ts';
import { compare, type Decimal, decimal, divide, multiply, scale, subtract, sum, ZERO } from '../../domain/decimal.ts';
import {
  type Failure,
  type InsufficientPosition,
  instrumentNotTradable,
  type NotFound,
  notFound,
  notTradable,
} from '../../domain/failures.ts';
import { type AccountId, parseAccountId, parsePortfolioId } from '../../domain/ids.ts';
import { checkPositive } from '../../domain/input-rules.ts';
import { type Instrument, isIsin } from '../../domain/instrument.ts';
import type { OrderRequest } from '../../domain/order/placed.ts';
import { isRobo, type Portfolio } from '../../domain/portfolio.ts';
import type { Price } from '../../domain/prices.ts';
import type { OrderType } from '../../domain/transaction.ts';
import { isOperator } from '../../domain/viewer.ts';
import { lockInTransaction, openOfAccountGroup, promiseLock, type Reading, type Writing } from '../../store/index.ts';
import type { Caller } from '../accept.ts';
import { ORDER, timeOf } from '../cash/rows.ts';
import { checkCash, TO_TRADE } from '../withdrawal/check-cash.ts';
import { stageOfOrder } from '../withdrawal/promised-cash.ts';
import type { OrderingServices } from './ports.ts';
import { orderInputOf } from './rows.ts';

/** What a client asks for; the numbers as it wrote them. */
export interface OrderDraft {
  readonly portfolioId: string;
  readonly side: OrderRequest['side'];
  readonly isin: string;
  readonly quantity?: Decimal | null | undefined;
  readonly amount?: Decimal | null | undefined;
  readonly currency?: string | null | undefined;
  readonly orderType?: OrderType | null | undefined;
  readonly limitPrice?: Decimal | null | undefined;
  readonly stopPrice?: Decimal | null | undefined;
  readonly expiresOn?: CalendarDay | null | undefined;
  readonly accountId?: string | null | undefined;
}

/** An order that may be placed, with what it was checked against. */
export interface Checked {
  readonly kind: 'checked';
  readonly portfolio: Portfolio;
  readonly link: BrokerLink;
  readonly request: OrderRequest;
  readonly accountId: AccountId;
  readonly estimate: Estimate;
  /** Checked again in the accepting transaction. */
  readonly stillHolds?: ((writing: Writing) => Promise<boolean>) | undefined;
}

/** From the newest price; null where there is none. */
export interface Estimate {
  readonly price: Price | null;
  readonly quantity: Decimal | null;
  readonly amount: Decimal | null;
  /** Cash that a BUY needs at most, with the broker's buffer; null where that is not known, and for a SELL. */
  readonly cash: Decimal | null;
  /** Units that a SELL takes at most; null where that is not known, and for a BUY. */
  readonly units: Decimal | null;
}

/** Upvest's maximum of `cash_amount`. */
const MAX_AMOUNT = decimal('999999999.99');
/** Upvest's buffer for buying units and selling by amount (orders guide). */
const BUFFER = decimal('1.1');
/** Currencies of Upvest's orders. */
const CURRENCIES: readonly string[] = ['EUR', 'GBP', 'USD'];
const UNIT_DECIMALS = 27;

/** Checks of the input by itself, in the documented order. */
export function checkDraft(draft: OrderDraft, now: number): InvalidInput | undefined {
  const { quantity, amount, currency, accountId } = draft;
  return firstProblem([
    isIsin(draft.isin) ? undefined : invalid('isin', 'Expected the ISIN of an instrument.'),
    checkSize(draft),
    checkPositive('quantity', quantity),
    checkPositive('amount', amount),
    amount != null && scale(amount) > 2 ? invalid('amount', 'Expected at most two decimals.') : undefined,
    amount != null && compare(amount, MAX_AMOUNT) > 0
      ? invalid('amount', `Expected at most ${MAX_AMOUNT}.`)
      : undefined,
    currency != null && !CURRENCIES.includes(currency)
      ? invalid('currency', `The broker trades in ${CURRENCIES.join(', ')} only.`)
      : undefined,
    checkPrices(draft),
    checkPositive('limitPrice', draft.limitPrice),
    checkPositive('stopPrice', draft.stopPrice),
    checkDay(draft.expiresOn, now),
    accountId != null && parseAccountId(accountId) === undefined ? invalid('accountId', 'Expected a UUID.') : undefined,
  ]);
}

function checkSize({ quantity, amount }: OrderDraft): InvalidInput | undefined {
  if (quantity == null && amount == null) return invalid('quantity', 'Expected a quantity or an amount.');
  return quantity != null && amount != null
    ? invalid('amount', 'Expected either a quantity or an amount, not both.')
    : undefined;
}

function checkPrices({ orderType, limitPrice, stopPrice }: OrderDraft): InvalidInput | undefined {
  const type = orderType ?? 'MARKET';
  if (type === 'UNKNOWN') return invalid('orderType', 'UNKNOWN is not an order type that can be set.');
  if (type === 'LIMIT' && limitPrice == null) return invalid('limitPrice', 'LIMIT requires a limit price.');
  if (type === 'STOP' && stopPrice == null) return invalid('stopPrice', 'STOP requires a stop price.');
  if (type !== 'LIMIT' && limitPrice != null) return invalid('limitPrice', `${type} takes no limit price.`);
  return type !== 'STOP' && stopPrice != null ? invalid('stopPrice', `${type} takes no stop price.`) : undefined;
}

function checkDay(day: CalendarDay | null | undefined, now: number): InvalidInput | undefined {
  const today = dayOf(timeOf(now));
  return day != null && today !== undefined && day < today
    ? invalid('expiresOn', 'Expected a day that is not past (UTC).')
    : undefined;
}

const isWhole = (quantity: Decimal): boolean => scale(quantity) === 0;

/** The portfolio's currency is left out until the portfolio is known. */
const requestOf = (draft: OrderDraft, currency: string): OrderRequest => ({
  side: draft.side,
  isin: draft.isin,
  quantity: draft.quantity ?? null,
  amount: draft.amount ?? null,
  currency,
  // UNKNOWN was refused before.
  orderType: draft.orderType === 'LIMIT' || draft.orderType === 'STOP' ? draft.orderType : 'MARKET',
  limitPrice: draft.limitPrice ?? null,
  stopPrice: draft.stopPrice ?? null,
  expiresOn: draft.expiresOn ?? null,
});

/**
 * All checks of an order, in the order of docs/orders.md, up to the first that fails. Throws an UpstreamError where an upstream that is
 * needed for a check can't be asked.
 */
export async function checkOrder(
  services: OrderingServices,
  caller: Caller,
  draft: OrderDraft,
): Promise<Checked | Failure> {
  const wrong = checkDraft(draft, services.store.now());
  if (wrong !== undefined) return wrong;
  const instrument = await services.market.instrument(draft.isin);
  const fraction = checkFraction(draft, instrument);
  if (fraction !== undefined) return fraction;
  const portfolio = await findPortfolio(services, caller, draft.portfolioId);
  if (portfolio.kind === 'notFound') return portfolio;
  const account = await checkTradable(services, caller, portfolio.value, draft);
  if (account.kind !== 'account') return account;
  if (instrument === null) return instrumentNotTradable('The broker does not know the instrument.');
  if (instrument !== undefined && !instrument.tradable) {
    return instrumentNotTradable('The broker does not trade the instrument now.');
  }
  const request = requestOf(draft, draft.currency ?? portfolio.value.baseCurrency);
  const estimate = estimateOf(request, await services.market.newestPrice(draft.isin));
  const known = { portfolio: portfolio.value, link: account.link, request, accountId: account.id, estimate };
  const covered = await checkCover(services, known);
  if (covered.kind !== 'covered') return covered;
  return { kind: 'checked', ...known, stillHolds: covered.stillHolds };
}

const checkFraction = (
  { quantity, amount }: OrderDraft,
  instrument: Instrument | null | undefined,
): InvalidInput | undefined =>
  instrument?.fractional === false && amount == null && quantity != null && !isWhole(quantity)
    ? invalid('quantity', 'Only whole units of this instrument can be traded.')
    : undefined;

async function findPortfolio(
  { ports }: OrderingServices,
  caller: Caller,
  portfolioId: string,
): Promise<{ readonly kind: 'portfolio'; readonly value: Portfolio } | NotFound> {
  const id = parsePortfolioId(portfolioId);
  const portfolio = id === undefined ? null : await ports.investSuite.portfolio(id);
  return portfolio !== null && caller.maySee(portfolio)
    ? { kind: 'portfolio', value: portfolio }
    : notFound('There is no such portfolio.');
}

interface Account {
  readonly kind: 'account';
  readonly id: AccountId;
  readonly link: BrokerLink;
}

async function checkTradable(
  { link: linkOf, accountsOf }: OrderingServices,
  { viewer }: Caller,
  portfolio: Portfolio,
  { accountId }: OrderDraft,
): Promise<Account | Failure> {
  const why = whyNotTradable(portfolio, isOperator(viewer));
  if (why !== undefined) return notTradable(why);
  const link = linkOf(portfolio);
  if (link === null) return notTradable('The portfolio is not linked to an account at the broker.');
  const accounts = await accountsOf(link);
  const [only, ...others] = accounts;
  const wanted = accountId == null ? undefined : parseAccountId(accountId);
  if (wanted !== undefined) {
    return accounts.some(({ id }) => id === wanted)
      ? { kind: 'account', id: wanted, link }
      : invalid('accountId', 'Expected the id of an account that the portfolio has at the broker.');
  }
  if (only === undefined) return notTradable('The portfolio has no account at the broker.');
  return others.length === 0
    ? { kind: 'account', id: only.id, link }
    : invalid('accountId', 'The portfolio has several accounts at the broker: give the id of one.');
}

function whyNotTradable(portfolio: Portfolio, byOperator: boolean): string | undefined {
  if (portfolio.archived === true) return 'The portfolio is archived.';
  if (portfolio.moneyType !== 'REAL_MONEY') return 'The portfolio does not hold real money.';
  if (portfolio.status !== 'ACTIVE') return 'The portfolio is not active.';
  return isRobo(portfolio) && !byOperator ? 'The robo advisor trades for this portfolio.' : undefined;
}

/** What an order costs or takes, by the newest price or its own limit. */
export function estimateOf(request: OrderRequest, price: Price | null): Estimate {
  const { quantity, amount, orderType, limitPrice } = request;
  const each = orderType === 'LIMIT' ? limitPrice : (price?.amount ?? null);
  const costs = amount ?? (each === null || quantity === null ? null : multiply(each, quantity));
  const units = quantity ?? (each === null || amount === null ? null : divide(amount, each, UNIT_DECIMALS));
  return { price, quantity: units, amount: costs, ...atMost(request, costs, units) };
}

/** By amount the broker takes just that; by units it keeps a buffer, but for a limit, which can't be passed. Selling is the reverse. */
function atMost(
  { side, quantity, amount, orderType }: OrderRequest,
  costs: Decimal | null,
  units: Decimal | null,
): Pick<Estimate, 'cash' | 'units'> {
  if (side === 'SELL') {
    const isExact = quantity !== null || units === null;
    return { cash: null, units: isExact ? units : multiply(units, BUFFER) };
  }
  const isExact = amount !== null || orderType === 'LIMIT' || costs === null;
  return { cash: isExact ? costs : multiply(costs, BUFFER), units: null };
}

type Cover = { readonly kind: 'covered'; readonly stillHolds?: Checked['stillHolds'] };

async function checkCover(
  services: OrderingServices,
  { portfolio, link, request, accountId, estimate }: Omit<Checked, 'kind' | 'stillHolds'>,
): Promise<Cover | Failure> {
  if (request.side === 'SELL') return await checkPosition(services, link, accountId, request, estimate.units);
  if (estimate.cash === null) return { kind: 'covered' };
  const money = { amount: estimate.cash, currency: request.currency };
  return await checkCash(services, { kind: 'fundable', portfolio, link }, money, TO_TRADE);
}

async function checkPosition(
  { ports, store }: OrderingServices,
  link: BrokerLink,
  accountId: AccountId,
  { isin }: OrderRequest,
  units: Decimal | null,
): Promise<Cover | InsufficientPosition> {
  const positions = await ports.upvest.positions(accountId, { fresh: true });
  const held = sum(
    positions.filter((each) => each.isin === isin).map(({ availableForTrading }) => availableForTrading),
  );
  const left = async (reading: Reading): Promise<Decimal> =>
    subtract(held, await promisedUnits(reading, link, accountId, isin));
  const available = await store.read(left);
  const wanted = units ?? ZERO;
  if (compare(available, wanted) < 0 || compare(available, ZERO) <= 0) {
    return {
      kind: 'insufficientPosition',
      message: `Only ${compare(available, ZERO) < 0 ? ZERO : available} units can be sold now.`,
      available: compare(available, ZERO) < 0 ? ZERO : available,
    };
  }
  return {
    kind: 'covered',
    stillHolds: async (writing) => {
      await lockInTransaction(writing, promiseLock(link.accountGroupId));
      return compare(await left(writing), wanted) >= 0;
    },
  };
}

/** Units that orders of ours will sell and the broker does not show yet. */
async function promisedUnits(
  reading: Reading,
  { accountGroupId }: BrokerLink,
  accountId: AccountId,
  isin: string,
): Promise<Decimal> {
  const open = await openOfAccountGroup(reading, accountGroupId, [ORDER]);
  const promised = open.filter(
    (row) => stageOfOrder(row, row.state === 'NEEDS_REVIEW' ? (row.resume_state ?? 'REQUESTED') : row.state) !== 'over',
  );
  return sum(
    promised.flatMap((row) => {
      const input = orderInputOf(row);
      return input.side === 'SELL' && input.isin === isin && input.accountId === accountId ? (input.units ?? []) : [];
    }),
  );
}
