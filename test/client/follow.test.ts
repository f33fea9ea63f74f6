import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Followed, type FollowOptions, type FollowState, follow, memoryStorage } from '../../client/index.ts';
import { encodePosition } from '../../src/store/index.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { type Line, startLine } from '../helpers/line.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { append, event } from '../live/live-helpers.ts';

const DOCUMENT = 'subscription ($after: ID) { notifications(after: $after) { __typename id type } }';
interface Data {
  readonly notifications: { readonly __typename: string; readonly id: string; readonly type: string };
}

let issuer: TestIssuer;
let world: World;
let line: Line;
const controllers: AbortController[] = [];
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({ seed: [], gateway: { auth: issuer.settings } });
});
const lines: Line[] = [];
afterEach(async () => {
  for (const controller of controllers.splice(0)) controller.abort();
  for (const each of lines.splice(0)) await each.stop();
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});

const operator = (): Promise<string> => issuer.token({ sub: 'operator', scope: 'operator' });

async function options(more: Partial<FollowOptions<Data, object>> = {}): Promise<FollowOptions<Data, object>> {
  line = await startLine(world.url);
  lines.push(line);
  const controller = new AbortController();
  controllers.push(controller);
  return {
    ...{ url: `${line.url}/graphql`, token: operator, document: DOCUMENT, pauseMs: 10, signal: controller.signal },
    ...more,
  };
}

const happen = (...types: string[]): Promise<void> =>
  append(world.gateway.store, ...types.map((type) => event(null, type)));

/** Reads so many events. */
async function take(iterator: AsyncIterator<Followed<Data>>, count: number): Promise<Followed<Data>[]> {
  const events: Followed<Data>[] = [];
  while (events.length < count) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    events.push(value);
  }
  return events;
}
const typesOf = (events: readonly Followed<Data>[]): unknown[] => events.map(({ data }) => data?.notifications.type);

/** Follows in the background. */
function collect(given: FollowOptions<Data, object>): { readonly types: unknown[]; readonly states: FollowState[] } {
  const types: unknown[] = [];
  const states: FollowState[] = [];
  void (async () => {
    for await (const { data } of follow<Data, object>({ ...given, onState: (state) => states.push(state) }))
      types.push(data?.notifications.type);
  })();
  return { types, states };
}
const live = async ({ states }: { readonly states: readonly FollowState[] }): Promise<void> =>
  await expect.poll(() => states.at(-1)).toBe('live');

describe('following the log', () => {
  it('misses nothing that happens before the first connection stands', async () => {
    let isFirst = true;
    const given = await options({
      fetch: async (url, init) => {
        // The end of the log has been read; the subscription has not been sent.
        if (String(init?.body).includes('subscription') && isFirst) {
          isFirst = false;
          await happen('FIRST');
          throw new TypeError('network');
        }
        return await fetch(url, init);
      },
    });
    const read = collect(given);
    await live(read);
    await happen('SECOND');
    await expect.poll(() => read.types).toEqual(['FIRST', 'SECOND']);
  });

  it('takes a new token when the old one has expired, and loses nothing in between', async () => {
    const questions: (string | undefined)[] = [];
    let expired = '';
    const given = await options({
      token: async ({ refused }) => {
        questions.push(refused);
        if (refused !== undefined) return await operator();
        expired ||= await issuer.token({ sub: 'operator', scope: 'operator', exp: 1 });
        return expired;
      },
    });
    const read = collect(given);
    await live(read);
    await happen('TOKEN.1');
    await expect.poll(() => read.types).toEqual(['TOKEN.1']);
    line.cut();
    await happen('TOKEN.2');
    await expect.poll(() => read.types).toEqual(['TOKEN.1', 'TOKEN.2']);
    expect(questions.filter((refused) => refused === expired).length).toBeGreaterThanOrEqual(2);
    expect(read.states).not.toContain('refused');
  });

  it('waits for somebody who logs in when no token is taken', async () => {
    let token = 'nonsense';
    const read = collect(await options({ token: () => token }));
    await expect.poll(() => read.states).toContain('refused');
    token = await operator();
    await live(read);
  });

  it('tells of a gap, and goes on behind it', async () => {
    const given = await options({ after: encodePosition({ generation: 99, xid: 1, sequence: 1 }) });
    const iterator = follow<Data, object>(given);
    const [gap] = await take(iterator, 1);
    expect([gap?.isGap, gap?.data?.notifications.type]).toEqual([true, 'GAP']);
    await happen('BEHIND.GAP');
    expect(typesOf(await take(iterator, 1))).toEqual(['BEHIND.GAP']);
  });

  it('goes on behind the last event after a reload, whether the loop was left or the page is gone', async () => {
    const storage = memoryStorage();
    const given = await options({ storage, name: 'reload' });
    const first = follow<Data, object>(given);
    const reading = take(first, 2);
    await expect.poll(() => storage.getItem('invest-gateway/follow/reload')).not.toBeNull();
    await happen('RELOAD.1', 'RELOAD.2', 'RELOAD.3', 'RELOAD.4');
    expect(typesOf(await reading)).toEqual(['RELOAD.1', 'RELOAD.2']);
    // The page went while it worked on the second.
    const second: unknown[] = [];
    for await (const { data } of follow<Data, object>(given)) {
      second.push(data?.notifications.type);
      if (second.length === 2) break;
    }
    expect(second).toEqual(['RELOAD.2', 'RELOAD.3']);
    expect(typesOf(await take(follow<Data, object>(given), 1))).toEqual(['RELOAD.4']);
  });

  it('begins anew, and says so, where the stored cursor is not one', async () => {
    const storage = memoryStorage();
    storage.setItem('invest-gateway/follow/odd', 'something else');
    const [gap] = await take(follow<Data, object>(await options({ storage, name: 'odd' })), 1);
    expect(gap).toMatchObject({ isGap: true, data: null });
  });

  it('gives a silent connection up', async () => {
    const read = collect(await options({ silenceMs: 400 }));
    await live(read);
    line.freeze();
    await happen('SILENT');
    await expect.poll(() => read.types).toEqual(['SILENT']);
  });

  it('ends with the signal, and with return, also while it waits for an event', async () => {
    const controller = new AbortController();
    const given = await options({ signal: controller.signal });
    const states: FollowState[] = [];
    const iterator = follow<Data, object>({ ...given, onState: (state) => states.push(state) });
    const waiting = iterator.next();
    await live({ states });
    controller.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const other = follow<Data, object>(await options());
    const second = other.next();
    await other.return?.();
    expect((await second).done).toBe(true);
  });

  it('throws what would be refused again', async () => {
    const wrong = await options({ document: 'subscription { notifications { nothing } }' });
    await expect(take(follow<Data, object>(wrong), 1)).rejects.toThrow('nothing');
    const nobody = await options({ token: () => issuer.token({ sub: 'nobody', scope: '' }) });
    await expect(take(follow<Data, object>(nobody), 1)).rejects.toMatchObject({ name: 'GraphqlRequestError' });
  });
});

