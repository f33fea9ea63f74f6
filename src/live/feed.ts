import type { PortfolioId, UserId } from '../domain/ids.ts';
import { type EventLogRow, encodePosition, type LogPosition } from '../store/index.ts';
import type { Audience } from './audience.ts';
import type { Gap } from './log-reader.ts';

export type { EventLogRow, LogPosition, PortfolioId, UserId };

/** One thing that a subscription yields: what GraphQL executes its document on. */
export interface FeedItem<T = unknown> {
  readonly root: T;
  /** Where the subscriber is once it has seen this; undefined for a state that is no event. */
  readonly position: LogPosition | undefined;
  /** Of states: a subscriber that has seen this version or a newer one is not shown it. */
  readonly version: bigint | undefined;
}

/** Every event of an audience, from a position on (null: from now). */
export interface EventFeed<T = unknown> {
  readonly kind: 'events';
  readonly audience: Audience;
  readonly after: LogPosition | null;
  readonly ofRow: (row: EventLogRow) => T;
  readonly ofGap: (gap: Gap) => T;
}

/** The state of something now, then each newer one. */
export interface StateFeed<T = unknown> {
  readonly kind: 'state';
  readonly audience: Audience;
  /** The state as it was when the field was resolved, and where the log stood before it was read. */
  readonly begin: { readonly position: LogPosition; readonly item: Omit<FeedItem<T>, 'position'> };
  /** The state as it is now, for a reader that could not keep up. */
  readonly now: () => Promise<Omit<FeedItem<T>, 'position'>>;
  /** Undefined for events about something else. */
  readonly ofRow: (row: EventLogRow) => Pick<FeedItem<T>, 'root' | 'version'> | undefined;
}

export type Feed<T = unknown> = EventFeed<T> | StateFeed<T>;

/** What a row is in a feed; undefined where it is not part of it. */
export function itemOf<T>(feed: Feed<T>, row: EventLogRow): FeedItem<T> | undefined {
  if (feed.kind === 'events') return { root: feed.ofRow(row), position: row, version: undefined };
  const state = feed.ofRow(row);
  return state && { ...state, position: row };
}

/** What a gap is in a feed. States have none: they are read anew. */
export function gapItem<T>(feed: EventFeed<T>, gap: Gap): FeedItem<T> {
  return { root: feed.ofGap(gap), position: gap.position, version: undefined };
}

export const cursorOf = ({ position }: Pick<FeedItem, 'position'>): string | undefined =>
  position === undefined ? undefined : encodePosition(position);
