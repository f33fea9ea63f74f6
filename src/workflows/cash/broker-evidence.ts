import { readSubject, type UpvestEvent } from '../../datasources/upvest/index.ts';
import {
  type BrokerMoney,
  type BrokerVirtualCash,
  type BrokerWithdrawal,
  isSameMoney,
} from '../../domain/broker-payments.ts';
import { type DateTime, epochNanoseconds } from '../../domain/datetime.ts';
import { magnitude } from '../../domain/decimal.ts';
import type { VirtualCashDirection } from '../../domain/virtual-cash.ts';
import { unansweredOfGroups, waitingEvents, workflowOfSubject } from '../../store/index.ts';
import type { Attempt, StepContext } from '../engine/step.ts';
import { ABSENT, type Evidence, found, NOT_KNOWN } from '../engine/step.ts';
import { brokerEffectOf, mayHaveMade } from './broker-effects.ts';
import { upvestEventsOf, virtualCashSubject, withdrawalSubject } from './broker-events.ts';
import { moneyOf, timeOf, withdrawalInputOf } from './rows.ts';

/** Upvest's clock may differ from ours by this much. */
export const CLOCK_DIFFERENCE_MS = 300_000;

const DAY_MS = 86_400_000;

/** An object of the broker's that may be what an attempt made. */
interface Candidate extends BrokerMoney {
  readonly createdAt: DateTime | null;
}

/** Whether a time is not before another (milliseconds since 1970), as far as clocks agree. Without a time it may be. */
export const notBefore = (time: DateTime | null, since: number): boolean =>
  time === null || epochNanoseconds(time) >= BigInt(Math.floor(since) - CLOCK_DIFFERENCE_MS) * 1_000_000n;

/** The withdrawal that an attempt made: by the broker's events, which may be faster than its list, and by the list. */
export async function lookForWithdrawal(context: StepContext, attempt: Attempt): Promise<Evidence<BrokerWithdrawal>> {
  const { row, ports } = context;
  const told = (await toldOf(context, 'WITHDRAWAL')).flatMap((event) => {
    const about = readSubject(event);
    return about.kind === 'withdrawal' ? [about.withdrawal] : [];
  });
  const listed = await ports.upvest.withdrawalsOfGroup(moneyOf(row).accountGroupId, { fresh: true });
  const all = [...(listed ?? []), ...told];
  const own = all.find((each) => withdrawalSubject(each.id) === row.subject);
  if (own !== undefined) return found(own);
  const { referenceAccountId } = withdrawalInputOf(row);
  const mine = all.filter((each) => each.referenceAccountId === null || each.referenceAccountId === referenceAccountId);
  const seen = await only(context, attempt, mine, withdrawalSubject);
  return seen.kind === 'absent' && listed === null ? NOT_KNOWN : seen;
}

/**
 * The virtual cash movement of an attempt. Only events report ISSUED and QUEUED, and the cash ledger only CONFIRMED: so
 * its absence proves nothing.
 */
export async function lookForVirtualCash(
  context: StepContext,
  direction: VirtualCashDirection,
  attempt: Attempt,
): Promise<Evidence<BrokerVirtualCash>> {
  const noun = `VIRTUAL_CASH_${direction}` as const;
  const told = (await toldOf(context, noun)).flatMap((event) => {
    const about = readSubject(event);
    return about.kind === 'virtualCash' ? [about.virtualCash] : [];
  });
  const booked = await bookedAs(context, noun, attempt);
  const seen = await only(context, attempt, [...told, ...booked], (id) => virtualCashSubject(direction, id));
  return seen.kind === 'absent' ? NOT_KNOWN : seen;
}

/** Lines of the cash ledger that refer to a movement of virtual cash. */
async function bookedAs(
  { row, ports }: StepContext,
  type: 'VIRTUAL_CASH_INCREASE' | 'VIRTUAL_CASH_DECREASE',
  { sentAt }: Attempt,
): Promise<readonly BrokerVirtualCash[]> {
  const { accountGroupId } = moneyOf(row);
  const lines = await ports.upvest.cashTransactions({ accountGroupId, from: timeOf(sentAt - DAY_MS) }, { fresh: true });
  return (lines ?? [])
    .filter((line) => line.type === type)
    .flatMap(({ references, amount, currency, createdAt }) =>
      references
        .filter((reference) => reference.type === type)
        .map(({ id }) => ({
          id,
          accountGroupId,
          amount: magnitude(amount),
          currency,
          status: 'CONFIRMED' as const,
          createdAt,
          updatedAt: createdAt,
        })),
    );
}

/** Events about this kind of object that wait in the inbox because their row is not known yet. */
async function toldOf({ row, read }: StepContext, noun: string): Promise<readonly UpvestEvent[]> {
  const { accountGroupId } = moneyOf(row);
  return upvestEventsOf(await read((reading) => waitingEvents(reading, `${noun}.`, accountGroupId)));
}

/** The only match that no other row owns. Not known where several do, or where another row in doubt could have made it. */
async function only<T extends Candidate>(
  { row, read }: StepContext,
  { sentAt }: Attempt,
  candidates: readonly T[],
  subjectOf: (id: string) => string,
): Promise<Evidence<T>> {
  const money = moneyOf(row);
  const fitting = new Map<string, T>();
  for (const each of candidates) {
    if (!isSameMoney(each, money) || !notBefore(each.createdAt, sentAt)) continue;
    const owner = await read((reading) => workflowOfSubject(reading, subjectOf(each.id)));
    if (owner === undefined || owner.id === row.id) fitting.set(each.id, each);
  }
  const [first, ...others] = fitting.values();
  if (first === undefined) return ABSENT;
  if (others.length > 0)
    return ambiguous('Several payments at Upvest match this request. Find out which of them it is.');
  const unanswered = await read((reading) => unansweredOfGroups(reading, [money.accountGroupId]));
  const noun = brokerEffectOf(row)?.noun;
  const isAmbiguous = unanswered.some((each) => each.id !== row.id && mayHaveMade(each, noun, money));
  return isAmbiguous
    ? ambiguous('Several requests match one payment at Upvest. Find out which of them made it.')
    : found(first);
}

const ambiguous = (because: string): Evidence<never> => ({ kind: 'notKnown', because });
