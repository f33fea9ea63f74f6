import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { newestOrdersFirst } from '../../../src/datasources/upvest/index.ts';
import { maskIban } from '../../../src/datasources/upvest/reference-accounts.ts';
import { dateTime } from '../../../src/domain/datetime.ts';
import { listenOnLoopback } from '../../helpers/http.ts';
import { page, problem } from './fake-upvest.ts';
import { accountId, connect, gate, groupId, setUp, userId } from './harness.ts';

const GROUP = groupId('ac1c39e9-2101-46b8-a624-d10a9e351b6c');
const USER = userId('b668282b-cdf3-439a-bda2-3f3c9f655bb7');
const ACCOUNT = accountId('c5161455-4d27-4781-bc74-f05532e49a77');

const account = (id: string, group: string) => ({ id, account_group_id: group, type: 'TRADING', status: 'ACTIVE' });

const order = (id: string, createdAt?: string) => ({
  id,
  created_at: createdAt,
  account_id: ACCOUNT,
  instrument_id: 'US0378331005',
  side: 'BUY',
  status: 'FILLED',
});

describe('accounts', () => {
  it('of a group are those of its user that are in it', async () => {
    const { fake, upvest } = await setUp();
    fake.onList(`/users/${USER}/accounts`, [account('a1', GROUP), account('a2', 'other'), account('a3', GROUP)]);
    const found = await upvest.accountsOfGroup({ accountGroupId: GROUP, brokerageUserId: USER });
    expect(found).toEqual([
      { id: 'a1', accountGroupId: GROUP },
      { id: 'a3', accountGroupId: GROUP },
    ]);
  });

  it('without a user are those of the group’s users; one of two owners counts once', async () => {
    const { fake, upvest } = await setUp();
    const users = [
      { id: 'u1', type: 'OWNER' },
      { id: 'u2', type: 'OWNER' },
    ];
    fake.on('GET', `/account_groups/${GROUP}`, () => ({ body: { id: GROUP, status: 'SOMETHING_NEW', users } }));
    fake.onList('/users/u1/accounts', [account('a1', GROUP), account('joint', GROUP)]);
    fake.onList('/users/u2/accounts', [account('joint', GROUP)]);
    const found = await upvest.accountsOfGroup({ accountGroupId: GROUP, brokerageUserId: null });
    expect(found.map(({ id }) => id)).toEqual(['a1', 'joint']);
    expect(await upvest.accountGroup(GROUP)).toEqual({ id: GROUP, status: 'UNKNOWN', userIds: ['u1', 'u2'] });
  });

  it('of several groups of one user are one call', async () => {
    const { fake, upvest } = await setUp();
    fake.onList(`/users/${USER}/accounts`, [account('a1', 'g1'), account('a2', 'g2')]);
    const [one, two] = await Promise.all(
      ['g1', 'g2'].map((id) => upvest.accountsOfGroup({ accountGroupId: groupId(id), brokerageUserId: USER })),
    );
    expect([one?.[0]?.id, two?.[0]?.id]).toEqual(['a1', 'a2']);
    expect(fake.callsTo('GET', `/users/${USER}/accounts`)).toHaveLength(1);
  });

  it('of an unknown owner are unknown, not empty', async () => {
    const { upvest } = await setUp();
    const refused = { code: 'UPSTREAM_REFUSED', status: 404 };
    const of = (brokerageUserId: typeof USER | null) =>
      upvest.accountsOfGroup({ accountGroupId: GROUP, brokerageUserId });
    await expect(of(USER)).rejects.toMatchObject(refused);
    await expect(of(null)).rejects.toMatchObject(refused);
    expect(await upvest.accountGroup(GROUP)).toBeNull();
  });
});

