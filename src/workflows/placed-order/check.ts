import type { BrokerLink } from '../../domain/broker.ts';
import { type InvalidInput, invalid } from '../../domain/checked.ts';
import {
  compare,
  type Decimal,
  decimal,
  divide,
  isPositive,
  multiply,
  scale,
  subtract,
  sum,
  ZERO,
} from '../../domain/decimal.ts';
import {
  type Failure,
  type InsufficientCash,
  type InsufficientPosition,
  instrumentNotTradable,
  type NotFound,
  notFound,
  notTradable,
} from '../../domain/failures.ts';
import { type AccountId, parseAccountId, parsePortfolioId } from '../../domain/ids.ts';
import type { Instrument } from '../../domain/instrument.ts';
import type { OrderRequest } from '../../domain/order/placed.ts';
import { isRobo, type Portfolio } from '../../domain/portfolio.ts';
import type { Price } from '../../domain/prices.ts';
import { isOperator } from '../../domain/viewer.ts';
import {
  lockInTransaction,
  openOfAccountGroup,
  promiseLock,
  type Reading,
  type WorkflowRow,
  type Writing,
} from '../../store/index.ts';
import type { Caller } from '../accept.ts';
import { ORDER } from '../cash/rows.ts';
import { type CheckServices, checkCash, type Purse, recentRows, TO_TRADE } from '../withdrawal/check-cash.ts';
import { stageOfOrder } from '../withdrawal/promised-cash.ts';
import { checkDraft, type OrderDraft, requestOf } from './check-draft.ts';
import type { OrderingServices } from './ports.ts';
import { orderInputOf } from './rows.ts';

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

/** Upvest's buffer for buying units and selling by amount (orders guide). */
const BUFFER = decimal('1.1');
const UNIT_DECIMALS = 27;

const isWhole = (quantity: Decimal): boolean => scale(quantity) === 0;

/** Results of the checks so far. */
export interface Findings {
  currency?: string;
  estimate?: Estimate;
  /** Cash for a BUY, units for a SELL, after what other orders will take; undefined where it was not needed. */
  available?: Decimal | undefined;
}

/** An order that is placed if the checks find nothing: nobody is shown an estimate. */
interface Placing {
  /** Called as soon as it is known that the caller may trade for the portfolio, for what can be asked beside the other checks. */
  readonly whenTradable: (portfolio: Portfolio) => void;
}

/** All checks of an order up to the first that fails; `whenTradable`: see {@link Placing}. Throws as {@link orderChecks}. */
export async function checkOrder(
  services: OrderingServices,
  caller: Caller,
  draft: OrderDraft,
  whenTradable: (portfolio: Portfolio) => void,
): Promise<Checked | Failure> {
  const first = await orderChecks(services, caller, draft, {}, { whenTradable }).next();
  if (first.value === undefined) throw new TypeError('the checks of an order ended without a result');
  return first.value;
}

/**
 * The checks of an order, in the order of docs/orders.md: yields what would have it refused, as far as the rest can be checked without it.
 * Throws an UpstreamError where an upstream that is needed for a check can't be asked.
 */
export async function* orderChecks(
  services: OrderingServices,
  caller: Caller,
  draft: OrderDraft,
  findings: Findings,
  placing?: Placing,
): AsyncGenerator<Failure, Checked | undefined, undefined> {
  const { market, store } = services;
  const wrong = checkDraft(draft, store.now());
  if (wrong !== undefined) return yield wrong;
  // Asked at once; the answers are used in the documented order.
  const asked = {
    instrument: begun(market.instrument(draft.isin)),
    portfolio: begun(findPortfolio(services, caller, draft.portfolioId)),
    price: begun(neededPrice(market, draft, placing)),
  };
  const instrument = await asked.instrument;
  yield* failing(checkFraction(draft, instrument));
  const portfolio = await asked.portfolio;
  if (portfolio.kind === 'notFound') return yield portfolio;
  const request = requestOf(draft, draft.currency ?? portfolio.value.baseCurrency);
  const link = checkTradable(services, caller, portfolio.value, placing);
  const cash = link.kind === 'linked' ? coverBeforePrice(services, portfolio.value, link.link, request) : undefined;
  const account = link.kind === 'linked' ? await findAccount(services, link.link, draft) : link;
  if (account.kind !== 'account') yield account;
  yield* failing(checkInstrument(instrument));
  const estimate = estimateOf(request, await asked.price);
  Object.assign(findings, { currency: request.currency, estimate });
  if (account.kind !== 'account') return undefined;
  const known = { portfolio: portfolio.value, link: account.link, request, accountId: account.id, estimate };
  const covered = await (cash ?? checkCover(services, known));
  findings.available = covered.available;
  if (covered.kind !== 'covered') return yield covered;
  return { kind: 'checked', ...known, stillHolds: covered.stillHolds };
}

