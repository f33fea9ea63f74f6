import { dateTime } from '../../domain/datetime.ts';
import { compare, type Decimal, decimal, divide, isPositive, scale, ZERO } from '../../domain/decimal.ts';
import { type Instrument, isIsin } from '../../domain/instrument.ts';
import type { NewTransaction } from '../../domain/movement-validation.ts';
import { signedQuantity } from '../../domain/movements.ts';
import type { OrderRequest } from '../../domain/order/placed.ts';
import type { Price } from '../../domain/prices.ts';
import { isWorse, type PlannedOrder, type SkippedOrder } from '../../domain/rebalancing.ts';
import { ORDER } from '../cash/rows.ts';
import { keepJson } from '../engine/kept-json.ts';
import type { Advance, BegunRow, StepContext } from '../engine/step.ts';
import { type Estimate, estimateOf, freeUnits } from '../placed-order/check.ts';
import { recordRow } from '../placed-order/record.ts';
import type { OrderInput } from '../placed-order/rows.ts';
import { type CheckServices, checkCash, type Purse, TO_TRADE } from '../withdrawal/check-cash.ts';
import type { RebalancingPorts } from './ports.ts';
import { inputOf, orderIdOf, type RebalancingProgress, skippedIdOf, type TradingAccount } from './rows.ts';

/** A planned order, decided: with the rows that begin. */
export type Decided =
  | {
      readonly kind: 'begun';
      readonly order: PlannedOrder;
      readonly orderId: string;
      readonly rows: readonly BegunRow[];
      readonly stillHolds: StillHolds | undefined;
    }
  | { readonly kind: 'skipped'; readonly skipped: SkippedOrder; readonly rows: readonly BegunRow[] };

type StillHolds = NonNullable<Advance['stillHolds']>;

/** An order as it would be sent now. */
interface Sized {
  readonly kind: 'sized';
  readonly request: OrderRequest;
  readonly estimate: Estimate;
  /** Checked again in the transaction that begins it; undefined where neither its cash nor its units are known. */
  readonly stillHolds: StillHolds | undefined;
}
type Skip = { readonly kind: 'skip'; readonly reason: string };
const skip = (reason: string): Skip => ({ kind: 'skip', reason });

/** Decides what becomes of a planned order now. Throws an UpstreamError where an upstream that is needed can't be asked. */
export async function decideOrder(
  ports: RebalancingPorts,
  context: StepContext,
  account: TradingAccount,
  planned: PlannedOrder,
): Promise<Decided> {
  const { row, now } = context;
  const sized = await sizeOf(ports, context, account, planned);
  if (sized.kind === 'skip') return skippedOrder(context, account, planned, sized.reason);
  const { request, estimate, stillHolds } = sized;
  const { optimizationId, submitWithin } = inputOf(row);
  const orderId = orderIdOf(row.id, planned.isin);
  const input: OrderInput = {
    ...request,
    accountId: account.id,
    optimizationId,
    brokerageUserId: account.userId,
    acknowledgesUnsuitable: false,
    units: estimate.units,
    sendBefore: now + submitWithin * 1_000,
    rebalancingId: row.id,
  };
  const order: BegunRow = {
    id: orderId,
    kind: ORDER,
    firstStep: 'record',
    input,
    money: { accountGroupId: account.groupId, amount: estimate.cash, currency: account.currency },
    subject: null,
  };
  const record = recordRow({ id: orderId, input: keepJson(input), created_at: now });
  return { kind: 'begun', order: planned, orderId, rows: [order, record], stillHolds };
}

async function sizeOf(
  ports: RebalancingPorts,
  context: StepContext,
  account: TradingAccount,
  planned: PlannedOrder,
): Promise<Sized | Skip> {
  const services = servicesOf(context);
  const purse = purseOf(context, account);
  const { isin, side, quantityType } = planned;
  if (!isIsin(isin)) return skip('The gateway trades instruments by their ISIN only.');
  if (quantityType === 'UNKNOWN') return skip('The gateway does not know the unit of its quantity.');
  const [instrument, price, free] = await Promise.all([
    ports.instrument(isin),
    ports.price(isin),
    side === 'SELL' ? freeUnits(services, purse, account.id, isin) : undefined,
  ]);
  // The price of an instrument of another currency is not known in the base currency.
  const comparable = price?.currency === account.currency ? price : null;
  const isMore = free !== undefined && quantityType === 'UNITS' && compare(free.available, planned.quantity) < 0;
  const size = isMore ? free.available : planned.quantity;
  const why =
    whyNotTraded(planned, size, instrument) ??
    whyTooExpensive(planned, comparable, inputOf(context.row).priceTolerance);
  if (why !== undefined) return skip(why);
  const request = requestOf(planned, size, account.currency);
  const estimate = estimateOf(request, comparable);
  if (free !== undefined) return sellOf(request, estimate, free);
  return await buyOf(services, purse, request, estimate);
}

/** The checks of a command, made by a step. */
const servicesOf = ({ ports, read, runtime }: StepContext): CheckServices => ({ ports, store: { read, runtime } });

