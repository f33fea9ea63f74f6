import { type Checked, type InvalidInput, invalid, valid } from '../checked.ts';
import { type Decimal, equals, magnitude } from '../decimal.ts';
import {
  buildExecution,
  type Execution,
  type ExecutionFacts,
  externalIdOf,
  groupExecutions,
  inPlaceOf,
  movementsOf,
  paidIn,
  settleExecution,
  statusOf,
} from '../executions.ts';
import { isLegalStatusChange, isRequestStatus, isUnfilledStatus } from '../movement-status.ts';
import { isSecurityLeg } from '../movement-types.ts';
import { areSameMovements, copyOf, inOrderRead, inWrittenForm, isSameTime, signedQuantity } from '../movements.ts';
import type { Movement, MovementStatus } from '../transaction.ts';
import { deriveTransactionStatus, newestRequest } from '../transaction-derivation.ts';
import { illegal, type OrderStatusChange, type OrderStatusResult } from './change.ts';
import { changeUntraded } from './untraded.ts';

/** The movements of an order, grouped. */
interface Order {
  /** The newest request movement; null where the order was recorded as executed. */
  readonly request: Movement | null;
  /** Other movements of the request, such as an expected fee: they stay with it. */
  readonly companions: readonly Movement[];
  readonly executions: readonly Execution[];
  readonly status: MovementStatus;
}

/**
 * The complete new list of movements of a transaction after a change of its status.
 *
 * The request group keeps its newest movement. Only open executions (EXECUTED) change: EXECUTED and SETTLED replace
 * them; CANCELLED, NOT_EXECUTED and EXPIRED replace them with a copy of the request; final executions stay. A change
 * that the list has already is `unchanged`. Transactions without a BUY or SELL of an instrument are changed leg by leg,
 * see {@link changeUntraded}.
 */
export function applyOrderStatus(movements: readonly Movement[], change: OrderStatusChange): OrderStatusResult {
  const result = changed(movements, change);
  return result.kind === 'changed' ? { ...result, movements: inOrderRead(result.movements) } : result;
}

function changed(movements: readonly Movement[], change: OrderStatusChange): OrderStatusResult {
  const written = movements.map(inWrittenForm);
  const problem = checkHistory(written);
  if (problem !== undefined) return problem;
  if (!written.some(isSecurityLeg)) return changeUntraded(written, change);
  const order = takeApart(written);
  if (isRequestStatus(change.status)) return changeRequest(order, change);
  switch (change.subject.kind) {
    case 'order':
      return changeOrder(order, change);
    case 'execution':
      return changeExecution(order, change, change.subject.externalId);
    case 'remainder':
      return changeRemainder(order, change);
    default:
      return change.subject satisfies never;
  }
}

/** Lists that can't be written back without loss, and lists for which the subject of the change is ambiguous. */
function checkHistory(movements: readonly Movement[]): InvalidInput | undefined {
  if (movements.length === 0) return invalid('transactionId', 'The transaction has no movements.');
  const strange = movements.some(
    ({ type, status, tradeType }) => type === 'UNKNOWN' || status === 'UNKNOWN' || tradeType === 'UNKNOWN',
  );
  if (strange) {
    return invalid(
      'transactionId',
      'The transaction has a movement of an unknown type, which would be lost in an update.',
    );
  }
  const trades = new Set(movements.filter(isSecurityLeg).map(({ type, instrumentId }) => `${type} ${instrumentId}`));
  return trades.size > 1
    ? invalid(
        'transactionId',
        'The transaction has orders for several instruments; their status cannot be changed together.',
      )
    : undefined;
}

function takeApart(movements: readonly Movement[]): Order {
  const request = newestRequest(movements.filter(isSecurityLeg)) ?? null;
  const companions = movements.filter(
    (movement) =>
      !isSecurityLeg(movement) &&
      isRequestStatus(movement.status) &&
      (request === null || movement.status === request.status),
  );
  return {
    request,
    companions,
    executions: groupExecutions(movements),
    status: deriveTransactionStatus(movements),
  };
}

const listOf = ({ request, companions }: Order, executions: readonly Execution[]): readonly Movement[] => [
  ...(request === null ? [] : [request]),
  ...companions,
  ...executions.flatMap(movementsOf),
];

