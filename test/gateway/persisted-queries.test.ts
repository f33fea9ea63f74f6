import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange, gql as urqlGql } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { print } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { readAnswer } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

const one = seedPortfolio({ key: 'persisted' });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const NAME = gql`query Name($id: ID!) { portfolio(id: $id) { id name __typename } }`;
const KEY = gql`
  mutation Deposit($input: RegisterDepositInput!) {
    registerDeposit(input: $input) { __typename ... on RegisterDepositSuccess { replayed __typename } }
  }
`;

let plain: World;
let trusted: World;
beforeAll(async () => {
  plain = await startWorld({ seed: [one] });
  const documents = JSON.stringify({ one: print(NAME), two: '{ viewer { id } }' });
  trusted = await startWorld({ seed: [one], gateway: { trustedDocuments: documents } });
});
afterAll(async () => {
  await plain.stop();
  await trusted.stop();
});

/** A client's request and the answer to it. */
interface Exchange {
  readonly method: string;
  readonly hasDocument: boolean;
  readonly status: number;
}

function watched(exchanges: Exchange[]): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const sent = `${String(input)} ${String(init?.body ?? '')}`;
    const hasDocument = /[?&]query=|"query":/.test(sent);
    exchanges.push({ method: init?.method ?? 'GET', hasDocument, status: response.status });
    return response;
  };
}

const first = (method: string): Exchange => ({ method, hasDocument: false, status: 200 });
const whole: Exchange = { method: 'POST', hasDocument: true, status: 200 };

function apollo(url: string, exchanges: Exchange[], byGet: boolean): ApolloClient {
  return new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.from([
      new PersistedQueryLink({ sha256, useGETForHashedQueries: byGet }),
      new HttpLink({ uri: `${url}/graphql`, fetch: watched(exchanges) }),
    ]),
  });
}

const urql = (url: string, exchanges: Exchange[], byGet: boolean): Client =>
  new Client({
    url: `${url}/graphql`,
    preferGetMethod: false,
    fetch: watched(exchanges),
    exchanges: [
      persistedExchange({
        preferGetForPersistedQueries: byGet,
        enableForMutation: true,
        generateHash: async (text) => sha256(text),
      }),
      fetchExchange,
    ],
  });

describe.each([
  ['POST', false],
  ['GET', true],
])('a client that sends the hash first, by %s', (method, byGet) => {
  it('falls back to the document: Apollo Client', async () => {
    const exchanges: Exchange[] = [];
    const client = apollo(plain.url, exchanges, byGet);
    const variables = { id: one.portfolioId };
    const { data } = await client.query({ query: NAME, variables });
    expect(data).toMatchObject({ portfolio: { id: one.portfolioId } });
    expect(exchanges).toEqual([first(method), whole]);
    // From then on without the hash.
    await client.query({ query: gql`{ viewer { id } }`, fetchPolicy: 'no-cache' });
    expect(exchanges.slice(2)).toEqual([whole]);
    client.stop();
  });

  it('falls back to the document: urql', async () => {
    const exchanges: Exchange[] = [];
    const client = urql(plain.url, exchanges, byGet);
    const result = await client.query(urqlGql(print(NAME)), { id: one.portfolioId }).toPromise();
    expect(result.error).toBeUndefined();
    expect(result.data).toMatchObject({ portfolio: { id: one.portfolioId } });
    // It keeps to its method.
    expect(exchanges).toEqual([first(method), { ...whole, method }]);
  });

  it('has its document found where documents are trusted', async () => {
    for (const make of [apollo, urql]) {
      const exchanges: Exchange[] = [];
      const client = make(trusted.url, exchanges, byGet);
      const variables = { id: one.portfolioId };
      const { data } =
        client instanceof Client
          ? await client.query(urqlGql(print(NAME)), variables).toPromise()
          : await client.query({ query: NAME, variables });
      expect(data).toMatchObject({ portfolio: { id: one.portfolioId } });
      expect(exchanges).toEqual([first(method)]);
    }
  });
});

it('a mutation that is sent by its hash first has its effect once', async () => {
  const exchanges: Exchange[] = [];
  const input = { portfolioId: one.portfolioId, amount: '5.00', currency: 'EUR', idempotencyKey: 'persisted' };
  const { data } = await apollo(plain.url, exchanges, false).mutate({ mutation: KEY, variables: { input } });
  expect(data).toMatchObject({ registerDeposit: { replayed: false } });
  expect(exchanges).toEqual([first('POST'), whole]);
  const again = await urql(plain.url, [], false)
    .mutation(urqlGql(print(KEY)), { input })
    .toPromise();
  expect(again.data).toMatchObject({ registerDeposit: { replayed: true } });
});

describe('a hash without a document', () => {
  const hashOnly = { extensions: { persistedQuery: { version: 1, sha256Hash: sha256('{ nope }') } } };
  const post = async (url: string, body: object, accept = 'application/json') =>
    await readAnswer(
      await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify(body),
      }),
    );

  it.each(['application/json', 'application/graphql-response+json', '*/*'])(
    'is answered in the words that clients know: %s',
    async (accept) => {
      const answer = await post(plain.url, hashOnly, accept);
      expect(answer.status).toBe(200);
      expect(answer.errors).toEqual([
        {
          message: 'PersistedQueryNotSupported',
          extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', requestId: answer.headers.get('x-request-id') },
        },
      ]);
    },
  );

  it('that is none of the trusted documents is refused as such', async () => {
    const answer = await post(trusted.url, hashOnly);
    expect([answer.status, answer.errors?.[0]?.extensions['code']]).toEqual([400, 'DOCUMENT_NOT_TRUSTED']);
  });

  it.each([{}, { query: null }, { extensions: {} }, { extensions: { persistedQuery: null } }])(
    'is meant by no other request: %j',
    async (body) => {
      const answer = await post(plain.url, body);
      expect(answer.status).toBe(400);
      expect(answer.errors?.[0]?.message).toBe('Must provide query string.');
    },
  );
});
