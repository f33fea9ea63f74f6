import { dateTime } from '../../domain/datetime.ts';
import { compare, type Decimal, decimal, divide, isPositive, scale, sum } from '../../domain/decimal.ts';
import { type Instrument, isIsin } from '../../domain/instrument.ts';
import type { NewTransaction } from '../../domain/movement-validation.ts';
import { signedQuantity } from '../../domain/movements.ts';
import type { OrderRequest } from '../../domain/order/placed.ts';
import type { Price } from '../../domain/prices.ts';
import { isWorse, type PlannedOrder, type SkippedOrder } from '../../domain/rebalancing.ts';
import { ORDER } from '../cash/rows.ts';
import { keepJson } from '../engine/kept-json.ts';
import type { BegunRow, StepContext } from '../engine/step.ts';
import { type Estimate, estimateOf } from '../placed-order/check.ts';
import { recordRow } from '../placed-order/record.ts';
import type { OrderInput } from '../placed-order/rows.ts';
import type { RebalancingPorts } from './ports.ts';
import { inputOf, orderIdOf, type RebalancingProgress, skippedIdOf, type TradingAccount } from './rows.ts';

/** A planned order, decided: with the rows that begin. */
export type Decided =
  | {
      readonly kind: 'begun';
      readonly order: PlannedOrder;
      readonly orderId: string;
      readonly rows: readonly BegunRow[];
    }
  | { readonly kind: 'skipped'; readonly skipped: SkippedOrder; readonly rows: readonly BegunRow[] };

/** An order as it would be sent now. */
interface Sized {
  readonly kind: 'sized';
  readonly request: OrderRequest;
  readonly estimate: Estimate;
}
type Skip = { readonly kind: 'skip'; readonly reason: string };
const skip = (reason: string): Skip => ({ kind: 'skip', reason });

/** Cash that buys may take now; null where the order is a sell. */
export type Cash = Decimal | null;

/** Decides what becomes of a planned order now. Throws an UpstreamError where an upstream that is needed can't be asked. */
export async function decideOrder(
  ports: RebalancingPorts,
  context: StepContext,
  account: TradingAccount,
  planned: PlannedOrder,
  cash: Cash,
): Promise<Decided> {
  const { row, now } = context;
  const sized = await sizeOf(ports, inputOf(row).priceTolerance, account, planned);
  const short = sized.kind === 'sized' && cash !== null ? shortOf(sized.estimate, cash, account.currency) : undefined;
  if (sized.kind === 'skip') return skippedOrder(context, account, planned, sized.reason);
  if (short !== undefined) return skippedOrder(context, account, planned, short);
  const { request, estimate } = sized;
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
  return { kind: 'begun', order: planned, orderId, rows: [order, record] };
}

const shortOf = ({ cash: needed }: Estimate, available: Decimal, currency: string): string | undefined =>
  needed !== null && compare(available, needed) < 0
    ? `Only ${isPositive(available) ? available : 0} ${currency} is available, and it needs up to ${needed}.`
    : undefined;

async function sizeOf(
  ports: RebalancingPorts,
  tolerance: Decimal,
  account: TradingAccount,
  planned: PlannedOrder,
): Promise<Sized | Skip> {
  const { isin, side, quantityType } = planned;
  if (!isIsin(isin)) return skip('The gateway trades instruments by their ISIN only.');
  if (quantityType === 'UNKNOWN') return skip('The gateway does not know the unit of its quantity.');
  const [instrument, price, held] = await Promise.all([
    ports.instrument(isin),
    ports.price(isin),
    side === 'SELL' ? heldOf(ports, account, isin) : undefined,
  ]);
  // The price of an instrument of another currency is not known in the base currency.
  const comparable = price?.currency === account.currency ? price : null;
  const size =
    held !== undefined && quantityType === 'UNITS' && compare(held, planned.quantity) < 0 ? held : planned.quantity;
  const why = whyNotTraded(planned, size, instrument) ?? whyTooExpensive(planned, comparable, tolerance);
  if (why !== undefined) return skip(why);
  const request = requestOf(planned, size, account.currency);
  return { kind: 'sized', request, estimate: estimateOf(request, comparable) };
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

/** Units that can be sold now. */
async function heldOf({ upvest }: RebalancingPorts, { id }: TradingAccount, isin: string): Promise<Decimal> {
  const positions = await upvest.positions(id, { fresh: true });
  return sum(positions.filter((each) => each.isin === isin).map(({ availableForTrading }) => availableForTrading));
}

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

/** For the history. */
export const inWords = (decided: Decided): string =>
  decided.kind === 'begun'
    ? `${decided.order.side} ${decided.order.isin} is ordered.`
    : `${decided.skipped.side} ${decided.skipped.isin} is skipped: ${decided.skipped.reason}`;
