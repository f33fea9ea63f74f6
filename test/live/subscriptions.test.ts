import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { encodePosition, trimLog } from '../../src/store/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { cashEvent, LOG_BEGINNING, wholeLog } from '../helpers/log.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { rawSocket, resultsOf, sseClient } from './clients.ts';
import { append, event } from './live-helpers.ts';

const alice = seedUser({ key: 'alice' });
const bob = seedUser({ key: 'bob' });
const alices = seedPortfolio({ key: 'alices', owner: alice, manager: 'USER_MANAGED' });
const bobs = seedPortfolio({ key: 'bobs', owner: bob });
const group = alices.broker.accountGroupId ?? '';

let issuer: TestIssuer;
let world: World;
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({
    seed: [alices, bobs],
    gateway: { auth: issuer.settings, pingMs: 150, farewellMs: 50 },
  });
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});

const operator = async (more: object = {}) => `Bearer ${await issuer.token({ sub: 'op', scope: 'operator', ...more })}`;
const customer = async (id: string, more: object = {}) =>
  `Bearer ${await issuer.token({ sub: id, scope: 'portfolios:read cash:withdraw', ...more })}`;

const ALL = `subscription ($after: ID, $portfolioId: ID) {
  notifications(after: $after, portfolioId: $portfolioId) {
    __typename id source type occurredAt receivedAt portfolioId
    ... on CashBalanceNotification { cashBalance { accountGroupId currency balance } }
    ... on DepositNotification { deposit { id state amount } }
    ... on PortfolioNotification { portfolio { id name } }
    ... on OtherNotification { payload }
    ... on GapNotification { reason }
  }
}`;
const tell = (balance: string, accountGroupId = group) =>
  world.upvest.webhooks.emit({ events: [cashEvent(accountGroupId, balance)], url: `${world.url}/webhooks/upvest` });
const head = async (): Promise<string> => {
  const answer = await world.ask(
    '{ notifications(first: 100) { pageInfo { endCursor hasNextPage } } }',
    {},
    { authorization: await operator() },
  );
  return (answer.data as { notifications: { pageInfo: { endCursor: string } } }).notifications.pageInfo.endCursor;
};
const balances = (results: readonly { data: unknown }[]): (string | undefined)[] =>
  results.map(
    ({ data }) => (data as { notifications: { cashBalance?: { balance: string } } }).notifications.cashBalance?.balance,
  );

