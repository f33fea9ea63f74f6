import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nodeHandler } from '../../src/adapters/node.ts';
import { Admission } from '../../src/callers/admission.ts';
import { Newcomers } from '../../src/callers/newcomers.ts';
import { systemRuntime } from '../../src/domain/runtime.ts';
import { Turn } from '../../src/domain/turn.ts';
import { Documents } from '../../src/operations/documents.ts';
import { DEFAULT_LIMITS } from '../../src/operations/limits.ts';
import { seedPortfolio } from '../../src/standins/index.ts';
import { openConnections } from '../helpers/fairness.ts';
import { eventually, memoryLogger, readAnswer } from '../helpers/gateway.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { startIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { rawSocket } from '../live/clients.ts';

const one = seedPortfolio({ key: 'limits' });
const P = one.portfolioId;
const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(' ');

/** Documents that are more than what is allowed, each in its own way, and as large as they may be but for that. */
const TOO_MUCH: readonly (readonly [what: string, document: string])[] = [
  ['51 aliases', `{ ${times(51, (i) => `a${i}: portfolio(id: "${P}") { id }`)} }`],
  [
    '51 aliases in fragments',
    `{ ...A ...B } fragment A on Query { ${times(26, (i) => `a${i}: viewer { id }`)} } fragment B on Query { ${times(25, (i) => `b${i}: viewer { id }`)} }`,
  ],
  ['51 directives', `{ ${times(51, () => `viewer @include(if: true) { id }`)} }`],
  ['51 directives on one field', `{ viewer ${times(51, () => '@include(if: true)')} { id } }`],
  ['501 fields', `{ ${times(501, () => '__typename')} }`],
  ['101 fragments', `{ viewer { id } } ${times(101, (i) => `fragment F${i} on Viewer { id }`)}`],
  ['5,001 words', `{ viewer { id } } ${times(1_700, () => 'query { a }')}`],
  ['101 brackets in brackets', `{ nodes(ids: ${'['.repeat(101)}"x"${']'.repeat(101)}) { id } }`],
  ['100,001 characters', `{ viewer { id } } # ${'x'.repeat(100_001)}`],
  [
    '16 fields deep',
    `{ portfolio(id: "${P}") ${'{ transactions { edges { node { portfolio '.repeat(4)} { id } ${'} } } }'.repeat(4)} }`,
  ],
  [
    'rows in rows in rows',
    `{ portfolios(first: 100) { edges { node { transactions(first: 100) { edges { node { portfolio { deposits(first: 100) { edges { cursor } } } } } } } } } }`,
  ],
  [
    '101 nodes',
    `{ nodes(ids: [${times(101, () => `"${P}"`)}]) { ... on Portfolio { transactions(first: 100) { edges { node { id type status movements { type } } } } } } }`,
  ],
];

/** Documents that have brought down, or held up, other servers. All of them are small. */
const BOMBS: readonly (readonly [what: string, document: string])[] = [
  [
    'fragments that contain each other twice, fifty deep',
    `{ ...F0 } ${times(50, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F50 on Query { viewer { id } }`,
  ],
  [
    'fragments inside each other twice as fields',
    `{ ...F0 } ${times(40, (i) => `fragment F${i} on Query { viewer { id } ...F${i + 1} ... on Query { ...F${i + 1} } }`)} fragment F40 on Query { viewer { id } }`,
  ],
  ['a fragment that contains itself', '{ ...A } fragment A on Query { ...A }'],
  [
    'a hundred fragments in a ring',
    `{ ...F0 } ${times(100, (i) => `fragment F${i} on Query { viewer { id } ...F${(i * 7 + 3) % 100} ...F${(i + 1) % 100} }`)}`,
  ],
  ['the same field five hundred times', `{ ${times(250, () => 'viewer { id }')} }`],
  ['nested lists that are never closed', `{ nodes(ids: ${'['.repeat(4_000)}`],
  ['nested objects that are never closed', `{ portfolios(filter: ${'{a:'.repeat(1_500)}`],
  ['nested types of a variable', `query ($a: ${'['.repeat(2_000)}Int) { viewer { id } }`],
  ['braces', '{'.repeat(4_999)],
  ['a text that does not end', `{ viewer(id: "${'\\\\'.repeat(20_000)}`],
  ['a block text that does not end', `{ viewer(id: """${'\n '.repeat(20_000)}`],
  ['commas', ','.repeat(99_000)],
  ['a byte order mark and no more', '\ufeff'],
  ['numbers without end', `{ portfolios(first: ${'9'.repeat(50_000)}) { edges { cursor } } }`],
  [
    'introspection in itself',
    `{ __schema { types { fields { type { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } } }`,
  ],
];

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [one] });
});
afterAll(() => world.stop());

