import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, cacheExchange, subscriptionExchange } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient, type Client as WsClient } from 'graphql-ws';
import { map } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { encodePosition, logHead } from '../../src/store/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { type Line, startLine } from '../helpers/line.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { append, event } from './live-helpers.ts';

const QUERY = 'subscription Live($after: ID) { notifications(after: $after) { id type } }';
interface Data {
  readonly notifications: { readonly id: string; readonly type: string };
}
interface Variables {
  after: string | null;
}

let issuer: TestIssuer;
let world: World;
let line: Line;
const toEnd: (() => unknown)[] = [];
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({ seed: [], gateway: { auth: issuer.settings } });
  line = await startLine(world.url);
});
afterEach(async () => {
  for (const end of toEnd.splice(0)) await end();
});
afterAll(async () => {
  await line.stop();
  await world.stop();
  await issuer.stop();
});

const authorization = async (claims: object = {}): Promise<string> =>
  `Bearer ${await issuer.token({ sub: 'op', scope: 'operator', ...claims })}`;
const head = async (): Promise<string> => encodePosition(await world.gateway.store.read(logHead));

/** As a page of an app keeps it: what it saw, and the cursor that it goes on behind. */
class Seen {
  readonly types: string[] = [];
  readonly variables: Variables;
  ended = false;
  readonly errors: unknown[] = [];

  constructor(after: string) {
    this.variables = { after };
  }

  take(data: Data | null | undefined, extensions?: unknown): void {
    if (data === null || data === undefined) throw new Error('no data');
    this.types.push(data.notifications.type);
    if (extensions !== undefined) expect(extensions).toHaveProperty('cursor', data.notifications.id);
    this.variables.after = data.notifications.id;
  }
}

/** Writes events while the line is cut in between; the client has to see each once and in order. */
async function seesEverything(seen: Seen, name: string): Promise<void> {
  const all = Array.from({ length: 30 }, (_, index) => `${name}${index}`);
  for (const [index, type] of all.entries()) {
    await append(world.gateway.store, event(null, type));
    if (index % 10 === 5) {
      await eventually(() => expect(seen.types.length).toBeGreaterThan(index - 5));
      line.cut();
    }
  }
  await eventually(() => expect([seen.types, seen.errors]).toEqual([all, []]));
}

function wsClient(): WsClient {
  const client = createWsClient({
    url: `${line.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ authorization: await authorization() }),
    retryAttempts: 100,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 10)),
    shouldRetry: () => true,
  });
  toEnd.push(() => client.dispose());
  return client;
}

describe('a client that is cut off sees each event once and in order', () => {
  it('graphql-ws', async () => {
    const seen = new Seen(await head());
    wsClient().subscribe<Data>(
      { query: QUERY, variables: seen.variables as never },
      {
        next: ({ data, extensions }) => seen.take(data, extensions),
        error: (error) => seen.errors.push(error),
        complete: () => undefined,
      },
    );
    await seesEverything(seen, 'ws');
  });

  it('graphql-sse', async () => {
    const seen = new Seen(await head());
    const client = createSseClient({
      url: `${line.url}/graphql`,
      headers: async () => ({ authorization: await authorization() }),
      retryAttempts: 100,
      retry: () => new Promise((resolve) => setTimeout(resolve, 10)),
    });
    toEnd.push(() => client.dispose());
    client.subscribe<Data>(
      { query: QUERY, variables: seen.variables as never },
      {
        next: ({ data, extensions }) => seen.take(data as Data, extensions),
        error: (error) => seen.errors.push(error),
        complete: () => undefined,
      },
    );
    await seesEverything(seen, 'sse');
  });

  it('Apollo Client', async () => {
    const seen = new Seen(await head());
    // Apollo keeps a copy of the variables: the cursor is put where the WebSocket's link takes them from.
    const resuming = new ApolloLink((operation, forward) =>
      forward(operation).pipe(
        map((result) => {
          const cursor = (result.extensions as { readonly cursor?: string } | undefined)?.cursor;
          if (cursor !== undefined) operation.variables['after'] = cursor;
          return result;
        }),
      ),
    );
    const link = ApolloLink.from([resuming, new GraphQLWsLink(wsClient())]);
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    toEnd.push(() => client.stop());
    const subscription = client
      .subscribe<Data, Variables>({ query: gql(QUERY), variables: seen.variables, fetchPolicy: 'no-cache' })
      .subscribe({
        next: ({ data, error }) => (error === undefined ? seen.take(data) : seen.errors.push(error)),
        error: (error) => seen.errors.push(error),
      });
    toEnd.push(() => subscription.unsubscribe());
    await seesEverything(seen, 'apollo');
  });

  it('urql over a WebSocket', async () => {
    const seen = new Seen(await head());
    const ws = wsClient();
    const client = new Client({
      url: `${line.url}/graphql`,
      preferGetMethod: false,
      exchanges: [
        cacheExchange,
        subscriptionExchange({
          forwardSubscription: ({ query = '', variables }) => ({
            subscribe: (sink) => ({
              unsubscribe: ws.subscribe({ query, variables: variables as never }, sink as never),
            }),
          }),
        }),
      ],
    });
    const { unsubscribe } = client
      .subscription<Data>(QUERY, seen.variables)
      .subscribe(({ data, error, extensions }) =>
        error === undefined ? seen.take(data, extensions) : seen.errors.push(error),
      );
    toEnd.push(unsubscribe);
    await seesEverything(seen, 'urql');
  });
});

it('a client whose tokens end goes on with new ones, and misses nothing', async () => {
  const seen = new Seen(await head());
  let tokens = 0;
  const exp = () => Math.floor(Date.now() / 1000) + 1;
  const client = createWsClient({
    url: `${line.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: async () => {
      tokens += 1;
      return { authorization: await authorization({ exp: exp() }) };
    },
    retryWait: async () => undefined,
  });
  toEnd.push(() => client.dispose());
  client.subscribe<Data>(
    { query: QUERY, variables: seen.variables as never },
    {
      next: ({ data, extensions }) => seen.take(data, extensions),
      error: (error) => seen.errors.push(error),
      complete: () => seen.errors.push('complete'),
    },
  );
  const all: string[] = [];
  while (tokens < 4 && all.length < 1_000) {
    all.push(`token${all.length}`);
    await append(world.gateway.store, event(null, all.at(-1) ?? ''));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await eventually(() => expect([seen.types, seen.errors]).toEqual([all, []]));
});
