import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { serverAudits } from 'graphql-http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { Operations } from '../../src/operations/core.ts';
import { combineSeeds, seedMovement, seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { randomRequest } from '../helpers/fuzz/documents.ts';
import { Random } from '../helpers/fuzz/random.ts';
import { startWorld, type World } from '../helpers/world.ts';

/** Another seed, other random documents; the same in a run. */
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);
const RANDOM_QUERIES = 100;

const owner = seedUser({ key: 'fast' });
const one = seedPortfolio({
  key: 'fast',
  owner,
  transactions: Array.from({ length: 12 }, () => ({ movements: [seedMovement(), seedMovement()] })),
});
const robo = seedPortfolio({ key: 'fast-robo' });
const ORIGIN = 'https://app.example';

let world: World;
let ran: MockInstance<Operations['run']>;

beforeAll(async () => {
  world = await startWorld({ seed: [combineSeeds(one, robo)], gateway: { corsOrigins: [ORIGIN] } });
  // A transaction is found by its id alone only once it was seen.
  await send(
    graphql('{ portfolios(first: 20) { edges { node { transactions(first: 20) { edges { node { id } } } } } } }'),
  );
});
afterAll(() => world.stop());
beforeEach(() => {
  ran = vi.spyOn(Operations.prototype, 'run');
});
afterEach(() => ran.mockRestore());

/** How often the core was asked without a Request: only the other way has to say whether it was a GET. */
const plain = (): number => ran.mock.calls.filter(([, { onlyReads }]) => onlyReads === undefined).length;

interface Sent {
  readonly body: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answered {
  readonly status: number | undefined;
  readonly headers: readonly string[];
  readonly body: string;
}

/** Everything of an answer but the moment it was given. */
async function send({ body, method = 'POST', path = '/graphql', headers }: Sent): Promise<Answered> {
  const all = { 'content-type': 'application/json', 'x-request-id': 'same-for-both', ...headers };
  return await new Promise((resolve, reject) => {
    const request = httpRequest(`${world.url}${path}`, {
      method,
      headers: { ...all, 'content-length': Buffer.byteLength(body) },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Uint8Array[] = [];
      response.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      response.on('end', () => {
        // Names in lower case: how they are written has no meaning.
        const lines = response.rawHeaders.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text));
        const pairs = lines.flatMap((text, at) =>
          at % 2 === 0 && text !== 'date' ? [`${text}: ${lines[at + 1]}`] : [],
        );
        resolve({ status: response.statusCode, headers: pairs.sort(), body: Buffer.concat(chunks).toString() });
      });
    });
    request.end(body);
  });
}

/** By both ways, twice: a document that comes again is known. Answers what both said. */
async function sendBoth(sent: Sent): Promise<Answered> {
  const { path = '/graphql' } = sent;
  // Only an address without any query is taken.
  const expected = await send({ ...sent, path: path.includes('?') ? path : `${path}?` });
  expect(await send(sent)).toEqual(expected);
  expect(await send(sent)).toEqual(expected);
  return expected;
}

const graphql = (query: string, variables?: Record<string, unknown>, more: object = {}): Sent => ({
  body: JSON.stringify({ query, variables, ...more }),
});

