import { randomUUID } from 'node:crypto';
import type { Answer, Exchange } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { upvestTime } from '../values/clock.ts';
import { compared, isPositive, negated } from '../values/exact.ts';
import { object, oneOf } from '../values/shape.ts';
import { serveBacklog } from './backlog.ts';
import { balanceOf, bookCash, changeBalance } from './cash.ts';
import { bodyOf, enterLedger, type Operation, operation, type UpvestContext } from './context.ts';
import type { VirtualCash, VirtualCashStatus } from './entities.ts';
import { refusal } from './errors.ts';
import { known } from './reads.ts';
import { AMOUNT, ANY_UUID } from './withdrawals.ts';

const ADMIN = ['virtual_cash_balances:admin'];
const REQUEST = object({ account_group_id: ANY_UUID, amount: AMOUNT, currency: oneOf('EUR', 'GBP', 'USD') }, [
  'account_group_id',
  'amount',
  'currency',
]);

/** There is no call to read, list or cancel an increase. */
export function virtualCashOperations(context: UpvestContext): readonly Route<Operation>[] {
  const path = '/virtual_cash_balances';
  return [
    operation(`POST ${path}/increases`, ADMIN, (exchange) => increase(context, exchange), 'needs-key'),
    operation(`POST ${path}/decreases`, ADMIN, (exchange) => decrease(context, exchange), 'needs-key'),
    operation(`DELETE ${path}/decreases/:id`, ADMIN, (_, { id = '' }) => cancelDecrease(context, id)),
  ];
}

const created = ({ settings }: UpvestContext): number => (settings.virtualCashAnswers === 'now' ? 202 : 200);

function issued(context: UpvestContext, exchange: Exchange): VirtualCash {
  const { account_group_id, amount, currency } = bodyOf(exchange, REQUEST);
  if (!isPositive(amount)) throw refusal(400, 'amount must be greater than 0');
  const group = known(context.store.accountGroups, 'Account group', account_group_id);
  const now = upvestTime(context.clock());
  return {
    id: randomUUID(),
    created_at: now,
    updated_at: now,
    account_group_id: group.id,
    amount,
    currency,
    status: 'ISSUED',
  };
}

const ledgerLine = ({ id, account_group_id, amount, currency }: VirtualCash) => ({
  id,
  accountGroupId: account_group_id,
  amount,
  currency,
});

function increase(context: UpvestContext, exchange: Exchange): Answer {
  const made = context.store.increases.put(issued(context, exchange));
  enterLedger(context, { ...ledgerLine(made), kind: 'virtual-cash-increase-requested' }, exchange);
  context.store.outcomes.take('increase', made.account_group_id, made.id);
  context.emit('VIRTUAL_CASH_INCREASE.ISSUED', made);
  next(context, 'increase', made.id, () => confirmIncrease(context, made.id));
  return { status: created(context), body: made };
}

function next({ schedule, store }: UpvestContext, kind: 'increase' | 'decrease', id: string, step: () => void): void {
  if (store.outcomes.of(id) === 'stay') store.outcomes.hold(id, step);
  else schedule.next(kind, id, step);
}

function confirmIncrease(context: UpvestContext, id: string): void {
  const before = context.store.increases.get(id);
  if (before?.status !== 'ISSUED') return;
  const { account_group_id: groupId, amount, currency } = before;
  const after = context.store.increases.put(moved(context, before, 'CONFIRMED'));
  context.emit('VIRTUAL_CASH_INCREASE.CONFIRMED', after);
  enterLedger(context, { ...ledgerLine(after), kind: 'virtual-cash-increased' });
  changeBalance(context, groupId, currency, {
    balance: amount,
    available_for_trading: amount,
    ...(context.settings.virtualCashWithdrawable ? { available_for_withdrawal: amount } : {}),
  });
  const references = [{ id, type: 'VIRTUAL_CASH_INCREASE' }];
  bookCash(context, { type: 'VIRTUAL_CASH_INCREASE', groupId, currency, amount, references });
  serveBacklog(context, groupId, currency);
}

function decrease(context: UpvestContext, exchange: Exchange): Answer {
  const made = context.store.decreases.put(issued(context, exchange));
  enterLedger(context, { ...ledgerLine(made), kind: 'virtual-cash-decrease-requested' }, exchange);
  context.store.outcomes.take('decrease', made.account_group_id, made.id);
  context.emit('VIRTUAL_CASH_DECREASE.ISSUED', made);
  next(context, 'decrease', made.id, () => confirmOrQueue(context, made.id));
  return { status: created(context), body: made };
}

function confirmOrQueue(context: UpvestContext, id: string): void {
  if (confirmDecrease(context, id)) return;
  const before = known(context.store.decreases, 'Virtual cash decrease', id);
  const queued = context.store.decreases.put(moved(context, before, 'QUEUED'));
  context.emit('VIRTUAL_CASH_DECREASE.QUEUED', queued);
  context.store.backlog.push({
    groupId: queued.account_group_id,
    currency: queued.currency,
    retry: () => confirmDecrease(context, id),
  });
}

/** False where the money is not enough. */
function confirmDecrease(context: UpvestContext, id: string): boolean {
  const before = context.store.decreases.get(id);
  if (!before || (before.status !== 'ISSUED' && before.status !== 'QUEUED')) return true;
  const { account_group_id: groupId, amount, currency } = before;
  const balance = balanceOf(context, groupId, currency);
  if (compared(balance.available_for_trading, amount) < 0) return false;
  const after = context.store.decreases.put(moved(context, before, 'CONFIRMED'));
  context.emit('VIRTUAL_CASH_DECREASE.CONFIRMED', after);
  enterLedger(context, { ...ledgerLine(after), kind: 'virtual-cash-decreased' });
  changeBalance(context, groupId, currency, {
    balance: negated(amount),
    available_for_trading: negated(amount),
    ...(context.settings.virtualCashWithdrawable ? { available_for_withdrawal: negated(amount) } : {}),
  });
  bookCash(context, {
    type: 'VIRTUAL_CASH_DECREASE',
    groupId,
    currency,
    amount: negated(amount),
    references: [{ id, type: 'VIRTUAL_CASH_DECREASE' }],
  });
  return true;
}

function cancelDecrease(context: UpvestContext, id: string): Answer {
  const before = known(context.store.decreases, 'Virtual cash decrease', id);
  if (before.status !== 'ISSUED' && before.status !== 'QUEUED')
    throw refusal(422, `A virtual cash decrease in status ${before.status} cannot be cancelled`);
  context.schedule.forget('decrease', id);
  const after = context.store.decreases.put(moved(context, before, 'CANCELLED'));
  enterLedger(context, { ...ledgerLine(after), kind: 'virtual-cash-decrease-cancelled' });
  context.emit('VIRTUAL_CASH_DECREASE.CANCELLED', after);
  return { status: context.settings.virtualCashAnswers === 'now' ? 202 : 204 };
}

const moved = (context: UpvestContext, before: VirtualCash, status: VirtualCashStatus): VirtualCash => ({
  ...before,
  status,
  updated_at: upvestTime(context.clock()),
});
