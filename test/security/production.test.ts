import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combineSeeds, type Standins, seedPortfolio, seedUser, startStandins } from '../../src/standins/index.ts';
import { type GraphqlAnswer, readAnswer } from '../helpers/gateway.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { type ServingProgram, serveProgram, settingsFor } from '../helpers/production.ts';

const owner = seedUser({ key: 'production' });
const one = seedPortfolio({ key: 'production', owner });

let standins: Standins;
let issuer: TestIssuer;
let program: ServingProgram;
let authorization: string;
beforeAll(async () => {
  issuer = await startIssuer();
  standins = await startStandins({ seed: combineSeeds(one) });
  program = await serveProgram(settingsFor(standins, issuer));
  authorization = `Bearer ${await issuer.token({ sub: 'ops', scope: 'operator' })}`;
}, 120_000);
afterAll(async () => {
  await program?.end();
  await standins?.stop();
  await issuer?.stop();
});

const send = async (body: unknown, headers: Record<string, string> = {}): Promise<GraphqlAnswer> =>
  await readAnswer(
    await fetch(`${program.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization, ...headers },
      body: JSON.stringify(body),
    }),
  );
const ask = (query: string, variables: Record<string, unknown> = {}) => send({ query, variables });

describe('with NODE_ENV=production and nothing more asked for', () => {
  it('the graph is answered', async () => {
    const answer = await ask(`{ portfolio(id: "${one.portfolioId}") { id __typename owner { id } } }`);
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toMatchObject({ portfolio: { id: one.portfolioId, __typename: 'Portfolio' } });
  });

  it.each([
    ['whole', getIntrospectionQuery()],
    ['of types', '{ __schema { types { name } } }'],
    ['of one type', '{ __type(name: "Portfolio") { name } }'],
    ['under another name', '{ innocent: __schema { queryType { name } } }'],
    ['in a fragment', '{ ...F } fragment F on Query { __schema { queryType { name } } }'],
    ['inside a mutation', 'mutation { __schema { queryType { name } } }'],
  ])('introspection is refused: %s', async (_how, query) => {
    for (const answer of [
      await ask(query),
      await readAnswer(
        await fetch(`${program.url}/graphql?query=${encodeURIComponent(query)}`, {
          headers: { authorization, accept: 'application/json' },
        }),
      ),
    ]) {
      expect(answer.errors?.length).toBeGreaterThan(0);
      expect(answer.text).not.toMatch(/queryType":|"types":|"name":/);
    }
  });

  it('there is no GraphiQL page, nor anything else to look at', async () => {
    for (const path of ['/graphql', '/graphql/', '/', '/graphiql', '/playground', '/graphql?query={viewer{id}}']) {
      const response = await fetch(`${program.url}${path}`, { headers: { accept: 'text/html' } });
      expect(response.headers.get('content-type'), path).toContain('application/json');
      expect(await response.text(), path).not.toMatch(/<html|<script/i);
    }
  });

  const input = { portfolioId: one.portfolioId, amount: '1', currency: 'EUR', idempotencyKey: 'k' };
  it.each<[string, string, Record<string, unknown>]>([
    ['a field', '{ portfolioz(id: "x") { id } }', {}],
    ['a field of a member', '{ node(id: "x") { nam } }', {}],
    ['an argument', '{ portfolio(idd: "x") { id } }', {}],
    ['a type', '{ node(id: "x") { ... on Portfolioo { id } } }', {}],
    ['a type of a variable', 'query ($a: PortfolioFilte) { viewer { id } }', {}],
    [
      'an enum value',
      `{ portfolio(id: "x") { transactions(filter: { statuses: [SETTLE] }) { edges { cursor } } } }`,
      {},
    ],
    ['a field of an input', `{ portfolios(filter: { ownerIdd: "x" }) { edges { cursor } } }`, {}],
    ['a selection', '{ viewer }', {}],
    ['a fragment', '{ ...Fr } fragment Fra on Query { viewer { id } }', {}],
    ['a directive', '{ viewer @includ(if: true) { id } }', {}],
    [
      'a field of an input in a variable',
      'mutation ($input: RegisterDepositInput!) { registerDeposit(input: $input) { __typename } }',
      { input: { ...input, amoun: '1' } },
    ],
    [
      'an enum value in a variable',
      'query ($s: [MovementStatus!]) { portfolio(id: "x") { transactions(filter: { statuses: $s }) { edges { cursor } } } }',
      { s: ['SETTLE'] },
    ],
  ])('a mistake in the name of %s gets no suggestion', async (_what, query, variables) => {
    const answer = await ask(query, variables);
    expect(answer.errors?.length).toBeGreaterThan(0);
    expect(answer.text).not.toMatch(/did you mean/i);
  });

  it('every answer has headers that keep browsers from doing more with it', async () => {
    for (const [path, init] of [
      [
        '/graphql',
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization },
          body: '{"query":"{viewer{id}}"}',
        },
      ],
      ['/graphql', {}],
      ['/nowhere', {}],
      ['/metrics', {}],
      ['/webhooks/upvest', { method: 'POST', body: '{}' }],
    ] as const) {
      const { headers } = await fetch(`${program.url}${path}`, init);
      expect(headers.get('content-security-policy'), path).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('x-frame-options'), path).toBe('DENY');
      expect(headers.get('referrer-policy'), path).toBe('no-referrer');
      expect(headers.get('x-request-id'), path).toMatch(/^[\w.:-]{8,}$/);
      for (const name of ['server', 'x-powered-by', 'strict-transport-security', 'access-control-allow-origin']) {
        expect(headers.get(name), `${path} ${name}`).toBeNull();
      }
    }
    expect((await ask('{ viewer { id } }')).headers.get('cache-control')).toBe('no-store');
  });

  it('another site’s page can neither send a mutation nor read an answer', async () => {
    const mutation = `mutation { registerDeposit(input: { portfolioId: "${one.portfolioId}", amount: "1", currency: "EUR", idempotencyKey: "csrf" }) { __typename } }`;
    const byGet = await fetch(`${program.url}/graphql?query=${encodeURIComponent(mutation)}`, {
      headers: { authorization },
    });
    expect(byGet.status).toBe(405);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
      const answer = await send({ query: mutation }, { 'content-type': type });
      expect(answer.status, type).toBe(415);
    }
    const preflight = await fetch(`${program.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
    expect((await ask('{ deposit(idempotencyKey: "csrf") { id } }')).data).toEqual({ deposit: null });
  });

  it('a fault of ours is one sentence and an id that is in the log, and never a stack', async () => {
    standins.upvest.faults.add({ kind: 'garbage', form: 'not-json', match: { path: 'cash_balance' } });
    const answer = await ask(`{ portfolio(id: "${one.portfolioId}") { cashBalance { balance } } }`);
    standins.upvest.faults.clear();
    const [error] = answer.errors ?? [];
    expect(error?.extensions).toEqual({
      code: 'UPSTREAM_INVALID_ANSWER',
      retryable: false,
      system: 'UPVEST',
      requestId: answer.headers.get('x-request-id'),
    });
    await expect.poll(() => program.stdout()).toContain(String(error?.extensions['requestId']));
    expect(answer.text).not.toMatch(/ {4}at |\.[jt]s:\d|node_modules|stack/);
  });

  it('tokens are needed for everything but the pages that say nothing', async () => {
    const without = await send({ query: '{ viewer { id } }' }, { authorization: '' });
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(without.text).not.toContain('"data"');
    expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
  });
});

describe('asked for, in production too', () => {
  it('introspection, suggestions and the page are there', async () => {
    const open = await serveProgram({ ...settingsFor(standins, issuer), INTROSPECTION: 'on', GRAPHIQL: 'on' });
    const post = async (query: string) =>
      await readAnswer(
        await fetch(`${open.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization },
          body: JSON.stringify({ query }),
        }),
      );
    const [schema, mistake] = [await post('{ __schema { queryType { name } } }'), await post('{ portfolioz { id } }')];
    const page = await fetch(`${open.url}/graphql`, { headers: { accept: 'text/html' } });
    const policy = page.headers.get('content-security-policy') ?? '';
    await page.body?.cancel();
    await open.end();
    expect(schema.data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    expect(mistake.text).toContain('Did you mean');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(policy).toMatch(/default-src 'none'; script-src 'sha256-/);
    expect(policy).not.toMatch(/script-src[^;]*(unsafe|\*|https?:)/);
  });
});
