import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { overSocket } from '../helpers/fuzz/wire.ts';
import { startWorld, type World } from '../helpers/world.ts';

const one = seedPortfolio({ key: 'security-live' });
let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [one] });
});
afterAll(() => world.stop());

const port = (): number => Number(new URL(world.url).port);
const alive = async (): Promise<void> => expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
const faults = (): readonly string[] => world.log.filter((line) => line.includes('"level":"error"'));

async function stream(query: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(5_000),
  });
  return { status: response.status, text: await response.text() };
}

describe('a subscription', () => {
  it.each([
    ['its field', 'subscription { notifications @skip(if: true) { id } }'],
    ['its field, by a variable', 'subscription ($a: Boolean = false) { notifications @include(if: $a) { id } }'],
    ['a fragment around it', 'subscription { ... @skip(if: true) { notifications { id } } }'],
    [
      'a named fragment',
      'subscription { ...F @include(if: false) } fragment F on Subscription { notifications { id } }',
    ],
    [
      'its field in a fragment',
      'subscription { ...F } fragment F on Subscription { notifications @skip(if: true) { id } }',
    ],
  ])('that skips %s is refused, and is no fault of ours', async (_what, query) => {
    const { status, text } = await stream(query);
    expect(status).toBe(200);
    expect(text).toContain('GRAPHQL_VALIDATION_FAILED');
    expect(faults()).toEqual([]);
  });

  it('that is refused gets an event with the error, not a fault', async () => {
    const { status, text } = await stream('subscription { depositUpdated(id: "nothing") { id } }');
    expect(status).toBe(200);
    expect(text).toContain('BAD_USER_INPUT');
    expect(text).toContain('event: complete');
  });
});

describe('a WebSocket', () => {
  it.each(['//[', 'http://[', '/%zz', '*', 'http:///', '/graphql#['])(
    'at %s does not end the process',
    async (path) => {
      const upgrade = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
      await overSocket(
        port(),
        [`GET ${path} HTTP/1.1\r\n${upgrade.join('\r\n')}\r\nSec-WebSocket-Key: x\r\n\r\n`],
        false,
      );
      await alive();
    },
  );

  it('that is cut off at any moment does not end the process', async () => {
    const upgrade = (origin: string): string =>
      `GET /graphql HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';
    const cuts = Array.from({ length: 60 }, (_, i) =>
      overSocket(port(), [upgrade(i % 2 ? 'http://x' : 'https://evil.example')], true),
    );
    await Promise.all(cuts);
    await alive();
  });

  it.each([
    '{"type":"next","id":"1","payload":{"data":{}}}',
    '{ "type" : "error", "id": "1", "payload": [{"message":"x"}] }',
    '{"type":"connection_ack"}',
    '{"type":"nope"}',
    '[]',
    '{',
  ])('that says %s is closed with 4400, and is no fault of ours', async (message) => {
    const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, ['graphql-transport-ws']);
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.once('open', () => {
      socket.send('{"type":"connection_init"}');
      socket.send(message);
    });
    expect(await closed).toBe(4400);
    expect(faults()).toEqual([]);
  });

  it('that uses an id twice is closed with the protocol’s code, however long the id is', async () => {
    for (const id of ['1', 'x'.repeat(500), '\u0000'.repeat(200)]) {
      const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, ['graphql-transport-ws']);
      const closed = new Promise<number>((resolve) => socket.once('close', resolve));
      socket.once('open', () => socket.send('{"type":"connection_init"}'));
      const subscribe = JSON.stringify({
        id,
        type: 'subscribe',
        payload: { query: 'subscription { notifications { id } }' },
      });
      socket.on('message', (data) => {
        if (!String(data).includes('connection_ack')) return;
        socket.send(subscribe);
        socket.send(subscribe);
      });
      expect(await closed).toBe(4409);
    }
    expect(faults()).toEqual([]);
  });
});

describe('a WebSocket whose client leaves while it is asked for something', () => {
  it('is no fault: the client is gone', async () => {
    const leave = async (times: number): Promise<void> => {
      const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, ['graphql-transport-ws']);
      socket.on('error', () => undefined);
      const gone = new Promise((resolve) => socket.once('close', resolve));
      socket.once('open', () => socket.send('{"type":"connection_init"}'));
      socket.once('message', () => {
        for (let id = 0; id <= times % 30; id += 1) {
          socket.send(
            JSON.stringify({
              id: `${id}`,
              type: 'subscribe',
              payload: { query: '{ portfolios { edges { cursor } } }' },
            }),
          );
        }
        setTimeout(() => socket.terminate(), times % 7);
      });
      await gone;
    };
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 12 }, (_, index) => leave(round * 12 + index)));
    }
    await alive();
    expect(faults()).toEqual([]);
  });
});

describe('a WebSocket whose client asks on and on without reading', () => {
  it('is read no further until the answers have left: they do not pile up here', async () => {
    // The operating system's buffers of a connection hold some two hundred.
    const asked = 1_000;
    const executed = async (): Promise<number> => {
      const text = await (await fetch(`${world.url}/metrics`)).text();
      return Number(/gateway_graphql_requests_total\{operation="query",outcome="ok"\} (\d+)/.exec(text)?.[1] ?? '0');
    };
    const earlier = await executed();
    const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, ['graphql-transport-ws']);
    let answers = 0;
    socket.on('message', (data) => {
      const message = String(data);
      if (message.includes('"next"')) answers += 1;
      if (!message.includes('connection_ack')) return;
      socket.pause();
      // About 200 KB each.
      for (let id = 0; id < asked; id += 1) {
        socket.send(JSON.stringify({ id: `${id}`, type: 'subscribe', payload: { query: getIntrospectionQuery() } }));
      }
    });
    socket.once('open', () => socket.send('{"type":"connection_init"}'));
    // It has come to rest.
    let before = -1;
    await eventually(async () => {
      const now = (await executed()) - earlier;
      const rests = now > 0 && now === before;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(rests).toBe(true);
    });
    expect(before).toBeLessThan(asked / 2);
    socket.resume();
    // It goes on where it stopped.
    await eventually(() => expect(answers).toBeGreaterThan(before + 50), 60_000);
    socket.terminate();
  }, 90_000);
});
