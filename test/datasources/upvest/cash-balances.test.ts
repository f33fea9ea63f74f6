import { describe, expect, it } from 'vitest';
import { TenantProfile } from '../../../src/datasources/upstream/tenant-profile.ts';
import type { AccountGroupId } from '../../../src/domain/ids.ts';
import type { FakeUpvest } from './fake-upvest.ts';
import { page, problem } from './fake-upvest.ts';
import { gate, groupId, setUp } from './harness.ts';

const listPath = (group: string): string => `/account_groups/${group}/payments/cash_balances`;
const singlePath = (group: string): string => `/account_groups/${group}/payments/cash_balance`;

const balanceRow = (group: string, currency = 'EUR') => ({
  account_group_id: group,
  currency,
  balance: '100.25',
  locked_for_trading: '10',
  pending_settlement: '10',
  available_for_withdrawal: '80',
  available_for_trading: '80',
});

const groups = (count: number): readonly AccountGroupId[] =>
  Array.from({ length: count }, (_, at) => groupId(`group-${at}`));

/** A tenant that has only the older endpoint. */
function onSingle(fake: FakeUpvest, known: readonly string[]): void {
  for (const group of known) fake.on('GET', singlePath(group), () => ({ body: balanceRow(group) }));
}

function onList(fake: FakeUpvest, known: readonly string[]): void {
  for (const group of known) fake.onList(listPath(group), [balanceRow(group), balanceRow(group, 'GBP')]);
}

const balanceCalls = (fake: FakeUpvest): number =>
  fake.calls.filter(({ path }) => path.includes('cash_balance')).length;

