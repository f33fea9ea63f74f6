import { stringifyDocument } from 'urql';
import { type FollowState, follow } from '../../../client/index.ts';
import { gateway } from '../gateway.ts';
import { NotificationsDocument, type NotificationsSubscription } from '../generated/graphql.ts';
import { readSession, writeSession } from '../session.ts';
import { Store } from '../store.ts';
import { refuseToken } from '../token.ts';
import { type ConnectionState, connectionState } from './connection.ts';

export type Notification = NotificationsSubscription['notifications'];

/** Maximum shown and kept, newest first. */
const KEPT = 50;
const NAME = 'notifications';

/** Received notifications, and the cursor to resume after. Both are kept in one piece: never the one without the other. */
interface Feed {
  readonly cursor: string | undefined;
  readonly notifications: readonly Notification[];
}

export const notificationFeed = new Store<Feed>(keptFeed());

/** `portfolioId` null: an event of no portfolio. `isGap`: events are missing, of any portfolio. */
type Listener = (event: { readonly portfolioId: string | null; readonly isGap: boolean }) => void;
const listeners = new Set<Listener>();

/** Called for each event as it comes. Returns how to stop. */
export function onNotification(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows the log for as long as the page is open, from where this tab stopped the last time. */
export async function followNotifications(): Promise<void> {
  const log = follow<NotificationsSubscription>({
    ...gateway,
    document: stringifyDocument(NotificationsDocument),
    // The cursor is kept with what was made of the events.
    storage: {
      getItem: () => notificationFeed.get().cursor ?? null,
      setItem: (_name, cursor) => keep({ ...notificationFeed.get(), cursor }),
      removeItem: () => undefined,
    },
    onState: showState,
  });
  try {
    for await (const { data, cursor, isGap } of log) {
      const shown = data === null ? [] : [data.notifications];
      const notifications = [...shown, ...notificationFeed.get().notifications].slice(0, KEPT);
      keep({ cursor: cursor ?? notificationFeed.get().cursor, notifications });
      const portfolioId = data?.notifications.portfolioId ?? null;
      for (const listener of listeners) listener({ portfolioId, isGap });
    }
  } catch {
    connectionState.set('stopped');
  }
}

function showState(state: FollowState): void {
  if (state === 'refused') refuseToken();
  const isFirst = connectionState.get() === 'connecting';
  const shown: ConnectionState =
    state === 'live' || state === 'refused' ? state : isFirst && state === 'connecting' ? state : 'reconnecting';
  connectionState.set(shown === 'reconnecting' && !navigator.onLine ? 'offline' : shown);
}

function keep(feed: Feed): void {
  writeSession(NAME, feed);
  notificationFeed.set(feed);
}

/** Reads the state that this page has stored; other contents count as none. */
function keptFeed(): Feed {
  const kept = readSession(NAME) as Partial<Feed> | undefined;
  return typeof kept?.cursor === 'string' && Array.isArray(kept.notifications)
    ? { cursor: kept.cursor, notifications: kept.notifications }
    : { cursor: undefined, notifications: [] };
}
