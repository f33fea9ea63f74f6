import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  combineSeeds,
  seedPortfolio,
  seedUser,
  startUpvestStandin,
  type UpvestStandin,
} from '../../../src/standins/index.ts';
import { type UpvestClient, upvestClient } from '../support/upvest-client.ts';

const owner = seedUser({ key: 'reads/owner' });
const one = seedPortfolio({
  key: 'reads/one',
  owner,
  holdings: { $EUR: '100.25', $USD: '5', US0378331005: '10.4' },
  accounts: 2,
  referenceAccounts: 2,
  brokerOrders: Array.from({ length: 5 }, (_, i) => ({ created_at: `2024-01-0${5 - i}T00:00:00Z`, status: 'FILLED' })),
});
const two = seedPortfolio({ key: 'reads/two', owner, brokerCash: { balance: '-1', available_for_withdrawal: '-1.5' } });
let standin: UpvestStandin;
let client: UpvestClient;

beforeAll(async () => {
  standin = await startUpvestStandin({ seed: combineSeeds(one, two).upvest });
  client = await upvestClient(standin);
});
afterAll(() => standin.stop());

const group = `/account_groups/${one.broker.accountGroupId}`;
const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);

describe('who has what', () => {
  test('users, their groups and accounts', async () => {
    expect((await client.get(`/users/${one.broker.userId}`)).json().status).toBe('ACTIVE');
    const groups = (await client.get(`/users/${one.broker.userId}/account_groups`)).json();
    expect(ids(groups.data)).toEqual([one.broker.accountGroupId, two.broker.accountGroupId]);
    const accounts = (await client.get(`/users/${one.broker.userId}/accounts`)).json();
    expect(ids(accounts.data)).toEqual([...one.broker.accountIds, ...two.broker.accountIds]);
    expect((await client.get(group)).json().users).toEqual([{ id: one.broker.userId, type: 'OWNER' }]);
    expect((await client.get('/users/00000000-0000-4000-8000-000000000000')).status).toBe(404);
    expect((await client.get(`${group}/accounts`)).status).toBe(404);
  });

  test('reference accounts, with masked IBANs', async () => {
    const { data } = (await client.get(`/users/${one.broker.userId}/payments/reference_accounts`)).json();
    expect(ids(data)).toEqual(one.broker.referenceAccountIds);
    expect(data[0].iban).toBe('DE0210**********0402');
    const single = await client.get(`/payments/reference_accounts/${one.broker.referenceAccountIds[0]}`);
    expect(single.json().iban).toBe('DE0210**********0402');
  });

  test('positions, all and one', async () => {
    const { data, meta } = (await client.get(`/accounts/${one.broker.accountId}/positions`)).json();
    expect(data[0]).toMatchObject({ instrument: { isin: 'US0378331005' }, quantity: '10.4' });
    expect(meta).toEqual({ offset: 0, limit: 100, count: 1, total_count: 1 });
    const path = `/accounts/${one.broker.accountId}/positions/isin:US0378331005`;
    expect((await client.get(path)).json().quantity).toBe('10.4');
    expect((await client.get(path.replace('5', '6'))).status).toBe(404);
  });
});

describe('cash balances', () => {
  test('by list, by currency, and by the older call', async () => {
    const list = (await client.get(`${group}/payments/cash_balances`)).json();
    expect(list.data.map(({ currency }: { currency: string }) => currency)).toEqual(['EUR', 'USD']);
    expect((await client.get(`${group}/payments/cash_balances/USD`)).json().balance).toBe('5');
    expect((await client.get(`${group}/payments/cash_balances/GBP`)).status).toBe(404);
    const older = (await client.get(`${group}/payments/cash_balance`)).json();
    expect(Object.keys(older)).toEqual([
      'account_group_id',
      'currency',
      'balance',
      'locked_for_trading',
      'pending_settlement',
      'available_for_withdrawal',
      'available_for_trading',
    ]);
    expect(older.balance).toBe('100.25');
  });

  test('have the values that were set, also below zero', async () => {
    expect(standin.balance(two.broker.accountGroupId)).toMatchObject({
      balance: '-1',
      available_for_withdrawal: '-1.5',
    });
  });
});

describe('paging', () => {
  const orders = `/accounts/${one.broker.accountId}/orders`;

  test('by offset and limit, sorted', async () => {
    const first = (await client.get(`${orders}?limit=2&sort=created_at&order=DESC`)).json();
    expect(first.meta).toEqual({ offset: 0, limit: 2, count: 2, total_count: 5, sort: 'created_at', order: 'DESC' });
    const last = (await client.get(`${orders}?limit=2&offset=4&sort=created_at&order=DESC`)).json();
    expect(ids([...first.data, ...last.data])).toEqual([0, 1, 4].map((i) => one.broker.orderIds[i]));
  });

  test.each(['limit=0', 'limit=1001', 'limit=x', 'offset=-1', 'sort=colour', 'order=UP'])(
    'refuses %s',
    async (wrong) => {
      expect((await client.get(`${orders}?${wrong}`)).status).toBe(400);
    },
  );

  test('filters by status', async () => {
    expect((await client.get(`${orders}?status=NEW`)).json().data).toEqual([]);
    expect((await client.get(`${orders}?status=FILLED`)).json().data).toHaveLength(5);
  });
});
