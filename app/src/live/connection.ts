import { type Client, createClient } from 'graphql-ws';
import { Store } from '../store.ts';
import { authorization, refuseToken } from '../token.ts';

/** State of the connection over which the event log arrives. `stopped`: this caller gets no events. */
export type ConnectionState = 'connecting' | 'live' | 'reconnecting' | 'offline' | 'refused' | 'stopped';

export const connectionState = new Store<ConnectionState>(navigator.onLine ? 'connecting' : 'offline');

/** The gateway's close code for a token that is not valid (any more). */
const FORBIDDEN = 4403;

/** One WebSocket for the states that are shown, opened with the first. (By SSE each would take one of a browser's six connections.) */
export const liveClient: Client = createClient({
  url: () => `${location.origin.replace(/^http/, 'ws')}/graphql`,
  connectionParams: () => {
    const value = authorization();
    return value === undefined ? {} : { authorization: value };
  },
  retryAttempts: Number.POSITIVE_INFINITY,
  shouldRetry: () => true,
  retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.min(5_000, 250 * 2 ** retries))),
  on: {
    closed: (event) => {
      if (event instanceof CloseEvent && event.code === FORBIDDEN) refuseToken();
    },
  },
});

// The log notices a connection that is dead; the WebSocket is then as dead, and is made again.
connectionState.listen(() => {
  if (connectionState.get() !== 'live') liveClient.terminate();
});