const purseOf = ({ row }: StepContext, { groupId }: TradingAccount): Purse => ({
  portfolio: { id: row.portfolio_id },
  link: { accountGroupId: groupId },
});

/** By amount the broker keeps a buffer of units, as for any order. */
function sellOf(
  request: OrderRequest,
  estimate: Estimate,
  { available, stillFree }: Awaited<ReturnType<typeof freeUnits>>,
): Sized | Skip {
  const needed = estimate.units ?? ZERO;
  if (!isPositive(available)) return skip('There is nothing that can be sold.');
  return compare(available, needed) < 0
    ? skip(`Only ${available} units can be sold, and it needs up to ${needed}.`)
    : { kind: 'sized', request, estimate, stillHolds: (writing) => stillFree(writing, needed) };
}

/** Without a price what it needs is not known: the broker checks. */
async function buyOf(
  services: CheckServices,
  purse: Purse,
  request: OrderRequest,
  estimate: Estimate,
): Promise<Sized | Skip> {
  const { cash: amount } = estimate;
  if (amount === null) return { kind: 'sized', request, estimate, stillHolds: undefined };
  const { currency } = request;
  const checked = await checkCash(services, purse, { amount, currency }, TO_TRADE);
  return checked.kind === 'covered'
    ? { kind: 'sized', request, estimate, stillHolds: checked.stillHolds }
    : skip(`Only ${checked.available} ${currency} is available, and it needs up to ${amount}.`);
}

/** `instrument`: null where the broker has none, undefined where it is not known. */
function whyNotTraded(
  { quantityType }: PlannedOrder,
  size: Decimal,
  instrument: Instrument | null | undefined,
): string | undefined {
  if (instrument === null) return 'The broker does not know the instrument.';
  if (instrument?.tradable === false) return 'The broker does not trade the instrument now.';
  if (!isPositive(size)) return 'There is nothing to order.';
  return quantityType === 'UNITS' && instrument?.fractional === false && scale(size) > 0
    ? 'Only whole units of the instrument can be traded.'
    : undefined;
}

const whyTooExpensive = (planned: PlannedOrder, price: Price | null, tolerance: Decimal): string | undefined =>
  price !== null && isWorse(planned, price, tolerance)
    ? `The price has moved: ${price.amount} instead of ${shortened(planned.expectedPrice)} ${price.currency}.`
    : undefined;

/** Without the noise of an optimizer; for people. */
const shortened = (price: Decimal | null): Decimal | null => (price === null ? null : divide(price, ONE, 4));

const requestOf = ({ isin, side, quantityType }: PlannedOrder, size: Decimal, currency: string): OrderRequest => ({
  side,
  isin,
  quantity: quantityType === 'UNITS' ? size : null,
  amount: quantityType === 'AMOUNT' ? size : null,
  currency,
  orderType: 'MARKET',
  limitPrice: null,
  stopPrice: null,
  expiresOn: null,
});

function skippedOrder(
  { row, now }: StepContext,
  { currency }: TradingAccount,
  { isin, side, quantity, quantityType }: PlannedOrder,
  reason: string,
): Decided {
  const isAmount = quantityType === 'AMOUNT';
  const transaction: NewTransaction & { readonly awaitedBy: string } = {
    externalId: null,
    orderType: 'MARKET',
    optimizationId: inputOf(row).optimizationId,
    movements: [
      {
        externalId: null,
        referenceExternalId: null,
        type: side,
        status: 'NOT_EXECUTED',
        datetime: dateTime(new Date(now)),
        instrumentId: isin,
        quantity: signedQuantity(side, isAmount ? ONE : quantity),
        unitPrice: isAmount ? quantity : null,
        unitPriceCurrency: isAmount ? currency : null,
        tradeType: null,
        description: null,
        referenceInstrumentId: null,
      },
    ],
    awaitedBy: row.id,
  };
  const record: BegunRow = {
    id: skippedIdOf(row.id, isin),
    kind: 'transaction-record',
    firstStep: 'record',
    input: transaction,
    money: null,
    subject: null,
  };
  return { kind: 'skipped', skipped: { isin, side, quantity, reason }, rows: [record] };
}

const ONE = decimal('1');

/** The progress with what was decided. */
export const withDecided = (progress: RebalancingProgress, decided: readonly Decided[]): RebalancingProgress => ({
  ...progress,
  begun: [
    ...progress.begun,
    ...decided.flatMap((each) => (each.kind === 'begun' ? [{ isin: each.order.isin, orderId: each.orderId }] : [])),
  ],
  skipped: [...progress.skipped, ...decided.flatMap((each) => (each.kind === 'skipped' ? [each.skipped] : []))],
});

/** Whether all that was decided still holds. */
export const allStillHold =
  (decided: readonly Decided[]): StillHolds =>
  async (writing) => {
    for (const each of decided) if (each.kind === 'begun' && (await each.stillHolds?.(writing)) === false) return false;
    return true;
  };

/** For the history. */
export const inWords = (decided: Decided): string =>
  decided.kind === 'begun'
    ? `${decided.order.side} ${decided.order.isin} is ordered.`
    : `${decided.skipped.side} ${decided.skipped.isin} is skipped: ${decided.skipped.reason}`;
