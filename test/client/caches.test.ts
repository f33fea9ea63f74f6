import { readFileSync } from 'node:fs';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { buildSchema, isObjectType } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { keys, possibleTypes, typePolicies } from '../../client/codegen.ts';
import type { Authenticate } from '../../src/callers/authenticate.ts';
import { parseUserId } from '../../src/domain/ids.ts';
import type { Scope } from '../../src/domain/viewer.ts';
import { seedPortfolio } from '../../src/standins/index.ts';
import { startWorld, type World } from '../helpers/world.ts';

const one = seedPortfolio({ key: 'caches' });
const id = one.portfolioId;

let world: World;
beforeAll(async () => {
  // A customer with a user of his own who may also see what operators see.
  const userId = parseUserId(one.ownerId);
  const scopes = new Set<Scope>(['operator']);
  const auth: Authenticate = () => ({
    subject: one.ownerId,
    issuer: 'https://bank.example',
    userId: userId ?? null,
    scopes,
  });
  world = await startWorld({ seed: [one], gateway: { auth } });
});
afterAll(() => world.stop());
afterEach(() => vi.restoreAllMocks());

/** Selections of the same objects that differ, as two components of a page have them. */
const PAGES = [
  `query One($id: ID!) { viewer { id user { id } } portfolio(id: $id) { id name owner { id counterAccount { bankId } }
    holdings { instrumentId ... on CashHolding { currency } } cashBalance { id balance } cashBalances { id currency }
    positions { isin quantity } brokerageAccount { accountGroupId } reconciliation { differences { upvest } }
    transactions(first: 2) { edges { node { id movements { status } } } } valuation { total } } }`,
  `query Two($id: ID!) { viewer { id user { id firstName } } portfolio(id: $id) { id owner { id counterAccount { bankAccountNumber } }
    holdings { quantity ... on InstrumentHolding { instrument { id } } } cashBalance { id currency } cashBalances { id balance }
    positions { accountId } brokerageAccount { bankAccountNumber } reconciliation { inSync }
    transactions(first: 2) { pageInfo { hasNextPage } } valuation { securities lines { quantity } } } }`,
];
const REFUSED = `mutation Refused($input: RequestWithdrawalInput!) { requestWithdrawal(input: $input) { ... on Error { code message } } }`;
const refused = { input: { portfolioId: id, amount: 'abc', currency: 'EUR', idempotencyKey: 'caches' } };
const BALANCE = `query Balance($id: ID!) { portfolio(id: $id) { id cashBalance { id balance } } }`;
const BALANCES = `query Balances($id: ID!) { portfolio(id: $id) { id cashBalances { id balance } } }`;

describe('the cache of Apollo Client', () => {
  const connect = (): ApolloClient =>
    new ApolloClient({
      cache: new InMemoryCache({ possibleTypes, typePolicies }),
      link: new HttpLink({ uri: `${world.url}/graphql` }),
    });

  it('takes each answer without a warning', async () => {
    const said = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
    const client = connect();
    for (const page of [...PAGES, ...PAGES])
      await client.query({ query: gql(page), variables: { id }, fetchPolicy: 'network-only' });
    expect(said.flatMap(({ mock }) => mock.calls)).toEqual([]);
    client.stop();
  });

  it('finds the fields of an error, and one balance wherever it is read', async () => {
    const client = connect();
    const { data } = await client.mutate({ mutation: gql(REFUSED), variables: refused });
    expect(data).toMatchObject({ requestWithdrawal: { code: expect.any(String) } });
    for (const query of [BALANCE, BALANCES]) await client.query({ query: gql(query), variables: { id } });
    const stored = Object.keys(Object(client.cache.extract())).filter((key) => key.startsWith('CashBalance:'));
    expect(stored).toHaveLength(1);
    client.stop();
  });
});

describe('the cache of urql', () => {
  const connect = (said: string[]): Client =>
    new Client({
      url: `${world.url}/graphql`,
      preferGetMethod: false,
      exchanges: [
        cacheExchange({
          possibleTypes,
          keys,
          logger: (severity, message) => void said.push(`${severity}: ${message}`),
        }),
        fetchExchange,
      ],
    });

  it('takes each answer without a warning', async () => {
    const said: string[] = [];
    const client = connect(said);
    for (const page of PAGES) expect((await client.query(page, { id }).toPromise()).error).toBeUndefined();
    // It looks for the fields of fragments on other types too, unless it has the whole schema; and says so in development.
    const warnings = said.filter(
      (line) => !line.startsWith('debug') && !line.includes('(Caused At: Inline Fragment on'),
    );
    expect(warnings).toEqual([]);
  });

  it('finds the fields of an error, and one balance wherever it is read', async () => {
    const client = connect([]);
    const { data } = await client.mutation(REFUSED, refused).toPromise();
    expect(data).toMatchObject({ requestWithdrawal: { code: expect.any(String) } });
    const [first, second] = await Promise.all(
      [BALANCE, BALANCES].map((query) => client.query(query, { id }).toPromise()),
    );
    expect(second?.data?.portfolio.cashBalances).toEqual([first?.data?.portfolio.cashBalance]);
  });
});

describe('ids', () => {
  it('belong to one object each', async () => {
    const { data } = await world.ask(
      `query Ids($id: ID!) { viewer { id } portfolio(id: $id) { owner { id }
      cashBalances { id accountGroupId currency } } }`,
      { id },
    );
    const { viewer, portfolio } = data as {
      viewer: { id: string };
      portfolio: { owner: { id: string }; cashBalances: { id: string }[] };
    };
    expect(viewer.id).not.toBe(portfolio.owner.id);
    expect(portfolio.cashBalances).toEqual([
      { id: `cash_${one.broker.accountGroupId}_EUR`, accountGroupId: one.broker.accountGroupId, currency: 'EUR' },
    ]);
  });

  it('are of each type that a cache keeps by its id', () => {
    const types = Object.values(buildSchema(readFileSync('schema.graphql', 'utf8')).getTypeMap());
    const without = types.filter((type) => isObjectType(type) && type.getFields()['id'] === undefined);
    const roots = ['Query', 'Mutation', 'Subscription'];
    const plain = without.map(({ name }) => name).filter((name) => !name.startsWith('__') && !roots.includes(name));
    expect(Object.keys(keys)).toEqual(expect.arrayContaining(plain));
  });
});