const byGet = async (document: string) =>
  await readAnswer(
    await fetch(`${world.url}/graphql?query=${encodeURIComponent(document)}`, {
      headers: { accept: 'application/json' },
    }),
  );

describe('a document with', () => {
  it.each(TOO_MUCH)('%s is refused before anything is asked', async (_what, document) => {
    world.investSuite.calls.reset();
    const answer = await world.ask(document);
    expect(answer.errors?.map((error) => error.extensions['code'])).toEqual(['QUERY_TOO_COMPLEX']);
    expect(answer.status).toBe(400);
    expect(answer.data).toBeUndefined();
    expect(world.investSuite.calls.total + world.upvest.calls.total).toBe(0);
  });

  it.each(TOO_MUCH.filter(([, document]) => document.length < 8_000))(
    '%s is refused by GET too',
    async (_what, document) => {
      const answer = await byGet(document);
      expect(answer.errors?.map((error) => error.extensions['code'])).toEqual(['QUERY_TOO_COMPLEX']);
      expect(answer.status).toBe(400);
    },
  );

  it.each(BOMBS)('%s does not hold us up, and is no fault of ours', async (_what, document) => {
    const startedAt = performance.now();
    const answer = await world.ask(document);
    // Hundreds of times what it takes, to be sure on any machine; without a bound some of these take for ever.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toContain('INTERNAL_SERVER_ERROR');
  });

  it('as much as is allowed is answered', async () => {
    const answers = [
      await world.ask(`{ ${times(50, (i) => `a${i}: viewer { id }`)} }`),
      await world.ask(`{ ${times(25, () => 'viewer @include(if: true) { id @skip(if: false) }')} }`),
      await world.ask(`{ ${times(500, () => '__typename')} }`),
      await world.ask(`{ viewer { id } } # ${'x'.repeat(99_000)}`),
    ];
    expect(answers.map((answer) => answer.errors)).toEqual(answers.map(() => undefined));
  });

  it('twenty mistakes reports only those', async () => {
    const { errors = [] } = await world.ask(`{ ${times(400, (i) => `nope${i}`)} }`);
    expect(errors.length).toBeLessThanOrEqual(21);
  });
});

describe('JSON of a thousand brackets and a mebibyte of them', () => {
  const nested = (depth: number): string =>
    `{"query":"{ viewer { id } }","variables":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}`;

  it.each([1_000, 30_000, 500_000])('is the client’s fault over HTTP: %i', async (depth) => {
    const response = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: nested(depth),
    });
    expect(response.status).toBe(400);
    expect((await readAnswer(response)).errors?.[0]?.extensions['code']).toBe('BAD_REQUEST');
  });

  it.each([1_000, 500_000])('is the client’s fault over a WebSocket: %i', async (depth) => {
    const before = world.log.length;
    const raw = await rawSocket(world.url);
    raw.send({ type: 'connection_init' });
    await eventually(() => expect(raw.messages).toHaveLength(1));
    raw.send(`{"id":"1","type":"subscribe","payload":${nested(depth)}}`);
    expect(await raw.closed).toBe(4400);
    expect(world.log.slice(before).filter((line) => line.includes('"error"'))).toEqual([]);
  });

  it('is refused in an address, too', async () => {
    const query = new URLSearchParams({
      query: '{ viewer { id } }',
      variables: `{"a":${'['.repeat(500)}${']'.repeat(500)}}`,
    });
    expect((await fetch(`${world.url}/graphql?${query}`)).status).toBe(400);
  });

  it('is not what a text with brackets is', async () => {
    const answer = await world.ask('query ($id: ID!) { portfolio(id: $id) { id } }', { id: '[{"\\'.repeat(200) });
    expect(answer.errors).toBeUndefined();
  });
});

