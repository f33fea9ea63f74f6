import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type PortfolioOverrides,
  seedPortfolio,
  startUpvestStandin,
  type UpvestStandin,
} from '../../../src/standins/index.ts';
import { type UpvestClient, upvestClient } from '../support/upvest-client.ts';

let standin: UpvestStandin;
let client: UpvestClient;
let count = 0;

beforeAll(async () => {
  standin = await startUpvestStandin({ settings: { settleDelayMs: 'manual' } });
  client = await upvestClient(standin);
});
afterAll(() => standin.stop());
beforeEach(() => {
  Object.assign(standin.settings, { shortOfCash: 'refuse', withdrawalUserId: 'required', readLagMs: 0 });
});

function fresh(cash = '200', overrides: PortfolioOverrides = {}) {
  const seeded = seedPortfolio({ key: `money/${++count}`, brokerCash: cash, ...overrides });
  standin.add(seeded.upvest ?? {});
  const { accountGroupId, userId, referenceAccountIds } = seeded.broker;
  const request = {
    reference_account_id: referenceAccountIds[0],
    account_group_id: accountGroupId,
    user_id: userId,
    amount: '200.00',
    currency: 'EUR',
    remittance_information: 'Withdrawal',
  };
  return { accountGroupId, request };
}
const withdraw = (body: object, key?: string) => client.post('/payments/withdrawals', body, key);
const amounts = (groupId: string) => {
  const { balance, available_for_withdrawal: free } = standin.balance(groupId);
  return [balance, free];
};
const eventsAbout = (groupId: string) =>
  standin.webhooks
    .events()
    .filter(({ object }) => object['account_group_id'] === groupId)
    .map(({ type }) => type);
const step = (kind: string, id: string) => standin.schedule.advance({ kind, id });