describe('notifications as a list', () => {
  it('is ascending, in pages, and goes on behind a cursor', async () => {
    for (const balance of ['1.00', '2.00', '3.00']) await tell(balance);
    await eventually(async () => expect(await wholeLog(world.gateway)).toHaveLength(3));
    const authorization = await operator();
    const page = async (after: string | null) =>
      (
        await world.ask(
          `query ($after: ID) { notifications(first: 2, after: $after) { edges { cursor node { id type ... on CashBalanceNotification { cashBalance { balance } } } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`,
          { after },
          { authorization },
        )
      ).data as {
        notifications: {
          edges: { cursor: string; node: { id: string; cashBalance: { balance: string } } }[];
          pageInfo: { endCursor: string; hasNextPage: boolean };
        };
      };
    const first = (await page(null)).notifications;
    expect(first.edges.map(({ node }) => node.cashBalance.balance)).toEqual(['1.00', '2.00']);
    expect(first.edges.every(({ cursor, node }) => cursor === node.id)).toBe(true);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = (await page(first.pageInfo.endCursor)).notifications;
    expect(second.edges.map(({ node }) => node.cashBalance.balance)).toEqual(['3.00']);
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('shows customers their own portfolios only', async () => {
    await tell('5.00', bobs.broker.accountGroupId ?? '');
    await tell('6.00', randomUUID());
    await eventually(async () => expect(await wholeLog(world.gateway)).toHaveLength(5));
    const ask = async (authorization: string, portfolioId: string | null = null) => {
      const query = 'query ($p: ID) { notifications(portfolioId: $p) { edges { node { portfolioId } } } }';
      const { data, errors } = await world.ask(query, { p: portfolioId }, { authorization });
      if (errors !== undefined) return errors[0]?.extensions['code'];
      return (data as { notifications: { edges: { node: { portfolioId: string | null } }[] } }).notifications.edges.map(
        ({ node }) => node.portfolioId,
      );
    };
    expect(await ask(await operator())).toEqual([...Array(3).fill(alices.portfolioId), bobs.portfolioId, null]);
    expect(await ask(await operator(), bobs.portfolioId)).toEqual([bobs.portfolioId]);
    expect(await ask(await customer(alice.id))).toEqual(Array(3).fill(alices.portfolioId));
    expect(await ask(await customer(bob.id), bobs.portfolioId)).toEqual([bobs.portfolioId]);
    expect(await ask(await customer(alice.id), bobs.portfolioId)).toBe('BAD_USER_INPUT');
    expect(await ask(await customer(alice.id, { scope: '' }))).toBe('FORBIDDEN');
    const bad = await world.ask(
      '{ notifications(after: "nonsense") { edges { cursor } } }',
      {},
      { authorization: await operator() },
    );
    expect(bad.errors?.[0]).toMatchObject({
      message: 'after is not a cursor of notifications.',
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });
});

describe('a subscription over SSE', () => {
  it('replays behind the cursor, then is live; carries the cursor in three places', async () => {
    const after = await head();
    await tell('10.00');
    const client = await sseClient(world.url, ALL, {
      variables: { after },
      headers: { authorization: await operator() },
    });
    expect([client.status, client.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(client.headers.get('x-accel-buffering')).toBe('no');
    expect(client.headers.get('cache-control')).toContain('no-transform');
    await eventually(() => expect(balances(resultsOf(client))).toEqual(['10.00']));
    await tell('11.00');
    await eventually(() => expect(balances(resultsOf(client))).toEqual(['10.00', '11.00']));
    for (const [index, result] of resultsOf(client).entries()) {
      const { id } = (result.data as { notifications: { id: string } }).notifications;
      expect([result.extensions?.cursor, client.events[index]?.id]).toEqual([id, id]);
    }
    expect(resultsOf(client)[0]?.data).toHaveProperty('notifications.cashBalance.accountGroupId', group);
    expect(resultsOf(client).map(({ data }) => (data as { notifications: object }).notifications)[0]).toMatchObject({
      __typename: 'CashBalanceNotification',
      source: 'UPVEST',
      type: 'CASH_BALANCE.UPDATED',
      portfolioId: alices.portfolioId,
      cashBalance: { accountGroupId: group, currency: 'EUR' },
    });
    await eventually(() => expect(client.pings).toBeGreaterThan(2));
    client.close();
  });

  it('goes on behind Last-Event-ID, which wins over after; also by GET', async () => {
    const early = await head();
    await tell('20.00');
    await eventually(async () => expect(await head()).not.toBe(early));
    const late = await head();
    await tell('21.00');
    // An empty one is none.
    const empty = await sseClient(world.url, ALL, {
      variables: { after: late },
      headers: { authorization: await operator(), 'last-event-id': '' },
    });
    await eventually(() => expect(balances(resultsOf(empty))).toEqual(['21.00']));
    empty.close();
    for (const method of ['GET', 'POST'] as const) {
      const client = await sseClient(world.url, ALL, {
        method,
        variables: { after: early },
        headers: { authorization: await operator(), 'last-event-id': late },
      });
      await eventually(() => expect(balances(resultsOf(client))).toEqual(['21.00']));
      client.close();
    }
  });

  it('reports errors of a request and completes, and answers 406 to clients that do not accept event streams', async () => {
    const headers = { authorization: await operator() };
    const bad = await sseClient(world.url, 'subscription { nothing }', { headers });
    await bad.ended;
    expect(resultsOf(bad)[0]).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
    expect(bad.events.at(-1)?.event).toBe('complete');
    const cursor = await sseClient(world.url, 'subscription { notifications(after: "x") { id } }', { headers });
    await cursor.ended;
    expect(cursor.events.map(({ event }) => event)).toEqual(['next', 'complete']);
    expect(resultsOf(cursor)[0]).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    const json = await world.ask('subscription { notifications { id } }', {}, headers);
    expect([json.status, json.errors?.[0]?.message]).toEqual([406, expect.stringContaining('text/event-stream')]);
    const nobody = await sseClient(world.url, ALL);
    expect(nobody.status).toBe(401);
  });

  it('ends without complete when the token ends, so that the client comes back', async () => {
    const exp = Math.floor(Date.now() / 1000) + 1;
    const client = await sseClient(world.url, ALL, { headers: { authorization: await operator({ exp }) } });
    await client.ended;
    expect(client.events).toEqual([]);
  });
});

describe('a subscription over a WebSocket', () => {
  const connect = async (authorization: string) => {
    const raw = await rawSocket(world.url);
    raw.send({ type: 'connection_init', payload: { Authorization: authorization } });
    await eventually(() => expect(raw.messages).toContainEqual({ type: 'connection_ack' }));
    return raw;
  };
  const next = (messages: readonly unknown[], id = '1') =>
    messages
      .filter(
        (each): each is { payload: { data: unknown; extensions: { cursor: string } } } =>
          (each as { type: string; id?: string }).type === 'next' && (each as { id?: string }).id === id,
      )
      .map(({ payload }) => payload);

  it('replays, is live, and ends when the client completes', async () => {
    const after = await head();
    await tell('30.00');
    const raw = await connect(await operator());
    raw.send({ id: '1', type: 'subscribe', payload: { query: ALL, variables: { after } } });
    await eventually(() => expect(balances(next(raw.messages))).toEqual(['30.00']));
    await tell('31.00');
    await eventually(() => expect(balances(next(raw.messages))).toEqual(['30.00', '31.00']));
    expect(next(raw.messages)[1]?.extensions.cursor).toBe(await head());
    raw.send({ id: '1', type: 'complete' });
    await eventually(() => expect(world.gateway.metrics).toBeDefined());
    raw.send({ id: '1', type: 'subscribe', payload: { query: ALL, variables: { after: await head() } } });
    await tell('32.00');
    await eventually(() => expect(balances(next(raw.messages))).toEqual(['30.00', '31.00', '32.00']));
    raw.socket.close();
  });

  it('takes an id again as soon as the client has completed it', async () => {
    const after = await head();
    await tell('33.00');
    await eventually(async () => expect(await head()).not.toBe(after));
    const raw = await connect(await operator());
    const subscribe = (cursor: string) =>
      raw.send({ id: '1', type: 'subscribe', payload: { query: ALL, variables: { after: cursor } } });
    for (let turn = 1; turn <= 20; turn += 1) {
      subscribe(after);
      await eventually(() => expect(next(raw.messages)).toHaveLength(turn));
      // Both in one packet.
      raw.send({ id: '1', type: 'complete' });
    }
    subscribe(after);
    await eventually(() => expect(next(raw.messages)).toHaveLength(21));
    expect(raw.messages).not.toContainEqual({ id: '1', type: 'complete' });
    raw.socket.close();
  });

  it('serves queries and mutations too, and reports errors as the protocol requires', async () => {
    const raw = await connect(await operator());
    raw.send({ id: 'q', type: 'subscribe', payload: { query: '{ viewer { id } }' } });
    await eventually(() =>
      expect(raw.messages.slice(-2)).toEqual([
        { id: 'q', type: 'next', payload: { data: { viewer: { id: 'vwr_op' } } } },
        { id: 'q', type: 'complete' },
      ]),
    );
    raw.send({ id: 'bad', type: 'subscribe', payload: { query: '{ nothing }' } });
    await eventually(() =>
      expect(raw.messages.at(-1)).toMatchObject({
        id: 'bad',
        type: 'error',
        payload: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
      }),
    );
    raw.send({ id: 'cur', type: 'subscribe', payload: { query: 'subscription { notifications(after: "x") { id } }' } });
    await eventually(() =>
      expect(raw.messages.at(-1)).toMatchObject({
        id: 'cur',
        type: 'error',
        payload: [{ extensions: { code: 'BAD_USER_INPUT' } }],
      }),
    );
    const input = { portfolioId: alices.portfolioId, amount: '5.00', currency: 'EUR', idempotencyKey: randomUUID() };
    raw.send({
      id: 'm',
      type: 'subscribe',
      payload: {
        query: 'mutation ($input: RegisterDepositInput!) { registerDeposit(input: $input) { __typename } }',
        variables: { input },
      },
    });
    await eventually(() =>
      expect(raw.messages.at(-2)).toMatchObject({
        id: 'm',
        type: 'next',
        payload: { data: { registerDeposit: { __typename: 'RegisterDepositSuccess' } } },
      }),
    );
    raw.send({ type: 'ping', payload: { a: 1 } });
    await eventually(() => expect(raw.messages.at(-1)).toEqual({ type: 'pong', payload: { a: 1 } }));
    raw.socket.close();
  });

  it.each([
    ['4400 to what is no message', 4400, ['no json']],
    ['4400 to an unknown type', 4400, [{ type: 'sing' }]],
    [
      '4401 to an operation before connection_ack',
      4401,
      [{ id: '1', type: 'subscribe', payload: { query: '{ viewer { id } }' } }],
    ],
    [
      '4403 to a token that does not hold',
      4403,
      [{ type: 'connection_init', payload: { authorization: 'Bearer nonsense' } }],
    ],
    ['4403 to no token', 4403, [{ type: 'connection_init' }]],
    ['4403 to a header that is none', 4403, [{ type: 'connection_init', payload: { authorization: 'a\nb' } }]],
  ])('closes with %s', async (_what, code, messages) => {
    const raw = await rawSocket(world.url);
    for (const message of messages) raw.send(message);
    expect(await raw.closed).toBe(code);
  });

  it('closes with 4429 after a second connection_init and 4409 for an id in use', async () => {
    const init = { type: 'connection_init', payload: { authorization: await operator() } };
    const twice = await rawSocket(world.url);
    twice.send(init);
    twice.send(init);
    expect(await twice.closed).toBe(4429);
    const used = await connect(await operator());
    const subscribe = { id: '1', type: 'subscribe', payload: { query: ALL } };
    used.send(subscribe);
    used.send(subscribe);
    expect(await used.closed).toBe(4409);
  });

  it('closes with 4406 for another subprotocol', async () => {
    const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`);
    expect(await new Promise((resolve) => socket.once('close', resolve))).toBe(4406);
  });

  it('closes with 4403 when the token ends', async () => {
    const raw = await connect(await operator({ exp: Math.floor(Date.now() / 1000) + 1 }));
    raw.send({ id: '1', type: 'subscribe', payload: { query: ALL } });
    expect(await raw.closed).toBe(4403);
  });

  it('is refused to pages of other sites', async () => {
    await expect(rawSocket(world.url, { headers: { origin: 'https://evil.example' } })).rejects.toThrow('403');
    const own = await rawSocket(world.url, { headers: { origin: world.url } });
    own.socket.close();
  });

  it('terminates a client that shows no sign of life', async () => {
    const raw = await connect(await operator());
    raw.socket.pause();
    await eventually(async () => {
      const metrics = await world.gateway.metrics.registry.metrics();
      expect(metrics).toMatch(/gateway_live_connections 0/);
    });
    raw.socket.resume();
    expect(await raw.closed).toBe(1006);
  });
});

describe('who gets what', () => {
  it('customers get their own portfolios, live and replayed', async () => {
    const after = await head();
    const client = await sseClient(world.url, ALL, {
      variables: { after },
      headers: { authorization: await customer(alice.id) },
    });
    await tell('40.00', bobs.broker.accountGroupId ?? '');
    await tell('41.00');
    await tell('42.00', randomUUID());
    await eventually(() => expect(balances(resultsOf(client))).toEqual(['41.00']));
    const again = await sseClient(world.url, ALL, {
      variables: { after, portfolioId: alices.portfolioId },
      headers: { authorization: await customer(alice.id) },
    });
    await eventually(() => expect(balances(resultsOf(again))).toEqual(['41.00']));
    client.close();
    again.close();
    const other = await sseClient(world.url, ALL, {
      variables: { portfolioId: bobs.portfolioId },
      headers: { authorization: await customer(alice.id) },
    });
    await other.ended;
    expect(resultsOf(other)[0]).toMatchObject({ errors: [{ message: 'There is no such portfolio.' }] });
  });

  it('a fresh loader for each event: a portfolio is shown as it is now', async () => {
    const client = await sseClient(world.url, ALL, {
      variables: { after: await head() },
      headers: { authorization: await operator() },
    });
    const names: (string | undefined)[] = [];
    for (const name of ['First', 'Second']) {
      world.investSuite.change(alices.portfolioId, { name });
      await append(
        world.gateway.store,
        event(alices.portfolioId as never, 'portfolios.status-update', {
          source: 'INVESTSUITE',
          event: { kind: 'portfolio', content: {} },
        }),
      );
      names.push(name);
      await eventually(() =>
        expect(
          resultsOf(client).map(
            ({ data }) => (data as { notifications: { portfolio?: { name: string } } }).notifications.portfolio?.name,
          ),
        ).toEqual(names),
      );
    }
    client.close();
  });
});

describe('states', () => {
  it('cashBalanceUpdated shows the balance now, then each newer one, not an older one that comes late', async () => {
    world.upvest.setBalance(group, { balance: '500.00' });
    const query = 'subscription ($id: ID!) { cashBalanceUpdated(portfolioId: $id) { balance currency } }';
    const client = await sseClient(world.url, query, {
      variables: { id: alices.portfolioId },
      headers: { authorization: await customer(alice.id) },
    });
    const seen = () =>
      resultsOf(client).map(
        ({ data }) => (data as { cashBalanceUpdated: { balance: string } }).cashBalanceUpdated.balance,
      );
    await eventually(() => expect(seen()).toEqual(['500.00']));
    const url = `${world.url}/webhooks/upvest`;
    await world.upvest.webhooks.emit({
      url,
      events: [cashEvent(group, '600.00', { created_at: '2999-01-01T00:00:02Z' })],
    });
    await world.upvest.webhooks.emit({
      url,
      events: [cashEvent(group, '550.00', { created_at: '2999-01-01T00:00:01Z' })],
    });
    await world.upvest.webhooks.emit({
      url,
      events: [cashEvent(group, '650.00', { created_at: '2999-01-01T00:00:02Z' })],
    });
    await eventually(() => expect(seen()).toEqual(['500.00', '600.00', '650.00']));
    client.close();
    const none = await sseClient(world.url, query, {
      variables: { id: bobs.portfolioId },
      headers: { authorization: await customer(alice.id) },
    });
    await none.ended;
    expect(resultsOf(none)[0]).toMatchObject({ errors: [{ message: 'There is no such portfolio.' }] });
  });

  it('cashBalanceUpdated follows the link: what another’s account group has is not shown after it was corrected', async () => {
    const [mine, other] = [seedPortfolio({ key: 'mine', owner: alice }), seedPortfolio({ key: 'other', owner: bob })];
    for (const { investSuite, upvest } of [mine, other]) {
      world.investSuite.add(investSuite ?? {});
      world.upvest.add(upvest ?? {});
    }
    const linkOf = (id: string) => world.investSuite.portfolio(id)?.brokerage_account ?? null;
    const [right, wrong] = [linkOf(mine.portfolioId), linkOf(other.portfolioId)];
    world.investSuite.change(mine.portfolioId, { brokerage_account: wrong });
    world.investSuite.change(other.portfolioId, { brokerage_account: null });
    const query = 'subscription ($id: ID!) { cashBalanceUpdated(portfolioId: $id) { balance accountGroupId } }';
    const client = await sseClient(world.url, query, {
      variables: { id: mine.portfolioId },
      headers: { authorization: await customer(alice.id) },
    });
    const seen = () =>
      resultsOf(client).map(
        ({ data }) => (data as { cashBalanceUpdated: { balance: string } }).cashBalanceUpdated.balance,
      );
    await eventually(() => expect(seen()).toHaveLength(1));
    const [theirGroup, ownGroup] = [other.broker.accountGroupId ?? '', mine.broker.accountGroupId ?? ''];
    await tell('71.00', theirGroup);
    await eventually(() => expect(seen().at(-1)).toBe('71.00'));
    world.investSuite.change(mine.portfolioId, { brokerage_account: right });
    world.investSuite.change(other.portfolioId, { brokerage_account: wrong });
    await tell('72.00', theirGroup);
    await tell('73.00', ownGroup);
    await eventually(() => expect(seen().at(-1)).toBe('73.00'));
    expect(seen()).not.toContain('72.00');
    client.close();
  });

  it('depositUpdated shows every state once, and the log has each with the deposit as it was then', async () => {
    const authorization = await operator();
    const after = await head();
    const input = { portfolioId: alices.portfolioId, amount: '25.00', currency: 'EUR', idempotencyKey: randomUUID() };
    const { data } = await world.ask(
      'mutation ($input: RegisterDepositInput!) { registerDeposit(input: $input) { ... on RegisterDepositSuccess { deposit { id } } } }',
      { input },
      { authorization },
    );
    const { id } = (data as { registerDeposit: { deposit: { id: string } } }).registerDeposit.deposit;
    const client = await sseClient(
      world.url,
      'subscription ($id: ID!) { depositUpdated(id: $id) { state history { state } } }',
      { variables: { id }, headers: { authorization: await customer(alice.id) } },
    );
    const seen = () =>
      resultsOf(client).map((result) => (result.data as { depositUpdated: { state: string } }).depositUpdated.state);
    await eventually(() => expect(seen().at(-1)).toBe('COMPLETED'));
    expect(new Set(seen()).size).toBe(seen().length);
    client.close();
    const log = await sseClient(world.url, ALL, {
      variables: { after, portfolioId: alices.portfolioId },
      headers: { authorization },
    });
    const states = () =>
      resultsOf(log)
        .flatMap(
          (result) =>
            (result.data as { notifications: { deposit?: { id: string; state: string } } }).notifications.deposit ?? [],
        )
        .map(({ state }) => state);
    await eventually(() => expect(states()).toEqual(['REQUESTED', 'FUNDING', 'FUNDED', 'BOOKING', 'COMPLETED']));
    log.close();
    const foreign = (await wholeLog(world.gateway)).filter(
      (row) => row.source === 'UPVEST' && row.type.startsWith('VIRTUAL_CASH'),
    );
    expect(foreign).toEqual([]);
  });
});

describe('a gap', () => {
  it('appears once, as a notification and as the first row of the list', async () => {
    await append(world.gateway.store, event(null, 'old', { receivedAt: 1 }));
    const cursor = (await wholeLog(world.gateway))[0];
    const after = encodePosition(cursor ?? LOG_BEGINNING);
    while ((await world.gateway.store.write((tx) => trimLog(tx, Date.now() + 60_000))) > 0);
    await append(world.gateway.store, event(null, 'new'));
    const client = await sseClient(world.url, ALL, {
      variables: { after },
      headers: { authorization: await operator() },
    });
    const seen = () =>
      resultsOf(client).map(
        ({ data }) => (data as { notifications: { __typename: string; type: string } }).notifications,
      );
    await eventually(() => expect(seen()).toHaveLength(2));
    expect(seen()).toMatchObject([{ __typename: 'GapNotification', type: 'GAP', source: 'GATEWAY' }, { type: 'new' }]);
    client.close();
    const { data } = await world.ask(
      'query ($after: ID) { notifications(after: $after) { edges { node { __typename id } } } }',
      { after },
      { authorization: await operator() },
    );
    const edges = (data as { notifications: { edges: { node: { __typename: string; id: string } }[] } }).notifications
      .edges;
    expect(edges.map(({ node }) => node.__typename)).toEqual(['GapNotification', 'OtherNotification']);
    expect(edges[0]?.node.id).toBe(client.events[0]?.id);
  });
});
