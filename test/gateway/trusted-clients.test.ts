import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { persistedExchange } from '@urql/exchange-persisted';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient, type Client as WsClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { keys, possibleTypes, typePolicies } from '../../client/codegen.ts';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually, readAnswer } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

const one = seedPortfolio({ key: 'trusted' });
const variables = { id: one.portfolioId };
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** As a tool has written them into the file: on one line, without `__typename`. */
const NAME =
  'query Name($id: ID!) { portfolio(id: $id) { ...Named owner { id } } } fragment Named on Portfolio { id name }';
const CASH = 'subscription Cash($id: ID!) { cashBalanceUpdated(portfolioId: $id) { id currency } }';
/** As they are written in a client. */
const OWN_NAME = `# Of one portfolio.
  fragment Named on Portfolio { id, name }
  query Name($id: ID!) {
    portfolio(id: $id) { ...Named owner { id } }
  }`;
const OWN_CASH = CASH.replaceAll('{', '{\n ');

let world: World;
let webSocket: WsClient;
beforeAll(async () => {
  world = await startWorld({ seed: [one], gateway: { trustedDocuments: JSON.stringify({ name: NAME, cash: CASH }) } });
  webSocket = createWsClient({ url: `${world.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
});
afterAll(async () => {
  await webSocket.dispose();
  await world.stop();
});

const named = { portfolio: { id: one.portfolioId, name: expect.any(String), owner: { id: one.ownerId } } };
const balance = { cashBalanceUpdated: { currency: 'EUR' } };

describe('Apollo Client', () => {
  const connect = (link: ApolloLink): ApolloClient =>
    new ApolloClient({ link, cache: new InMemoryCache({ possibleTypes, typePolicies }) });
  const http = (): ApolloLink => new HttpLink({ uri: `${world.url}/graphql` });
  const hashed = (): ApolloLink => new PersistedQueryLink({ sha256 });

  it.each([
    ['text', OWN_NAME, () => http()],
    ['hash', NAME, () => ApolloLink.from([hashed(), http()])],
  ])('reads by the %s of what it has made of the document', async (_how, document, link) => {
    const client = connect(link());
    const { data } = await client.query({ query: gql(document), variables });
    expect(data).toMatchObject(named);
    client.stop();
  });

  it.each([
    ['text', () => new GraphQLWsLink(webSocket)],
    ['text and hash', () => ApolloLink.from([hashed(), new GraphQLWsLink(webSocket)])],
  ])('subscribes over a WebSocket by %s', async (_how, link) => {
    const client = connect(link());
    const seen: unknown[] = [];
    const subscription = client.subscribe({ query: gql(OWN_CASH), variables }).subscribe({
      next: ({ data, error }) => seen.push(data ?? error),
      error: (error) => seen.push(error),
    });
    await eventually(() => expect(seen).toMatchObject([balance]));
    subscription.unsubscribe();
    client.stop();
  });
});

describe('urql', () => {
  const connect = (byHash: boolean): Client =>
    new Client({
      url: `${world.url}/graphql`,
      preferGetMethod: false,
      exchanges: [
        cacheExchange({ possibleTypes, keys, logger: () => undefined }),
        ...(byHash
          ? [
              persistedExchange({
                ...{ enforcePersistedQueries: true, enableForMutation: true, enableForSubscriptions: true },
                generateHash: async (text) => sha256(text),
              }),
            ]
          : []),
        subscriptionExchange({
          forwardSubscription: ({ query, ...request }) => ({
            subscribe: (sink) => ({
              unsubscribe: webSocket.subscribe(
                { ...request, query: query ?? '' },
                {
                  next: (result) => sink.next({ data: result.data ?? null, errors: [...(result.errors ?? [])] }),
                  error: sink.error,
                  complete: sink.complete,
                },
              ),
            }),
          }),
        }),
        fetchExchange,
      ],
    });

  it.each([
    ['text', OWN_NAME, OWN_CASH, false],
    ['hash', NAME, CASH, true],
  ])(
    'reads, and subscribes over a WebSocket, by the %s of what it has made of the document',
    async (_how, query, live, byHash) => {
      const client = connect(byHash);
      const { data, error } = await client.query(query, variables).toPromise();
      expect(error).toBeUndefined();
      expect(data).toMatchObject(named);
      const seen: unknown[] = [];
      const { unsubscribe } = client
        .subscription(live, variables)
        .subscribe((result) => seen.push(result.data ?? result.error));
      await eventually(() => expect(seen).toMatchObject([balance]));
      unsubscribe();
    },
  );
});

describe('a hash without a text, or with an empty one', () => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(CASH) } };
  const first = async (events: AsyncIterable<{ data?: unknown; errors?: unknown }>): Promise<unknown> => {
    for await (const event of events) return event.data ?? event.errors;
    return undefined;
  };

  it.each([
    ['in extensions', { extensions }],
    ['in extensions, as the recipe of graphql-ws has it', { extensions: { persistedQuery: sha256(CASH) } }],
  ])('is found over a WebSocket: %s', async (_where, request) => {
    expect(await first(webSocket.iterate({ query: '', variables, ...request }))).toMatchObject(balance);
  });

  it('is found over server-sent events', async () => {
    const client = createSseClient({ url: `${world.url}/graphql` });
    expect(await first(client.iterate({ query: '', variables, extensions }))).toMatchObject(balance);
    client.dispose();
  });

  it('is found in the query string', async () => {
    const search = new URLSearchParams({ documentId: `sha256:${sha256(NAME)}`, variables: JSON.stringify(variables) });
    expect((await readAnswer(await fetch(`${world.url}/graphql?${search}`))).data).toMatchObject(named);
  });
});

describe('what means something else is refused', () => {
  const refused = { code: 'DOCUMENT_NOT_TRUSTED' };
  const byName = { documentId: sha256(NAME) };
  it.each([
    ['a field more', { query: NAME.replace('id name', 'id name externalId') }],
    ['an alias of a type name', { query: NAME.replace('id name', 'id name type: __typename') }],
    ['a directive', { query: NAME.replace('name }', 'name @skip(if: true) }') }],
    ['another operation beside it', { query: `${NAME} query Other { viewer { id } }`, operationName: 'Name' }],
    ['another argument', { query: NAME.replace('portfolio(id: $id)', 'portfolio(id: "P")') }],
    ['the hash of one and the text of another', { ...byName, query: OWN_CASH }],
    ['the hash of one and a text of nobody', { ...byName, query: '{ viewer { id } }' }],
    ['no document', { query: '{' }],
    ['a text over a limit', { query: `{ a${' a'.repeat(60_000)} }` }],
  ])('%s', async (_what, request) => {
    const answer = await readAnswer(
      await fetch(`${world.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ variables, ...request }),
      }),
    );
    expect(answer.errors?.[0]?.extensions).toMatchObject(refused);
  });
});
