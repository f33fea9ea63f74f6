import { type Client, createClient } from 'graphql-ws';
import { Store } from '../store.ts';
import { authorization, refuseToken } from '../token.ts';

/** How things stand between this page and the gateway. */
export type ConnectionState = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'refused';

export const connectionState = new Store<ConnectionState>(navigator.onLine ? 'connecting' : 'offline');

/** The gateway's close code for a token that does not hold (any more). */
const FORBIDDEN = 4403;
/** A connection that does not answer a ping in this time is given up. */
const PONG_MS = 5_000;

let pongTimer: ReturnType<typeof setTimeout> | undefined;

/**
 * One WebSocket for everything that is live, opened with the first subscription. It comes back by itself for as long as
 * the page is open; each subscription is then sent again as its payload says at that time.
 */
export const liveClient: Client = createClient({
  url: () => `${location.origin.replace(/^http/, 'ws')}/graphql`,
  connectionParams: () => {
    const value = authorization();
    return value === undefined ? {} : { authorization: value };
  },
  keepAlive: 10_000,
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  retryWait: waitToRetry,
  on: {
    connected: () => connectionState.set('live'),
    closed: (event) => {
      clearTimeout(pongTimer);
      const refused = event instanceof CloseEvent && event.code === FORBIDDEN;
      if (refused) refuseToken();
      connectionState.set(refused ? 'refused' : navigator.onLine ? 'reconnecting' : 'offline');
    },
    ping: (received) => {
      if (!received) pongTimer = setTimeout(() => liveClient.terminate(), PONG_MS);
    },
    pong: (received) => {
      if (received) clearTimeout(pongTimer);
    },
  },
});

// Browsers leave a WebSocket open that nothing can come through any more.
addEventListener('offline', () => {
  connectionState.set('offline');
  liveClient.terminate();
});

/** Soon at first, then every five seconds, spread so that not all pages come at once; at once when the network is back. */
export async function waitToRetry(retries: number): Promise<void> {
  if (connectionState.get() === 'refused') await new Promise(() => undefined);
  if (!navigator.onLine) {
    connectionState.set('offline');
    await once('online');
    connectionState.set('reconnecting');
    return;
  }
  const waitMs = Math.min(5_000, 250 * 2 ** retries) * (0.5 + Math.random() / 2);
  await Promise.race([new Promise((resolve) => setTimeout(resolve, waitMs)), once('online')]);
}

const once = (event: 'online'): Promise<void> =>
  new Promise((resolve) => addEventListener(event, () => resolve(), { once: true }));
