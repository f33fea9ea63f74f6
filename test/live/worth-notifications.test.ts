import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { valuation } from '../helpers/valuations.ts';
import { startWorld, type World } from '../helpers/world.ts';

const alice = seedUser({ key: 'alice' });
const bob = seedUser({ key: 'bob' });
const alices = seedPortfolio({ key: 'alices', owner: alice, accounts: 2 });
const bobs = seedPortfolio({ key: 'bobs', owner: bob });

let issuer: TestIssuer;
let world: World;
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({ seed: [alices, bobs], gateway: { auth: issuer.settings } });
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});

interface Seen {
  readonly __typename: string;
  readonly type: string;
  readonly portfolioId: string | null;
}

const QUERY = `query ($after: ID) { notifications(first: 100, after: $after) { pageInfo { endCursor } edges { node {
  __typename type portfolioId
  ... on ValuationNotification { accountId securities currency }
  ... on CashTransactionNotification { cashTransaction { id type amount currency taxes bookedOn valuedOn references { type id } } }
  ... on OtherNotification { payload }
} } } }`;

async function seenBy(sub: string, scope: string): Promise<readonly Seen[]> {
  const authorization = `Bearer ${await issuer.token({ sub, scope })}`;
  const answer = await world.ask(QUERY, {}, { authorization });
  expect(answer.errors).toBeUndefined();
  const { notifications } = answer.data as { notifications: { edges: { node: Seen }[] } };
  return notifications.edges.map(({ node }) => node);
}
const seenByAll = async () => ({
  operator: await seenBy('op', 'operator'),
  alice: await seenBy(alice.id, 'portfolios:read'),
  bob: await seenBy(bob.id, 'portfolios:read'),
});

async function emit(type: string, object: object): Promise<void> {
  const emission = { url: `${world.url}/webhooks/upvest`, events: [{ type, object: object as never }] };
  expect((await world.upvest.webhooks.emit(emission)).status).toBe(200);
}

describe('a new valuation', () => {
  const [first = '', second = ''] = alices.broker.accountIds;
  let told = 0;
  /** The new events of each viewer, once the operator has one more. */
  async function news() {
    told += 1;
    const seen = await eventually(async () => {
      const all = await seenByAll();
      expect(all.operator).toHaveLength(told);
      return all;
    });
    return { ...seen, newest: seen.operator.at(-1) };
  }

  it.each(['ACCOUNT_VALUATION.CREATED', 'INTRADAY_ACCOUNT_VALUATION.CREATED'])(
    'is told to the owner of its account and nobody else: %s',
    async (type) => {
      const before = (await seenByAll()).alice.length;
      const amount = '12345678901234.123456789012345678901234567';
      await emit(type, valuation(second, { total_security_value: { amount, currency: 'EUR' } }));
      const { newest, alice: hers, bob: his } = await news();
      expect(newest).toEqual({
        __typename: 'ValuationNotification',
        type,
        portfolioId: alices.portfolioId,
        accountId: second,
        securities: amount,
        currency: 'EUR',
      });
      expect(hers).toHaveLength(before + 1);
      expect(his).toEqual([]);
    },
  );

  it('waits while the broker can’t say whose account it is', async () => {
    const match = { path: new RegExp(`/accounts/${bobs.broker.accountId}`) };
    world.upvest.faults.add({ kind: 'status', status: 503, match });
    await emit('ACCOUNT_VALUATION.CREATED', valuation(bobs.broker.accountId));
    await expect.poll(() => world.upvest.faults.list()[0]?.hits ?? 0).toBeGreaterThan(0);
    expect((await seenByAll()).operator).toHaveLength(told);
    world.upvest.faults.clear();
    const { newest, bob: his, alice: hers } = await news();
    expect(newest).toMatchObject({ __typename: 'ValuationNotification', portfolioId: bobs.portfolioId });
    expect(his).toHaveLength(1);
    expect(hers).toHaveLength(told - 1);
  });

  it.each([
    ['of an account that the broker does not know', valuation(randomUUID()), 'ValuationNotification'],
    ['of no account', valuation('', { account_id: undefined }), 'OtherNotification'],
  ])('%s is told to operators only', async (_which, object, shape) => {
    await emit('ACCOUNT_VALUATION.CREATED', object);
    const { newest, alice: hers, bob: his } = await news();
    expect(newest).toMatchObject({ __typename: shape, portfolioId: null });
    expect([hers.length, his.length]).toEqual([told - 2 - (shape === 'OtherNotification' ? 1 : 0), 1]);
  });

  it('that can’t be read is passed on as it is, to the owner', async () => {
    const object = valuation(first, { total_security_value: { amount: 'much', currency: 'EUR' } });
    await emit('ACCOUNT_VALUATION.CREATED', object);
    const { newest } = await news();
    expect(newest).toMatchObject({
      __typename: 'OtherNotification',
      portfolioId: alices.portfolioId,
      payload: { object: { total_security_value: { amount: 'much' } } },
    });
  });

  it('of the cash ledger is sent to the owner of its group', async () => {
    const line = {
      id: randomUUID(),
      type: 'CASH_DIVIDEND',
      account_group_id: bobs.broker.accountGroupId,
      delta: { amount: '7.650', currency: 'EUR' },
      taxes: [{ type: 'TOTAL', amount: '1.35', currency: 'EUR' }],
      references: [{ type: 'CORPORATE_ACTION', id: 'ca1' }],
      instrument: { isin: 'US0378331005', uuid: randomUUID() },
      booking_date: '2026-01-02T22:30:00Z',
      value_date: '2026-01-04',
    };
    await emit('CASH_TRANSACTION.EXECUTED', line);
    const { newest, bob: his } = await news();
    expect(newest).toEqual({
      __typename: 'CashTransactionNotification',
      type: 'CASH_TRANSACTION.EXECUTED',
      portfolioId: bobs.portfolioId,
      cashTransaction: {
        id: line.id,
        type: 'CASH_DIVIDEND',
        amount: '7.650',
        currency: 'EUR',
        taxes: '1.35',
        bookedOn: '2026-01-02',
        valuedOn: '2026-01-04',
        references: [{ type: 'CORPORATE_ACTION', id: 'ca1' }],
      },
    });
    expect(his).toHaveLength(2);
  });
});
