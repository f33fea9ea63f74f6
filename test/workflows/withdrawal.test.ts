import { beforeEach, describe, expect, it } from 'vitest';
import type { DateTime } from '../../src/domain/datetime.ts';
import { decimal } from '../../src/domain/decimal.ts';
import { UpstreamRefusedReadError } from '../../src/errors.ts';
import { nudge, type Store } from '../../src/store/index.ts';
import {
  type CommandResult,
  cancelWithdrawal,
  type MoneySettings,
  requestWithdrawal,
  resolveReview,
} from '../../src/workflows/index.ts';
import { type Fault, sequence } from './faults.ts';
import { type Clock, OPERATOR, P1, type World, worlds } from './world.ts';

const input = { portfolioId: P1 as string, amount: decimal('100'), currency: 'EUR', idempotencyKey: 'key-1' };

let store: Store;
let clock: Clock;
let world: World;
const open = worlds({ holdings: [{ instrumentId: '$EUR', quantity: decimal('500') }] });

async function fresh(settings: Partial<MoneySettings> = {}): Promise<void> {
  ({ store, clock, world } = await open(settings));
}
beforeEach(async () => {
  await fresh();
  return () => store.close();
});
const again = async (settings: Partial<MoneySettings>): Promise<void> => {
  await store.close();
  await fresh(settings);
};
const robo = (): unknown => world.investSuite.change(P1, { manager: 'ROBO_ADVISOR_DISCRETIONARY' });

const request = (more: Partial<Parameters<typeof requestWithdrawal>[2]> = {}) =>
  requestWithdrawal(world.services, OPERATOR, { ...input, ...more });

async function accept(more: Partial<Parameters<typeof requestWithdrawal>[2]> = {}): Promise<string> {
  const result = await request(more);
  if (result.kind !== 'success') throw new Error(JSON.stringify(result));
  return result.value.id;
}