describe('what servers and proxies write', () => {
  const streams =
    (...chunks: readonly string[]): RequestListener =>
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      void (async () => {
        for (const chunk of chunks) {
          response.write(Buffer.from(chunk, 'latin1'));
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        response.end();
      })();
    };
  const bytes = (text: string): string => Buffer.from(text).toString('latin1');
  const payload = bytes('{"data":{"notifications":{"type":"Zürich €"}}}');
  const whole = `event: next\nid: c1\ndata: ${payload}\n\n`;
  it.each([
    ['LF', [whole]],
    ['CR LF', [whole.replaceAll('\n', '\r\n')]],
    ['CR', [whole.replaceAll('\n', '\r')]],
    ['byte by byte', [...whole]],
    ['CR LF byte by byte', [...whole.replaceAll('\n', '\r\n')]],
    [
      'no space, comments, data in pieces',
      [`:\n\n: ping\nevent:next\nid:c1\ndata:{"data":\ndata:${payload.slice(8)}\n\n`],
    ],
    ['a byte order mark', [bytes('\uFEFF'), whole]],
  ])('is read: %s', async (_name, chunks) => {
    const server = createServer(streams(...chunks, 'event: complete\ndata:\n\n'));
    const { url, stop } = await listenOnLoopback(server);
    try {
      const events = await take(follow<Data, object>({ url, document: DOCUMENT, after: 'c0' }), 5);
      expect(events).toEqual([
        { data: { notifications: { type: 'Zürich €' } }, errors: undefined, cursor: 'c1', isGap: false },
      ]);
    } finally {
      await stop();
    }
  });

  it('is tried again: pages of proxies, limits, answers of other kinds', async () => {
    const answers: RequestListener[] = [
      (_request, response) => void response.writeHead(502, { 'content-type': 'text/html' }).end('<html>'),
      (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>portal'),
      (_request, response) =>
        void response.writeHead(429, { 'retry-after': '0' }).end('{"errors":[{"message":"slow"}]}'),
      (request) => void request.socket.destroy(),
      (_request, response) =>
        void response
          .writeHead(503)
          .end('{"errors":[{"message":"x","extensions":{"code":"OVERLOADED","retryable":true}}]}'),
      streams(whole, 'event: complete\ndata:\n\n'),
    ];
    const server = createServer((request, response) => answers.shift()?.(request, response));
    const { url, stop } = await listenOnLoopback(server);
    try {
      const events = await take(follow<Data, object>({ url, document: DOCUMENT, after: 'c0', pauseMs: 1 }), 5);
      expect(events.map(({ cursor }) => cursor)).toEqual(['c1']);
      expect(answers).toEqual([]);
    } finally {
      await stop();
    }
  });

  it('sends the cursor in the header and in the variable', async () => {
    const server = createServer(streams('event: complete\ndata:\n\n'));
    const { url, stop } = await listenOnLoopback(server);
    try {
      const asked = once(server, 'request');
      const following = take(follow<Data, object>({ url, document: DOCUMENT, after: 'c7', token: () => 'abc' }), 1);
      const [request] = await asked;
      const { headers } = request;
      expect([headers['last-event-id'], headers.authorization]).toEqual(['c7', 'Bearer abc']);
      await following;
    } finally {
      await stop();
    }
  });
});
