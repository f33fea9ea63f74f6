import { sql } from 'kysely';
import type { AccountGroupId } from '../domain/ids.ts';
import { fixed } from './fixed-statements.ts';
import { claimDue, type LeaseClaim, LeaseLostError, NO_LEASE } from './leases.ts';
import { nudgeAll } from './nudges.ts';
import type { Reading, Writing } from './store.ts';
import type { EventSource, InboxRow } from './tables.ts';
import type { Nudge } from './workflows.ts';

export interface NewInboxEvent {
  readonly source: EventSource;
  /** The upstream's own id of the event: it is kept once. */
  readonly eventId: string;
  readonly type: string;
  /** The object it is about (`upvest:withdrawal:<id>`), where it names one. */
  readonly subject: string | null;
  /** JSON text; numbers are strings. */
  readonly payload: string;
  /** The workflows that should look again because of it. */
  readonly nudges?: readonly Nudge[] | undefined;
  /** It can't be worked with: kept for a person, with this reason. */
  readonly parkedBecause?: string | undefined;
}

/** Longest list of rows in one statement; SQLite and PostgreSQL both bound the number of parameters. */
const CHUNK = 500;

/**
 * Keeps each event once and makes the workflows that wait for it due, in one transaction: acknowledge the delivery when
 * it is committed, never before. Answers how many were new.
 */
export async function storeEvents(writing: Writing, events: readonly NewInboxEvent[]): Promise<number> {
  const now = writing.now();
  const fresh = new Set<string>();
  for (let start = 0; start < events.length; start += CHUNK) {
    const rows = await writing.db
      .insertInto('inbox')
      .values(events.slice(start, start + CHUNK).map((event) => newRow(event, now)))
      .onConflict((conflict) => conflict.columns(['source', 'event_id']).doNothing())
      .returning(['source', 'event_id'])
      .execute();
    for (const row of rows) fresh.add(`${row.source} ${row.event_id}`);
  }
  const nudges = events.flatMap((event) => (fresh.has(`${event.source} ${event.eventId}`) ? (event.nudges ?? []) : []));
  await nudgeAll(writing, nudges);
  if (fresh.size > 0) writing.wake('inbox');
  return fresh.size;
}

const newRow = (event: NewInboxEvent, now: number) => ({
  source: event.source,
  event_id: event.eventId,
  type: event.type,
  subject: event.subject,
  payload: event.payload,
  received_at: now,
  state: event.parkedBecause === undefined ? ('RECEIVED' as const) : ('PARKED' as const),
  reason: event.parkedBecause ?? null,
  due_at: event.parkedBecause === undefined ? now : null,
  attempts: 0,
  ...NO_LEASE,
  fence: 0,
});

/** Leases due events, oldest first: see leases.ts. */
export async function claimEvents(writing: Writing, claim: LeaseClaim): Promise<InboxRow[]> {
  return (await claimDue(writing, 'inbox', claim)).sort((a, b) => a.id - b.id);
}

/**
 * All these events of one claim have been dealt with. Throws LeaseLostError where one of them is no longer the claim's:
 * nothing of the transaction may stand then.
 */
export async function finishEvents(writing: Writing, owner: string, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = await writing.db
    .updateTable('inbox')
    .set({ state: 'WORKED', reason: null, due_at: null, ...NO_LEASE })
    .where('id', 'in', ids)
    .where('lease_owner', '=', owner)
    .returning('id')
    .execute();
  if (rows.length !== ids.length) throw new LeaseLostError('events of the inbox were taken over by another worker');
}

/** Gives events of one claim back, to be worked on at a time. `failed`: it counts as an attempt. */
export async function returnEvents(
  writing: Writing,
  owner: string,
  ids: readonly number[],
  { dueAt, failed }: { readonly dueAt: number; readonly failed: boolean },
): Promise<void> {
  if (ids.length === 0) return;
  await writing.db
    .updateTable('inbox')
    .set((set) => ({
      due_at: dueAt,
      ...(failed && { attempts: set('attempts', '+', 1) }),
      ...NO_LEASE,
    }))
    .where('id', 'in', ids)
    .where('lease_owner', '=', owner)
    .execute();
}

export interface UnclaimedQuery {
  /** Owner of the lease. */
  readonly owner: string;
  readonly subjects: readonly string[];
  /** Only events with a lower id. */
  readonly before: number;
}

