import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Client, cacheExchange, fetchExchange, gql as urqlGql } from '@urql/core';
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { DashboardDocument, type DashboardQuery } from '../generated/graphql.ts';
import { startWorld, type World } from '../helpers/world.ts';

const one = seedPortfolio({ key: 'http' });
let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [one] });
});
afterAll(() => world.stop());

describe('GraphQL over HTTP', () => {
  // The audits need an address to be made; each asks for the running one when it runs.
  const audits = serverAudits({ url: () => `${world.url}/graphql` });

  it('has all audits', () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))('%s', async (_name, audit) => {
    const result = await audit.fn();
    if (result.status !== 'ok') await result.response.body?.cancel();
    expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe('ok');
  });
});

describe('real clients', () => {
  it('Apollo Client', async () => {
    const client = new ApolloClient({
      link: new HttpLink({ uri: `${world.url}/graphql` }),
      cache: new InMemoryCache(),
    });
    const { data } = await client.query({
      query: gql`{ portfolio(id: "${one.portfolioId}") { id holdings { __typename instrumentId quantity } } }`,
    });
    expect(data).toMatchObject({
      portfolio: { id: one.portfolioId, holdings: [{ __typename: 'CashHolding', quantity: '1000.00' }, {}, {}] },
    });
    client.stop();
  });

  it('urql', async () => {
    const client = new Client({
      url: `${world.url}/graphql`,
      preferGetMethod: false,
      exchanges: [cacheExchange, fetchExchange],
    });
    const result = await client.query(urqlGql`{ portfolio(id: "${one.portfolioId}") { id } }`, {}).toPromise();
    expect(result.error).toBeUndefined();
    expect(result.data).toMatchObject({ portfolio: { id: one.portfolioId } });
  });

  it('typed documents', async () => {
    const client = new ApolloClient({
      link: new HttpLink({ uri: `${world.url}/graphql` }),
      cache: new InMemoryCache(),
    });
    const { data } = await client.query({ query: DashboardDocument, variables: { first: 5, transactions: 2 } });
    const balance: string | undefined = (data satisfies DashboardQuery | undefined)?.portfolios?.edges[0]?.node
      .cashBalance?.balance;
    expect(balance).toBe('1000.00');
    client.stop();
  });
});