describe('a plain POST gets the same bytes as other requests', () => {
  it('to the audits of GraphQL over HTTP', async () => {
    const requests: Sent[] = [];
    const fetchFn = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
      const { pathname, search } = new URL(String(input));
      const headers = Object.fromEntries(new Headers(init.headers));
      requests.push({ body: String(init.body ?? ''), method: init.method ?? 'GET', path: pathname + search, headers });
      return await fetch(String(input), init);
    };
    const audits = serverAudits({ url: () => `${world.url}/graphql`, fetchFn });
    for (const audit of audits) {
      const { response } = { response: undefined, ...(await audit.fn()) };
      await response?.body?.cancel().catch(() => undefined);
    }
    expect(requests.length).toBeGreaterThan(60);
    for (const request of requests) await sendBoth(request);
    expect(plain()).toBeGreaterThan(0);
  });

  const root = join(import.meta.dirname, '..', '..');
  const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => join('docs', name))];
  const examples = [
    ...pages
      .filter((name) => name.endsWith('.md'))
      .flatMap((name) => [...readFileSync(join(root, name), 'utf8').matchAll(/```graphql\n([\s\S]*?)```/g)])
      .map(([, text = '']) => text),
    readFileSync(join(root, 'test', 'documents', 'dashboard.graphql'), 'utf8'),
  ].filter((text) => !/^\s*(mutation|subscription)/m.test(text));

  it.each(examples)('to an example of the documentation: %s', async (query) => {
    const { status } = await sendBoth(graphql(query, { first: 20, transactions: 10, id: one.portfolioId }));
    expect(status).toBe(200);
    expect(plain()).toBeGreaterThan(0);
  });

  it(`to random queries (FUZZ_SEED=${SEED})`, async () => {
    const random = new Random(SEED);
    const ids = [one.portfolioId, robo.portfolioId, owner.id, ...one.transactionIds];
    let withErrors = 0;
    for (let count = 0; count < RANDOM_QUERIES; ) {
      const { kind, query, variables } = randomRequest({ schema: world.gateway.schema, random, ids });
      if (kind !== 'query') continue;
      count += 1;
      const { body } = await sendBoth(graphql(query, variables));
      if (body.includes('"errors"')) withErrors += 1;
    }
    expect(plain()).toBeGreaterThan(RANDOM_QUERIES);
    expect(withErrors).toBeGreaterThan(0);
  });

  const CHOOSING = `query ($id: ID!, $name: Boolean!, $more: Boolean = false) {
    portfolio(id: $id) { ...P again: name @skip(if: $more) }
  }
  fragment P on Portfolio { id name @include(if: $name) ... @include(if: $more) { status holdings { instrumentId __typename } } }`;

  it('to queries whose variables choose what is answered, or are not what they should be', async () => {
    const id = one.portfolioId;
    for (const variables of [
      { id, name: true },
      { id, name: false, more: true },
      { id, name: true, more: true },
      { id: 'no portfolio', name: true, more: null },
      { id, name: 'yes' },
      { id },
      { id, name: true, first: 1 },
    ]) {
      await sendBoth(graphql(CHOOSING, variables));
    }
    expect(plain()).toBeGreaterThan(6);
  });

  it('to documents with several operations, and to bodies that are not quite requests', async () => {
    const two = 'query A { __typename } query B { b: __typename } mutation M { __typename }';
    for (const operationName of ['A', 'B', 'C', '', null, 17]) {
      await sendBoth(graphql(two, undefined, { operationName }));
    }
    for (const more of [{ extensions: {} }, { extensions: 1 }, { variables: [] }, { variables: 'x' }, { other: 1 }]) {
      await sendBoth(graphql('{ __typename }', undefined, more));
    }
    const bodies = [
      '',
      '{',
      'null',
      '[]',
      '17',
      '"x"',
      '{}',
      '{"query":17}',
      '{"query":"{ __typename }","query":"{ x }"}',
    ];
    for (const body of [...bodies, '\ufeff{"query":"{ __typename }"}', '[{"query":"{ __typename }"}]']) {
      await sendBoth({ body });
    }
  });

  it.each<Readonly<Record<string, string>>>([
    { accept: 'application/graphql-response+json, application/json;q=0.9' },
    { accept: 'application/json, application/graphql-response+json' },
    { accept: 'application/*' },
    { accept: '*/json, application/graphql-response+json' },
    { accept: 'text/html, application/json; charset=utf-8' },
    { accept: 'application/json; charset=latin1, application/graphql-response+json' },
    { accept: 'text/html' },
    { accept: 'multipart/mixed, application/json' },
    { accept: 'text/event-stream' },
    { 'content-type': 'application/json; charset=utf-8' },
    { 'content-type': 'application/json;charset=latin1' },
    { 'content-type': 'text/plain' },
    { 'content-encoding': 'gzip' },
    { origin: ORIGIN },
    { origin: 'https://other.example' },
    { host: '1.2.3.4.5' },
    { host: 'a/b' },
    { host: 'localhost:99999' },
    { 'x-request-id': 'bad id' },
    { 'transfer-encoding': 'chunked' },
  ])('under the headers %j', async (headers) => {
    const sent = { ...graphql('{ __typename }'), headers };
    if (headers['x-request-id'] === undefined) await sendBoth(sent);
    else expect((await send(sent)).status).toBe(200);
    for (const path of ['/graphql?x=1', '/graphql/', '/nothing']) await sendBoth({ ...sent, path, headers: {} });
  });

  it('where lists are refused, alone and beside fields that throw: errors by path, before the data', async () => {
    const refused = (name: string): string => `${name}: withdrawals(first: 1, after: "no cursor") { __typename }`;
    const alone = `{ portfolio(id: "${one.portfolioId}") { ${refused('z')} ${refused('a')} } }`;
    const balance = (name: string): string => `${name}: cashBalance { balance }`;
    const mixed = `{ portfolio(id: "${one.portfolioId}") { ${balance('y')} ${refused('z')} ${refused('a')} ${balance('b')} } }`;
    const paths: readonly (readonly [string, readonly string[]])[] = [
      [alone, ['portfolio.a', 'portfolio.z']],
      [mixed, ['portfolio.a', 'portfolio.b', 'portfolio.y', 'portfolio.z']],
    ];
    world.upvest.faults.add({ kind: 'status', status: 500, match: { path: '^/account_groups' } });
    for (const [query, expected] of paths) {
      const { body } = await sendBoth(graphql(query));
      expect(body).toMatch(/^\{"errors":/);
      const { errors }: { errors: readonly { path: readonly string[] }[] } = JSON.parse(body);
      expect(errors.map(({ path }) => path.join('.'))).toEqual(expected);
    }
    expect(plain()).toBeGreaterThan(0);
    world.upvest.faults.clear();
  });

  it('where an upstream fails: its errors, and the data of the other', async () => {
    world.upvest.faults.add({ kind: 'status', status: 500, match: { path: '^/account_groups' } });
    const { body } = await sendBoth(
      graphql(`{ portfolio(id: "${one.portfolioId}") { id name cashBalance { balance } cashBalances { balance } } }`),
    );
    expect(JSON.parse(body)).toMatchObject({ data: { portfolio: { cashBalance: null } }, errors: [{}, {}] });
    expect(plain()).toBeGreaterThan(0);
    world.upvest.faults.clear();
  });

  it('to a query that costs too much with these variables and not with those', async () => {
    const query =
      'query ($n: Int!) { portfolios(first: $n) { edges { node { transactions(first: $n) { edges { node { movements { quantity } } } } } } } }';
    expect((await sendBoth(graphql(query, { n: 2 }))).status).toBe(200);
    expect((await sendBoth(graphql(query, { n: 100 }))).body).toContain('QUERY_TOO_COMPLEX');
    expect((await sendBoth(graphql(query, { n: 2 }))).status).toBe(200);
  });
});