/** No price changes the cost of a BUY by amount or at its own limit: one that is placed needs none. */
async function neededPrice(
  market: OrderingServices['market'],
  { isin, side, amount, orderType }: OrderDraft,
  placing: Placing | undefined,
): Promise<Price | null> {
  const isKnown = side === 'BUY' && (amount != null || orderType === 'LIMIT');
  return placing !== undefined && isKnown ? null : await market.newestPrice(isin);
}

/** A read that is awaited later or not at all: its failure reaches only those who await it. */
function begun<T>(asked: Promise<T>): Promise<T> {
  asked.catch(() => undefined);
  return asked;
}

function* failing(failure: Failure | undefined): Generator<Failure, void> {
  if (failure !== undefined) yield failure;
}

/** Undefined: the tenant has no directory, so the broker checks. */
function checkInstrument(instrument: Instrument | null | undefined): Failure | undefined {
  if (instrument === null) return instrumentNotTradable('The broker does not know the instrument.');
  return instrument?.tradable === false
    ? instrumentNotTradable('The broker does not trade the instrument now.')
    : undefined;
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

function checkTradable(
  { link: linkOf }: OrderingServices,
  { viewer }: Caller,
  portfolio: Portfolio,
  placing: Placing | undefined,
): { readonly kind: 'linked'; readonly link: BrokerLink } | Failure {
  const why = whyNotTradable(portfolio, isOperator(viewer));
  if (why !== undefined) return notTradable(why);
  const link = linkOf(portfolio);
  if (link === null) return notTradable('The portfolio is not linked to an account at the broker.');
  placing?.whenTradable(portfolio);
  return { kind: 'linked', link };
}

async function findAccount(
  { accountsOf }: OrderingServices,
  link: BrokerLink,
  { accountId }: OrderDraft,
): Promise<Account | Failure> {
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

/** Why nothing is traded for a portfolio, or not for this viewer; undefined where it may be. */
export function whyNotTradable(portfolio: Portfolio, byOperator: boolean): string | undefined {
  if (portfolio.archived === true) return 'The portfolio is archived.';
  if (portfolio.moneyType !== 'REAL_MONEY') return 'The portfolio does not hold real money.';
  if (portfolio.status !== 'ACTIVE') return 'The portfolio is not active.';
  return isRobo(portfolio) && !byOperator ? 'The robo advisor trades for this portfolio.' : undefined;
}

/** Cost of an order, or units that it takes, by its own limit or the newest price, where that is in its currency. */
export function estimateOf(request: OrderRequest, price: Price | null): Estimate {
  const { quantity, amount, currency, orderType, limitPrice } = request;
  const newest = price?.currency === currency && isPositive(price.amount) ? price.amount : null;
  const each = orderType === 'LIMIT' ? limitPrice : newest;
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

interface Cover {
  readonly kind: 'covered';
  readonly available?: Decimal;
  readonly stillHolds?: Checked['stillHolds'];
}

/** The cash for a BUY whose cost is known without a price: it is asked for beside the accounts and the price. */
function coverBeforePrice(
  services: OrderingServices,
  portfolio: Portfolio,
  link: BrokerLink,
  request: OrderRequest,
): ReturnType<typeof checkCash> | undefined {
  const { cash } = estimateOf(request, null);
  if (cash === null) return undefined;
  const money = { amount: cash, currency: request.currency };
  return begun(checkCash(services, { portfolio, link }, money, TO_TRADE));
}

async function checkCover(
  services: OrderingServices,
  { portfolio, link, request, accountId, estimate }: Omit<Checked, 'kind' | 'stillHolds'>,
): Promise<Cover | InsufficientCash | InsufficientPosition> {
  if (request.side === 'SELL')
    return await checkPosition(services, { portfolio, link, accountId, request }, estimate.units);
  if (estimate.cash === null) return { kind: 'covered' };
  const money = { amount: estimate.cash, currency: request.currency };
  return await checkCash(services, { portfolio, link }, money, TO_TRADE);
}

async function checkPosition(
  services: OrderingServices,
  { portfolio, link, accountId, request: { isin } }: Pick<Checked, 'portfolio' | 'link' | 'accountId' | 'request'>,
  units: Decimal | null,
): Promise<Cover | InsufficientPosition> {
  const { available, stillFree } = await freeUnits(services, { portfolio, link }, accountId, isin);
  const wanted = units ?? ZERO;
  if (compare(available, wanted) < 0 || compare(available, ZERO) <= 0) {
    return {
      kind: 'insufficientPosition',
      message: `Only ${compare(available, ZERO) < 0 ? ZERO : available} units can be sold now.`,
      available: compare(available, ZERO) < 0 ? ZERO : available,
    };
  }
  return { kind: 'covered', available, stillHolds: (writing) => stillFree(writing, wanted) };
}

/** Units of an instrument that can be sold now. */
interface FreeUnits {
  /** Negative where orders of ours sell more than the broker has. */
  readonly available: Decimal;
  /** Checked in the transaction that begins to sell: whether so many are free still. */
  readonly stillFree: (writing: Writing, units: Decimal) => Promise<boolean>;
}

/** Units of a position after open sells of ours that the broker does not show yet. Throws an UpstreamError where it can't be read. */
export async function freeUnits(
  { ports, store }: CheckServices,
  { portfolio, link }: Purse,
  accountId: AccountId,
  isin: string,
): Promise<FreeUnits> {
  const sells = (reading: Reading) => sellsOf(reading, link, portfolio, accountId, isin);
  const before = await store.read(sells);
  const positions = await ports.upvest.positions(accountId, { fresh: true });
  const held = sum(
    positions.filter((each) => each.isin === isin).map(({ availableForTrading }) => availableForTrading),
  );
  // Sells that the broker got meanwhile may be missing from the positions or not: they count.
  const left = async (reading: Reading): Promise<Decimal> => {
    const now = await sells(reading);
    const since = [...now.recent].filter(([id]) => !before.recent.has(id));
    return subtract(held, sum([...new Map([...before.open, ...now.open, ...since]).values()]));
  };
  return {
    available: await store.read(left),
    stillFree: async (writing, units) => {
      await lockInTransaction(writing, promiseLock(link.accountGroupId));
      return compare(await left(writing), units) >= 0;
    },
  };
}

interface Sells {
  /** Units by order, of those that the broker does not show yet. */
  readonly open: ReadonlyMap<string, Decimal>;
  /** Of the newest orders, of the last minute, whatever became of them. */
  readonly recent: ReadonlyMap<string, Decimal>;
}

/** Orders of ours that sell an instrument of an account. */
async function sellsOf(
  reading: Reading,
  { accountGroupId }: Purse['link'],
  { id }: Purse['portfolio'],
  accountId: AccountId,
  isin: string,
): Promise<Sells> {
  const unitsOf = (rows: readonly WorkflowRow[]): ReadonlyMap<string, Decimal> =>
    new Map(
      rows.flatMap((row) => {
        const input = orderInputOf(row);
        const isOfThese = input.side === 'SELL' && input.isin === isin && input.accountId === accountId;
        return isOfThese && input.units !== null ? [[row.id, input.units] as const] : [];
      }),
    );
  // In this order: an order that is taken on between the two statements is in the second.
  const recent = await recentRows(reading, id, [ORDER]);
  const open = await openOfAccountGroup(reading, accountGroupId, [ORDER]);
  return { open: unitsOf(open.filter((row) => !isAtBroker(row))), recent: unitsOf(recent) };
}

const isAtBroker = (row: WorkflowRow): boolean =>
  stageOfOrder(row, row.state === 'NEEDS_REVIEW' ? (row.resume_state ?? 'REQUESTED') : row.state) === 'over';