describe('documents that were parsed', () => {
  const documents = (maxWeight?: number): Documents =>
    new Documents({
      ...{ schema: world.gateway.schema, limits: DEFAULT_LIMITS, maxWeight },
      ...{ introspection: true, trustedDocuments: undefined, ownFields: false, turn: new Turn(systemRuntime) },
    });

  it('are kept as long as they weigh little together, the ones not used going first', () => {
    const kept = documents(1_700);
    const find = (name: string): unknown => kept.find({ query: `{ ${name.repeat(36)}: __typename }` }, false);
    const [a, b] = ['a', 'b', 'c'].map(find);
    expect(find('a')).toBe(a);
    find('d');
    expect(kept.weight).toBe(3 * (500 + 52));
    expect(find('a')).toBe(a);
    expect(find('b')).not.toBe(b);
    kept.find({ query: `{ ${'x'.repeat(1_500)}: __typename }` }, false);
    expect(kept.weight).toBe(3 * (500 + 52));
  });

  it('are kept where they are valid only, and looked at once', () => {
    const kept = documents();
    const told = (query: string): string => JSON.stringify(kept.find({ query }, false));
    expect(told('{ nope }')).toContain('Cannot query field');
    expect(told('{ __typename')).toContain('Syntax Error');
    expect(kept.weight).toBe(0);
    const found = kept.find({ query: '{ __typename }' }, false);
    expect(kept.find({ query: '{ __typename }' }, false)).toBe(found);
  });
});

describe('what is under way at once', () => {
  let busy: World | undefined;
  afterEach(async () => {
    await busy?.stop();
    busy = undefined;
  });

  it('is bounded: the rest is sent away at once with 503 and Retry-After, and let in again later', async () => {
    const issuer = await startIssuer();
    busy = await startWorld({ seed: [one], gateway: { auth: issuer.settings, maxConcurrentRequests: 8 } });
    const { ask, url, upvest, investSuite } = busy;
    const as = async (sub: string) => ({ authorization: `Bearer ${await issuer.token({ sub, scope: 'operator' })}` });
    const [first, second, third] = [await as('first'), await as('second'), await as('third')];
    investSuite.faults.add({ kind: 'delay', ms: 3_000, match: { path: '^/portfolios' } });
    const slow = (headers: Record<string, string>) => ask(`{ portfolio(id: "${P}") { id } }`, {}, headers);

    const inside: Promise<unknown>[] = [];
    const refused: Awaited<ReturnType<typeof slow>>[] = [];
    const send = (headers: Record<string, string>) => {
      inside.push(slow(headers).then((answer) => (answer.status === 503 ? refused.push(answer) : answer)));
    };
    for (let i = 0; i < 6; i += 1) send(first);
    // One caller has half of the places at most.
    await expect.poll(() => refused.length).toBe(2);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    for (let i = 0; i < 4; i += 1) send(second);
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status).toBe(503);
    const late = await ask('{ viewer { id } }', {}, third);
    expect(late.status).toBe(503);
    expect(late.headers.get('retry-after')).toBe('1');
    expect(late.errors?.[0]?.extensions).toMatchObject({ code: 'OVERLOADED', retryable: true });
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ reason: 'overloaded' });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('gateway_requests_in_progress 8');
    expect(upvest.calls.total).toBe(0);

    await Promise.all(inside);
    expect((await ask('{ viewer { id } }', {}, third)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await issuer.stop();
  });

  it('counts the bytes of bodies that have arrived, half of them of one caller, and forgets callers who have gone', () => {
    const KIB = 1024;
    const admission = new Admission({ requests: 10, bytes: 1_024 * KIB });
    const busy = admission.body('busy');
    busy.add(400 * KIB);
    expect(() => busy.add(200 * KIB)).toThrow('Too many requests in progress');
    const other = admission.body('other');
    other.add(400 * KIB);
    expect(admission.full).toBe(false);
    const third = admission.body('third');
    third.add(170 * KIB);
    expect(admission.full).toBe(true);
    expect(() => admission.body('fourth')).toThrow('Too many requests in progress');
    for (const body of [busy, other, third]) body.release();
    expect([admission.bytes, admission.full]).toEqual([0, false]);
  });

  it('counts requests until they are answered, also those that fail', async () => {
    const admission = new Admission({ requests: 4, bytes: 1_000 });
    let finish = (): void => undefined;
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const running = [admission.run('a', () => work), admission.run('a', () => work)];
    await expect(admission.run('a', () => work)).rejects.toMatchObject({ code: 'OVERLOADED' });
    running.push(admission.run('b', () => work));
    expect(admission.requests).toBe(3);
    finish();
    await Promise.all(running);
    await expect(admission.run('c', () => Promise.reject(new Error('it failed')))).rejects.toThrow('it failed');
    expect(admission.requests).toBe(0);
  });

  it('is bounded by default', () => {
    expect(DEFAULT_LIMITS).toMatchObject({ depth: 15, complexity: 20_000, aliases: 50, tokens: 5_000 });
  });
});