describe('positions', () => {
  const position = (isin: string | undefined, quantity: unknown) => ({
    account_id: ACCOUNT,
    instrument: { isin, uuid: `uuid-of-${isin}` },
    quantity,
    locked_for_trading: '5',
    pending_settlement: '0',
    available_for_trading: '5.4',
  });

  it('keep their digits, and may be without ISIN', async () => {
    const { fake, upvest } = await setUp();
    fake.onList(`/accounts/${ACCOUNT}/positions`, [
      position('US0378331005', '10.400000000000000000000000001'),
      position(undefined, 3),
    ]);
    expect(await upvest.positions(ACCOUNT)).toEqual([
      {
        accountId: ACCOUNT,
        isin: 'US0378331005',
        instrumentUuid: 'uuid-of-US0378331005',
        quantity: '10.400000000000000000000000001',
        lockedForTrading: '5',
        pendingSettlement: '0',
        availableForTrading: '5.4',
      },
      expect.objectContaining({ isin: null, instrumentUuid: 'uuid-of-undefined', quantity: '3' }),
    ]);
  });

  it('come from all pages, and a bad one spoils only itself', async () => {
    const dropped: unknown[] = [];
    const { fake, upvest } = await setUp({ onDropped: (rows) => dropped.push(rows) });
    const rows = Array.from({ length: 2_500 }, (_, at) => position(`ISIN${at}`, String(at)));
    fake.onList(`/accounts/${ACCOUNT}/positions`, rows.with(1_700, position('BAD', 'many')));
    const { rows: read, unreadable } = await upvest.listings.positions(ACCOUNT);
    expect([read.length, unreadable.length]).toEqual([2_499, 1]);
    const queries = fake.callsTo('GET', `/accounts/${ACCOUNT}/positions`).map(({ query }) => query.toString());
    expect(queries).toEqual(['limit=1000&offset=0', 'limit=1000&offset=1000', 'limit=1000&offset=2000']);
    expect(dropped).toEqual([{ resource: 'position', count: 1, details: ['data.700: quantity: custom'] }]);
    await expect(upvest.positions(accountId('nobody'))).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED' });
  });
});

describe('pages', () => {
  const path = `/accounts/${ACCOUNT}/orders`;
  const orders = (from: number, count: number) => Array.from({ length: count }, (_, at) => order(`o${from + at}`));

  it('shorter than asked for are followed, with and without a total', async () => {
    const { fake, upvest } = await setUp();
    const rows = orders(0, 250);
    fake.on('GET', path, ({ query }) =>
      page(rows, new URLSearchParams({ offset: query.get('offset') ?? '', limit: '100' })),
    );
    expect(await upvest.orders(ACCOUNT)).toHaveLength(250);
    fake.on('GET', path, ({ query }) => {
      const offset = Number(query.get('offset'));
      return { body: { meta: { limit: 100 }, data: rows.slice(offset, offset + 100) } };
    });
    expect(await upvest.orders(ACCOUNT)).toHaveLength(250);
    expect(fake.callsTo('GET', path)).toHaveLength(6);
  });

  it('without any meta end with one that is not full', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', path, () => ({ body: { data: orders(0, 3) } }));
    expect(await upvest.orders(ACCOUNT)).toHaveLength(3);
  });

  it('that overlap because rows moved have each row once', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', path, ({ query }) => ({
      body: {
        meta: { limit: 100, total_count: 200 },
        data: query.get('offset') === '0' ? orders(0, 100) : orders(95, 100),
      },
    }));
    expect(await upvest.orders(ACCOUNT)).toHaveLength(195);
  });

  it('that go in circles end in an error', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', path, () => ({ body: { meta: { limit: 100, total_count: 10_000 }, data: orders(0, 100) } }));
    await expect(upvest.orders(ACCOUNT)).rejects.toMatchObject({ detail: 'upvest.orders.list: the pages repeat' });
    expect(fake.callsTo('GET', path)).toHaveLength(2);
  });

  it('without end end in an error', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', path, ({ query }) => ({
      body: { meta: { limit: 1, total_count: 999_999 }, data: orders(Number(query.get('offset')), 1) },
    }));
    await expect(upvest.orders(ACCOUNT)).rejects.toMatchObject({ code: 'UPSTREAM_INVALID_ANSWER' });
    expect(fake.callsTo('GET', path)).toHaveLength(100);
  });

  it('that end before the total are complete', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', path, ({ query }) => ({
      body: { meta: { limit: 100, total_count: 10_000 }, data: query.get('offset') === '0' ? orders(0, 100) : [] },
    }));
    expect(await upvest.orders(ACCOUNT)).toHaveLength(100);
  });
});