describe('a withdrawal', () => {
  test('holds the money, is processed, is paid; each step has one event and one entry', async () => {
    const { accountGroupId, request } = fresh();
    const answer = await withdraw(request);
    expect(answer.status).toBe(200);
    const { id, status } = answer.json();
    expect(status).toBe('NEW');
    expect(amounts(accountGroupId)).toEqual(['200', '0.00']);
    step('withdrawal', id);
    expect((await client.get(`/payments/withdrawals/${id}`)).json().status).toBe('PROCESSING');
    step('withdrawal', id);
    expect((await client.get(`/payments/withdrawals/${id}`)).json().status).toBe('CONFIRMED');
    expect(amounts(accountGroupId)).toEqual(['0.00', '0.00']);
    expect(eventsAbout(accountGroupId)).toEqual([
      'WITHDRAWAL.NEW',
      'CASH_BALANCE.UPDATED',
      'WITHDRAWAL.PROCESSING',
      'WITHDRAWAL.CONFIRMED',
      'CASH_BALANCE.UPDATED',
      'CASH_TRANSACTION.EXECUTED',
    ]);
    const ledger = (await client.get(`/transactions/cash?account_group_id=${accountGroupId}`)).json().data;
    expect(ledger).toMatchObject([
      { type: 'WITHDRAWAL', delta: { amount: '-200.00', currency: 'EUR' }, references: [{ id, type: 'WITHDRAWAL' }] },
    ]);
    const listed = (await client.get(`/account_groups/${accountGroupId}/payments/withdrawals`)).json();
    expect(listed.data.map((one: { id: string }) => one.id)).toEqual([id]);
  });

  test('can be cancelled while NEW only', async () => {
    const { accountGroupId, request } = fresh();
    const first = (await withdraw({ ...request, amount: '50' })).json();
    expect((await client.delete(`/payments/withdrawals/${first.id}`)).status).toBe(204);
    expect(standin.withdrawal(first.id)).toMatchObject({
      status: 'CANCELLED',
      cancellation_reason: 'CANCELLED_BY_CLIENT',
    });
    expect(amounts(accountGroupId)).toEqual(['200', '200']);
    expect((await client.delete(`/payments/withdrawals/${first.id}`)).status).toBe(422);
    const second = (await withdraw({ ...request, amount: '50' })).json();
    step('withdrawal', second.id);
    expect((await client.delete(`/payments/withdrawals/${second.id}`)).status).toBe(422);
  });

  test('can come back from the bank after it was CONFIRMED', async () => {
    const { accountGroupId, request } = fresh();
    const { id } = (await withdraw(request)).json();
    standin.schedule.advanceAll({ id });
    standin.cancelWithdrawal(id);
    expect(standin.withdrawal(id)).toMatchObject({ status: 'CANCELLED', cancellation_reason: 'CANCELLED_BY_BANK' });
    expect(amounts(accountGroupId)).toEqual(['200.00', '200.00']);
    expect(standin.cashTransactions(accountGroupId).map(({ type }) => type)).toEqual([
      'WITHDRAWAL',
      'WITHDRAWAL_CANCELLATION',
    ]);
    expect(
      standin
        .ledger()
        .filter((entry) => entry.id === id)
        .map(({ kind }) => kind),
    ).toEqual(['withdrawal-requested', 'withdrawal-paid', 'withdrawal-returned']);
  });

  test('needs a UUID key of version 1 to 5, and the same key has one effect', async () => {
    const { accountGroupId, request } = fresh();
    expect((await withdraw(request, '')).json().type).toBe('https://docs.upvest.co/errors/missing_idempotency_key');
    expect((await withdraw(request, 'not-a-uuid')).status).toBe(400);
    expect((await withdraw(request, '0190163d-8694-739b-aea5-966c26f8ad91')).status).toBe(400);
    const key = '0f5ab6a1-8a53-5d0b-9c3c-0c9c1a2b3c4d';
    const first = await withdraw(request, key);
    const again = await withdraw(request, key.toUpperCase());
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(standin.withdrawals(accountGroupId)).toHaveLength(1);
    expect((await withdraw({ ...request, amount: '1.00' }, key)).status).toBe(409);
  });

  test('a key is forgotten after its window, and a failure is not kept', async () => {
    const { accountGroupId, request } = fresh();
    const key = '1f5ab6a1-8a53-4d0b-9c3c-0c9c1a2b3c4d';
    expect((await withdraw({ ...request, amount: '500.00' }, key)).status).toBe(400);
    standin.cashArrives(accountGroupId, '800');
    standin.settings.idempotencyWindowMs = 0;
    expect((await withdraw({ ...request, amount: '500.00' }, key)).status).toBe(200);
    expect((await withdraw({ ...request, amount: '500.00' }, key)).status).toBe(200);
    expect(standin.withdrawals(accountGroupId)).toHaveLength(2);
    standin.settings.idempotencyWindowMs = 86_400_000;
  });

  test.each([
    ['one decimal', { amount: '200.5' }],
    ['nothing', { amount: '0.00' }],
    ['too much', { amount: '1000000000' }],
    ['a number', { amount: 200 }],
    ['dollars', { currency: 'USD' }],
    ['an umlaut', { remittance_information: 'Grüße' }],
    ['141 characters', { remittance_information: 'a'.repeat(141) }],
    ['an unknown field', { account_id: 'x' }],
    ['no user', { user_id: undefined }],
  ])('refuses %s', async (_, change) => {
    const { accountGroupId, request } = fresh();
    expect((await withdraw({ ...request, ...change })).status).toBe(400);
    expect(standin.withdrawals(accountGroupId)).toHaveLength(0);
  });

  test('refuses strangers', async () => {
    const { request } = fresh();
    const other = fresh();
    const { reference_account_id, user_id, account_group_id } = other.request;
    expect((await withdraw({ ...request, reference_account_id })).status).toBe(400);
    expect((await withdraw({ ...request, user_id })).status).toBe(400);
    expect((await withdraw({ ...request, account_group_id })).status).toBe(400);
    expect((await withdraw({ ...request, account_group_id: '00000000-0000-4000-8000-000000000000' })).status).toBe(404);
    standin.settings.withdrawalUserId = 'optional';
    expect((await withdraw({ ...request, user_id: undefined })).status).toBe(200);
  });
});

describe('a withdrawal of more than there is', () => {
  test('is refused', async () => {
    const { accountGroupId, request } = fresh('199.99');
    expect((await withdraw(request)).status).toBe(400);
    expect(eventsAbout(accountGroupId)).toEqual([]);
  });

  test('or cancelled later', async () => {
    standin.settings.shortOfCash = 'cancel';
    const { accountGroupId, request } = fresh('199.99');
    const { id } = (await withdraw(request)).json();
    step('withdrawal', id);
    expect(standin.withdrawal(id)).toMatchObject({ status: 'CANCELLED', cancellation_reason: 'CANCELLED_BY_UPVEST' });
    expect(amounts(accountGroupId)).toEqual(['199.99', '199.99']);
  });

  test('or waits for the money', async () => {
    standin.settings.shortOfCash = 'wait';
    const { accountGroupId, request } = fresh('199.99');
    const { id } = (await withdraw(request)).json();
    standin.schedule.advanceAll({ id });
    expect(standin.withdrawal(id)?.status).toBe('NEW');
    standin.cashArrives(accountGroupId, '0.01');
    standin.schedule.advanceAll({ id });
    expect(standin.withdrawal(id)?.status).toBe('CONFIRMED');
    expect(amounts(accountGroupId)).toEqual(['0.00', '0.00']);
  });
});

