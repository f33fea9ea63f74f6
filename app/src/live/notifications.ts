import { stringifyDocument } from 'urql';
import { client } from '../client.ts';
import {
  NotificationsDocument,
  NotificationsEndDocument,
  type NotificationsSubscription,
} from '../generated/graphql.ts';
import { readSession, writeSession } from '../session.ts';
import { Store } from '../store.ts';
import { liveClient, waitToRetry } from './connection.ts';

export type Notification = NotificationsSubscription['notifications'];

/** Maximum shown and kept, newest first. */
const KEPT = 50;
const NAME = 'notifications';

/** Received notifications, and the cursor to resume after. Both are kept in one piece: never the one without the other. */
interface Feed {
  readonly cursor: string | undefined;
  readonly notifications: readonly Notification[];
}

const feed = new Store<Feed>(keptFeed());

export { feed as notificationFeed };

type Listener = (notification: Notification) => void;
const listeners = new Set<Listener>();

/** Called for each notification as it comes. Returns how to stop. */
export function onNotification(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows the log for as long as the page is open, from where this tab stopped the last time. */
export async function followNotifications(): Promise<never> {
  for (let retries = 0; ; retries += 1) {
    if (feed.get().cursor === undefined) begin(await endOfLog());
    if (feed.get().cursor !== undefined) await subscribe();
    await waitToRetry(retries);
  }
}

/** Known before anything has come, so that a cut before the first notification loses nothing. */
async function endOfLog(): Promise<string | undefined> {
  const { data } = await client.query(NotificationsEndDocument, {}, { requestPolicy: 'network-only' }).toPromise();
  return data?.notificationsEnd;
}

/** Resolves when the subscription is over, which a lost connection is not: the client then subscribes again. */
function subscribe(): Promise<void> {
  // The same object at every attempt: what is behind the cursor now is what is asked for.
  const variables = { after: feed.get().cursor };
  return new Promise((resolve) => {
    liveClient.subscribe<NotificationsSubscription, { readonly cursor?: string }>(
      { query: stringifyDocument(NotificationsDocument), variables },
      {
        next: ({ data, extensions }) => {
          // A notification with errors was received all the same, and keeps its position.
          const cursor = data?.notifications.id ?? extensions?.cursor;
          if (cursor === undefined) return;
          variables.after = cursor;
          take(cursor, data?.notifications);
        },
        error: () => resolve(),
        complete: () => resolve(),
      },
    );
  });
}

function begin(cursor: string | undefined): void {
  const next = { cursor, notifications: [] };
  writeSession(NAME, next);
  feed.set(next);
}

function take(cursor: string, notification: Notification | undefined): void {
  const news = notification === undefined ? [] : [notification];
  const next = { cursor, notifications: [...news, ...feed.get().notifications].slice(0, KEPT) };
  writeSession(NAME, next);
  feed.set(next);
  for (const one of news) for (const listener of listeners) listener(one);
}

/** Reads the state that this page has stored; other contents count as none. */
function keptFeed(): Feed {
  const kept = readSession(NAME) as Partial<Feed> | undefined;
  return typeof kept?.cursor === 'string' && Array.isArray(kept.notifications)
    ? { cursor: kept.cursor, notifications: kept.notifications }
    : { cursor: undefined, notifications: [] };
}
