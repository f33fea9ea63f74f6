import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedMovement, seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { BAD_AUTHORIZATIONS } from '../helpers/bad-tokens.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';

const alice = seedUser({ key: 'alice', firstName: 'Alice' });
const bob = seedUser({ key: 'bob', firstName: 'Bob' });
const alices = seedPortfolio({ key: 'alices', owner: alice, transactions: [{ movements: [seedMovement()] }] });
const carol = seedUser({ key: 'carol', firstName: 'Carol' });
const carols = seedPortfolio({ key: 'carols', owner: carol, transactions: [{ movements: [seedMovement()] }] });
const shared = seedPortfolio({ key: 'shared', owner: bob, coOwners: [alice] });

let issuer: TestIssuer;
let world: World;
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({ seed: [alices, carols, shared], gateway: { auth: issuer.settings, graphiql: true } });
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});

const asking = async (claims: Parameters<TestIssuer['token']>[0]) => ({
  authorization: `Bearer ${await issuer.token(claims)}`,
});
const asAlice = () => asking({ sub: alice.id, scope: 'portfolios:read' });
const asOperator = () => asking({ sub: 'an-operator', scp: ['operator'] });

describe('without a token that holds', () => {
  const payload = { sub: alice.id, scope: 'operator' };
  it.each(BAD_AUTHORIZATIONS)('%s: 401 and nothing is asked upstream', async (_reason, make) => {
    world.investSuite.calls.reset();
    const authorization = await make(issuer, alice.id);
    const answer = await world.ask(
      '{ portfolios { edges { node { id } } } }',
      {},
      authorization === '' ? {} : { authorization },
    );
    expect(answer.status).toBe(401);
    expect(answer.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(world.investSuite.calls.total).toBe(0);
  });

  it('a flood of unknown key ids makes at most one fetch of the keys', async () => {
    await world.ask('{ viewer { id } }', {}, await asAlice());
    const before = issuer.fetches();
    const tokens = await Promise.all(Array.from({ length: 50 }, (_, i) => issuer.token(payload, { kid: `no-${i}` })));
    await Promise.all(tokens.map((token) => world.ask('{ viewer { id } }', {}, { authorization: `Bearer ${token}` })));
    expect(issuer.fetches() - before).toBeLessThanOrEqual(1);
  });

  it('the GraphiQL page is shown, its queries are not answered', async () => {
    const page = await fetch(`${world.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    const query = await fetch(`${world.url}/graphql?query={viewer{id}}`, { headers: { accept: 'application/json' } });
    expect(query.status).toBe(401);
    // A query with the page's accept header must not slip past authentication either.
    const both = await fetch(`${world.url}/graphql?query={viewer{id}}`, { headers: { accept: 'text/html' } });
    expect(await both.text()).not.toContain('"viewer"');
  });
});

describe('a customer', () => {
  const EVERY_WAY = `query ($id: ID!, $t: ID!, $owner: ID!) {
    portfolio(id: $id) { id }
    node(id: $id) { id }
    nodes(ids: [$id, $t, $owner]) { id }
    transaction(portfolioId: $id, id: $t) { id }
    portfolios(filter: { ownerId: $owner }) { edges { node { id } } }
  }`;
  const nothing = {
    portfolio: null,
    node: null,
    nodes: [null, null, null],
    transaction: null,
    portfolios: { edges: [] },
  };

  it('sees own portfolios, alone and shared', async () => {
    const answer = await world.ask(
      '{ viewer { id user { firstName } portfolios { edges { node { id } } } } }',
      {},
      await asAlice(),
    );
    const { viewer } = answer.data as { viewer: { portfolios: { edges: { node: { id: string } }[] } } };
    expect(answer.errors).toBeUndefined();
    expect(viewer).toMatchObject({ id: `vwr_${alice.id}`, user: { firstName: 'Alice' } });
    expect(viewer.portfolios.edges.map((edge) => edge.node.id).sort()).toEqual(
      [alices.portfolioId, shared.portfolioId].sort(),
    );
  });

  it('sees another’s portfolio as one that does not exist, on every path', async () => {
    // An operator has made the gateway see the transaction before.
    await world.ask(
      `{ portfolio(id: "${carols.portfolioId}") { transactions { edges { node { id } } } } }`,
      {},
      await asOperator(),
    );
    const variables = { id: carols.portfolioId, t: carols.transactionIds[0], owner: carol.id };
    const others = await world.ask(EVERY_WAY, variables, await asAlice());
    const missing = await world.ask(
      EVERY_WAY,
      { id: 'P01ARZ3NDEKTSV4RRFFQ69G5FAV', t: 'T01ARZ3NDEKTSV4RRFFQ69G5FAV', owner: 'U01ARZ3NDEKTSV4RRFFQ69G5FAV' },
      await asAlice(),
    );
    expect(others.data).toEqual(nothing);
    expect(others.text).toBe(missing.text);
  });

  it('sees of a shared portfolio all but the other owner’s person', async () => {
    const answer = await world.ask(
      `{ portfolio(id: "${shared.portfolioId}") { id owner { counterAccount { bankAccountNumber } } cashBalance { balance } } }`,
      {},
      await asAlice(),
    );
    expect(answer.data).toMatchObject({
      portfolio: { id: shared.portfolioId, owner: null, cashBalance: { balance: '1000.00' } },
    });
  });

  it('needs the scope for reading', async () => {
    const answer = await world.ask(
      `{ portfolio(id: "${alices.portfolioId}") { id } }`,
      {},
      await asking({ sub: alice.id, scope: 'cash:withdraw' }),
    );
    expect(answer.data).toEqual({ portfolio: null });
    expect(answer.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  });

  it('cannot use another caller’s cursor', async () => {
    const mine = await world.ask('{ portfolios(first: 1) { edges { cursor } } }', {}, await asOperator());
    const cursor = (mine.data as { portfolios: { edges: { cursor: string }[] } }).portfolios.edges[0]?.cursor;
    const answer = await world.ask(
      'query ($after: String) { portfolios(after: $after) { edges { node { id } } } }',
      { after: cursor },
      await asAlice(),
    );
    expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });

  it('is not mixed up with another who asks for the same at the same moment', async () => {
    const query = `{ portfolio(id: "${alices.portfolioId}") { id } }`;
    const [mine, theirs] = await Promise.all([asAlice(), asking({ sub: bob.id, scope: 'portfolios:read' })]);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => world.ask(query, {}, index % 2 === 0 ? mine : theirs)),
    );
    for (const [index, answer] of answers.entries()) {
      expect(answer.data).toEqual({ portfolio: index % 2 === 0 ? { id: alices.portfolioId } : null });
    }
  });
});

describe('where InvestSuite can’t look for owners', () => {
  it('a customer still sees own portfolios, alone and shared, page by page', async () => {
    const other = await startWorld({ seed: [alices, carols, shared], gateway: { auth: issuer.settings } });
    other.investSuite.faults.add({ kind: 'status', status: 400, match: { path: 'owned_by_user_id' } });
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more && seen.length < 10; ) {
      const answer = await other.ask(
        `query ($after: String) { portfolios(first: 1, after: $after) {
          edges { node { id } } pageInfo { hasNextPage endCursor }
        } }`,
        { after },
        await asAlice(),
      );
      expect(answer.errors).toBeUndefined();
      const { portfolios } = answer.data as PortfoliosPage;
      seen.push(...portfolios.edges.map((edge) => edge.node.id));
      more = portfolios.pageInfo.hasNextPage;
      after = portfolios.pageInfo.endCursor;
    }
    await other.stop();
    expect(seen.sort()).toEqual([alices.portfolioId, shared.portfolioId].sort());
  });
});

interface PortfoliosPage {
  readonly portfolios: {
    readonly edges: readonly { readonly node: { readonly id: string } }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

describe('an operator', () => {
  it('sees the portfolios of all customers', async () => {
    const answer = await world.ask(
      '{ portfolios { edges { node { id owner { firstName } } } } }',
      {},
      await asOperator(),
    );
    const { portfolios } = answer.data as { portfolios: { edges: { node: { owner: object | null } }[] } };
    expect(portfolios.edges).toHaveLength(3);
    expect(portfolios.edges.every((edge) => edge.node.owner !== null)).toBe(true);
  });
});

describe('a rotated key', () => {
  it('is fetched when a token names it', async () => {
    // A gateway of its own: the one above may have asked for keys moments ago.
    const other = await startWorld({ seed: [alices], gateway: { auth: issuer.settings } });
    await issuer.rotate();
    const answer = await other.ask('{ viewer { id } }', {}, await asAlice());
    await other.stop();
    expect(answer.data).toEqual({ viewer: { id: `vwr_${alice.id}` } });
  });
});
