import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { MemoryBus } from '../helpers/memory-bus.ts';
import { startWorld, type World } from '../helpers/world.ts';

const portfolio = seedPortfolio({ key: 'one' });
const { portfolioId } = portfolio;
const group = portfolio.broker.accountGroupId ?? '';
const bus = new MemoryBus();

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [portfolio], gateway: { bus, orderSync: false } });
});
afterAll(() => world.stop());

interface Seen {
  readonly __typename: string;
  readonly type: string;
  readonly source: string;
  readonly portfolioId: string | null;
}

const QUERY = `query ($after: ID) { notifications(first: 100, after: $after) { pageInfo { endCursor } edges { node {
  __typename id source type occurredAt receivedAt portfolioId
  ... on CashBalanceNotification { cashBalance { accountGroupId currency balance availableForTrading } }
  ... on OrderNotification { orderId status transaction { id } }
  ... on PortfolioNotification { portfolio { id } }
  ... on OptimizationNotification { optimizationId value isRecommended }
  ... on OtherNotification { payload }
} } } }`;

let cursor: string | null = null;
/** The new events of the log, once there are `count` of them. */
async function told(count: number): Promise<readonly Seen[]> {
  const after = cursor;
  return await eventually(async () => {
    const { data, errors } = await world.ask(QUERY, { after });
    expect(errors).toBeUndefined();
    const { notifications } = data as {
      notifications: { pageInfo: { endCursor: string }; edges: { node: Seen }[] };
    };
    expect(notifications.edges).toHaveLength(count);
    cursor = notifications.pageInfo.endCursor;
    return notifications.edges.map(({ node }) => node);
  });
}

const NOUNS: { readonly [noun: string]: readonly string[] } = {
  DIRECT_DEBIT: ['NEW', 'PROCESSING', 'CONFIRMED', 'CANCELLED'],
  TOPUP: ['SETTLED', 'CONFIRMED', 'CANCELLED'],
  CREDIT_FUNDING: ['CONFIRMED', 'CANCELLED'],
  SECURITY_TRANSACTION: ['EXECUTED'],
  POSITION: ['UPDATED'],
  PORTFOLIO_ORDER: ['NEW', 'PROCESSING', 'FILLED', 'SETTLED', 'CANCELLED'],
  PORTFOLIO_ALLOCATION: ['CREATED', 'CHANGED'],
  ACCOUNT_GROUP: ['CREATED', 'ACTIVATED', 'LOCKED', 'CLOSING_INITIATED', 'CLOSED'],
  USER_CHECK: ['CREATED', 'PASSED', 'FAILED'],
  ACCOUNT_LIQUIDATION: ['NEW', 'PROCESSING', 'FILLED', 'SETTLED', 'CANCELLED'],
  FEE_COLLECTION: ['CREATED', 'FINALISED', 'CANCELLED'],
  ACCOUNT_VALUATION: ['CREATED'],
  INTRADAY_ACCOUNT_VALUATION: ['CREATED'],
  ACCOUNT_RETURNS: ['CREATED'],
  REPORT: ['CREATED'],
  TREASURY_REPORT: ['CREATED'],
  SAVINGS_PLAN: ['CREATED'],
  A_KIND_OF_TOMORROW: ['HAPPENED'],
};
const OTHERS = Object.entries(NOUNS).flatMap(([noun, verbs]) => verbs.map((verb) => `${noun}.${verb}`));
const USERS = ['CREATED', 'ACTIVATED', 'DEACTIVATED', 'DATA_CHANGED', 'DATA_CHANGE_FAILED', 'OFFBOARDED'];
const ACCOUNTS = ['CREATED', 'ACTIVATED', 'UPDATED', 'LOCKED', 'CLOSING_INITIATED', 'CLOSED'];