function outcome(order: Order, executions: readonly Execution[]): OrderStatusResult {
  const movements = listOf(order, executions);
  return areSameMovements(movements, listOf(order, order.executions))
    ? { kind: 'unchanged' }
    : { kind: 'changed', movements };
}

/** A repeated final status is `unchanged` where all values are equal, and illegal otherwise. */
function onlyIfUnchanged(result: OrderStatusResult, from: MovementStatus, to: MovementStatus): OrderStatusResult {
  return result.kind === 'unchanged' ? result : illegal(from, to);
}

// ---- PLANNED, PENDING, PLACED

function changeRequest(order: Order, change: OrderStatusChange): OrderStatusResult {
  const { request, status: from } = order;
  const { status, datetime } = change;
  if (request === null || !(isLegalStatusChange(from, status) || from === status)) return illegal(from, status);
  if (differs(change.currency, request.unitPriceCurrency)) return otherCurrency(request.unitPriceCurrency);
  const moved: Movement = {
    ...request,
    status,
    datetime,
    quantity: change.quantity === null ? request.quantity : signedQuantity(request.type, change.quantity),
    unitPrice: change.unitPrice ?? request.unitPrice,
    unitPriceCurrency: change.currency ?? request.unitPriceCurrency,
  };
  const companions = order.companions.map((companion) => ({ ...companion, status, datetime }));
  const movements = listOf({ ...order, request: moved, companions }, order.executions);
  if (areSameMovements(movements, listOf(order, order.executions))) return { kind: 'unchanged' };
  return from === status ? illegal(from, status) : { kind: 'changed', movements };
}

// ---- the order as a whole

const isOpen = (execution: Execution): boolean => statusOf(execution) === 'EXECUTED';

function changeOrder(order: Order, change: OrderStatusChange): OrderStatusResult {
  const { status: from } = order;
  const to = change.status;
  if (!isLegalStatusChange(from, to)) return repeatFinal(order, change);
  const open = order.executions.filter(isOpen);
  const kept = order.executions.filter((execution) => !isOpen(execution));
  if (to === 'EXECUTED') {
    // A repeated execution with other numbers replaces the one execution.
    const trades = open.filter((execution) => execution.security !== null);
    const externalId = trades.length === 1 && trades[0] !== undefined ? externalIdOf(trades[0]) : null;
    const built = build(order, change, externalId);
    if (built.kind === 'invalid') return built;
    return outcome(order, [...kept, trades.length === 1 ? inPlaceOf(trades[0], built.value) : built.value]);
  }
  if (to === 'SETTLED') {
    const settled = open.length === 0 ? one(build(order, change, null)) : settleAll(order, open, change);
    if (settled.kind === 'invalid') return settled;
    return outcome(order, replaceInPlace(order.executions, open, settled.value));
  }
  // Where the remainder has ended before, the change cancels the fills.
  const isEnded = kept.some((execution) => externalIdOf(execution) === null && isUnfilledStatus(statusOf(execution)));
  const ends = unfilled(isEnded ? { ...order, request: null } : order, change, open);
  return ends.kind === 'invalid' ? ends : outcome(order, [...kept, ...ends.value]);
}

/** A repeated final status: `unchanged` where the list has it already, else illegal. */
function repeatFinal(order: Order, change: OrderStatusChange): OrderStatusResult {
  const { status } = change;
  const repeated = order.executions.filter(
    (execution) =>
      statusOf(execution) === status && movementsOf(execution).some((movement) => isSameTime(movement, change)),
  );
  const again = (execution: Execution): Checked<readonly Execution[]> =>
    status === 'SETTLED'
      ? settleAll(order, [execution], change)
      : unfilled({ ...order, request: null }, change, [execution]);
  const isRepetition = repeated.some((execution) => {
    const result = again(execution);
    return result.kind === 'valid' && areSameMovements(result.value.flatMap(movementsOf), movementsOf(execution));
  });
  return isRepetition ? { kind: 'unchanged' } : illegal(order.status, status);
}