/** The first event of each subject that waits and is not part of a claim: later ones have to wait for it. */
export async function firstUnclaimed(
  reading: Reading,
  { owner, subjects, before }: UnclaimedQuery,
): Promise<ReadonlyMap<string, Pick<InboxRow, 'id' | 'due_at'>>> {
  if (subjects.length === 0) return new Map();
  const first = reading.db
    .selectFrom('inbox')
    .select((select) => select.fn.min('id').as('id'))
    .where('due_at', 'is not', null)
    .where('subject', 'in', subjects)
    .where('id', '<', before)
    .where((where) => where.or([where('lease_owner', 'is', null), where('lease_owner', '<>', owner)]))
    .groupBy('subject');
  const rows = await reading.db
    .selectFrom('inbox')
    .select(['id', 'subject', 'due_at'])
    .where('id', 'in', first)
    .execute();
  return new Map(rows.flatMap((row) => (row.subject === null ? [] : [[row.subject, row]])));
}

/** Puts events of one claim aside for a person; they hold nothing up. */
export async function parkEvents(
  writing: Writing,
  owner: string,
  ids: readonly number[],
  reason: string,
): Promise<void> {
  if (ids.length === 0) return;
  await writing.db
    .updateTable('inbox')
    .set({ state: 'PARKED', reason, due_at: null, ...NO_LEASE })
    .where('id', 'in', ids)
    .where('lease_owner', '=', owner)
    .execute();
}

/** Forgets events that were dealt with before a time, and with them the ids that duplicates are known by. */
export async function trimInbox(writing: Writing, before: number, limit = 5_000): Promise<number> {
  const old = writing.db
    .selectFrom('inbox')
    .select('id')
    .where('state', '=', 'WORKED')
    .where('received_at', '<', before)
    .orderBy('id')
    .limit(limit);
  const rows = await writing.db.deleteFrom('inbox').where('id', 'in', old).returning('id').execute();
  return rows.length;
}

const ofSubject = fixed((db) => db.selectFrom('inbox').selectAll().where('subject', '=', '').orderBy('id'));

/** Events about one object, in the order of receipt. */
export async function eventsAbout(reading: Reading, subject: string): Promise<InboxRow[]> {
  const { rows } = await reading.db.executeQuery(ofSubject.with(reading, [subject]));
  return rows;
}

/**
 * Events of the broker that wait to be worked on, since it is not known whose they are: of types that begin with a text, about an
 * account group. Oldest first.
 */
export async function waitingEvents(
  reading: Reading,
  typePrefix: string,
  accountGroupId: AccountGroupId,
): Promise<Pick<InboxRow, 'payload'>[]> {
  return await reading.db
    .selectFrom('inbox')
    .select('payload')
    .where('due_at', 'is not', null)
    .where('source', '=', 'UPVEST')
    .where('type', 'like', `${typePrefix}%`)
    // An id in the text of the event; what it is the id of is seen when the event is read.
    .where(sql`lower(payload)`, 'like', `%${accountGroupId.toLowerCase()}%`)
    .orderBy('id')
    .execute();
}

/** Parked events after an id, oldest first. */
export async function parkedEvents(reading: Reading, after: number, limit: number): Promise<InboxRow[]> {
  return await reading.db
    .selectFrom('inbox')
    .selectAll()
    .where('state', '=', 'PARKED')
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Puts a parked event back to be worked on. False where there is no such parked event. */
export async function replayEvent(writing: Writing, id: number): Promise<boolean> {
  const row = await writing.db
    .updateTable('inbox')
    .set({ state: 'RECEIVED', reason: null, due_at: writing.now(), attempts: 0 })
    .where('id', '=', id)
    .where('state', '=', 'PARKED')
    .returning('id')
    .executeTakeFirst();
  if (row !== undefined) writing.wake('inbox');
  return row !== undefined;
}

/** Events that wait for work, events put aside, and how long the oldest has waited; for metrics. */
export async function inboxLag(reading: Reading): Promise<{ waiting: number; parked: number; oldestMs: number }> {
  const count = reading.db.fn.countAll<number>();
  const waiting = await reading.db
    .selectFrom('inbox')
    .select([count.as('count'), reading.db.fn.min('received_at').as('oldest')])
    .where('due_at', 'is not', null)
    .executeTakeFirstOrThrow();
  const parked = await reading.db
    .selectFrom('inbox')
    .select(count.as('count'))
    .where('state', '=', 'PARKED')
    .executeTakeFirstOrThrow();
  const oldestMs = waiting.oldest === null ? 0 : Math.max(0, reading.now() - waiting.oldest);
  return { waiting: waiting.count, parked: parked.count, oldestMs };
}
