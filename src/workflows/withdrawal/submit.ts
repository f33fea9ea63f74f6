import { z } from 'zod';
import type { WriteOutcome } from '../../datasources/upstream/outcome.ts';
import type { BrokerVirtualCash, BrokerWithdrawal } from '../../domain/broker-payments.ts';
import { compare, type Decimal } from '../../domain/decimal.ts';
import { cashLock } from '../../store/index.ts';
import { virtualCashSubject, withdrawalSubject } from '../cash/broker-events.ts';
import { lookForVirtualCash, lookForWithdrawal } from '../cash/broker-evidence.ts';
import { awaitedCash, moneyOf, withdrawalInputOf } from '../cash/rows.ts';
import { type Decision, type Evidence, enter, review, type StepContext, writeStepOf } from '../engine/step.ts';
import { stepKey } from '../engine/upstream-keys.ts';
import { sendVirtualCash } from '../virtual-cash/broker.ts';
import { bookFirst, isToBeCancelled, leave, remembering } from './progress.ts';
import { aheadOf, leftBy, type Taker, takersOf } from './promised-cash.ts';

type Payout = BrokerWithdrawal | BrokerVirtualCash;

/**
 * Waits until the broker has the cash free, then asks it to pay. Both under the account group's cash lock, so that two
 * withdrawals never count the same money.
 */
export const submit = writeStepOf<'withdrawal'>()({
  system: 'UPVEST',
  memo: z.null(),
  // To be cancelled before it was sent, it need not wait for the cash.
  lock: (row) => (isToBeCancelled(row) ? undefined : cashLock(moneyOf(row).accountGroupId)),
  prepare: async (context) => {
    const { row } = context;
    if (isToBeCancelled(row)) return leave(row, 'CANCELLED', 'Cancelled on request.');
    const entering = (reason: string | null = null) =>
      row.state === 'AWAITING_CASH' ? [] : [enter('AWAITING_CASH', reason)];
    const left = await leftForThis(context);
    if (compare(left, moneyOf(row).amount) < 0)
      return { kind: 'wait', for: 'cash', states: entering(awaitedCash(row)) };
    return { kind: 'send' as const, memo: null, states: entering() };
  },
  send: (context): Promise<WriteOutcome<Payout>> =>
    withdrawalInputOf(context.row).payout === 'virtual-cash'
      ? sendVirtualCash(context, 'DECREASE', 'submit')
      : sendWithdrawal(context),
  repeats: 'key',
  look: (context, _memo, attempt): Promise<Evidence<Payout>> =>
    withdrawalInputOf(context.row).payout === 'virtual-cash'
      ? lookForVirtualCash(context, 'DECREASE', attempt)
      : lookForWithdrawal(context, attempt),
  doubt: 'The outcome of the payment is unknown: Upvest did not answer. Look for the payment at Upvest.',
  accepted: ({ row }, _memo, made) => {
    const virtual = withdrawalInputOf(row).payout === 'virtual-cash';
    const subject = virtual ? virtualCashSubject('DECREASE', made.id) : withdrawalSubject(made.id);
    const taxes = 'taxes' in made && made.taxes !== null ? remembering(row, { taxes: made.taxes }) : {};
    return { kind: 'advance', states: [enter('SUBMITTED')], step: 'watch', patch: { subject, ...taxes } };
  },
  refused: ({ row }, _memo, status) => leave(row, 'FAILED', `Upvest refused to pay (${status}).`),
  resolve: {
    done: ({ row }) => ({ kind: 'advance', states: [enter('PAID')], step: bookFirst(row) }),
    notDone: ({ row }) => leave(row, 'FAILED', 'Marked as not paid by an operator.'),
  },
});

/**
 * Cash for this withdrawal. Other rows are read before the balance, so that none is missed that the balance does not
 * show yet, and after it, so that none is missed that was sent meanwhile: the smaller result counts.
 */
async function leftForThis({ row, ports, read }: StepContext): Promise<Decimal> {
  const { accountGroupId, currency } = moneyOf(row);
  const look = async (): Promise<Taker[]> =>
    aheadOf(row, await read((reading) => takersOf(reading, accountGroupId, currency)));
  const before = await look();
  const balance = await ports.upvest.cashBalance(accountGroupId, currency, { fresh: true });
  const [a, b] = [leftBy(balance, before), leftBy(balance, await look())];
  return compare(a, b) < 0 ? a : b;
}

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

/**
 * For an id that Upvest does not know itself: its guide shows the answer of another call. Undefined where the list has
 * that id, or nothing that could be this withdrawal.
 */
export async function findUnderAnotherId(context: StepContext): Promise<Decision<'withdrawal'> | undefined> {
  const { created_at: sentAt } = context.row;
  const seen = await lookForWithdrawal(context, { sentAt, lastAt: context.now, refusedSince: null });
  if (seen.kind === 'notKnown' && seen.because !== undefined) return review(seen.because);
  if (seen.kind !== 'found') return undefined;
  const subject = withdrawalSubject(seen.value.id);
  return subject === context.row.subject ? undefined : { kind: 'advance', step: 'watch', patch: { subject } };
}