/** Settled executions replace the open ones at their index; new ones come last. */
function replaceInPlace(
  executions: readonly Execution[],
  open: readonly Execution[],
  settled: readonly Execution[],
): readonly Execution[] {
  const successors = new Map(open.map((execution, index) => [execution, settled[index]]));
  const replaced = executions.map((execution) => successors.get(execution) ?? execution);
  return [...replaced, ...settled.slice(open.length)];
}

function settleAll(order: Order, open: readonly Execution[], change: OrderStatusChange): Checked<readonly Execution[]> {
  const trades = open.filter((execution) => execution.security !== null);
  const given = firstGiven(change);
  if (trades.length > 1 && given !== undefined) {
    return invalid(
      given,
      'The order was executed in several parts: leave this field out to settle all of them, or settle each by its own id.',
    );
  }
  const settled: Execution[] = [];
  for (const execution of open) {
    const result = settle(order, execution, change, null);
    if (result.kind === 'invalid') return result;
    settled.push(result.value);
  }
  return valid(settled);
}

const firstGiven = (change: OrderStatusChange): string | undefined =>
  (['quantity', 'unitPrice', 'cashAmount', 'charges'] as const).find((field) => change[field] !== null);

// ---- one execution, by its id

/**
 * A fill with the broker's id. Executions without an id are of the whole order: open ones are replaced by the broker's
 * own fills, settled ones already include them.
 */
function changeExecution(order: Order, change: OrderStatusChange, externalId: string): OrderStatusResult {
  const { status: to } = change;
  const known = order.executions.find((execution) => externalIdOf(execution) === externalId);
  const isAnonymous = (execution: Execution): boolean =>
    execution.security !== null && externalIdOf(execution) === null && !isUnfilledStatus(statusOf(execution));
  const anonymous = order.executions.filter(isAnonymous);
  const givesWay = anonymous.filter(isOpen);
  const hasSettledWhole = anonymous.length > givesWay.length;
  if (known === undefined && hasSettledWhole) return illegal('SETTLED', to);
  const from = known === undefined ? undefined : statusOf(known);
  if (from !== undefined && from !== to && !isLegalStatusChange(from, to)) return illegal(from, to);
  const source = known ?? (givesWay.length === 1 ? givesWay[0] : undefined);
  const next = nextExecution(order, change, externalId, source);
  if (next.kind === 'invalid') return from === undefined || isLegalStatusChange(from, to) ? next : illegal(from, to);
  const stays = order.executions.filter((execution) => !givesWay.includes(execution));
  const executions =
    known === undefined
      ? [...stays, next.value]
      : stays.map((execution) => (execution === known ? next.value : execution));
  const result = outcome(order, executions);
  return from === undefined || isLegalStatusChange(from, to) ? result : onlyIfUnchanged(result, from, to);
}

function nextExecution(
  order: Order,
  change: OrderStatusChange,
  externalId: string,
  source: Execution | undefined,
): Checked<Execution> {
  if (change.status === 'EXECUTED') {
    const built = build(order, change, externalId);
    return built.kind === 'invalid' ? built : valid(inPlaceOf(source, built.value));
  }
  if (change.status === 'SETTLED') {
    return source === undefined ? build(order, change, externalId) : settle(order, source, change, externalId);
  }
  const ordered = orderedBy(order);
  const repeated = source?.security ?? (ordered === null ? null : copyOf(ordered));
  if (repeated === null) return invalid('transactionId', 'The transaction contains no order.');
  const security: Movement = {
    ...repeated,
    externalId,
    status: change.status,
    datetime: change.datetime,
    quantity: change.quantity === null ? repeated.quantity : signedQuantity(repeated.type, change.quantity),
    unitPrice: change.unitPrice ?? repeated.unitPrice,
  };
  return valid({ security, legs: [] });
}

// ---- what was not filled

function changeRemainder(order: Order, change: OrderStatusChange): OrderStatusResult {
  const { status: to } = change;
  const ofWhole = order.executions.filter((execution) => externalIdOf(execution) === null);
  const final = ofWhole.find((execution) => execution.security !== null && !isOpen(execution));
  const ends = unfilled(order, change, []);
  if (final !== undefined) {
    const from = statusOf(final);
    if (from !== to || ends.kind === 'invalid') return illegal(from, to);
    const executions = order.executions.flatMap((execution) => (execution === final ? ends.value : [execution]));
    return onlyIfUnchanged(outcome(order, executions), from, to);
  }
  return ends.kind === 'invalid' ? ends : outcome(order, [...order.executions, ...ends.value]);
}

