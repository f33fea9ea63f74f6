import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { type Client, type ClientOptions, createClient } from 'graphql-ws';
import { map } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { append, event } from '../live/live-helpers.ts';

const PAGE = readFileSync('docs/notifications.md', 'utf8');
/** As printed; without the types, which this test's own engine does not read. */
const SNIPPETS = [...PAGE.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) =>
  code.replace(/ as string \| null/g, ''),
);

let issuer: TestIssuer;
let world: World;
let door: Awaited<ReturnType<typeof startDoor>>;
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({ seed: [], gateway: { auth: issuer.settings } });
  door = await startDoor(Number(new URL(world.url).port));
});
afterAll(async () => {
  await door.stop();
  await world.stop();
  await issuer.stop();
});

/** In front of the gateway; while it is shut, connections are reset, and counted. */
async function startDoor(to: number) {
  const open = new Set<Socket>();
  const state = { shut: false, refused: 0 };
  const server = createServer((near) => {
    near.on('error', () => undefined);
    if (state.shut) {
      state.refused += 1;
      near.resetAndDestroy();
      return;
    }
    const far = connect(to, '127.0.0.1').on('error', () => undefined);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.once('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return {
    url: `ws://127.0.0.1:${address.port}`,
    state,
    shut: () => {
      Object.assign(state, { shut: true, refused: 0 });
      for (const socket of open) socket.resetAndDestroy();
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const token = () => issuer.token({ sub: 'an-operator', scope: 'operator' });
/** The page's createClient in Node. */
const inNode = (options: ClientOptions): Client => createClient({ ...options, webSocketImpl: WebSocket });
const given = () => ({
  createClient: inNode,
  url: `${door.url}/graphql`,
  token,
  error: fail,
  complete: () => undefined,
});
const fail = (error: unknown): void => {
  throw new Error('the subscription has ended', { cause: error });
};

/** Runs code of the page with the names that it uses. */
function run(code: string, names: Readonly<Record<string, unknown>>): unknown {
  // Code of our own page, and of nobody else.
  return new Function(...Object.keys(names), code)(...Object.values(names));
}

async function throughACut(seen: readonly string[], name: string): Promise<void> {
  const types = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `${name.toUpperCase()}.${from + i}`);
  const add = async (from: number, to: number) => {
    for (const type of types(from, to)) await append(world.gateway.store, event(null, type));
  };
  await expect
    .poll(
      async () => {
        await append(world.gateway.store, event(null, 'BEGIN'));
        return seen.includes('BEGIN');
      },
      { timeout: 30_000 },
    )
    .toBe(true);
  await add(0, 3);
  await expect.poll(() => seen.filter((type) => type !== 'BEGIN'), { timeout: 30_000 }).toEqual(types(0, 3));
  door.shut();
  await add(3, 8);
  // More often than a client tries by default.
  await expect.poll(() => door.state.refused, { timeout: 120_000 }).toBeGreaterThan(6);
  door.state.shut = false;
  await expect.poll(() => seen.filter((type) => type !== 'BEGIN'), { timeout: 60_000 }).toEqual(types(0, 8));
}

it('the snippet for graphql-ws misses nothing through a cut in which connections are refused', async () => {
  const seen: string[] = [];
  const [snippet = ''] = SNIPPETS;
  const code = snippet
    .replace('variables.after = extensions.cursor;', '$&; see(arguments[0]);')
    .replace('({ extensions }) =>', 'function ({ extensions })');
  const client = run(`${code}; return client;`, {
    ...given(),
    see: ({ data }: { data: { notifications: { type: string } } }) => seen.push(data.notifications.type),
  }) as Client;
  try {
    await throughACut(seen, 'ws');
  } finally {
    await client.dispose();
  }
}, 240_000);

it('the snippet for Apollo Client as well', async () => {
  const seen: string[] = [];
  const [first = '', second = ''] = SNIPPETS;
  const making = first.slice(first.indexOf('const client'), first.indexOf('client.subscribe'));
  const { link, client } = run(`${making}; ${second}; return { link, client };`, {
    ...given(),
    ...{ ApolloLink, GraphQLWsLink, map },
  }) as { link: ApolloLink; client: Client };
  const apollo = new ApolloClient({ link, cache: new InMemoryCache() });
  const query = gql`subscription ($after: ID) { notifications(after: $after) { id type } }`;
  const subscription = apollo
    .subscribe<{ notifications: { type: string } }>({ query, variables: { after: null }, fetchPolicy: 'no-cache' })
    .subscribe(({ data }) => seen.push(data?.notifications.type ?? ''));
  try {
    await throughACut(seen, 'apollo');
  } finally {
    subscription.unsubscribe();
    await client.dispose();
  }
}, 240_000);
