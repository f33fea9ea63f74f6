import type { EventSubject } from '../../datasources/upvest/index.ts';
import { type BrokerVirtualCash, type BrokerWithdrawal, isSameMoney } from '../../domain/broker-payments.ts';
import { epochNanoseconds } from '../../domain/datetime.ts';
import {
  changeWorkflow,
  endedWithoutSubject,
  lockWorkflow,
  type Reading,
  unansweredOfGroups,
  type WorkflowRow,
  type Writing,
} from '../../store/index.ts';
import { consequencesOf, enteredBy } from '../engine/changes.ts';
import { requireDefinition } from '../engine/definition.ts';
import { sendingOf, withEnd } from '../engine/sendings.ts';
import { enter } from '../engine/step.ts';
import { type BrokerEffect, brokerEffectOf, mayHaveMade } from './broker-effects.ts';
import { virtualCashSubject, withdrawalSubject } from './broker-events.ts';
import { notBefore } from './broker-evidence.ts';
import { contradiction } from './ended.ts';
import { moneyOf } from './rows.ts';
import { CASH_WORKFLOWS } from './workflows.ts';

/** Latest effect of a request after its last attempt. */
const LATEST_EFFECT_MS = 86_400_000;

/** An object of a sort that requests make at the broker, as an event reports it. */
export interface ReportedEffect {
  readonly noun: BrokerEffect['noun'];
  readonly subject: string;
  readonly object: BrokerWithdrawal | BrokerVirtualCash;
}

const DEFINITIONS = new Map(CASH_WORKFLOWS.map((definition) => [definition.kind, definition]));

/**
 * An event of the broker about an object that is no row's: where it fits a row that ended FAILED or CANCELLED after it had been sent,
 * a person has to look (docs/deposits.md "Doubt ends by evidence"). Called in the transaction that finishes the event. Answers
 * whether it was taken: then it is that row's from now on.
 */
export async function claimForEnded(writing: Writing, told: ReportedEffect): Promise<boolean> {
  if (told.object.status === 'CANCELLED') return false;
  const fitting = await closestEnded(writing, told);
  const row = fitting === undefined ? undefined : await lockWorkflow(writing, fitting.id);
  // Another gateway may have been first.
  if (row === undefined || row.subject !== null || row.step !== null) return false;
  if (row.state !== 'FAILED' && row.state !== 'CANCELLED') return false;
  const states = [enter('NEEDS_REVIEW', contradiction(row.state))];
  const patch = {
    ...enteredBy(states),
    ...withEnd(row, row.state),
    resume_state: row.state,
    subject: told.subject,
    due_at: null,
  };
  const definition = requireDefinition(DEFINITIONS, row.kind);
  const note = { subject: told.subject, status: told.object.status };
  const consequences = await consequencesOf(writing, definition, { row, states, patch, actor: 'gateway', note });
  await changeWorkflow(writing, row, patch, consequences);
  return true;
}

/** The effect that an event reports; null where it is about something that no request makes. */
export function reportedEffect(about: EventSubject): ReportedEffect | null {
  switch (about.kind) {
    case 'withdrawal':
      return { noun: 'WITHDRAWAL', subject: withdrawalSubject(about.withdrawal.id), object: about.withdrawal };
    case 'virtualCash': {
      const { direction, virtualCash } = about;
      const subject = virtualCashSubject(direction, virtualCash.id);
      return { noun: `VIRTUAL_CASH_${direction}`, subject, object: virtualCash };
    }
    default:
      return null;
  }
}

/** Which of these may have been made by a request whose answer is not known yet, with the ids of those requests. */
export async function awaitedEffects(
  reading: Reading,
  told: readonly ReportedEffect[],
): Promise<ReadonlyMap<ReportedEffect, readonly string[]>> {
  const groups = [...new Set(told.map(({ object }) => object.accountGroupId))];
  const rows = await unansweredOfGroups(reading, groups);
  const awaited = told.map((each) => {
    const makers = rows.filter((row) => mayHaveMade(row, each.noun, each.object));
    return [each, makers.map(({ id }) => id)] as const;
  });
  return new Map(awaited.filter(([, ids]) => ids.length > 0));
}

/** The row whose last attempt was closest to when the object was made; the newest where the object has no time. */
async function closestEnded(reading: Reading, told: ReportedEffect): Promise<WorkflowRow | undefined> {
  const rows = await endedWithoutSubject(reading, told.object.accountGroupId);
  const { createdAt } = told.object;
  // A time in the future shows a clock that is ahead, and the object is of now.
  const now = reading.now();
  const at = createdAt === null ? now : Math.min(now, Number(epochNanoseconds(createdAt) / 1_000_000n));
  const distances = rows.flatMap((row) => {
    const lastAt = fitsAttempt(row, told, at);
    return lastAt === undefined ? [] : [{ row, distance: Math.abs(at - lastAt) }];
  });
  return distances.toSorted((a, b) => a.distance - b.distance)[0]?.row;
}

/** When the row was last sent, where the object may be what that made. */
function fitsAttempt(row: WorkflowRow, { noun, object }: ReportedEffect, at: number): number | undefined {
  const effect = brokerEffectOf(row);
  if (effect?.noun !== noun || !isSameMoney(moneyOf(row), object)) return undefined;
  const sending = sendingOf(row, effect.step);
  if (sending === undefined) return undefined;
  const isInTime = notBefore(object.createdAt, sending.firstAt) && at <= sending.lastAt + LATEST_EFFECT_MS;
  return isInTime ? sending.lastAt : undefined;
}