describe('orders', () => {
  it.each([400, 422])(
    'are read once for all where the version refuses the filter with %i, also new ones',
    async (status) => {
      const { fake, upvest } = await setUp();
      const all = [{ ...order('new'), status: 'NEW' }];
      fake.on('GET', `/accounts/${ACCOUNT}/orders`, ({ query }) =>
        query.has('status')
          ? problem(status, 'validation_error', 'status: unknown parameter')
          : { body: { meta: { limit: 100, total_count: 1 }, data: all } },
      );
      expect((await upvest.orders(ACCOUNT)).map(({ id }) => id)).toEqual(['new']);
    },
  );

  it('come newest first, then by id, whatever the precision of their times', async () => {
    const { fake, upvest } = await setUp();
    fake.onList(`/accounts/${ACCOUNT}/orders`, [
      order('b', '2024-01-01T10:00:00Z'),
      order('none'),
      order('a', '2024-01-01T10:00:00.000Z'),
      order('new', '2024-01-01T10:00:00.000001Z'),
      order('west', '2024-01-01T09:00:00-02:00'),
      order('garbled', 'yesterday'),
    ]);
    const found = await upvest.orders(ACCOUNT);
    expect(found.map(({ id }) => id)).toEqual(['west', 'new', 'b', 'a', 'none', 'garbled']);
    expect(found.at(-1)?.createdAt).toBeNull();
    const elsewhere = { id: 'z', createdAt: dateTime(new Date('2024-06-01T00:00:00Z')) };
    expect(newestOrdersFirst([...found, elsewhere])[0]?.id).toBe('z');
  });

  it('have their executions, and what we do not know of is unknown', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', '/orders/o1', () => ({
      body: {
        ...order('o1', '2024-01-01T10:00:00Z'),
        status: 'PARTIALLY_REPORTED',
        side: 'LEND',
        cash_amount: '1000.00',
        quantity: '0',
        currency: 'EUR',
        limit_price: '',
        fee: null,
        order_type: 'MARKET',
        client_reference: 'T123',
        new_field: { nested: [1] },
        executions: [
          {
            id: 'e1',
            order_id: 'o1',
            status: 'SETTLED',
            side: 'BUY',
            currency: 'EUR',
            cash_amount: '999.999999999999999999',
            share_quantity: '0.1035719',
            price: 9655.0,
            transaction_time: '2024-01-01T10:00:01Z',
            settlement_date: '2024-01-03',
            taxes: [{ type: 'TOTAL', amount: '1.5' }],
          },
        ],
      },
    }));
    expect(await upvest.order('o1')).toMatchObject({
      status: 'UNKNOWN',
      side: null,
      cashAmount: '1000.00',
      quantity: '0',
      limitPrice: null,
      fee: null,
      executions: [
        { id: 'e1', status: 'SETTLED', cashAmount: '999.999999999999999999', quantity: '0.1035719', price: '9655' },
      ],
    });
    expect(await upvest.order('o2')).toBeNull();
  });
});

describe('reference accounts', () => {
  it('show only both ends of an IBAN, also where Upvest sends it whole', async () => {
    const { fake, upvest } = await setUp();
    fake.onList(`/users/${USER}/payments/reference_accounts`, [
      { id: 'r1', name: 'Giro', account_owner: 'Max Muster', iban: 'DE02 1005 0000 0054 5404 02', bic: 'B' },
      { id: 'r2', iban: 'DE0210**********0402' },
      { id: 'r3' },
    ]);
    expect(await upvest.referenceAccounts({ accountGroupId: GROUP, brokerageUserId: USER })).toEqual([
      { id: 'r1', userId: USER, name: 'Giro', owner: 'Max Muster', iban: 'DE02**************0402' },
      { id: 'r2', userId: USER, name: null, owner: null, iban: 'DE02************0402' },
      { id: 'r3', userId: USER, name: null, owner: null, iban: null },
    ]);
    expect(maskIban('DE021005')).toBe('********');
    expect(maskIban('DE0210050')).toBe('DE02*0050');
    const nobody = { accountGroupId: GROUP, brokerageUserId: userId('nobody') };
    await expect(upvest.referenceAccounts(nobody)).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED' });
  });

  it('are those of the group’s users where the link does not name the user', async () => {
    const { fake, upvest } = await setUp();
    const users = [{ id: 'u1' }, { id: 'u2' }];
    fake.on('GET', `/account_groups/${GROUP}`, () => ({ body: { id: GROUP, status: 'ACTIVE', users } }));
    for (const user of ['u1', 'u2']) fake.onList(`/users/${user}/payments/reference_accounts`, [{ id: `of-${user}` }]);
    expect(await upvest.referenceAccounts({ accountGroupId: GROUP, brokerageUserId: null })).toMatchObject([
      { id: 'of-u1', userId: 'u1' },
      { id: 'of-u2', userId: 'u2' },
    ]);
    const gone = { accountGroupId: groupId('gone'), brokerageUserId: null };
    await expect(upvest.referenceAccounts(gone)).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED' });
  });
});

