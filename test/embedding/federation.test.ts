import { readFileSync } from 'node:fs';
import { composeServices } from '@theguild/federation-composition';
import { lexicographicSortSchema, parse, printSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTITY_TYPES } from '../../src/resolvers/entities.ts';
import { buildSchema } from '../../src/schema/index.ts';
import { seedMovement, seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';

const alice = seedUser({ key: 'alice' });
const carol = seedUser({ key: 'carol' });
const alices = seedPortfolio({ key: 'alices', owner: alice, transactions: [{ movements: [seedMovement()] }] });
const carols = seedPortfolio({ key: 'carols', owner: carol, transactions: [{ movements: [seedMovement()] }] });

let issuer: TestIssuer;
let world: World;
const as = async (sub: string, scope = 'portfolios:read') => ({
  authorization: `Bearer ${await issuer.token({ sub, scope })}`,
});
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({
    seed: [alices, carols],
    gateway: { auth: issuer.settings, federation: true, introspection: false },
  });
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});

const entities = async (representations: unknown, headers: Record<string, string>) =>
  await world.ask(
    `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      __typename ... on Portfolio { id name } ... on User { id } ... on Transaction { id } ... on Deposit { id } } }`,
    { representations },
    headers,
  );

describe('the subgraph', () => {
  it('is no part of the graph unless it is asked for', () => {
    expect(printSchema(lexicographicSortSchema(buildSchema()))).not.toMatch(/_entities|_service|_Any/);
  });

  it('composes with another one that adds fields to its entities', async () => {
    const { data } = await world.ask('{ _service { sdl } }', {}, await as('ops', 'operator'));
    const { sdl } = (data as { _service: { sdl: string } })._service;
    expect(sdl).not.toMatch(/_Entity|_service|_Any/);
    const composed = composeServices([
      { name: 'invest', url: 'http://invest/graphql', typeDefs: parse(sdl) },
      {
        name: 'crm',
        url: 'http://crm/graphql',
        typeDefs: parse(`
          extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
          type Query { favourites: [Portfolio!]! contacts: ContactConnection }
          type Portfolio @key(fields: "id") { id: ID! advisor: String }
          type ContactConnection { pageInfo: PageInfo! }
          type PageInfo @shareable {
            hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String
          }`),
      },
    ]);
    expect(composed.errors ?? []).toEqual([]);
    expect(composed.publicSdl).toContain('advisor: String');
    // Every object that `node` finds is an entity.
    for (const type of ENTITY_TYPES)
      expect(sdl).toMatch(new RegExp(`^type ${type} implements Node @key\\(fields: "id"\\)`, 'm'));
    expect(sdl.match(/@key\(/g)).toHaveLength(ENTITY_TYPES.size);
    // And nothing of the contract is lost.
    for (const [line] of readFileSync('schema.graphql', 'utf8').matchAll(/^(type|enum|input|union|interface) \w+/gm))
      expect(sdl).toContain(line);
  });

  it('returns its schema to operators only where introspection is off', async () => {
    const answer = await world.ask('{ _service { sdl } }', {}, await as(alice.id));
    expect(answer.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    expect(answer.text).not.toContain('type Portfolio');
  });

  it('finds entities by id, in order, and only those that the viewer may see', async () => {
    const asked = [
      { __typename: 'Portfolio', id: alices.portfolioId },
      { __typename: 'Portfolio', id: carols.portfolioId },
      { __typename: 'User', id: alice.id },
      { __typename: 'User', id: carol.id },
      { __typename: 'Portfolio', id: alices.portfolioId, name: 'what another subgraph says' },
      // Of another type than its id says.
      { __typename: 'User', id: alices.portfolioId },
      { __typename: 'Deposit', id: 'dep_01ARZ3NDEKTSV4RRFFQ69G5FAV' },
    ];
    const answer = await entities(asked, await as(alice.id));
    expect(answer.errors).toBeUndefined();
    const own = { __typename: 'Portfolio', id: alices.portfolioId };
    expect(answer.data).toMatchObject({
      _entities: [own, null, { __typename: 'User', id: alice.id }, null, own, null, null],
    });
    expect(answer.text).not.toContain('another subgraph');
  });

  it('finds a transaction once it was seen, for viewers who may see it', async () => {
    const operator = await as('ops', 'operator');
    const query = (id: string) => `{ portfolio(id: "${id}") { transactions { edges { node { id } } } } }`;
    for (const { portfolioId } of [alices, carols]) await world.ask(query(portfolioId), {}, operator);
    const asked = [alices, carols].map(({ transactionIds: [id] }) => ({ __typename: 'Transaction', id }));
    const answer = await entities(asked, await as(alice.id));
    expect(answer.data).toEqual({ _entities: [{ __typename: 'Transaction', id: alices.transactionIds[0] }, null] });
  });

  it('reads many entities in one upstream call', async () => {
    const before = world.investSuite.calls.count({ path: /portfolios/ });
    const asked = [alices, carols].map(({ portfolioId }) => ({ __typename: 'Portfolio', id: portfolioId }));
    expect((await entities(asked, await as('ops', 'operator'))).errors).toBeUndefined();
    expect(world.investSuite.calls.count({ path: /portfolios/ })).toBe(before + 1);
  });

  it.each([
    ['text', ['x']],
    ['no id', [{ __typename: 'Portfolio' }]],
    ['a type that is none', [{ __typename: 'Query', id: alices.portfolioId }]],
    ['an id that is no text', [{ __typename: 'Portfolio', id: 1 }]],
    ['too many', Array.from({ length: 1_001 }, () => ({ __typename: 'Portfolio', id: alices.portfolioId }))],
  ])('refuses representations that are %s', async (_what, representations) => {
    const answer = await entities(representations, await as(alice.id));
    expect(answer.data).toBeFalsy();
    expect(answer.errors?.[0]?.extensions['code']).toMatch(/^(BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED)$/);
  });

  it('asks for a token like everything else', async () => {
    const answer = await entities([{ __typename: 'Portfolio', id: alices.portfolioId }], {});
    expect([answer.status, answer.errors?.[0]?.extensions['code']]).toEqual([401, 'UNAUTHENTICATED']);
    expect((await world.ask('{ _service { sdl } }')).status).toBe(401);
  });
});
