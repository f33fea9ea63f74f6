import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VirtualCashRequest, WithdrawalRequest } from '../../../src/datasources/upvest/index.ts';
import { isRemittanceInformation } from '../../../src/datasources/upvest/index.ts';
import { amountText } from '../../../src/datasources/upvest/writes.ts';
import { decimal, equals } from '../../../src/domain/decimal.ts';
import type { FakeCall } from './fake-upvest.ts';
import { problem } from './fake-upvest.ts';
import { connect, gate, groupId, setUp, userId } from './harness.ts';

const GROUP = groupId('2596db3b-0d03-4651-9eda-970910479dfb');
const KEY = '0f5ab6a1-8a53-5d0b-9c3c-0c9c1a2b3c4d';
const ID = '6ffa6b16-2380-4e7a-88b2-ae625c8eef99';

const payout = (change: Partial<WithdrawalRequest> = {}): WithdrawalRequest => ({
  accountGroupId: GROUP,
  brokerageUserId: userId('e56c14b3-8370-4c04-bc67-7092f7ec113c'),
  referenceAccountId: '295378ec-036e-4f3f-ae5c-2be85c93e837',
  amount: decimal('1000.5'),
  currency: 'EUR',
  remittanceInformation: null,
  idempotencyKey: KEY,
  ...change,
});

const cash = (change: Partial<VirtualCashRequest> = {}): VirtualCashRequest => ({
  accountGroupId: GROUP,
  amount: decimal('200'),
  currency: 'EUR',
  idempotencyKey: KEY,
  ...change,
});

/** Answers as documented: the request, an id, times and a first status. */
const made =
  (status: string, code = 200) =>
  ({ body }: FakeCall) => ({
    status: code,
    body: {
      ...JSON.parse(body),
      id: ID,
      created_at: '2020-08-24T14:15:22Z',
      updated_at: '2020-08-24T14:15:22Z',
      status,
    },
  });

const WITHDRAWALS = '/payments/withdrawals';
const INCREASES = '/virtual_cash_balances/increases';

