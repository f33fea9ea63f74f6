import { type CompiledQuery, type SelectQueryBuilder, sql } from 'kysely';
import { type DateTime, dateTime } from '../domain/datetime.ts';
import type { PortfolioId } from '../domain/ids.ts';
import { fixed } from './fixed-statements.ts';
import { type LoggedEvent, storedEvent } from './logged-events.ts';
import type { Reading, Writing } from './store.ts';
import type { EventLogRow, EventSource, Tables } from './tables.ts';

/** Where an event stands in the log. Ordered by generation, then transaction, then sequence. */
export interface LogPosition {
  readonly generation: number;
  readonly xid: number;
  readonly sequence: number;
}

export interface NewLogEvent {
  /** Null: an operators' event. */
  readonly portfolioId: PortfolioId | null;
  readonly source: EventSource;
  readonly type: string;
  readonly event: LoggedEvent;
  /** The gateway's own object that it is about, where it is about one. */
  readonly objectId: string | null;
  readonly occurredAt: DateTime;
  readonly receivedAt: number;
}

/** The position as the opaque cursor that clients see. */
export function encodePosition({ generation, xid, sequence }: LogPosition): string {
  return Buffer.from(`${generation}.${xid}.${sequence}`, 'latin1').toString('base64url');
}

/** The position of a cursor; undefined for anything that is none. */
export function decodePosition(cursor: string): LogPosition | undefined {
  const match = /^(\d{1,15})\.(\d{1,15})\.(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (!match) return undefined;
  const position = { generation: Number(match[1]), xid: Number(match[2]), sequence: Number(match[3]) };
  return encodePosition(position) === cursor ? position : undefined;
}

export function comparePositions(a: LogPosition, b: LogPosition): number {
  return a.generation - b.generation || a.xid - b.xid || a.sequence - b.sequence;
}

export async function appendEvents(writing: Writing, events: readonly NewLogEvent[]): Promise<void> {
  await writing.dialect.together(writing.db, eventWrites(writing, events));
}

/** The statements that append events; empty without events. The caller wakes the log's readers. */
export function eventWrites(writing: Writing, events: readonly NewLogEvent[]): CompiledQuery[] {
  if (events.length === 0) return [];
  writing.wake('log');
  const rows = events.map((event) => ({
    portfolio_id: event.portfolioId,
    source: event.source,
    type: event.type,
    object_id: event.objectId,
    occurred_at: event.occurredAt,
    received_at: event.receivedAt,
    ...storedEvent(event.event),
  }));
  const [first, ...others] = rows;
  if (first !== undefined && others.length === 0) return [oneEvent.with(writing, Object.values(first))];
  // In one statement: others may be run in any order.
  return [writing.db.insertInto('event_log').values(rows.map(inThisLife)).compile()];
}

/** Read in the statement itself: a generation remembered by this process could be that of another life. */
const inThisLife = <R extends object>(row: R) => ({
  generation: sql<number>`(select generation from log_meta where id = 1)`,
  ...row,
});

const oneEvent = fixed((db) => {
  const event = {
    portfolio_id: null,
    source: 'GATEWAY',
    type: '',
    object_id: '',
    occurred_at: dateTime(new Date(0)),
    received_at: 0,
  } as const;
  return db.insertInto('event_log').values(inThisLife({ ...event, shape: '', payload: '' }));
});

export interface LogQuery {
  readonly after: LogPosition;
  /** Only these portfolios' events; undefined: all, those without a portfolio too. */
  readonly portfolioIds?: readonly PortfolioId[] | undefined;
  readonly limit: number;
}

/**
 * The events after a position, oldest first. On PostgreSQL rows that one still uncommitted could come before are held
 * back: see {@link hasHeldBack}.
 */
export async function readEvents(reading: Reading, query: LogQuery): Promise<EventLogRow[]> {
  let select = reading.dialect.settledLog(reading.db.selectFrom('event_log').selectAll());
  select = select.where(behind(query.after));
  if (query.portfolioIds !== undefined) {
    if (query.portfolioIds.length === 0) return [];
    select = select.where('portfolio_id', 'in', query.portfolioIds);
  }
  return await inOrder(select, 'asc').limit(query.limit).execute();
}

/** True while the log holds committed rows that can't be read yet: look again in some milliseconds. */
export const hasHeldBack = (reading: Reading): Promise<boolean> => reading.dialect.hasUnsettledLog(reading.db);

/** The position of the newest event that can be read: where "from now" begins. */
export async function logHead(reading: Reading): Promise<LogPosition> {
  const select = reading.db.selectFrom('event_log').select(['generation', 'xid', 'sequence']);
  const row = await inOrder(reading.dialect.settledLog(select), 'desc').limit(1).executeTakeFirst();
  const trimmed = await trimmedTo(reading);
  return row && comparePositions(row, trimmed) > 0 ? row : trimmed;
}

/** The newest position that is no longer kept: a cursor before it has missed something. */
export async function trimmedTo(reading: Reading): Promise<LogPosition> {
  const meta = await reading.db.selectFrom('log_meta').selectAll().executeTakeFirstOrThrow();
  return { generation: meta.trimmed_generation, xid: meta.trimmed_xid, sequence: meta.trimmed_sequence };
}

/** Forgets events received before a time, at most `limit` of them; answers how many. Repeat while it answers `limit`. */
export async function trimLog(writing: Writing, before: number, limit = 5_000): Promise<number> {
  const settled = writing.dialect.settledLog(
    writing.db.selectFrom('event_log').select(['generation', 'xid', 'sequence', 'received_at']),
  );
  const oldest = await inOrder(settled, 'asc').limit(limit).execute();
  // Only a beginning of the log is cut off: an event that came late keeps those behind it.
  const kept = oldest.findIndex((row) => row.received_at >= before);
  const cut = kept === -1 ? oldest : oldest.slice(0, kept);
  const last = cut.at(-1);
  if (last === undefined) return 0;
  await writing.db
    .deleteFrom('event_log')
    .where(sql<boolean>`(generation, xid, sequence) <= (${last.generation}, ${last.xid}, ${last.sequence})`)
    .execute();
  await writing.db
    .updateTable('log_meta')
    .set({ trimmed_generation: last.generation, trimmed_xid: last.xid, trimmed_sequence: last.sequence })
    // Another gateway may have cut further meanwhile.
    .where(
      sql<boolean>`(trimmed_generation, trimmed_xid, trimmed_sequence) < (${last.generation}, ${last.xid}, ${last.sequence})`,
    )
    .execute();
  return cut.length;
}

const behind = ({ generation, xid, sequence }: LogPosition) =>
  sql<boolean>`(generation, xid, sequence) > (${generation}, ${xid}, ${sequence})`;

function inOrder<O>(query: SelectQueryBuilder<Tables, 'event_log', O>, direction: 'asc' | 'desc') {
  return query.orderBy('generation', direction).orderBy('xid', direction).orderBy('sequence', direction);
}