describe('virtual cash', () => {
  const change = (direction: string, groupId: string, amount: string) =>
    client.post(`/virtual_cash_balances/${direction}`, { account_group_id: groupId, amount, currency: 'EUR' });

  test('an increase is ISSUED, then CONFIRMED with the money', async () => {
    const { accountGroupId } = fresh('0');
    const answer = await change('increases', accountGroupId, '100.00');
    expect([answer.status, answer.json().status]).toEqual([202, 'ISSUED']);
    expect(amounts(accountGroupId)).toEqual(['0', '0']);
    step('increase', answer.json().id);
    expect(amounts(accountGroupId)).toEqual(['100.00', '100.00']);
    expect(eventsAbout(accountGroupId)).toEqual([
      'VIRTUAL_CASH_INCREASE.ISSUED',
      'VIRTUAL_CASH_INCREASE.CONFIRMED',
      'CASH_BALANCE.UPDATED',
      'CASH_TRANSACTION.EXECUTED',
    ]);
    expect(standin.cashTransactions(accountGroupId)[0]?.references).toEqual([
      { id: answer.json().id, type: 'VIRTUAL_CASH_INCREASE' },
    ]);
    for (const method of ['GET', 'DELETE'])
      expect((await client.call(method, `/virtual_cash_balances/increases/${answer.json().id}`)).status).toBe(404);
  });

  test('a decrease is CONFIRMED, or QUEUED until money comes', async () => {
    const { accountGroupId } = fresh('60');
    const covered = (await change('decreases', accountGroupId, '50')).json();
    const short = (await change('decreases', accountGroupId, '50')).json();
    standin.schedule.advanceAll({ kind: 'decrease' });
    expect(standin.virtualCash(covered.id)?.status).toBe('CONFIRMED');
    expect(standin.virtualCash(short.id)?.status).toBe('QUEUED');
    expect(amounts(accountGroupId)).toEqual(['10', '10']);
    standin.cashArrives(accountGroupId, '40');
    expect(standin.virtualCash(short.id)?.status).toBe('CONFIRMED');
    expect(amounts(accountGroupId)).toEqual(['0', '0']);
  });

  test('a decrease can be cancelled until it is CONFIRMED', async () => {
    const { accountGroupId } = fresh('60');
    const issued = (await change('decreases', accountGroupId, '50')).json();
    expect((await client.delete(`/virtual_cash_balances/decreases/${issued.id}`)).status).toBe(202);
    const queued = (await change('decreases', accountGroupId, '500')).json();
    step('decrease', queued.id);
    expect((await client.delete(`/virtual_cash_balances/decreases/${queued.id}`)).status).toBe(202);
    standin.cashArrives(accountGroupId, '1000');
    expect(standin.virtualCash(queued.id)?.status).toBe('CANCELLED');
    const confirmed = (await change('decreases', accountGroupId, '1')).json();
    step('decrease', confirmed.id);
    expect((await client.delete(`/virtual_cash_balances/decreases/${confirmed.id}`)).status).toBe(422);
  });

  test('a queued decrease is served by an increase, and by a withdrawal that is cancelled', async () => {
    const { accountGroupId, request } = fresh('100');
    const held = (await withdraw({ ...request, amount: '100' })).json();
    const first = (await change('decreases', accountGroupId, '60')).json();
    step('decrease', first.id);
    expect(standin.virtualCash(first.id)?.status).toBe('QUEUED');
    await client.delete(`/payments/withdrawals/${held.id}`);
    expect(standin.virtualCash(first.id)?.status).toBe('CONFIRMED');
    const second = (await change('decreases', accountGroupId, '50')).json();
    step('decrease', second.id);
    const { id } = (await change('increases', accountGroupId, '10')).json();
    expect(standin.virtualCash(second.id)?.status).toBe('QUEUED');
    step('increase', id);
    expect(standin.virtualCash(second.id)?.status).toBe('CONFIRMED');
    expect(amounts(accountGroupId)).toEqual(['0', '0']);
  });

  test('older versions answered 200 and 204', async () => {
    standin.settings.virtualCashAnswers = 'older';
    const { accountGroupId } = fresh('60');
    const answer = await change('decreases', accountGroupId, '50');
    expect(answer.status).toBe(200);
    expect((await client.delete(`/virtual_cash_balances/decreases/${answer.json().id}`)).status).toBe(204);
    standin.settings.virtualCashAnswers = 'now';
  });

  test('refuses what withdrawals refuse', async () => {
    const { accountGroupId } = fresh();
    for (const amount of ['1.5', '0', '-1', '1e3'])
      expect((await change('increases', accountGroupId, amount)).status).toBe(400);
    expect((await change('increases', '00000000-0000-4000-8000-000000000000', '1')).status).toBe(404);
  });
});

test('lists lag behind where that is set', async () => {
  standin.settings.readLagMs = 60_000;
  const { accountGroupId, request } = fresh();
  const { id } = (await withdraw(request)).json();
  expect((await client.get(`/account_groups/${accountGroupId}/payments/withdrawals`)).json().data).toEqual([]);
  expect((await client.get(`/payments/withdrawals/${id}`)).status).toBe(200);
});
