import { z } from 'zod';
import type { WriteOutcome } from '../datasources/http/outcome.ts';
import type { BrokerVirtualCash, BrokerWithdrawal } from '../domain/broker-payments.ts';
import { epochNanoseconds } from '../domain/datetime.ts';
import { compare, equals, ZERO } from '../domain/decimal.ts';
import { cashLock, workflowOfSubject } from '../store/index.ts';
import { virtualCashSubject, withdrawalSubject } from './broker-events.ts';
import { moneyOf, withdrawalInputOf } from './rows.ts';
import { type Decision, enter, KEY_LIFETIME_MS, review, type StepContext, writeStep } from './step.ts';
import { stepKey } from './upstream-keys.ts';
import { sendVirtualCash } from './virtual-cash-broker.ts';
import { bookFirst, isToBeCancelled, leave } from './withdrawal-progress.ts';

type Payout = BrokerWithdrawal | BrokerVirtualCash;

/**
 * Waits until the broker has the cash free, then asks it to pay. Both under the account group's cash lock, so that two
 * withdrawals never count the same money.
 */
export const submit = writeStep<null, Payout>({
  system: 'UPVEST',
  memo: z.null(),
  // To be cancelled before it was sent, it need not wait for the cash.
  lock: (row) => (isToBeCancelled(row) ? undefined : cashLock(moneyOf(row).accountGroupId)),
  prepare: async ({ row, ports }) => {
    if (isToBeCancelled(row)) return leave(row, 'CANCELLED', 'Cancelled on request.');
    const { accountGroupId, currency, amount } = moneyOf(row);
    const balance = await ports.upvest.cashBalance(accountGroupId, currency);
    const states = row.state === 'AWAITING_CASH' ? [] : [enter('AWAITING_CASH')];
    if (compare(balance?.availableForWithdrawal ?? ZERO, amount) < 0) return { kind: 'wait', for: 'cash', states };
    return { kind: 'send', memo: null, states };
  },
  send: (context) =>
    withdrawalInputOf(context.row).payout === 'virtual-cash'
      ? sendVirtualCash(context, 'DECREASE', 'submit')
      : sendWithdrawal(context),
  settle: async (context, _memo, sentAt) => {
    const keyLives = context.now - sentAt < KEY_LIFETIME_MS;
    if (withdrawalInputOf(context.row).payout === 'withdrawal') {
      return keyLives ? await sendAgain(context, sentAt) : await findWithdrawal(context, sentAt);
    }
    if (keyLives) return { kind: 'resend' };
    return review(
      'Upvest never answered whether it took the virtual cash decrease, and its idempotency key has run out. Look for it at Upvest.',
    );
  },
  accepted: ({ row }, _memo, made) => {
    const virtual = withdrawalInputOf(row).payout === 'virtual-cash';
    const subject = virtual ? virtualCashSubject('DECREASE', made.id) : withdrawalSubject(made.id);
    return { kind: 'advance', states: [enter('SUBMITTED')], step: 'watch', patch: { subject } };
  },
  refused: ({ row }, _memo, status) => leave(row, 'FAILED', `Upvest refused to pay (${status}).`),
  resolve: {
    done: ({ row }): Decision => ({ kind: 'advance', states: [enter('PAID')], step: bookFirst(row) }),
    notDone: ({ row }) => leave(row, 'FAILED', 'Not paid by Upvest, by the word of an operator.'),
  },
});

async function sendWithdrawal({ row, ports, sending }: StepContext): Promise<WriteOutcome<BrokerWithdrawal>> {
  const { brokerageUserId, referenceAccountId, remittanceInformation } = withdrawalInputOf(row);
  if (referenceAccountId === null) throw new TypeError(`withdrawal ${row.id} has no reference account`);
  const order = {
    ...moneyOf(row),
    brokerageUserId,
    referenceAccountId,
    remittanceInformation,
    idempotencyKey: stepKey(row, 'submit'),
  };
  return await ports.upvest.createWithdrawal(order, sending);
}

/** An answer that names nothing will be the same again: then the withdrawal itself is looked for. */
async function sendAgain(context: StepContext, sentAt: number) {
  const outcome = await sendWithdrawal(context);
  if (outcome.kind !== 'unknown' || outcome.reason !== 'invalid-answer') return outcome;
  const found = await findWithdrawal(context, sentAt);
  return found.kind === 'undone' ? outcome : found;
}

/**
 * For an id that Upvest does not know itself: its guide shows the answer of another call. Undefined where the list has
 * that id, or nothing that could be this withdrawal.
 */
export async function findUnderAnotherId(context: StepContext): Promise<Decision | undefined> {
  const found = await findWithdrawal(context, context.row.created_at);
  if (found.kind === 'review') return found;
  if (found.kind === 'undone') return undefined;
  const subject = withdrawalSubject(found.value.id);
  return subject === context.row.subject ? undefined : { kind: 'advance', step: 'watch', patch: { subject } };
}

/** Upvest's clock may differ from ours by this much. */
const CLOCK_DIFFERENCE_MS = 300_000;

/** When the key can no longer tell: the group's list is complete, so what is not in it does not exist. */
async function findWithdrawal(context: StepContext, sentAt: number) {
  const { row, ports, read } = context;
  const { accountGroupId, amount, currency } = moneyOf(row);
  const { referenceAccountId } = withdrawalInputOf(row);
  const listed = (await ports.upvest.withdrawalsOfGroup(accountGroupId)) ?? [];
  const since = BigInt(sentAt - CLOCK_DIFFERENCE_MS) * 1_000_000n;
  const fitting: BrokerWithdrawal[] = [];
  for (const each of listed) {
    if (withdrawalSubject(each.id) === row.subject) return { kind: 'accepted', value: each } as const;
    const fits =
      equals(each.amount, amount) &&
      each.currency === currency &&
      (each.referenceAccountId === null || each.referenceAccountId === referenceAccountId) &&
      (each.createdAt === null || epochNanoseconds(each.createdAt) >= since);
    const taken =
      fits && (await read((reading) => workflowOfSubject(reading, withdrawalSubject(each.id)))) !== undefined;
    if (fits && !taken) fitting.push(each);
  }
  const [only, ...others] = fitting;
  if (only === undefined) return { kind: 'undone' } as const;
  if (others.length > 0) return review('Several withdrawals at Upvest could be this one. Look which of them it is.');
  return { kind: 'accepted', value: only } as const;
}
