import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { readAnswer } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

const one = seedPortfolio({ key: 'bad-input' });
let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [one] });
});
afterAll(() => world.stop());
beforeEach(() => world.investSuite.calls.reset());

const post = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  await readAnswer(
    await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body,
    }),
  );

/** First line of the answer to bytes that no HTTP client would send. */
const statusLine = async (request: string): Promise<string> =>
  await new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1', () => socket.write(request));
    socket.once('error', reject);
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve(bytes.toString('latin1').split('\r\n', 1)[0] ?? '');
    });
  });

const asksNobody = () => expect(world.investSuite.calls.total + world.upvest.calls.total).toBe(0);

describe('ids that are none', () => {
  it.each(["P' or id neq 'x", '', 'P', '../users/', 'P01ARZ3NDEKTSV4RRFFQ69G5FAV?x=', 'ü'.repeat(500)])(
    '%j is null',
    async (id) => {
      world.upvest.calls.reset();
      const answer = await world.ask(
        'query ($id: ID!) { portfolio(id: $id) { id } node(id: $id) { id } transaction(portfolioId: $id, id: $id) { id } }',
        { id },
      );
      expect(answer.data).toEqual({ portfolio: null, node: null, transaction: null });
      expect(answer.errors).toBeUndefined();
      asksNobody();
    },
  );

  it('an id that looks right and is not there is null', async () => {
    const answer = await world.ask('{ portfolio(id: "P01ARZ3NDEKTSV4RRFFQ69G5FAV") { id } }');
    expect(answer.data).toEqual({ portfolio: null });
    expect(answer.errors).toBeUndefined();
  });

  it('101 ids at once are refused', async () => {
    const answer = await world.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: Array.from({ length: 101 }, () => one.portfolioId),
    });
    expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });
});

describe('documents', () => {
  it('50 fields deep are refused before anything is asked', async () => {
    const deep = `{ portfolio(id: "${one.portfolioId}") ${'{ transactions { edges { node { portfolio '.repeat(12)} { id } ${'} } } }'.repeat(12)} }`;
    world.upvest.calls.reset();
    const answer = await world.ask(deep);
    expect(answer.status).toBe(400);
    expect(answer.errors?.[0]?.extensions['code']).toBe('QUERY_TOO_COMPLEX');
    asksNobody();
  });

  it('that cost too much are refused, with the real first', async () => {
    world.upvest.calls.reset();
    const query = (
      first: number,
    ) => `{ portfolios(first: ${first}) { edges { node { transactions(first: ${first}) { edges { node {
      portfolio { transactions(first: ${first}) { edges { node { id } } } } } } } } } } }`;
    const answer = await world.ask(query(100));
    expect(answer.status).toBe(400);
    expect(answer.errors?.[0]?.extensions['code']).toBe('QUERY_TOO_COMPLEX');
    asksNobody();
    expect((await world.ask(query(2))).errors).toBeUndefined();
  });

  it('the cost of a variable counts like that of a literal, also in a document of several operations', async () => {
    const query = `query Cheap { viewer { id } } query Dear($n: Int) { portfolios(first: $n) { edges { node {
      transactions(first: $n) { edges { node { portfolio { transactions(first: $n) { edges { node { id } } } } } } } } } } }`;
    const response = await post(JSON.stringify({ query, operationName: 'Dear', variables: { n: 100 } }));
    expect(response.errors?.[0]?.extensions['code']).toBe('QUERY_TOO_COMPLEX');
    expect((await post(JSON.stringify({ query, operationName: 'Cheap' }))).errors).toBeUndefined();
  });

  it('of the sizes that the design names pass', async () => {
    const wide = await world.ask(
      '{ portfolios(first: 100) { edges { node { id owner { id } holdings { instrumentId quantity } cashBalance { balance currency } } } } }',
    );
    const dashboard =
      await world.ask(`{ portfolios(first: 20) { edges { node { id transactions(first: 10) { edges { node {
      id type status movements { type status datetime instrumentId quantity unitPrice } } } } } } } }`);
    expect([wide.errors, dashboard.errors]).toEqual([undefined, undefined]);
  });

  it('introspection is not counted as depth', async () => {
    const { getIntrospectionQuery } = await import('graphql');
    expect((await world.ask(getIntrospectionQuery())).errors).toBeUndefined();
  });

  it('with an unknown enum value, a fraction as a number, or a time that is none are refused', async () => {
    const fields = ['filter: { statuses: [NOPE] }', 'filter: { from: "2021-02-30T00:00:00Z" }', 'first: 1.5'];
    for (const field of fields) {
      const answer = await world.ask(
        `{ portfolio(id: "${one.portfolioId}") { transactions(${field}) { edges { cursor } } } }`,
      );
      expect(answer.errors, field).toHaveLength(1);
      expect(answer.status, field).toBeLessThan(500);
      expect(answer.errors?.[0]?.extensions['code'], field).not.toBe('INTERNAL_SERVER_ERROR');
    }
  });
});

