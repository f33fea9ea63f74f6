import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePosition } from '../../src/store/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { LOG_BEGINNING } from '../helpers/log.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { type RawSocket, rawSocket, sseClient } from './clients.ts';
import { append, event } from './live-helpers.ts';

const BEGINNING = encodePosition(LOG_BEGINNING);
const QUERY = `subscription ($after: ID) {
  notifications(after: $after) { type ... on OtherNotification { payload } }
}`;

async function subscribed(url: string, after: string | null): Promise<RawSocket> {
  const raw = await rawSocket(url);
  raw.send({ type: 'connection_init' });
  await eventually(() => expect(raw.messages).toHaveLength(1));
  raw.send({ id: '1', type: 'subscribe', payload: { query: QUERY, variables: { after } } });
  return raw;
}

describe('a client that sends nothing', () => {
  it('is closed with 4408 after ten seconds', { timeout: 20_000 }, async () => {
    const world = await startWorld({ seed: [] });
    const raw = await rawSocket(world.url);
    expect(await raw.closed).toBe(4408);
    await world.stop();
  });
});

/** More than any buffer on the way takes: what is sent has to wait for the reader. */
const MUCH = 4_000;
const PAYLOAD = { text: 'x'.repeat(4_000) };

describe('pings go on', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ seed: [], gateway: { pingMs: 100 } });
    for (let from = 0; from < MUCH; from += 500) {
      const some = Array.from({ length: 500 }, (_, index) =>
        event(null, `${from + index}`, { event: { kind: 'other', content: PAYLOAD } }),
      );
      await append(world.gateway.store, ...some);
    }
  });
  afterAll(() => world.stop());

  async function deliveries(): Promise<number> {
    const metrics = await world.gateway.metrics.registry.metrics();
    return Number(/^gateway_live_deliveries (\d+)$/m.exec(metrics)?.[1]);
  }

  it('over SSE, once a reader that was full has caught up', { timeout: 60_000 }, async () => {
    const parameters = new URLSearchParams({ query: QUERY, variables: JSON.stringify({ after: BEGINNING }) });
    const stream = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { accept: 'text/event-stream' };
      get(`${world.url}/graphql?${parameters}`, { headers }, resolve).once('error', reject);
    });
    // It does not read until nothing more fits, and then for longer than a ping takes.
    let before = -1;
    while (before !== (await deliveries())) {
      before = await deliveries();
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    expect(before).toBeLessThan(MUCH);
    let text = '';
    let pings = 0;
    let events = 0;
    stream.on('data', (chunk: Buffer) => {
      const blocks = (text + chunk.toString()).split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        if (block === ':') pings += 1;
        else events += 1;
      }
    });
    await eventually(() => expect(events).toBe(MUCH), 40_000);
    pings = 0;
    await eventually(() => expect(pings).toBeGreaterThan(3));
    stream.destroy();
  });

  it('over a WebSocket while a reader reads slowly, which is not taken for gone', { timeout: 60_000 }, async () => {
    const raw = await subscribed(world.url, BEGINNING);
    let pings = 0;
    let closed = false;
    raw.socket.on('ping', () => {
      pings += 1;
    });
    void raw.closed.then(() => {
      closed = true;
    });
    // A little at a time: longer in between than a client may be silent.
    const slowly = setInterval(() => {
      raw.socket.resume();
      setImmediate(() => raw.socket.pause());
    }, 150);
    raw.socket.pause();
    await eventually(() => expect(pings).toBeGreaterThan(3), 30_000);
    // There is more behind them.
    expect(raw.messages.length).toBeLessThan(MUCH);
    clearInterval(slowly);
    await new Promise((resolve) => setTimeout(resolve, 5));
    raw.socket.resume();
    await eventually(() => expect(raw.messages).toHaveLength(1 + MUCH), 40_000);
    expect(closed).toBe(false);
    raw.socket.close();
  });
});

describe('a gateway that stops', () => {
  it('sends its subscribers away one after the other, in a way that they resume', async () => {
    const world = await startWorld({ seed: [], gateway: { farewellMs: 3_000 } });
    const sockets = await Promise.all(Array.from({ length: 10 }, () => subscribed(world.url, null)));
    const streams = await Promise.all(Array.from({ length: 10 }, () => sseClient(world.url, QUERY)));
    let open = sockets.length + streams.length;
    const codes: number[] = [];
    const openAtEach: number[] = [];
    const gone = (): void => {
      openAtEach.push(open);
      open -= 1;
    };
    const all = [
      ...sockets.map((socket) => socket.closed.then((code) => codes.push(code)).then(gone)),
      ...streams.map((stream) => stream.ended.then(gone)),
    ];
    const drained = world.gateway.drain();
    await Promise.race(all);
    // Most are still there: they hear what happens, and get it.
    expect(open).toBeGreaterThan(10);
    await append(world.gateway.store, event(null, 'the last'));
    await eventually(() => expect(streams.at(-1)?.events).toHaveLength(1));
    await Promise.all([drained, ...all]);
    expect(codes).toEqual(sockets.map(() => 1012));
    expect(streams.flatMap(({ events }) => events).filter((each) => each.event === 'complete')).toEqual([]);
    const late = await sseClient(world.url, QUERY);
    await late.ended;
    expect(JSON.parse(late.events[0]?.data ?? '')).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
    await world.stop();
  });
});
