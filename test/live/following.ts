import { WebSocket } from 'ws';
import { sseClient } from './clients.ts';

/** A subscriber that is cut again and again and goes on behind the last cursor that it saw. */
export interface Following {
  /** The events seen, in order: their `number`s. */
  readonly seen: string[];
  readonly cursors: string[];
  cuts: number;
}

export interface FollowOptions {
  /** Where to connect next. */
  readonly url: () => string;
  readonly after: string;
  /** Ends when so many events were seen. */
  readonly until: number;
  /** At least so many cuts, spread over the events. */
  readonly cuts: number;
  readonly random?: () => number;
  /** Gets each connection and each event, as tools/log-check.mjs reads them. */
  readonly onHistory?: (
    line: { readonly after: string } | { readonly cursor: string; readonly payload: unknown },
  ) => void;
}

const QUERY = 'subscription ($after: ID) { notifications(after: $after) { id ... on OtherNotification { payload } } }';

interface Result {
  readonly data: { readonly notifications: { readonly id: string; readonly payload?: Payload } };
  readonly extensions: { readonly cursor: string };
}
type Payload = { readonly object?: { readonly n: string }; readonly data?: { readonly n: string } };

/** Events that tell their number: one as Upvest delivers it, one as InvestSuite publishes it. */
export const webhookEvent = (n: number) => ({ type: 'TEST.HAPPENED', object: { id: `test-${n}`, n: String(n) } });
export const busEvent = (n: number) => ({
  id: `bus-${n}`,
  created: '2026-01-01T00:00:00Z',
  version: '1.0.0',
  subject: 'tests',
  action: 'happened',
  data: { n: String(n) },
});

export const numberOf = (payload: Payload | undefined): string => payload?.object?.n ?? payload?.data?.n ?? '?';

export async function follow(options: FollowOptions): Promise<Following> {
  const { until, cuts, random = Math.random, onHistory } = options;
  const following: Following = { seen: [], cursors: [], cuts: 0 };
  const deadline = Date.now() + 200_000;
  while (following.seen.length < until) {
    if (Date.now() > deadline)
      throw new Error(`${following.seen.length} of ${until} events after ${following.cuts} cuts`);
    const after = following.cursors.at(-1) ?? options.after;
    const left = until - following.seen.length;
    const cutsLeft = cuts - following.cuts;
    // Somewhere in what a fair share of the rest would be; the last connection sees the end.
    const events = cutsLeft <= 0 ? left : Math.max(1, Math.floor((random() * 2 * left) / (cutsLeft + 1)));
    const connect = random() < 0.5 ? overWebSocket : overSse;
    onHistory?.({ after });
    const more = await connect(options.url(), after, Math.min(events, left), cutsLeft <= 0 ? 20_000 : 2_000);
    for (const { data, extensions } of more) {
      if (data.notifications.id !== extensions.cursor) throw new Error('the cursor is not the id');
      following.seen.push(numberOf(data.notifications.payload));
      following.cursors.push(extensions.cursor);
      onHistory?.({ cursor: extensions.cursor, payload: data.notifications });
    }
    following.cuts += 1;
  }
  return following;
}

/** Reads so many events and cuts the connection; fewer where it broke or nothing came for some time. */
async function overWebSocket(url: string, after: string, events: number, patienceMs: number): Promise<Result[]> {
  const results: Result[] = [];
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  await new Promise<void>((resolve) => {
    const patience = setTimeout(resolve, patienceMs);
    const done = (): void => {
      clearTimeout(patience);
      resolve();
    };
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; payload: Result };
      if (message.type === 'connection_ack') {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY, variables: { after } } }));
      }
      if (message.type === 'next' && results.length < events) results.push(message.payload);
      if (results.length >= events) done();
    });
    socket.on('error', done);
    socket.on('close', done);
  });
  socket.terminate();
  return results;
}

async function overSse(url: string, after: string, events: number, patienceMs: number): Promise<Result[]> {
  const client = await sseClient(url, QUERY, { variables: { after } }).catch(() => undefined);
  if (client === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return [];
  }
  const enough = (async () => {
    const end = Date.now() + patienceMs;
    while (client.events.length < events && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 2));
  })();
  await Promise.race([client.ended, enough]);
  client.close();
  return client.events.slice(0, events).map(({ data, id }) => {
    const result = JSON.parse(data) as Result;
    if (id !== result.extensions.cursor) throw new Error('the id is not the cursor');
    return result;
  });
}