// ---- building

/** The request, or else the first execution; every order here has one of them. */
const orderedBy = ({ request, executions }: Order): Movement | null =>
  request ?? executions.find((execution) => execution.security !== null)?.security ?? null;

const differs = (given: string | null, known: string | null): boolean =>
  given !== null && known !== null && given !== known;

const otherCurrency = (known: string | null): InvalidInput =>
  invalid('currency', `The order is in ${known}; its cash leg cannot be in another currency.`);

function build(order: Order, change: OrderStatusChange, externalId: string | null): Checked<Execution> {
  const ordered = orderedBy(order);
  if (ordered === null) return invalid('transactionId', 'The transaction contains no order.');
  const { status, quantity, unitPrice } = change;
  if (status !== 'EXECUTED' && status !== 'SETTLED')
    return invalid('status', `${status} is not an execution: leave this field out.`);
  if (quantity === null) return invalid('quantity', `${status} requires the quantity that was traded.`);
  if (unitPrice === null) return invalid('unitPrice', `${status} requires the price of one unit.`);
  if (differs(change.currency, ordered.unitPriceCurrency)) return otherCurrency(ordered.unitPriceCurrency);
  const facts: ExecutionFacts = {
    status,
    datetime: change.datetime,
    quantity,
    unitPrice,
    cashAmount: change.cashAmount,
    currency: change.currency ?? ordered.unitPriceCurrency ?? change.defaultCurrency,
    charges: change.charges ?? [],
    externalId,
  };
  return valid(buildExecution(ordered, facts));
}

function settle(
  order: Order,
  execution: Execution,
  change: OrderStatusChange,
  externalId: string | null,
): Checked<Execution> {
  const { datetime } = change;
  const { security } = execution;
  if (security === null) {
    return valid({ security, legs: execution.legs.map((leg) => ({ ...leg, status: 'SETTLED', datetime })) });
  }
  const known = paidIn(execution) ?? security.unitPriceCurrency ?? order.request?.unitPriceCurrency ?? null;
  if (differs(change.currency, known)) return otherCurrency(known);
  if (security.unitPrice === null && change.unitPrice === null) {
    return invalid('unitPrice', 'The execution has no price; SETTLED requires the price of one unit.');
  }
  const { quantity, unitPrice, cashAmount, charges } = change;
  const currency = change.currency ?? known ?? change.defaultCurrency;
  return valid(
    settleExecution(
      { security, legs: execution.legs },
      { datetime, quantity, unitPrice, cashAmount, currency, charges, externalId },
    ),
  );
}

/** The request with its final status; without a request, each open execution without its cash leg. */
function unfilled(
  { request }: Order,
  change: OrderStatusChange,
  open: readonly Execution[],
): Checked<readonly Execution[]> {
  const { status, datetime } = change;
  const securities = open.flatMap((execution) => (execution.security === null ? [] : [execution.security]));
  // The request itself stays, so this is a copy.
  const repeated = request === null ? securities : [{ ...copyOf(request), externalId: null }];
  for (const movement of repeated) {
    if (isOther(change.quantity, movement.quantity)) return mustRepeat('quantity', status);
    if (isOther(change.unitPrice, movement.unitPrice)) return mustRepeat('unitPrice', status);
    if (differs(change.currency, movement.unitPriceCurrency)) return otherCurrency(movement.unitPriceCurrency);
  }
  return valid(repeated.map((movement) => ({ security: { ...movement, status, datetime }, legs: [] })));
}

const isOther = (given: Decimal | null, known: Decimal | null): boolean =>
  given !== null && (known === null || !equals(given, magnitude(known)));

const mustRepeat = (field: string, status: MovementStatus): InvalidInput =>
  invalid(field, `${status} keeps the ordered values: leave this field out.`);

const one = (built: Checked<Execution>): Checked<readonly Execution[]> =>
  built.kind === 'valid' ? valid([built.value]) : built;
