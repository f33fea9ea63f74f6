import type { PortfolioId, UserId } from '../domain/ids.ts';
import { type EventLogRow, encodePosition, type LogPosition } from '../store/index.ts';
import type { Audience } from './audience.ts';
import type { Gap } from './log-reader.ts';

export type { EventLogRow, LogPosition, PortfolioId, UserId };

/** A value that a subscription yields: the root of the document's execution. */
export interface FeedItem<T = unknown> {
  readonly root: T;
  /** Position of the subscriber after this item; undefined for a state without an event. */
  readonly position: LogPosition | undefined;
  /** For states: a subscriber that has seen this or a newer version skips the item. */
  readonly version: bigint | undefined;
}

/** All events of an audience after a position (null: from now). */
export interface EventFeed<T = unknown> {
  readonly kind: 'events';
  readonly audience: Audience;
  readonly after: LogPosition | null;
  readonly ofRow: (row: EventLogRow) => T;
  readonly ofGap: (gap: Gap) => T;
}

/** The current state of an object, then each newer one. */
export interface StateFeed<T = unknown> {
  readonly kind: 'state';
  readonly audience: Audience;
  /** The state when the field was resolved, and the end of the log before it was read. */
  readonly begin: { readonly position: LogPosition; readonly item: Omit<FeedItem<T>, 'position'> };
  /** Reads the current state, for a subscriber that could not keep up. */
  readonly now: () => Promise<Omit<FeedItem<T>, 'position'>>;
  /** Undefined for events of other objects. */
  readonly ofRow: (row: EventLogRow) => Pick<FeedItem<T>, 'root' | 'version'> | undefined;
}

export type Feed<T = unknown> = EventFeed<T> | StateFeed<T>;

/** The feed's item of a row; undefined where the row is not part of the feed. */
export function itemOf<T>(feed: Feed<T>, row: EventLogRow): FeedItem<T> | undefined {
  if (feed.kind === 'events') return { root: feed.ofRow(row), position: row, version: undefined };
  const state = feed.ofRow(row);
  return state && { ...state, position: row };
}

/** The feed's item of a gap. States have none: they are read again. */
export function gapItem<T>(feed: EventFeed<T>, gap: Gap): FeedItem<T> {
  return { root: feed.ofGap(gap), position: gap.position, version: undefined };
}

export const cursorOf = ({ position }: Pick<FeedItem, 'position'>): string | undefined =>
  position === undefined ? undefined : encodePosition(position);