describe('cash balances', () => {
  it('of a group come in all currencies with one call', async () => {
    const { fake, upvest } = await setUp();
    onList(fake, ['g1']);
    expect(await upvest.cashBalances(groupId('g1'))).toEqual([
      {
        accountGroupId: 'g1',
        currency: 'EUR',
        balance: '100.25',
        lockedForTrading: '10',
        pendingSettlement: '10',
        availableForWithdrawal: '80',
        availableForTrading: '80',
      },
      expect.objectContaining({ currency: 'GBP' }),
    ]);
    expect((await upvest.cashBalance(groupId('g1'), 'GBP'))?.currency).toBe('GBP');
    expect(await upvest.cashBalance(groupId('g1'), 'USD')).toBeNull();
    expect(fake.calls.map(({ path }) => path)).toEqual(['/auth/token', listPath('g1'), listPath('g1'), listPath('g1')]);
  });

  it('that are read at the same moment are those of each group', async () => {
    const { fake, upvest } = await setUp();
    onList(fake, ['g1', 'g2']);
    const read = await Promise.all(['g1', 'g2', 'g1'].map((group) => upvest.cashBalances(groupId(group))));
    expect(read.map((balances) => balances?.[0]?.accountGroupId)).toEqual(['g1', 'g2', 'g1']);
  });

  it('keep every digit, as number or as text', async () => {
    const { fake, upvest } = await setUp();
    const whole = '9'.repeat(63);
    const fraction = '123456789012345678901234567';
    fake.on('GET', listPath('g1'), () => ({
      body: `{"data":[{"account_group_id":"g1","currency":"EUR","balance":-${whole}.${fraction},"locked_for_trading":"0",
        "pending_settlement":12345678901234.123456789,"available_for_withdrawal":"-.5","available_for_trading":1e3}]}`,
    }));
    expect(await upvest.cashBalance(groupId('g1'), 'EUR')).toMatchObject({
      balance: `-${whole}.${fraction}`,
      pendingSettlement: '12345678901234.123456789',
      availableForWithdrawal: '-0.5',
      availableForTrading: '1000',
    });
  });

  it('of one group are asked for once, however many ask at once, and anew afterwards', async () => {
    let shared = 0;
    const { fake, upvest } = await setUp({ onShared: () => (shared += 1) });
    onList(fake, ['g1']);
    await Promise.all(Array.from({ length: 200 }, () => upvest.cashBalance(groupId('g1'), 'EUR')));
    expect(balanceCalls(fake)).toBe(1);
    expect(shared).toBe(199);
    await upvest.cashBalances(groupId('g1'));
    expect(balanceCalls(fake)).toBe(2);
  });

  it('are read again after a change, though a read is in flight', async () => {
    const { fake, upvest } = await setUp();
    onList(fake, ['g0', 'g1']);
    await upvest.cashBalances(groupId('g0'));
    const first = gate();
    let amount = 1;
    fake.on('GET', listPath('g1'), async ({ query }) => {
      const answer = page([{ ...balanceRow('g1'), balance: String(amount) }], query);
      if (amount === 1) await first.passed;
      return answer;
    });
    const early = upvest.cashBalance(groupId('g1'), 'EUR');
    await expect.poll(() => fake.callsTo('GET', listPath('g1')).length).toBe(1);
    amount = 2;
    expect((await upvest.cashBalance(groupId('g1'), 'EUR', { fresh: true }))?.balance).toBe('2');
    first.open();
    expect((await early)?.balance).toBe('1');
  });

  it('of a hundred groups at once take a hundred calls, never more than configured at a time', async () => {
    const { fake, upvest } = await setUp({ maxConcurrentCalls: 8 });
    const ids = groups(100);
    onList(fake, ids);
    const found = await Promise.all(ids.map((id) => upvest.cashBalances(id)));
    expect(found.map((balances) => balances?.[0]?.accountGroupId)).toEqual(ids);
    expect(balanceCalls(fake)).toBe(100);
    expect(fake.mostUnderWay).toBeLessThanOrEqual(8);
  });

  it('of a hundred groups of a tenant with the older endpoint take a hundred calls and one', async () => {
    const { fake, upvest } = await setUp();
    const ids = groups(100);
    onSingle(fake, ids);
    const found = await Promise.all(ids.map((id) => upvest.cashBalances(id)));
    expect(found.map((balances) => balances?.[0]?.accountGroupId)).toEqual(ids);
    expect(balanceCalls(fake)).toBe(101);
    await upvest.cashBalances(ids[0] ?? groupId('x'));
    expect(balanceCalls(fake)).toBe(102);
  });

  it.each([
    ['list', onSingle, 2],
    ['single', onList, 2],
  ] as const)('are not missed where the profile wrongly says %s: it costs one call, once', async (wrong, on, calls) => {
    const { fake, upvest } = await setUp({ profile: new TenantProfile({ set: { 'upvest.cashBalances': wrong } }) });
    on(fake, ['g1', 'g2']);
    expect(await upvest.cashBalances(groupId('g1'))).not.toHaveLength(0);
    expect(balanceCalls(fake)).toBe(calls);
    expect(await upvest.cashBalances(groupId('g2'))).not.toHaveLength(0);
    expect(balanceCalls(fake)).toBe(calls + 1);
  });

  it('of a hundred groups take a hundred calls where the profile has the endpoint', async () => {
    const { fake, upvest } = await setUp({ profile: new TenantProfile({ set: { 'upvest.cashBalances': 'single' } }) });
    const ids = groups(100);
    onSingle(fake, ids);
    await Promise.all(ids.map((id) => upvest.cashBalances(id)));
    expect(balanceCalls(fake)).toBe(100);
  });

  it('where the newer endpoint answers 405 are taken from the older one, too', async () => {
    const { fake, upvest } = await setUp();
    onSingle(fake, ['g1']);
    fake.on('GET', listPath('g1'), () => problem(405, 'method_not_allowed', ''));
    expect(await upvest.cashBalances(groupId('g1'))).toHaveLength(1);
  });

  it('of an unknown group are null, and say nothing about the endpoint', async () => {
    const { fake, upvest } = await setUp();
    onList(fake, ['known']);
    expect(await upvest.cashBalances(groupId('nobody'))).toBeNull();
    expect(await upvest.cashBalances(groupId('known'))).toHaveLength(2);
    const before = balanceCalls(fake);
    const refused = { code: 'UPSTREAM_REFUSED', status: 404 };
    await expect(upvest.cashBalance(groupId('nobody'), 'EUR')).rejects.toMatchObject(refused);
    expect(balanceCalls(fake) - before).toBe(1);
  });

  it('of unknown groups only do not make callers wait in a long line', async () => {
    const { fake, upvest } = await setUp();
    const ids = groups(50);
    const all = gate();
    for (const id of ids.slice(3)) {
      fake.on('GET', listPath(id), async () => {
        await all.passed;
        return problem(404, 'not_found', '');
      });
    }
    const asked = Promise.all(ids.map((id) => upvest.cashBalances(id)));
    await expect.poll(() => fake.underWay).toBeGreaterThan(10);
    all.open();
    const found = await asked;
    expect(found.every((balances) => balances === null)).toBe(true);
    expect(balanceCalls(fake)).toBe(100);
  });

  it('of a tenant that moves to the newer endpoint are found there', async () => {
    const { fake, upvest } = await setUp();
    onSingle(fake, ['g1']);
    await upvest.cashBalances(groupId('g1'));
    fake.on('GET', singlePath('g1'), () => problem(404, 'not_found', 'gone'));
    onList(fake, ['g1', 'g2']);
    expect(await upvest.cashBalances(groupId('g1'))).toHaveLength(2);
    const before = balanceCalls(fake);
    await upvest.cashBalances(groupId('g2'));
    expect(balanceCalls(fake) - before).toBe(1);
  });

  it('that fail for the first who asks do not fail for the others', async () => {
    const { fake, upvest } = await setUp();
    const [first, ...others] = groups(20);
    onSingle(fake, others);
    if (first !== undefined) fake.on('GET', listPath(first), () => problem(403, 'forbidden', ''));
    const answers = await Promise.allSettled([first, ...others].map((id) => upvest.cashBalances(id ?? groupId('x'))));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', ...others.map(() => 'fulfilled')]);
  });

  it('that one who went away had asked for first are still found out for the others', async () => {
    const { fake, upvest } = await setUp();
    onSingle(fake, ['g1', 'g2']);
    const reached = gate();
    fake.on('GET', listPath('g1'), async () => {
      await reached.passed;
      return problem(404, 'not_found', '');
    });
    const client = new AbortController();
    const left = upvest.cashBalances(groupId('g1'), { signal: client.signal }).catch((error: unknown) => error);
    await expect.poll(() => fake.callsTo('GET', listPath('g1')).length).toBe(1);
    const stays = upvest.cashBalances(groupId('g2'));
    client.abort(new Error('gone'));
    expect(await left).toEqual(new Error('gone'));
    reached.open();
    expect(await stays).toHaveLength(1);
  });

  it('that cannot be read are left out and reported; the wanted one does not count as missing', async () => {
    const dropped: unknown[] = [];
    const { fake, upvest } = await setUp({ onDropped: (rows) => dropped.push(rows) });
    const bad = { ...balanceRow('g1'), balance: 'secret-balance' };
    fake.onList(listPath('g1'), [bad, balanceRow('g1', 'GBP')]);
    expect(await upvest.listings.cashBalances(groupId('g1'))).toMatchObject({
      rows: [{ currency: 'GBP' }],
      unreadable: [{ system: 'UPVEST', resource: 'cashBalance', id: null }],
    });
    expect(dropped).toEqual([{ resource: 'cashBalance', count: 1, details: ['data.0: balance: custom'] }]);
    expect((await upvest.cashBalance(groupId('g1'), 'GBP'))?.currency).toBe('GBP');
    const unreadable = { code: 'UPSTREAM_ROW_UNREADABLE', rows: 1, system: 'UPVEST' };
    await expect(upvest.cashBalance(groupId('g1'), 'EUR')).rejects.toMatchObject(unreadable);
    await expect(upvest.cashBalances(groupId('g1'))).rejects.toMatchObject(unreadable);
  });

  it('of another group than the one asked for are an error; its id may be written in capitals', async () => {
    const { fake, upvest } = await setUp();
    fake.onList(listPath('g1'), [balanceRow('g1'), balanceRow('g2', 'GBP')]);
    await expect(upvest.cashBalances(groupId('g1'))).rejects.toMatchObject({ code: 'UPSTREAM_INVALID_ANSWER' });
    fake.onList(listPath('G3'), [balanceRow('g3')]);
    expect(await upvest.cashBalances(groupId('G3'))).toHaveLength(1);
  });

  it.each([
    ['no list', { data: {} }],
    ['no object', '[]'],
    ['no JSON', '<html>secret</html>'],
    ['nothing', ''],
    ['null', 'null'],
  ])('in an answer with %s are an error, without its text', async (_name, body) => {
    const { fake, upvest } = await setUp();
    fake.on('GET', listPath('g1'), () => ({ body }));
    const error = await upvest.cashBalances(groupId('g1')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'UPSTREAM_INVALID_ANSWER', system: 'UPVEST' });
    expect(`${error instanceof Error ? error.stack : ''} ${JSON.stringify(error)}`).not.toContain('secret');
  });
});