describe('a withdrawal', () => {
  it('is sent with everything that Upvest wants, in its form, under the given key', async () => {
    const { fake, upvest } = await setUp();
    fake.on('POST', WITHDRAWALS, made('NEW'));
    const outcome = await upvest.createWithdrawal(payout({ remittanceInformation: "Payout 42 (July), O'Neill" }));
    expect(outcome).toEqual({
      kind: 'accepted',
      value: {
        id: ID,
        accountGroupId: GROUP,
        referenceAccountId: '295378ec-036e-4f3f-ae5c-2be85c93e837',
        amount: '1000.50',
        currency: 'EUR',
        status: 'NEW',
        cancellationReason: null,
        taxes: null,
        createdAt: '2020-08-24T14:15:22Z',
        updatedAt: '2020-08-24T14:15:22Z',
      },
    });
    const [call] = fake.callsTo('POST', WITHDRAWALS);
    expect(call?.headers['idempotency-key']).toBe(KEY);
    expect(JSON.parse(call?.body ?? '')).toEqual({
      reference_account_id: '295378ec-036e-4f3f-ae5c-2be85c93e837',
      account_group_id: GROUP,
      user_id: 'e56c14b3-8370-4c04-bc67-7092f7ec113c',
      amount: '1000.50',
      currency: 'EUR',
      remittance_information: "Payout 42 (July), O'Neill",
    });
  });

  it('leaves out what is not known', async () => {
    const { fake, upvest } = await setUp();
    fake.on('POST', WITHDRAWALS, made('NEW'));
    await upvest.createWithdrawal(payout({ brokerageUserId: null, remittanceInformation: '' }));
    expect(Object.keys(JSON.parse(fake.calls.at(-1)?.body ?? ''))).toEqual([
      'reference_account_id',
      'account_group_id',
      'amount',
      'currency',
    ]);
  });

  it('sent again is the same bytes with another signature', async () => {
    const { fake, upvest } = await setUp();
    fake.on('POST', WITHDRAWALS, () => problem(503, 'unavailable', ''));
    await upvest.createWithdrawal(payout({ amount: decimal('1000') }));
    await upvest.createWithdrawal(payout({ amount: decimal('1000.00') }));
    const [one, two] = fake.callsTo('POST', WITHDRAWALS);
    expect(one?.body).toBe(two?.body);
    expect(one?.headers['idempotency-key']).toBe(two?.headers['idempotency-key']);
    expect(one?.headers['signature']).not.toBe(two?.headers['signature']);
    expect(fake.refused).toEqual([]);
  });

  it.each([
    ['an id alone, as the vendor once showed', { id: ID, bank_reference: 'b' }],
    ['an id and no status', { id: ID, amount: '1000.50', account_group_id: GROUP }],
  ])('is accepted with an answer of %s', async (_name, body) => {
    const { fake, upvest } = await setUp();
    fake.on('POST', WITHDRAWALS, () => ({ status: 201, body }));
    expect(await upvest.createWithdrawal(payout())).toMatchObject({
      kind: 'accepted',
      value: { id: ID, status: 'UNKNOWN', amount: '1000.50', accountGroupId: GROUP, currency: 'EUR' },
    });
  });

  it.each([
    ['no JSON', 'OK'],
    ['an empty body', ''],
    ['no id', { status: 'NEW' }],
    ['another amount and no id', { amount: '999.00' }],
    ['a list', '[]'],
  ])('that is answered 2xx with %s may have happened', async (_name, body) => {
    const { fake, upvest } = await setUp();
    fake.on('POST', WITHDRAWALS, () => ({ body }));
    expect(await upvest.createWithdrawal(payout())).toEqual({ kind: 'unknown', reason: 'invalid-answer' });
  });

  it.each([
    ['another amount', { amount: '999.00' }, `999.00 EUR of account group ${GROUP}`],
    ['another group', { account_group_id: 'another' }, '1000.50 EUR of account group another'],
    ['another currency', { currency: 'GBP' }, `1000.50 GBP of account group ${GROUP}`],
  ])('that is answered with %s says what it is about', async (_name, change, about) => {
    const { fake, upvest } = await setUp();
    fake.on('POST', WITHDRAWALS, () => ({ body: { id: ID, ...change } }));
    expect(await upvest.createWithdrawal(payout())).toEqual({
      kind: 'unknown',
      reason: 'other-answer',
      made: `${ID} over ${about}`,
    });
  });

  it.each([
    ['a key of version 7', { idempotencyKey: '0190163d-8694-739b-aea5-966c26f8ad91' }],
    ['a key that is no UUID', { idempotencyKey: 'abc' }],
    ['a third decimal', { amount: decimal('1000.555') }],
    ['nothing', { amount: decimal('0.00') }],
    ['less than nothing', { amount: decimal('-1') }],
    ['more than Upvest takes', { amount: decimal('1000000000') }],
    ['a currency that is none', { currency: 'euro' }],
    ['an underscore in its text', { remittanceInformation: 'a_b' }],
    ['an umlaut in its text', { remittanceInformation: 'für' }],
    ['a line break in its text', { remittanceInformation: 'a\nb' }],
    ['too long a text', { remittanceInformation: 'x'.repeat(141) }],
  ] as const)('with %s is a mistake of the caller, and nothing is sent', async (_name, change) => {
    const { fake, upvest } = await setUp();
    await expect(upvest.createWithdrawal(payout(change))).rejects.toThrow(TypeError);
    expect(fake.calls).toEqual([]);
  });

  it('can be cancelled, or not any more', async () => {
    const { fake, upvest } = await setUp();
    fake.on('DELETE', `${WITHDRAWALS}/${ID}`, () => ({ status: 204 }));
    expect(await upvest.cancelWithdrawal(ID)).toEqual({ kind: 'accepted', value: null });
    fake.on('DELETE', `${WITHDRAWALS}/${ID}`, () => problem(422, 'unprocessable_entity', 'not NEW'));
    expect(await upvest.cancelWithdrawal(ID)).toMatchObject({ kind: 'refused', status: 422 });
    expect(await upvest.cancelWithdrawal('nothing')).toMatchObject({ kind: 'refused', status: 404 });
    expect(fake.calls.at(-1)?.headers).not.toHaveProperty('idempotency-key');
    expect(fake.calls.at(-1)?.scope).toContain('payments:admin');
    expect(fake.refused).toEqual([]);
  });
});