/** Cancels while the rows run. */
async function cancel(id: string, key = 'cancel-1'): Promise<CommandResult<unknown>> {
  let ended = false;
  const result = cancelWithdrawal(world.services, OPERATOR, { id, idempotencyKey: key }).finally(() => {
    ended = true;
  });
  while (!ended) {
    await world.deliver();
    await world.runDue();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return await result;
}

const PAID_WAY = ['REQUESTED', 'AWAITING_CASH', 'SUBMITTED', 'PROCESSING', 'PAID', 'COMPLETED'];
const ROBO_WAY = ['REQUESTED', 'RESERVED', ...PAID_WAY.slice(1)];
const upvestWithdrawals = () => [...world.upvest.withdrawals.values()];

describe('a withdrawal', () => {
  it('of a self-investor goes through its states', async () => {
    world.upvest.fund('150');
    const id = await accept({ remittanceInformation: 'Rent' });
    await world.settle();
    expect(await world.states(id)).toEqual(PAID_WAY);
    expect(world.upvest.balance).toBe('50');
    expect(world.investSuite.cash(P1)).toBe('400');
    expect(world.investSuite.totals).toEqual([]);
    expect(world.troubles).toEqual([]);
  });

  it('of a robo portfolio reserves, waits for the cash, and leaves no reservation', async () => {
    robo();
    const id = await accept();
    await world.settle({ moves: false, steps: 30 }).catch(() => undefined);
    expect(await world.row(id)).toMatchObject({ state: 'AWAITING_CASH', waiting_for: 'cash', reserved: '100' });
    expect(world.investSuite.divested(P1)).toBe('100');
    world.upvest.fund('100');
    await world.settle();
    expect(await world.states(id)).toEqual(ROBO_WAY);
    expect(world.investSuite.divested(P1)).toBeNull();
    expect(await world.row(id)).toMatchObject({ reserved: null, due_at: null, step: null });
  });

  it('is booked by the gateway where the tenant wants it so: cash and reservation in one PATCH', async () => {
    await again({ booking: 'gateway' });
    robo();
    world.investSuite.change(P1, { divestment: { kind: 'exactly', amount: decimal('7') } });
    world.upvest.fund('100');
    const id = await accept();
    await world.settle();
    expect(await world.states(id)).toEqual(ROBO_WAY);
    expect(world.investSuite.transactions).toMatchObject([
      { externalId: id, movements: [{ type: 'CASH_WITHDRAWAL', quantity: '-100' }] },
    ]);
    expect(world.investSuite.cash(P1)).toBe('400');
    expect(world.investSuite.totals).toEqual(['107', '7']);
    expect(world.investSuite.withdrawEvents.size).toBe(1);
  });

  it('is paid by virtual cash where the tenant wants it so; QUEUED is PROCESSING', async () => {
    await again({ payout: 'virtual-cash' });
    world.upvest.fund('100');
    const id = await accept();
    await world.runDue();
    world.upvest.available = decimal('0');
    await world.pass(10_000);
    world.upvest.tick();
    await world.pass(10_000);
    expect((await world.row(id)).state).toBe('PROCESSING');
    world.upvest.fund('100');
    await world.settle();
    expect(await world.states(id)).toEqual(PAID_WAY);
    expect(world.upvest.withdrawals.size).toBe(0);
  });

  it.each([
    ['', 0],
    [', though InvestSuite shows what is written late', 2],
  ])('reserves the sum of two at once, and keeps the other when one is cancelled%s', async (_how, staleReads) => {
    robo();
    world.investSuite.change(P1, { divestment: { kind: 'exactly', amount: decimal('5') } });
    world.investSuite.staleReads = staleReads;
    const first = await accept();
    const second = await accept({ idempotencyKey: 'key-2', amount: decimal('30') });
    await world.pass(3_000);
    expect(world.investSuite.divested(P1)).toBe('135');
    expect(await cancel(first)).toMatchObject({ kind: 'success', value: { state: 'CANCELLED' } });
    expect(world.investSuite.divested(P1)).toBe('35');
    world.upvest.fund('30');
    await world.settle();
    expect((await world.row(second)).state).toBe('COMPLETED');
    expect(world.investSuite.divested(P1)).toBe('5');
  });

  it('writes again what others have reserved only after InvestSuite has emptied the total', async () => {
    robo();
    world.investSuite.later = [];
    world.upvest.fund('100');
    const first = await accept();
    const second = await accept({ idempotencyKey: 'key-2', amount: decimal('30') });
    await world.pass(500);
    world.upvest.tick();
    world.upvest.tick();
    await world.pass(3_000);
    expect(await world.row(first)).toMatchObject({
      state: 'PAID',
      step: 'restore',
      waiting_for: 'investsuite-booking',
    });
    expect(world.investSuite.divested(P1)).toBe('130');
    for (const book of world.investSuite.later.splice(0)) book();
    await world.pass(20_000);
    expect((await world.row(first)).state).toBe('COMPLETED');
    expect(world.investSuite.divested(P1)).toBe('30');
    expect(await cancel(second)).toMatchObject({ kind: 'success' });
    expect(world.investSuite.divested(P1)).toBeNull();
  });

  it('keeps every reservation as it is though InvestSuite books its events late', async () => {
    robo();
    world.investSuite.change(P1, { divestment: { kind: 'exactly', amount: decimal('5') } });
    world.investSuite.later = [];
    world.upvest.fund('500');
    const ids = [await accept(), await accept({ idempotencyKey: 'key-2', amount: decimal('30') })];
    await world.pass(500);
    for (let round = 0; round < 30; round += 1) {
      world.upvest.tick();
      await world.pass(600);
      if (round % 3 === 2) world.investSuite.later.shift()?.();
      if (round === 4) ids.push(await accept({ idempotencyKey: 'key-3', amount: decimal('20') }));
      if (round === 9) ids.push(await accept({ idempotencyKey: 'key-4', amount: decimal('1') }));
    }
    for (const id of ids) expect((await world.row(id)).state).toBe('COMPLETED');
    expect(world.investSuite.divested(P1)).toBe('5');
    expect(world.investSuite.cash(P1)).toBe('349');
  });

  it('leaves a reservation of everything alone', async () => {
    robo();
    world.investSuite.change(P1, { divestment: { kind: 'everything' } });
    world.upvest.fund('100');
    const id = await accept();
    await world.pass(1);
    expect(world.investSuite.divested(P1)).toBe('everything');
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
    expect(world.investSuite.totals).toEqual([]);
  });

  it.each(['lost-after', 'lost-before', 'not-sent'] as const)('is paid once when an answer is %s', async (fault) => {
    for (const settings of [{}, { booking: 'gateway' }, { payout: 'virtual-cash' }] as const) {
      for (const operation of [
        'patchDivest',
        'createWithdrawal',
        'createVirtualCashDecrease',
        'createTransaction',
        'patchHoldings',
        'withdrawEvent',
      ]) {
        await again(settings);
        robo();
        world.upvest.fund('100');
        world.upvest.faults.next = sequence(operation, fault, fault);
        world.investSuite.faults.next = sequence(operation, fault, fault, fault);
        const id = await accept();
        await world.settle();
        const where = `${operation} ${JSON.stringify(settings)}`;
        expect((await world.row(id)).state, where).toBe('COMPLETED');
        expect(world.upvest.balance, where).toBe('0');
        expect(world.investSuite.cash(P1), where).toBe('400');
        expect(world.investSuite.divested(P1), where).toBeNull();
        expect(world.investSuite.withdrawEvents.size, where).toBe(1);
      }
    }
  });

  it('does not send a reservation again while the first may still arrive', async () => {
    robo();
    world.investSuite.faults.now = () => clock.ms;
    world.investSuite.faults.next = sequence('patchDivest', 'late');
    await accept();
    await world.pass(60_000);
    expect(world.investSuite.totals).toEqual(['100']);
  });

  it('reserves and releases once though no answer about the reservation can ever be read', async () => {
    robo();
    world.investSuite.faults.next = (operation) => (operation === 'patchDivest' ? 'lost-after' : undefined);
    world.upvest.fund('130');
    const first = await accept();
    const second = await accept({ idempotencyKey: 'key-2', amount: decimal('30') });
    await world.settle();
    for (const id of [first, second]) expect((await world.row(id)).state).toBe('COMPLETED');
    expect(world.investSuite.divested(P1)).toBeNull();
    expect(world.investSuite.totals.slice(0, 2)).toEqual(['100', '130']);
  });

  it.each([
    ['an id that it does not know', { kind: 'accepted', id: 'of-another-call' }],
    ['nothing that names it', { kind: 'unknown' }],
  ] as const)('is found in the list when Upvest answers the request with %s, told of it or not', async (_, answer) => {
    for (const silent of [true, false]) {
      await again({});
      const create = world.upvest.createWithdrawal.bind(world.upvest);
      world.upvest.createWithdrawal = async (order) => {
        const made = await create(order);
        if (answer.kind === 'unknown') return { kind: 'unknown', reason: 'invalid-answer' };
        return made.kind === 'accepted' ? { ...made, value: { ...made.value, id: answer.id } } : made;
      };
      world.upvest.silent = silent;
      world.upvest.fund('100');
      const id = await accept();
      await world.settle();
      expect(await world.states(id)).toEqual(PAID_WAY);
      const [paid] = upvestWithdrawals();
      expect(await world.row(id)).toMatchObject({ subject: `upvest:withdrawal:${paid?.id}` });
      expect([upvestWithdrawals().length, world.upvest.balance]).toEqual([1, '0']);
    }
  });

  it('is that of the webhooks where an answer leaves the status out', async () => {
    const read = world.upvest.withdrawal.bind(world.upvest);
    world.upvest.withdrawal = async (id) => {
      clock.ms += 1;
      const found = await read(id);
      return found && { ...found, status: 'UNKNOWN', updatedAt: new Date(clock.ms).toISOString() as DateTime };
    };
    world.upvest.fund('100');
    const id = await accept();
    await world.settle();
    expect(await world.states(id)).toEqual(PAID_WAY);
  });

  it('goes through PROCESSING though the broker was quicker than its webhooks', async () => {
    world.upvest.silent = true;
    world.upvest.fund('100');
    const id = await accept();
    await world.runDue();
    for (const { id: upvestId } of upvestWithdrawals()) world.upvest.advance(upvestId, 'CONFIRMED');
    await world.settle();
    expect(await world.states(id)).toEqual(PAID_WAY);
  });

  it('is asked for every 15 seconds while no webhook comes', async () => {
    world.upvest.silent = true;
    world.upvest.fund('100');
    const id = await accept();
    await world.pass(300_000);
    for (const { id: upvestId } of upvestWithdrawals()) world.upvest.advance(upvestId, 'CONFIRMED');
    await world.pass(15_000);
    expect((await world.row(id)).state).toBe('COMPLETED');
  });

  it('fails when Upvest refuses, and its reservation is released', async () => {
    robo();
    world.upvest.fund('100');
    world.upvest.faults.next = sequence('createWithdrawal', { refuse: 422 });
    const id = await accept();
    await world.settle();
    expect(await world.row(id)).toMatchObject({
      state: 'FAILED',
      reason: 'Upvest refused to pay (422).',
      reserved: null,
    });
    expect(world.investSuite.totals).toEqual(['100', '0']);
  });

  it('fails when the broker cancels it before it is paid', async () => {
    world.upvest.fund('100');
    const id = await accept();
    await world.runDue();
    const [{ id: upvestId } = { id: '' }] = upvestWithdrawals();
    world.upvest.advance(upvestId, 'CANCELLED', 'CANCELLED_BY_UPVEST');
    await world.settle();
    expect(await world.row(id)).toMatchObject({
      state: 'FAILED',
      reason: 'Cancelled by the broker (CANCELLED_BY_UPVEST).',
    });
  });

  it('is RETURNED when the bank sends it back, after COMPLETED too, and never paid twice', async () => {
    world.upvest.fund('100');
    const id = await accept();
    await world.settle();
    const [{ id: upvestId } = { id: '' }] = upvestWithdrawals();
    world.upvest.advance(upvestId, 'CANCELLED', 'CANCELLED_BY_BANK');
    await world.settle();
    const row = await world.row(id);
    expect(row).toMatchObject({ state: 'RETURNED', due_at: null });
    expect(row.reason).toContain('InvestSuite has booked the withdrawal');
    expect(world.upvest.withdrawals.size).toBe(1);
    expect(world.investSuite.cash(P1)).toBe('400');
  });

  it('is not booked in InvestSuite when the bank has returned it before', async () => {
    robo();
    world.upvest.fund('100');
    const id = await accept();
    await world.pass(1);
    const [{ id: upvestId } = { id: '' }] = upvestWithdrawals();
    world.upvest.advance(upvestId, 'CONFIRMED');
    clock.ms += 1_000;
    world.upvest.advance(upvestId, 'CANCELLED', 'CANCELLED_BY_BANK');
    // CANCELLED comes first; CONFIRMED, which is older, behind it.
    await world.deliver((events) => events.reverse());
    await world.settle();
    expect(['RETURNED', 'FAILED']).toContain((await world.row(id)).state);
    expect(world.investSuite.withdrawEvents.size).toBe(0);
    expect(world.investSuite.divested(P1)).toBeNull();
  });

  it('waits while InvestSuite is rebalancing, before and after it is paid', async () => {
    robo();
    world.investSuite.rebalancing = true;
    world.upvest.fund('100');
    const id = await accept();
    await world.pass(60_000);
    expect(await world.row(id)).toMatchObject({ state: 'REQUESTED', waiting_for: 'rebalancing', sent_at: null });
    world.investSuite.rebalancing = false;
    await world.pass(20_000);
    world.investSuite.rebalancing = true;
    world.upvest.tick();
    world.upvest.tick();
    await world.pass(60_000);
    expect(await world.row(id)).toMatchObject({ state: 'PAID', waiting_for: 'rebalancing', sent_at: null });
    world.investSuite.rebalancing = false;
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
  });

  it('finds what it asked Upvest for when the key has run out', async () => {
    for (const fault of ['lost-after', 'lost-before'] as const) {
      await again({});
      world.upvest.fund('100');
      world.upvest.faults.next = (operation) => (operation === 'createWithdrawal' ? fault : undefined);
      // Neither an event nor the list settles it before.
      world.upvest.silent = true;
      const list = world.upvest.withdrawalsOfGroup;
      world.upvest.withdrawalsOfGroup = async () => null;
      const id = await accept();
      await world.pass(30_000);
      const sent = world.upvest.faults.count('createWithdrawal');
      clock.ms += 23 * 3_600_000;
      world.upvest.faults.next = () => undefined;
      world.upvest.withdrawalsOfGroup = list;
      await world.settle();
      expect((await world.row(id)).state).toBe('COMPLETED');
      expect(upvestWithdrawals()).toHaveLength(1);
      // Payments that the broker has made are not sent again: it may have forgotten the key.
      expect(world.upvest.faults.count('createWithdrawal')).toBe(fault === 'lost-after' ? sent : sent + 1);
    }
  });

  it('is not sent again in review, though an event came while InvestSuite refused', async () => {
    world.upvest.fund('100');
    world.investSuite.faults.next = sequence('withdrawEvent', { refuse: 422 });
    const id = await accept();
    world.onPoint = async (point, row) => {
      if (point !== 'sent' || row.step !== 'tell') return;
      await store.write((writing) => nudge(writing, { workflowId: id }));
    };
    await world.settle();
    expect(await world.row(id)).toMatchObject({ state: 'NEEDS_REVIEW', due_at: null });
    expect(world.investSuite.faults.count('withdrawEvent')).toBe(1);
  });

  it('needs a person when InvestSuite refuses after it is paid', async () => {
    world.upvest.fund('100');
    world.investSuite.faults.next = sequence('withdrawEvent', { refuse: 422 });
    const id = await accept();
    await world.settle();
    expect(await world.row(id)).toMatchObject({ state: 'NEEDS_REVIEW', resume_state: 'PAID' });
    const resolve = { id, outcome: 'RETRY', note: 'fixed there', idempotencyKey: 'r' } as const;
    expect((await resolveReview(world.services, OPERATOR, resolve)).kind).toBe('success');
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
  });
});

describe('cancelling a withdrawal', () => {
  it('sends nothing when it comes before the cash', async () => {
    robo();
    const id = await accept();
    await world.pass(3_000);
    expect(await cancel(id)).toMatchObject({ kind: 'success', replayed: false, value: { state: 'CANCELLED' } });
    expect(await cancel(id)).toMatchObject({ kind: 'success', replayed: true, value: { state: 'CANCELLED' } });
    expect(await cancel(id, 'another')).toMatchObject({ kind: 'notCancellable', state: 'CANCELLED' });
    expect(world.upvest.withdrawals.size).toBe(0);
    expect(world.investSuite.divested(P1)).toBeNull();
  });

  it('is done once for one key, however often it is sent at once', async () => {
    world.upvest.fund('100');
    const id = await accept();
    await world.runDue();
    const results = await Promise.all([...Array.from({ length: 10 }, () => cancel(id)), cancel(id, 'another')]);
    const another = results.pop();
    expect(results.filter((each) => each.kind === 'success' && !each.replayed)).toHaveLength(1);
    expect(results.filter((each) => each.kind === 'success' && each.replayed)).toHaveLength(9);
    expect(['success', 'notCancellable']).toContain(another?.kind);
    expect(world.upvest.faults.count('cancelWithdrawal')).toBe(1);
  });

  it('is a replay for the second of two that were sent at once, though the first has ended it by then', async () => {
    robo();
    const waiting = await accept();
    const read = world.investSuite.portfolio.bind(world.investSuite);
    let slow = true;
    world.investSuite.portfolio = async (portfolioId) => {
      const found = await read(portfolioId);
      if (!slow) return found;
      slow = false;
      expect(await cancel(waiting)).toMatchObject({ kind: 'success', replayed: false });
      return found;
    };
    expect(await cancel(waiting)).toMatchObject({ kind: 'success', replayed: true, value: { state: 'CANCELLED' } });
  });

  it('sends nothing when it comes after the cash was seen and before the mark', async () => {
    world.upvest.fund('100');
    const id = await accept();
    let asked: Promise<unknown> | undefined;
    world.onPoint = async (point, row) => {
      if (point !== 'prepared' || row.step !== 'submit' || asked !== undefined) return;
      asked = cancelWithdrawal(world.services, OPERATOR, { id, idempotencyKey: 'c' });
      while ((await world.row(id)).cancel_requested_at === null) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    await world.settle();
    expect(await asked).toMatchObject({ kind: 'success', value: { state: 'CANCELLED' } });
    expect(world.upvest.faults.count('createWithdrawal')).toBe(0);
  });

  it('deletes it at the broker while that has not begun, also when the answer is lost', async () => {
    const FAULTS: readonly Fault[][] = [[], ['lost-after'], ['lost-before'], ['lost-before', { refuse: 422 }]];
    for (const faults of FAULTS) {
      await again({});
      world.upvest.fund('100');
      const id = await accept();
      await world.runDue();
      world.upvest.faults.next = sequence('cancelWithdrawal', ...faults);
      const result = cancel(id);
      const timer = setInterval(() => {
        clock.ms += 1_000;
      }, 5);
      expect(await result).toMatchObject({ kind: 'success', value: { state: 'CANCELLED' } });
      clearInterval(timer);
      expect(upvestWithdrawals()).toMatchObject([{ status: 'CANCELLED' }]);
      expect(world.upvest.available).toBe('100');
    }
  });

  it('is too late when the broker has begun, with the state in the error', async () => {
    world.upvest.fund('100');
    const id = await accept();
    await world.runDue();
    world.upvest.silent = true;
    world.upvest.tick();
    expect(await cancel(id)).toMatchObject({ kind: 'notCancellable', state: 'PROCESSING' });
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
    expect(await cancel(id)).toMatchObject({ kind: 'notCancellable', state: 'PROCESSING' });
  });

  it('of a decrease that is QUEUED works, with a lost answer too', async () => {
    for (const fault of [undefined, 'lost-after', 'lost-before'] as const) {
      await again({ payout: 'virtual-cash' });
      world.upvest.fund('100');
      const id = await accept();
      await world.runDue();
      world.upvest.available = decimal('0');
      world.upvest.tick();
      await world.pass(5_000);
      expect((await world.row(id)).state).toBe('PROCESSING');
      if (fault) world.upvest.faults.next = sequence('cancelVirtualCashDecrease', fault);
      const timer = setInterval(() => {
        clock.ms += 1_000;
      }, 5);
      expect(await cancel(id)).toMatchObject({ kind: 'success', value: { state: 'CANCELLED' } });
      clearInterval(timer);
      expect([...world.upvest.movements.values()]).toMatchObject([{ status: 'CANCELLED' }]);
    }
  });

  it('is OUTCOME_PENDING while Upvest is away; the same key gives the result later', async () => {
    world.upvest.fund('100');
    const id = await accept();
    await world.runDue();
    world.upvest.faults.down = true;
    const services = { ...world.services, answerWithinMs: 30 };
    const ask = () => cancelWithdrawal(services, OPERATOR, { id, idempotencyKey: 'c' });
    expect(await ask()).toMatchObject({ kind: 'upstreamRefused', code: 'OUTCOME_PENDING', retryable: true });
    world.upvest.faults.down = false;
    await world.settle({ moves: false, steps: 50 }).catch(() => undefined);
    expect(await ask()).toMatchObject({ kind: 'success', replayed: true, value: { state: 'CANCELLED' } });
  });

  it('needs a person when Upvest goes on paying what it had accepted to cancel', async () => {
    world.upvest.fund('100');
    const id = await accept();
    await world.runDue();
    expect((await cancel(id)).kind).toBe('success');
    const [withdrawal] = upvestWithdrawals();
    if (!withdrawal) throw new Error('none');
    clock.ms += 5_000;
    world.upvest.withdrawals.set(withdrawal.id, { ...withdrawal, status: 'NEW' });
    world.upvest.advance(withdrawal.id, 'CONFIRMED');
    await world.settle();
    expect((await world.row(id)).state).toBe('NEEDS_REVIEW');
    const resolve = { id, outcome: 'DONE', note: 'it was paid', idempotencyKey: 'r' } as const;
    expect(await resolveReview(world.services, OPERATOR, resolve)).toMatchObject({
      kind: 'success',
      value: { object: { state: 'SUBMITTED' } },
    });
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
    expect(await world.states(id)).toContain('PAID');
  });
});

describe('accepting a withdrawal', () => {
  it('answers a retry of a success whose cash has left with the success', async () => {
    world.upvest.fund('100');
    const id = await accept();
    await world.settle();
    expect(await request()).toMatchObject({ kind: 'success', replayed: true, value: { id, state: 'COMPLETED' } });
    expect(await request({ idempotencyKey: 'key-2' })).toMatchObject({
      kind: 'insufficientCash',
      available: '0',
      currency: 'EUR',
    });
  });

  it('does not promise the same cash twice', async () => {
    world.upvest.fund('150');
    await accept();
    expect(await request({ idempotencyKey: 'key-2' })).toMatchObject({ kind: 'insufficientCash', available: '50' });
  });

  it('promises no more than there is to many who ask at once', async () => {
    world.upvest.fund('250');
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) => request({ idempotencyKey: `key-${index}` })),
    );
    expect(results.map((result) => result.kind).sort()).toEqual([
      ...Array.from({ length: 8 }, () => 'insufficientCash'),
      'success',
      'success',
    ]);
    await world.settle();
    expect(world.upvest.balance).toBe('50');
  });

  it('does not count a payment twice that the balance shows before its answer has come', async () => {
    world.upvest.fund('200');
    const create = world.upvest.createWithdrawal.bind(world.upvest);
    let asked: ReturnType<typeof request> | undefined;
    world.upvest.createWithdrawal = async (order) => {
      const made = await create(order);
      asked ??= request({ idempotencyKey: 'key-2' });
      await new Promise((resolve) => setTimeout(resolve, 150));
      return made;
    };
    await accept();
    await world.settle();
    expect((await asked)?.kind).toBe('success');
    await world.settle();
    expect(world.upvest.balance).toBe('0');
  });

  it.each(['withdrawal', 'virtual-cash'] as const)(
    'does not count a payment twice that the broker has booked and whose event has not come (%s)',
    async (payout) => {
      await again({ payout });
      world.upvest.fund('200');
      const id = await accept();
      await world.runDue();
      expect((await world.row(id)).state).toBe('SUBMITTED');
      world.upvest.tick();
      world.upvest.tick();
      expect(world.upvest.balance).toBe('100');
      const asked = request({ idempotencyKey: 'key-2' });
      await new Promise((resolve) => setTimeout(resolve, 150));
      await world.deliver();
      await world.runDue();
      expect(await asked).toMatchObject({ kind: 'success' });
      await world.settle();
      expect(world.upvest.balance).toBe('0');
    },
  );

  it('asks for the account to pay to only when there are several, and takes none of another', async () => {
    world.upvest.fund('100');
    world.upvest.accounts.push({ id: 'ref-2', name: null, owner: null, iban: null });
    expect(await request()).toMatchObject({ kind: 'invalid', field: 'referenceAccountId' });
    expect(await request({ referenceAccountId: 'ref-3' })).toMatchObject({
      kind: 'invalid',
      field: 'referenceAccountId',
    });
    await accept({ referenceAccountId: 'ref-2' });
    await world.runDue();
    expect(upvestWithdrawals()).toMatchObject([{ referenceAccountId: 'ref-2' }]);
    world.upvest.accounts.length = 0;
    expect(await request({ idempotencyKey: 'key-2' })).toMatchObject({ kind: 'portfolioNotFundable' });
  });

  it('refuses text that cannot travel with a payment, and a portfolio that is being rebalanced', async () => {
    expect(await request({ remittanceInformation: 'Miete für März' })).toMatchObject({
      kind: 'invalid',
      field: 'remittanceInformation',
    });
    expect(await request({ remittanceInformation: 'x'.repeat(141) })).toMatchObject({
      kind: 'invalid',
      field: 'remittanceInformation',
    });
    robo();
    world.investSuite.optimizing = true;
    expect(await request()).toMatchObject({ kind: 'rebalancingInProgress' });
    world.investSuite.faults.down = true;
    await expect(request()).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    world.investSuite.faults.down = false;
    world.investSuite.optimizing = false;
    expect((await request()).kind).toBe('success');
  });

  it('takes InvestSuite’s 409 for rebalancing, and another refusal to say for nothing', async () => {
    robo();
    let status = 409;
    world.investSuite.optimization = async () => {
      throw new UpstreamRefusedReadError('INVESTSUITE', status);
    };
    expect(await request()).toMatchObject({ kind: 'rebalancingInProgress' });
    status = 403;
    expect((await request()).kind).toBe('success');
  });
});