const money = (status: string) => ({
  id: randomUUID(),
  created_at: '2020-08-24T14:15:22Z',
  updated_at: '2020-08-24T14:15:22Z',
  account_group_id: group,
  user_id: randomUUID(),
  reference_account_id: randomUUID(),
  amount: '200.00',
  currency: 'EUR',
  status,
});
const emit = async (events: readonly { readonly type: string; readonly object: object }[]) => {
  const emission = { url: `${world.url}/webhooks/upvest`, events: events as never };
  expect((await world.upvest.webhooks.emit(emission)).status).toBe(200);
};

describe("Upvest's events", () => {
  it('about cash are CashBalanceNotification', async () => {
    const object = {
      account_group_id: group,
      currency: 'EUR',
      balance: '12345678901234.123456789',
      locked_for_trading: '0',
      pending_settlement: '0',
      available_for_withdrawal: '0',
      available_for_trading: '7.5',
    };
    await emit([{ type: 'CASH_BALANCE.UPDATED', object }]);
    expect(await told(1)).toMatchObject([
      {
        __typename: 'CashBalanceNotification',
        source: 'UPVEST',
        type: 'CASH_BALANCE.UPDATED',
        portfolioId,
        cashBalance: {
          accountGroupId: group,
          currency: 'EUR',
          balance: '12345678901234.123456789',
          availableForTrading: '7.5',
        },
      },
    ]);
  });

  it('about orders, their executions and refused cancellations are OrderNotification, in the order of the order', async () => {
    const accountId = world.upvest.accounts(group)[0]?.id ?? '';
    const order = world.upvest.placeOrder(accountId, {});
    const statuses = ['NEW', 'PROCESSING', 'FILLED', 'CANCELLED'];
    await emit(statuses.map((status) => ({ type: `ORDER.${status}`, object: { ...order, status } })));
    await emit([{ type: 'ORDER_CANCELLATION.REJECTED', object: { ...order, status: 'FILLED' } }]);
    const execution = { id: randomUUID(), order_id: order.id, side: 'BUY' };
    const fills = ['FILLED', 'SETTLED', 'CANCELLED'];
    await emit(fills.map((status) => ({ type: `EXECUTION.${status}`, object: { ...execution, status } })));
    const like = (type: string, status: string) => ({
      __typename: 'OrderNotification',
      source: 'UPVEST',
      type,
      portfolioId,
      orderId: order.id,
      status,
    });
    expect(await told(8)).toMatchObject([
      ...statuses.map((status) => like(`ORDER.${status}`, status)),
      like('ORDER_CANCELLATION.REJECTED', 'FILLED'),
      ...fills.map((status) => like(`EXECUTION.${status}`, status)),
    ]);
  });

  it('about money that the gateway did not move are OtherNotification', async () => {
    const events = [
      ...['NEW', 'PROCESSING', 'CONFIRMED', 'CANCELLED'].map((status) => ['WITHDRAWAL', status] as const),
      ...['ISSUED', 'CONFIRMED'].map((status) => ['VIRTUAL_CASH_INCREASE', status] as const),
      ...['ISSUED', 'QUEUED', 'CONFIRMED', 'CANCELLED'].map((status) => ['VIRTUAL_CASH_DECREASE', status] as const),
    ].map(([noun, status]) => ({ type: `${noun}.${status}`, object: money(status) }));
    await emit(events);
    const seen = await told(events.length);
    expect(seen.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
    expect(seen).toMatchObject(
      events.map(({ object }) => ({ __typename: 'OtherNotification', portfolioId, payload: { object } })),
    );
  });

  it('about accounts and users are OtherNotification, of the account’s portfolio where it is known', async () => {
    const account = world.upvest.accounts(group)[0];
    await emit([
      ...ACCOUNTS.map((verb) => ({ type: `ACCOUNT.${verb}`, object: { ...account } })),
      ...USERS.map((verb) => ({ type: `USER.${verb}`, object: { id: randomUUID(), status: verb } })),
    ]);
    const seen = await told(ACCOUNTS.length + USERS.length);
    const of = (noun: string) => seen.filter(({ type }) => type.startsWith(`${noun}.`));
    expect(of('ACCOUNT').map((each) => [each.__typename, each.portfolioId])).toEqual(
      ACCOUNTS.map(() => ['OtherNotification', portfolioId]),
    );
    expect(of('USER').map((each) => [each.__typename, each.portfolioId])).toEqual(
      USERS.map(() => ['OtherNotification', null]),
    );
  });

  it('of all other kinds are OtherNotification, with what they say', async () => {
    await emit(OTHERS.map((type) => ({ type, object: { id: randomUUID(), account_group_id: group, says: type } })));
    // Events that Upvest's reference does not show in full may have another shape: those only passed on need none.
    await emit([{ type: 'CASH_TRANSACTION.EXECUTED', object: { account_group_id: group, says: 'anything' } }]);
    const seen = await told(OTHERS.length + 1);
    expect(seen.map(({ type }) => type)).toEqual([...OTHERS, 'CASH_TRANSACTION.EXECUTED']);
    expect(new Set(seen.map((each) => each.__typename))).toEqual(new Set(['OtherNotification']));
    expect(seen.slice(0, -1)).toMatchObject(OTHERS.map((type) => ({ payload: { type, object: { says: type } } })));
  });
});

describe("InvestSuite's events", () => {
  const busEvent = (name: string, data: object) => {
    const [subject, action] = name.split('.');
    return { id: randomUUID(), created: '2022-08-30T10:00:00Z', version: '1.0.0', subject, action, data };
  };

  it('about portfolios are PortfolioNotification', async () => {
    const names = ['portfolios.creation', 'portfolios.status-update', 'portfolios.divest-amount-update'];
    bus.publish(...names.map((name) => busEvent(name, { id: portfolioId, external_id: 'x', value: 'ACTIVE' })));
    expect(await told(names.length)).toMatchObject(
      names.map((type) => ({
        __typename: 'PortfolioNotification',
        source: 'INVESTSUITE',
        type,
        occurredAt: '2022-08-30T10:00:00Z',
        portfolioId,
        portfolio: { id: portfolioId },
      })),
    );
  });

  it('about optimizations are OptimizationNotification', async () => {
    const optimizationId = 'O01F8ZSNV0J45R9DFZ3D7D8C26F';
    const data = { id: optimizationId, portfolio_id: portfolioId, external_id: null };
    const values = ['PENDING', 'SUCCESS', 'FAILURE', 'INFEASIBLE', 'NOT_OPTIMIZED'];
    const choices = ['ACCEPT', 'REJECT', 'REOPTIMIZE', 'IGNORED'];
    bus.publish(
      ...values.map((value) => busEvent('optimizations.status-update', { ...data, value, is_recommended: true })),
      ...choices.map((value) => busEvent('optimizations.owner-choice-update', { ...data, value })),
    );
    const like = (value: string, isRecommended: boolean | null) => ({
      __typename: 'OptimizationNotification',
      portfolioId,
      optimizationId,
      value,
      isRecommended,
    });
    expect(await told(9)).toMatchObject([
      ...values.map((value) => like(value, true)),
      ...choices.map((value) => like(value, null)),
    ]);
  });

  it('of all other kinds are OtherNotification, with numbers as text', async () => {
    const names = [
      'portfolios.funding',
      'users.creation',
      'profiles.result-update',
      'reports.status-update',
      'new.thing',
    ];
    // A portfolio that is named by something that is no id of one belongs to nobody.
    bus.publish(...names.map((name) => busEvent(name, { id: 'X', value: 1.5, amount: 1e100 })));
    expect(await told(names.length)).toMatchObject(
      names.map((type) => ({
        __typename: 'OtherNotification',
        type,
        portfolioId: null,
        payload: { data: { id: 'X', value: '1.5', amount: '1e+100' } },
      })),
    );
  });
});