describe('payments', () => {
  const withdrawal = {
    id: '6ffa6b16-2380-4e7a-88b2-ae625c8eef99',
    created_at: '2020-08-24T14:15:22Z',
    updated_at: '2020-08-24T14:15:22.123Z',
    reference_account_id: '295378ec-036e-4f3f-ae5c-2be85c93e837',
    account_group_id: GROUP,
    user_id: USER,
    amount: '200.00',
    currency: 'EUR',
    remittance_information: 'Withdrawal',
    status: 'NEW',
  };

  it('are read one by one and by group', async () => {
    const { fake, upvest } = await setUp();
    fake.on('GET', `/payments/withdrawals/${withdrawal.id}`, () => ({ body: { ...withdrawal, status: undefined } }));
    fake.onList(`/account_groups/${GROUP}/payments/withdrawals`, [
      { ...withdrawal, status: 'CANCELLED', cancellation_reason: 'CANCELLED_BY_BANK' },
    ]);
    expect(await upvest.withdrawal(withdrawal.id)).toEqual({
      id: withdrawal.id,
      accountGroupId: GROUP,
      referenceAccountId: withdrawal.reference_account_id,
      amount: '200.00',
      currency: 'EUR',
      status: 'UNKNOWN',
      cancellationReason: null,
      taxes: null,
      createdAt: '2020-08-24T14:15:22Z',
      updatedAt: '2020-08-24T14:15:22.123Z',
    });
    expect(await upvest.withdrawalsOfGroup(GROUP)).toMatchObject([
      { status: 'CANCELLED', cancellationReason: 'CANCELLED_BY_BANK' },
    ]);
    expect(await upvest.withdrawal('nothing')).toBeNull();
    expect(await upvest.withdrawalsOfGroup(groupId('nobody'))).toBeNull();
  });

  it('have an id that cannot leave its segment of the path', async () => {
    const { fake, upvest } = await setUp();
    expect(await upvest.withdrawal('../users?x=1#')).toBeNull();
    expect(fake.calls.at(-1)?.path).toBe('/payments/withdrawals/..%2Fusers%3Fx%3D1%23');
  });

  it('are in the ledger with what made them', async () => {
    const { fake, upvest } = await setUp();
    const booked = {
      id: '6dc9fbca-8835-11ed-a217-2eabd0c03f8a',
      type: 'WITHDRAWAL_CANCELLATION',
      account_group_id: GROUP,
      delta: { amount: '-305.00', currency: 'EUR' },
      references: [{ id: 'w1', type: 'WITHDRAWAL' }],
      booking_date: '2023-01-01T00:00:00Z',
      created_at: '2023-01-01T00:00:00.000Z',
    };
    fake.onList('/transactions/cash', [booked]);
    const [from, to] = ['2023-01-01T23:30:00.000Z', '2023-01-31T12:00:00.000Z'].map((text) => dateTime(new Date(text)));
    expect(await upvest.cashTransactions({ accountGroupId: GROUP, from, to })).toEqual([
      {
        id: booked.id,
        type: 'WITHDRAWAL_CANCELLATION',
        accountGroupId: GROUP,
        amount: '-305.00',
        currency: 'EUR',
        references: [{ id: 'w1', type: 'WITHDRAWAL' }],
        bookingDate: '2023-01-01T00:00:00Z',
        createdAt: '2023-01-01T00:00:00.000Z',
      },
    ]);
    expect(Object.fromEntries(fake.calls.at(-1)?.query ?? [])).toEqual({
      account_group_id: GROUP,
      start_date: '2023-01-01',
      end_date: '2023-02-01',
      limit: '1000',
      offset: '0',
    });
  });
});

