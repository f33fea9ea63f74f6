import { randomUUID } from 'node:crypto';
import type { Answer, Exchange } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { upvestTime } from '../values/clock.ts';
import { compared, isPositive, negated } from '../values/exact.ts';
import { matching, object, oneOf } from '../values/shape.ts';
import { serveBacklog } from './backlog.ts';
import { atMost, balanceOf, bookCash, changeBalance } from './cash.ts';
import { bodyOf, enterLedger, type Operation, operation, type UpvestContext } from './context.ts';
import type { AccountGroup, Withdrawal, WithdrawalStatus } from './entities.ts';
import { refusal } from './errors.ts';
import { pageAnswer } from './paging.ts';
import { known, settled } from './reads.ts';

const READ = ['payments:read', 'payments:admin'];
const ADMIN = ['payments:admin'];

export const AMOUNT = matching(/^[0-9]{1,9}(\.[0-9]{2})?$/);
export const ANY_UUID = matching(/^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/);

const FIELDS = {
  reference_account_id: ANY_UUID,
  account_group_id: ANY_UUID,
  user_id: ANY_UUID,
  amount: AMOUNT,
  currency: oneOf('EUR', 'GBP'),
  remittance_information: matching(/^[0-9A-Za-z+?/\-:().,';_ ]{0,140}$/),
  purpose_code: matching(/^[A-Z]{1,4}$/),
};
const REQUIRED = ['reference_account_id', 'account_group_id', 'amount'] as const;
const REQUEST = object(FIELDS, REQUIRED);
const REQUEST_WITH_USER = object(FIELDS, [...REQUIRED, 'user_id']);

export function withdrawalOperations(context: UpvestContext): readonly Route<Operation>[] {
  const { store } = context;
  return [
    operation('POST /payments/withdrawals', ADMIN, (exchange) => request(context, exchange), 'needs-key'),
    operation('GET /payments/withdrawals/:id', READ, (_, { id = '' }) => ({
      status: 200,
      body: known(store.withdrawals, 'Withdrawal', id),
    })),
    operation('GET /account_groups/:id/payments/withdrawals', READ, (exchange, { id = '' }) => {
      known(store.accountGroups, 'Account group', id);
      const own = store.withdrawals.of(id);
      return pageAnswer(exchange, settled(context, own), ['created_at', 'id']);
    }),
    operation('DELETE /payments/withdrawals/:id', ADMIN, (_, { id = '' }) => {
      const { status } = known(store.withdrawals, 'Withdrawal', id);
      if (status !== 'NEW') throw refusal(422, `A withdrawal in status ${status} cannot be cancelled`);
      cancelWithdrawal(context, id, 'CANCELLED_BY_CLIENT');
      return { status: 204 };
    }),
  ];
}

function request(context: UpvestContext, exchange: Exchange): Answer {
  const shape: typeof REQUEST = context.settings.withdrawalUserId === 'required' ? REQUEST_WITH_USER : REQUEST;
  const given = bodyOf(exchange, shape);
  const { amount, account_group_id, reference_account_id, currency = 'EUR' } = given;
  if (!isPositive(amount)) throw refusal(400, 'amount must be greater than 0');
  const group = known(context.store.accountGroups, 'Account group', account_group_id);
  refuseStrangers(context, group, reference_account_id, given.user_id);
  const short = isShort(context, group.id, currency, amount);
  if (short && context.settings.shortOfCash === 'refuse') throw refusal(400, 'The available cash is not sufficient');
  const now = upvestTime(context.clock());
  const withdrawal = context.store.withdrawals.put({
    id: randomUUID(),
    created_at: now,
    updated_at: now,
    reference_account_id,
    account_group_id: group.id,
    ...(given.user_id === undefined ? {} : { user_id: given.user_id }),
    amount,
    currency,
    remittance_information: given.remittance_information ?? '',
    status: 'NEW',
    ...(given.purpose_code === undefined ? {} : { purpose_code: given.purpose_code }),
  });
  enterLedger(
    context,
    { kind: 'withdrawal-requested', accountGroupId: group.id, amount, currency, id: withdrawal.id },
    exchange,
  );
  context.store.outcomes.take('withdrawal', group.id, withdrawal.id);
  context.emit('WITHDRAWAL.NEW', withdrawal);
  if (short) startShort(context, withdrawal);
  else reserve(context, withdrawal);
  return { status: 200, body: withdrawal };
}

/** Without enough cash: cancelled after a while, or left as NEW until the cash is there. */
function startShort(context: UpvestContext, { id, account_group_id: groupId, currency }: Withdrawal): void {
  if (context.settings.shortOfCash === 'cancel')
    context.schedule.next('withdrawal', id, () => cancelWithdrawal(context, id, 'CANCELLED_BY_UPVEST'));
  else context.store.backlog.push({ groupId, currency, retry: () => reserveIfCovered(context, id) });
}

function refuseStrangers(
  { store }: UpvestContext,
  group: AccountGroup,
  referenceAccountId: string,
  userId: string | undefined,
): void {
  const isOwner = (id: string): boolean => (group.users ?? []).some((user) => user.id === id);
  const account = known(store.referenceAccounts, 'Reference account', referenceAccountId);
  if (!isOwner(account.user_id)) throw refusal(400, 'The reference account belongs to another user');
  if (userId !== undefined && !isOwner(userId)) throw refusal(400, 'The user does not own the account group');
  if (group.status !== 'ACTIVE') throw refusal(400, 'The account group is not active');
}

const isShort = (context: UpvestContext, groupId: string, currency: string, amount: string): boolean =>
  compared(balanceOf(context, groupId, currency).available_for_withdrawal, amount) < 0;

/** Takes the amount out of the available money, and schedules the withdrawal's steps. */
function reserve(context: UpvestContext, withdrawal: Withdrawal): void {
  const { id, account_group_id, amount, currency } = withdrawal;
  const trading = atMost(amount, balanceOf(context, account_group_id, currency).available_for_trading);
  context.store.holds.set(id, { trading });
  changeBalance(context, account_group_id, currency, {
    available_for_withdrawal: negated(amount),
    available_for_trading: negated(trading),
  });
  context.schedule.next('withdrawal', id, () => moveOn(context, id));
}

/** True when it got the money, or does not wait any more. */
function reserveIfCovered(context: UpvestContext, id: string): boolean {
  const withdrawal = context.store.withdrawals.get(id);
  if (withdrawal?.status !== 'NEW') return true;
  const { account_group_id, currency, amount } = withdrawal;
  if (isShort(context, account_group_id, currency, amount)) return false;
  reserve(context, withdrawal);
  return true;
}

function moveOn(context: UpvestContext, id: string): void {
  const before = context.store.withdrawals.get(id);
  const { outcomes } = context.store;
  const forced = outcomes.of(id);
  if (before?.status === 'NEW') {
    if (forced === 'stay') outcomes.hold(id, () => moveOn(context, id));
    else {
      put(context, before, 'PROCESSING');
      context.schedule.next('withdrawal', id, () => moveOn(context, id));
    }
  } else if (before?.status === 'PROCESSING') {
    if (forced === 'work') outcomes.hold(id, () => moveOn(context, id));
    else if (forced === 'cancel') cancelWithdrawal(context, id, 'CANCELLED_BY_UPVEST');
    else pay(context, before);
    // A bank takes a day or more for it.
    if (forced === 'return') outcomes.hold(id, () => cancelWithdrawal(context, id, 'CANCELLED_BY_BANK'));
  }
}

function pay(context: UpvestContext, before: Withdrawal): void {
  const { id, account_group_id: groupId, amount, currency } = before;
  put(context, before, 'CONFIRMED');
  enterLedger(context, { kind: 'withdrawal-paid', accountGroupId: groupId, amount, currency, id });
  changeBalance(context, groupId, currency, { balance: negated(amount) });
  bookCash(context, {
    type: 'WITHDRAWAL',
    groupId,
    currency,
    amount: negated(amount),
    references: [{ id, type: 'WITHDRAWAL' }],
  });
}

/** Cancels a withdrawal; a CONFIRMED one is returned by the bank. */
export function cancelWithdrawal(context: UpvestContext, id: string, reason: string): Withdrawal {
  const before = known(context.store.withdrawals, 'Withdrawal', id);
  if (before.status === 'CANCELLED') return before;
  const { account_group_id: groupId, amount, currency } = before;
  const returned = before.status === 'CONFIRMED';
  context.schedule.forget('withdrawal', id);
  const after = put(context, before, 'CANCELLED', reason);
  const kind = returned ? 'withdrawal-returned' : 'withdrawal-cancelled';
  enterLedger(context, { kind, accountGroupId: groupId, amount, currency, id });
  const held = context.store.holds.get(id);
  context.store.holds.delete(id);
  if (held) {
    const back = { available_for_withdrawal: amount, available_for_trading: held.trading };
    changeBalance(context, groupId, currency, returned ? { balance: amount, ...back } : back);
  }
  if (returned)
    bookCash(context, {
      type: 'WITHDRAWAL_CANCELLATION',
      groupId,
      currency,
      amount,
      references: [{ id, type: 'WITHDRAWAL' }],
    });
  if (held) serveBacklog(context, groupId, currency);
  return after;
}

function put(context: UpvestContext, before: Withdrawal, status: WithdrawalStatus, reason?: string): Withdrawal {
  const { withdrawalTax: amount } = context.settings;
  const isTaxed = status === 'PROCESSING' && amount !== null;
  const after = context.store.withdrawals.put({
    ...before,
    ...(isTaxed ? { taxes: [{ type: 'TOTAL', amount, currency: before.currency }] } : {}),
    status,
    updated_at: upvestTime(context.clock()),
    ...(reason === undefined ? {} : { cancellation_reason: reason }),
  });
  context.emit(`WITHDRAWAL.${status}`, after);
  return after;
}