describe('virtual cash', () => {
  it.each([
    ['createVirtualCashIncrease', INCREASES],
    ['createVirtualCashDecrease', '/virtual_cash_balances/decreases'],
  ] as const)('%s is sent and accepted, with 200 as with 202', async (name, path) => {
    const { fake, upvest } = await setUp();
    for (const code of [200, 202]) {
      fake.on('POST', path, made('ISSUED', code));
      expect(await upvest[name](cash())).toMatchObject({
        kind: 'accepted',
        value: { id: ID, accountGroupId: GROUP, amount: '200.00', currency: 'EUR', status: 'ISSUED' },
      });
    }
    expect(JSON.parse(fake.calls.at(-1)?.body ?? '')).toEqual({
      account_group_id: GROUP,
      amount: '200.00',
      currency: 'EUR',
    });
    expect(fake.calls.at(-1)?.headers['idempotency-key']).toBe(KEY);
  });

  it('decreases can be cancelled', async () => {
    const { fake, upvest } = await setUp();
    fake.on('DELETE', `/virtual_cash_balances/decreases/${ID}`, () => ({ status: 202, body: {} }));
    expect(await upvest.cancelVirtualCashDecrease(ID)).toEqual({ kind: 'accepted', value: null });
    expect(await upvest.cancelVirtualCashDecrease('other')).toMatchObject({ kind: 'refused', status: 404 });
  });
});

describe('a write', () => {
  it.each([400, 403, 404, 406, 409, 422, 426])('that is answered %d is refused', async (status) => {
    const { fake, upvest } = await setUp();
    fake.on('POST', INCREASES, () => problem(status, 'Bad_Request', 'the amount'));
    expect(await upvest.createVirtualCashIncrease(cash())).toEqual({
      kind: 'refused',
      status,
      problem: {
        type: 'bad_request',
        title: 'Bad_Request',
        detail: 'the amount',
        requestId: 'afcd3c2f-6965-4e1b-bb3e-87a3b481ce29',
      },
      explanation: {
        code: 'bad_request',
        message: 'the amount',
        requestId: 'afcd3c2f-6965-4e1b-bb3e-87a3b481ce29',
      },
    });
    expect(fake.callsTo('POST', INCREASES)).toHaveLength(1);
  });

  it.each([
    ['a bare word as type', { type: 'bad_request', status: 400 }, 'bad_request'],
    [
      'an address as type',
      { type: 'https://docs.upvest.co/errors/missing_idempotency_key/' },
      'missing_idempotency_key',
    ],
    ['the words of OAuth', { error: 'invalid_request', error_description: 'x' }, 'invalid_request'],
    ['something else', '<html>', null],
    ['a list', '[1]', null],
    ['nothing', '', null],
  ])('is refused whatever the answer looks like: %s', async (_name, body, type) => {
    const { fake, upvest } = await setUp();
    fake.on('POST', INCREASES, () => ({ status: 400, body }));
    expect(await upvest.createVirtualCashIncrease(cash())).toMatchObject({
      kind: 'refused',
      problem: { type, requestId: 'afcd3c2f-6965-4e1b-bb3e-87a3b481ce29' },
    });
  });

  it.each([500, 502, 503, 504, 520])('that is answered %d may have happened, and is not repeated', async (status) => {
    const { fake, upvest } = await setUp();
    fake.on('POST', INCREASES, () => problem(status, 'internal', ''));
    expect(await upvest.createVirtualCashIncrease(cash())).toEqual({ kind: 'unknown', reason: 'server-error' });
    expect(fake.callsTo('POST', INCREASES)).toHaveLength(1);
  });

  it.each([
    [408, 'timeout'],
    [302, 'invalid-answer'],
  ])('that is answered %d by something in between may have happened', async (status, reason) => {
    const { fake, upvest } = await setUp();
    fake.on('POST', INCREASES, () => ({ status }));
    expect(await upvest.createVirtualCashIncrease(cash())).toEqual({ kind: 'unknown', reason });
  });

  it('whose connection breaks may have happened, and is not repeated', async () => {
    const { fake, upvest } = await setUp();
    fake.on('POST', INCREASES, () => ({ reset: true }));
    expect(await upvest.createVirtualCashIncrease(cash())).toEqual({ kind: 'unknown', reason: 'connection-lost' });
    fake.on('DELETE', `${WITHDRAWALS}/${ID}`, () => ({ reset: true }));
    expect(await upvest.cancelWithdrawal(ID)).toEqual({ kind: 'unknown', reason: 'connection-lost' });
    expect(fake.callsTo('POST', INCREASES)).toHaveLength(1);
  });

  it('that gets no answer in time may have happened', async () => {
    const { fake, upvest } = await setUp({ attemptTimeoutMs: 100 });
    const ended = gate();
    fake.on('POST', INCREASES, async () => {
      await ended.passed;
      return {};
    });
    expect(await upvest.createVirtualCashIncrease(cash())).toEqual({ kind: 'unknown', reason: 'timeout' });
    ended.open();
  });

  it('that is one too many was not sent', async () => {
    const { fake, upvest } = await setUp();
    fake.on('POST', INCREASES, () => ({ ...problem(429, 'too_many_requests', ''), headers: { 'retry-after': '7' } }));
    expect(await upvest.createVirtualCashIncrease(cash())).toEqual({
      kind: 'notSent',
      reason: 'rate-limited',
      retryAfterMs: 7_000,
    });
  });

  it('without a connection was not sent', async () => {
    const { fake } = await setUp();
    const options = fake.options;
    await fake.stop();
    const upvest = connect({ ...options, readAttempts: 1 });
    expect(await upvest.createVirtualCashIncrease(cash())).toEqual({ kind: 'notSent', reason: 'connection' });
  });

  it('with an old token is made once more with a new one', async () => {
    const { fake, upvest } = await setUp();
    fake.on('POST', INCREASES, made('ISSUED'));
    await upvest.createVirtualCashIncrease(cash());
    fake.revokeTokens();
    expect(await upvest.createVirtualCashIncrease(cash())).toMatchObject({ kind: 'accepted' });
    expect(fake.callsTo('POST', INCREASES)).toHaveLength(3);
  });

  it('makes the next read a new call', async () => {
    const { fake, upvest } = await setUp({ attemptTimeoutMs: 60_000, deadlineMs: 60_000 });
    const path = `/account_groups/${GROUP}`;
    const old = gate();
    fake.on('POST', INCREASES, made('ISSUED'));
    fake.on('GET', path, async () => {
      if (fake.callsTo('GET', path).length === 1) await old.passed;
      return { body: { id: GROUP, status: 'ACTIVE', users: [] } };
    });
    const before = upvest.accountGroup(GROUP);
    await expect.poll(() => fake.callsTo('GET', path).length).toBe(1);
    await upvest.createVirtualCashIncrease(cash());
    await upvest.accountGroup(GROUP);
    expect(fake.callsTo('GET', path)).toHaveLength(2);
    old.open();
    await before;
  });
});