describe('requests', () => {
  it('of 2 MiB are refused with 413, with and without a content-length', async () => {
    const body = new TextEncoder().encode(
      JSON.stringify({ query: `{ viewer { id } } # ${'x'.repeat(2 * 1024 * 1024)}` }),
    );
    expect((await post(body)).status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 65_536) controller.enqueue(body.subarray(at, at + 65_536));
        controller.close();
      },
    });
    const init: RequestInit & { duplex: 'half' } = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    };
    expect((await fetch(`${world.url}/graphql`, init)).status).toBe(413);
  });

  it.each([
    ['text/plain', '{"query":"{viewer{id}}"}'],
    ['application/x-www-form-urlencoded', 'query={viewer{id}}'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/graphql', '{viewer{id}}'],
    ['application/jsonx', '{"query":"{viewer{id}}"}'],
  ])('as %s are refused: another site’s form can’t send a query', async (type, body) => {
    const answer = await post(body, { 'content-type': type });
    expect(answer.status).toBe(415);
    expect(answer.data).toBeUndefined();
  });

  it.each([
    ['not JSON', '{"query":'],
    ['a batch', '[{"query":"{viewer{id}}"}]'],
    ['no query', '{}'],
    ['null', 'null'],
    ['variables of the wrong kind', '{"query":"{viewer{id}}","variables":[]}'],
  ])('with %s get 400', async (_what, body) => {
    const answer = await post(body, { accept: 'application/graphql-response+json' });
    expect(answer.status).toBe(400);
    expect(answer.errors?.length).toBeGreaterThan(0);
    expect(answer.errors?.[0]?.extensions['requestId']).toBe(answer.headers.get('x-request-id'));
  });

  it.each(['variables', 'extensions'])('by GET with %s that are not JSON get 400', async (name) => {
    const answer = await readAnswer(await fetch(`${world.url}/graphql?query={viewer{id}}&${name}=nope`));
    expect(answer.status).toBe(400);
    expect(answer.errors?.[0]?.extensions).toEqual({
      code: 'BAD_REQUEST',
      requestId: answer.headers.get('x-request-id'),
    });
  });

  it.each(['[::bad', 'a b'])('to the host %s get 400', async (host) => {
    expect(await statusLine(`GET /graphql?query={viewer{id}} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).toContain(' 400');
  });

  it('to nowhere get 404, and a strange request id is not repeated', async () => {
    const response = await fetch(`${world.url}/nowhere`, { headers: { 'x-request-id': 'a"b<script>' } });
    expect(response.status).toBe(404);
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9A-Z]{26}$/);
  });

  it('of another origin are not let in by the browser, unless the origin is set', async () => {
    const preflight = await fetch(`${world.url}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('an error', () => {
  it('never carries a stack or our file names', async () => {
    const answers = await Promise.all([
      post('{'),
      world.ask('{ nope }'),
      world.ask('{ portfolios(first: 0) { edges { cursor } } }'),
    ]);
    for (const { text } of answers) expect(text).not.toMatch(/at .*\.(ts|js):\d+|node_modules|stack/);
  });
});