describe('an Upvest in trouble', () => {
  const read = (upvest: Awaited<ReturnType<typeof setUp>>['upvest'], deadlineAt?: number) =>
    upvest.accountGroup(GROUP, { deadlineAt });
  const body = { id: GROUP, status: 'ACTIVE', users: [] };

  it.each([429, 502, 503, 504])('that answers %d twice is asked a third time, signed anew', async (status) => {
    const { fake, upvest } = await setUp();
    let left = 2;
    fake.on('GET', `/account_groups/${GROUP}`, () =>
      left-- > 0 ? problem(status, 'too_many_requests', '') : { body },
    );
    expect((await read(upvest))?.id).toBe(GROUP);
    expect(fake.callsTo('GET', `/account_groups/${GROUP}`)).toHaveLength(3);
    expect(fake.refused).toEqual([]);
  });

  it('that breaks connections is asked again', async () => {
    const { fake, upvest } = await setUp();
    let left = 1;
    fake.on('GET', `/account_groups/${GROUP}`, () => (left-- > 0 ? { reset: true } : { body }));
    expect((await read(upvest))?.id).toBe(GROUP);
  });

  it('that is slow is waited for no longer than the caller may', async () => {
    const { fake, upvest } = await setUp();
    const answer = gate();
    fake.on('GET', `/account_groups/${GROUP}`, async () => {
      await answer.passed;
      return { body };
    });
    const patient = read(upvest);
    await expect(read(upvest, performance.now() + 50)).rejects.toMatchObject({
      reason: 'deadline',
      code: 'UPSTREAM_UNAVAILABLE',
    });
    answer.open();
    expect((await patient)?.id).toBe(GROUP);
    expect(fake.callsTo('GET', `/account_groups/${GROUP}`)).toHaveLength(1);
  });

  it('whose client has left is asked no more', async () => {
    const { fake, upvest } = await setUp();
    const ended = gate();
    fake.on('GET', `/account_groups/${GROUP}`, async () => {
      await ended.passed;
      return { body };
    });
    const client = new AbortController();
    const reading = upvest.accountGroup(GROUP, { signal: client.signal });
    await expect.poll(() => fake.callsTo('GET', `/account_groups/${GROUP}`).length).toBe(1);
    client.abort(new Error('left'));
    await expect(reading).rejects.toThrow('left');
    ended.open();
  });

  it('that is not there, or speaks no HTTP, is not available', async () => {
    const { fake } = await setUp();
    const closed = await listenOnLoopback(createServer());
    await closed.stop();
    const absent = connect({ ...fake.options, baseUrl: closed.url, readAttempts: 1 });
    await expect(read(absent)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', reason: 'connection' });
    const babbling = createTcpServer((socket) =>
      socket
        .resume()
        .on('error', () => {})
        .end('secret babble\r\n\r\n'),
    );
    await new Promise<void>((resolve) => babbling.listen(0, '127.0.0.1', resolve));
    const address = babbling.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const strange = connect({ ...fake.options, baseUrl: `http://127.0.0.1:${address.port}`, readAttempts: 1 });
    const error = await read(strange).catch((thrown: unknown) => thrown);
    await new Promise<void>((resolve) => babbling.close(() => resolve()));
    expect(error).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  it.each([400, 403, 406, 409, 422, 426])(
    'that refuses a read with %d is told as such, without its words',
    async (status) => {
      const { fake, upvest } = await setUp();
      fake.on('GET', `/account_groups/${GROUP}`, () => problem(status, 'secret_type', 'secret detail'));
      const error = await read(upvest).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'UPSTREAM_REFUSED', status });
      const cause = error instanceof Error ? error.cause : undefined;
      expect(String(cause)).toContain('afcd3c2f-6965-4e1b-bb3e-87a3b481ce29');
      expect(`${String(cause)} ${JSON.stringify(error)} ${JSON.stringify(cause)}`).not.toContain('secret');
    },
  );
});