describe('a body that does not come', () => {
  it('counts what its chunks cost beside their bytes', async () => {
    const head =
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const [socket] = await openConnections(world.url, 1, head + '1\r\n \r\n'.repeat(20_000));
    await expect
      .poll(async () => {
        const metrics = await (await fetch(`${world.url}/metrics`)).text();
        return Number(/^gateway_request_body_bytes (\d+)$/m.exec(metrics)?.[1]);
      })
      .toBeGreaterThan(20_000 * 200);
    socket?.destroy();
  });

  it('does not keep a slot for long: the connection is closed', async () => {
    const admission = new Admission({ requests: 4, bytes: 1_000_000 });
    const read = (request: Request): Promise<string> =>
      new Promise((resolve, reject) => {
        request.signal.addEventListener('abort', () => resolve('gone'));
        request.text().then(resolve, reject);
      });
    const under = nodeHandler(
      (request) => admission.run('somebody', async () => new Response(await read(request))),
      { takes: () => false, serve: () => Promise.resolve() },
      {
        ...{ paths: ['/graphql'], webhookPath: '/webhooks/upvest' },
        ...{ mayName: () => true, mayReach: () => true, newcomers: new Newcomers(systemRuntime) },
        ...{ logger: memoryLogger([]), bodyMs: 200 },
      },
    );
    const server = await listenOnLoopback(createServer(under));
    const port = Number(new URL(server.url).port);
    const closed = [1, 2].map(
      () =>
        new Promise<void>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => {
            socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"');
          });
          socket.on('error', () => undefined).on('close', () => resolve());
        }),
    );
    await eventually(() => expect(admission.requests).toBe(2));
    await Promise.all(closed);
    await eventually(() => expect(admission.requests).toBe(0));
    // One that comes in time is answered.
    const answer = await fetch(`${server.url}/graphql`, { method: 'POST', body: '{"query":"{}"}' });
    expect(await answer.text()).toBe('{"query":"{}"}');
    await server.stop();
  });
});

describe('a body that is refused while it arrives', () => {
  const refusing = async (request: Request): Promise<Response> => {
    await request.body?.getReader().read();
    return new Response('too much', { status: 503 });
  };

  it('leaves its connection to the next request', async () => {
    const handler = nodeHandler(
      (request) => (request.method === 'POST' ? refusing(request) : Promise.resolve(new Response('next'))),
      { takes: () => false, serve: () => Promise.resolve() },
      {
        ...{ paths: ['/graphql'], webhookPath: '/webhooks/upvest' },
        ...{
          mayName: () => true,
          mayReach: () => true,
          newcomers: new Newcomers(systemRuntime),
          logger: memoryLogger([]),
        },
      },
    );
    const server = await listenOnLoopback(createServer(handler));
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    let received = '';
    socket.on('data', (data) => (received += data.toString()));
    socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
    socket.write(Buffer.alloc(900_000, 0x20));
    await eventually(() => expect(received).toContain('too much'));
    socket.write(Buffer.alloc(100_000, 0x20));
    socket.write('GET /graphql HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(received).toContain('next'));
    socket.destroy();
    await server.stop();
  });
});