describe('an amount on its way to Upvest', () => {
  it('has two decimals and is the same amount', () => {
    const amounts = fc
      .tuple(fc.nat(999_999_999), fc.nat(99), fc.nat(3))
      .filter(([whole, cents]) => whole > 0 || cents > 0)
      .map(([whole, cents, zeros]) => decimal(`${whole}.${String(cents).padStart(2, '0')}${'0'.repeat(zeros)}`));
    fc.assert(
      fc.property(amounts, (amount) => {
        const text = amountText(amount);
        expect(text).toMatch(/^[0-9]{1,9}\.[0-9]{2}$/);
        expect(equals(decimal(text), amount)).toBe(true);
      }),
    );
  });

  it.each([
    ['1000.5', '1000.50'],
    ['1000', '1000.00'],
    ['0.01', '0.01'],
    ['999999999.99', '999999999.99'],
    ['1e3', '1000.00'],
    ['1000.500', '1000.50'],
  ])('%s is %s', (amount, text) => {
    expect(amountText(decimal(amount))).toBe(text);
  });
});

describe('the text of a payment', () => {
  it('takes exactly what Upvest takes', () => {
    expect(isRemittanceInformation("09azAZ+?/-:().,'; ")).toBe(true);
    expect(isRemittanceInformation('x'.repeat(140))).toBe(true);
    for (const text of ['x'.repeat(141), '_', '"', '&', 'é', '\n', '\t', 'a\n']) {
      expect(isRemittanceInformation(text)).toBe(false);
    }
  });
});
