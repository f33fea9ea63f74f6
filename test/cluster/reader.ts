import { WebSocket } from 'ws';
import { encodePosition } from '../../src/store/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { LOG_BEGINNING } from '../helpers/log.ts';
import { sseClient } from '../live/clients.ts';

/** A subscriber to everything that comes back whenever it is cut, behind the last cursor that it saw. */
export interface Reader {
  /** Cursors of what it saw, in order. */
  readonly seen: readonly string[];
  readonly cuts: number;
  /** Resolves when so many events were seen. */
  reaches(count: number): Promise<void>;
  stop(): Promise<void>;
}

const QUERY = 'subscription ($after: ID) { notifications(after: $after) { id type } }';
const BEGINNING = encodePosition(LOG_BEGINNING);

export type Way = 'sse' | 'websocket';

/** One connection: tells each cursor, and resolves when it has ended, in whatever way. */
interface Connection {
  readonly ended: Promise<void>;
  close(): void;
}
type Connect = (url: string, after: string, tell: (cursor: string) => void) => Promise<Connection>;

export function readNotifications(url: string, way: Way): Reader {
  const seen: string[] = [];
  let cuts = 0;
  let stopped = false;
  let current: Connection | undefined;
  const connect = way === 'sse' ? overSse : overWebSocket;
  const running = (async () => {
    while (!stopped) {
      current = await connect(url, seen.at(-1) ?? BEGINNING, (cursor) => seen.push(cursor)).catch(() => undefined);
      if (stopped) current?.close();
      await current?.ended;
      cuts += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    seen,
    get cuts() {
      return cuts;
    },
    reaches: async (count) => {
      await eventually(() => {
        if (seen.length < count) throw new Error(`${seen.length} of ${count} events over ${way}`);
      }, 90_000);
    },
    stop: async () => {
      stopped = true;
      current?.close();
      await running;
    },
  };
}

const overSse: Connect = async (url, after, tell) => {
  const client = await sseClient(url, QUERY, { variables: { after } });
  let told = 0;
  const tellNew = (): void => {
    for (const { event, id } of client.events.slice(told)) if (event === 'next' && id !== undefined) tell(id);
    told = client.events.length;
  };
  const timer = setInterval(tellNew, 10);
  return {
    ended: client.ended.then(() => {
      clearInterval(timer);
      tellNew();
    }),
    close: () => client.close(),
  };
};

const overWebSocket: Connect = async (url, after, tell) => {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.on('open', () => socket.send('{"type":"connection_init"}'));
  socket.on('message', (data) => {
    // The messages of the protocol.
    const message = JSON.parse(String(data)) as { type: string; payload?: { extensions?: { cursor?: string } } };
    if (message.type === 'connection_ack') {
      const payload = { query: QUERY, variables: { after } };
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
    }
    const cursor = message.type === 'next' ? message.payload?.extensions?.cursor : undefined;
    if (cursor !== undefined) tell(cursor);
    if (message.type === 'error' || message.type === 'complete') socket.terminate();
  });
  return { ended, close: () => socket.terminate() };
};
