export { decodePosition as decodeCursor, encodePosition as encodeCursor } from '../store/index.ts';
export type { Audience } from './audience.ts';
export {
  cursorOf,
  type EventFeed,
  type EventLogRow,
  type Feed,
  type FeedItem,
  type LogPosition,
  type StateFeed,
} from './feed.ts';
export type { Frame, Render } from './group.ts';
export { type Alike, type Allowance, Hub, type HubFigures, type HubOptions, type LiveSubscription } from './hub.ts';
export { LiveSource } from './live-source.ts';
export type { Gap, LogPage, LogReader, LogWindow } from './log-reader.ts';
export { Retention, type RetentionOptions } from './retention.ts';
export type { Sink } from './subscriber.ts';
