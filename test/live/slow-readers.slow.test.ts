import { get, type IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodePosition } from '../../src/store/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { LOG_BEGINNING } from '../helpers/log.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { type RawSocket, rawSocket, sseClient } from './clients.ts';
import { append, event } from './live-helpers.ts';

/** The whole of it is for CI. */
const EVENTS = process.env['CI'] === 'true' ? 100_000 : 15_000;
const QUERY = 'subscription ($after: ID) { notifications(after: $after) { type } }';
const BEGINNING = encodePosition(LOG_BEGINNING);

let world: World;
beforeAll(async () => {
  world = await startWorld({ standins: { portfolios: 1 } });
});
afterAll(() => world.stop());

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const memoryMb = (): number => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
};

const typeOf = (text: string): number => Number(/"type":"(\d+)"/.exec(text)?.[1]);

/** Numbers that a stream of text brings: each the one after the last, or it says so. */
class Counter {
  next = 0;
  wrong = 0;
  #rest = '';

  take(chunk: string): void {
    const text = this.#rest + chunk;
    const end = text.lastIndexOf('}') + 1;
    this.#rest = text.slice(end);
    for (const [, number] of text.slice(0, end).matchAll(/"type":"(\d+)"/g)) {
      if (Number(number) === this.next) this.next += 1;
      else this.wrong += 1;
    }
  }
}

async function quietSse(): Promise<IncomingMessage> {
  const parameters = new URLSearchParams({ query: QUERY, variables: JSON.stringify({ after: BEGINNING }) });
  return await new Promise((resolve, reject) => {
    const request = get(`${world.url}/graphql?${parameters}`, { headers: { accept: 'text/event-stream' } }, resolve);
    request.once('error', reject);
  });
}

interface Next {
  readonly payload: { readonly extensions: { readonly cursor: string } };
}

/** The events sent to a reader, and those it gets by resuming after it was disconnected. */
async function theRest(stuck: RawSocket): Promise<readonly Next[]> {
  const nexts = ({ messages }: RawSocket) =>
    messages.filter((message): message is Next => (message as { type: string }).type === 'next');
  let closed = false;
  void stuck.closed.then(() => {
    closed = true;
  });
  await eventually(() => expect(closed || nexts(stuck).length === EVENTS).toBe(true), 60_000);
  const before = nexts(stuck);
  if (before.length === EVENTS) return before;
  expect(await stuck.closed).toBe(1006);
  const again = await rawSocket(world.url);
  again.send({ type: 'connection_init' });
  await eventually(() => expect(again.messages).toHaveLength(1));
  const variables = { after: before.at(-1)?.payload.extensions.cursor };
  again.send({ id: '1', type: 'subscribe', payload: { query: QUERY, variables } });
  await eventually(() => expect(before.length + nexts(again).length).toBe(EVENTS), 60_000);
  again.socket.close();
  return [...before, ...nexts(again)];
}

it('a reader that does not read costs no memory and delays no other reader; it gets the rest when it reads on', {
  timeout: 240_000,
}, async () => {
  const stuckSocket = await rawSocket(world.url);
  stuckSocket.send({ type: 'connection_init' });
  await eventually(() => expect(stuckSocket.messages).toHaveLength(1));
  stuckSocket.send({ id: '1', type: 'subscribe', payload: { query: QUERY, variables: { after: BEGINNING } } });
  const stuckStream = await quietSse();
  const quick = await sseClient(world.url, QUERY, { variables: { after: BEGINNING } });
  await append(world.gateway.store, event(null, '0'));
  await eventually(() => expect(stuckSocket.messages).toHaveLength(2));
  await eventually(() => expect(quick.events).toHaveLength(1));
  stuckSocket.socket.pause();
  quick.events.splice(0);

  const before = memoryMb();
  const counter = new Counter();
  counter.next = 1;
  const content = { text: 'x'.repeat(200) };
  for (let from = 1; from < EVENTS; from += 500) {
    const numbers = Array.from({ length: Math.min(500, EVENTS - from) }, (_, index) => from + index);
    await append(
      world.gateway.store,
      ...numbers.map((n) => event(null, String(n), { event: { kind: 'other', content } })),
    );
    await eventually(() => {
      for (const { data } of quick.events.splice(0)) counter.take(data);
      expect(counter.next).toBe((numbers.at(-1) ?? 0) + 1);
    });
  }
  expect(counter.wrong).toBe(0);
  expect(memoryMb() - before).toBeLessThan(50);

  const stuck = new Counter();
  stuckStream.on('data', (chunk: Buffer) => stuck.take(chunk.toString()));
  await eventually(() => expect([stuck.next, stuck.wrong]).toEqual([EVENTS, 0]), 60_000);
  stuckStream.destroy();

  stuckSocket.socket.resume();
  const messages = await theRest(stuckSocket);
  expect(messages.map((message) => typeOf(JSON.stringify(message)))).toEqual(
    Array.from({ length: EVENTS }, (_, index) => index),
  );
  quick.close();
  stuckSocket.socket.terminate();
});
