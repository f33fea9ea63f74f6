import { beforeEach, describe, expect, it } from 'vitest';
import { readSubject } from '../../src/datasources/upvest/index.ts';
import { type Decimal, decimal, sum } from '../../src/domain/decimal.ts';
import { UpstreamRefusedReadError, UpstreamUnavailableError } from '../../src/errors.ts';
import type { Store } from '../../src/store/index.ts';
import { endOf, sendingOf } from '../../src/workflows/engine/sendings.ts';
import {
  cancelWithdrawal,
  claimForEnded,
  decreaseVirtualCash,
  increaseVirtualCash,
  type MoneySettings,
  registerDeposit,
  reportedEffect,
  requestWithdrawal,
  resolveReview,
} from '../../src/workflows/index.ts';
import type { FakeUpvest } from './fake-upvest.ts';
import { type Fault, sequence } from './faults.ts';
import { type Clock, OPERATOR, P1, type World, worlds } from './world.ts';

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

const COMMANDS = {
  withdrawal: requestWithdrawal,
  deposit: registerDeposit,
  increase: increaseVirtualCash,
  decrease: decreaseVirtualCash,
};

async function ask(what: keyof typeof COMMANDS, idempotencyKey: string, amount = '40'): Promise<string> {
  const input = { portfolioId: P1, amount: decimal(amount), currency: 'EUR', idempotencyKey };
  const result = await COMMANDS[what](world.services, OPERATOR, input);
  if (result.kind !== 'success') throw new Error(JSON.stringify(result));
  return result.value.id;
}

/** Payments that the broker has made or is about to make. */
const paidByBroker = (): Decimal =>
  sum(
    [...world.upvest.withdrawals.values()].filter(({ status }) => status !== 'CANCELLED').map(({ amount }) => amount),
  );

const OF_THE_REQUEST = [400, 409, 422];
const OF_US = [402, 403, 404, 405, 406, 410, 415, 418, 426, 428];

describe('a repetition that is refused after a lost answer', () => {
  it.each([...OF_THE_REQUEST, ...OF_US])('with %i does not end a withdrawal that was made', async (status) => {
    world.upvest.fund('100');
    world.upvest.silent = true;
    world.upvest.faults.next = sequence('createWithdrawal', 'lost-after', { refuse: status });
    const id = await ask('withdrawal', 'first');
    await world.settle();
    expect(await world.row(id)).toMatchObject({ state: 'COMPLETED', sent_at: null });
    expect(paidByBroker()).toBe('40');
  });

  it.each([400, 403, 410])('again and again with %i is settled by the list: done', async (status) => {
    world.upvest.fund('100');
    world.upvest.silent = true;
    let sent = 0;
    world.upvest.faults.next = (operation) => {
      if (operation !== 'createWithdrawal') return undefined;
      sent += 1;
      return sent === 1 ? 'lost-after' : { refuse: status };
    };
    const id = await ask('withdrawal', 'first');
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
  });

  it('is settled by the list: not done, once nothing can arrive any more', async () => {
    world.upvest.fund('100');
    let sent = 0;
    world.upvest.faults.next = (operation) => {
      if (operation !== 'createWithdrawal') return undefined;
      sent += 1;
      return sent === 1 ? 'lost-before' : { refuse: 422 };
    };
    const id = await ask('withdrawal', 'first');
    await world.pass(25_000);
    expect((await world.row(id)).state).toBe('AWAITING_CASH');
    await world.pass(30_000);
    expect(await world.row(id)).toMatchObject({ state: 'FAILED', reason: 'Upvest refused to pay (422).' });
    world.upvest.faults.next = () => undefined;
    await ask('withdrawal', 'second');
    await world.settle();
    expect(paidByBroker()).toBe('40');
  });

  it.each([400, 403])('with %i leaves virtual cash in doubt, until a person looks', async (status) => {
    world.upvest.fund('100');
    world.upvest.silent = true;
    let sent = 0;
    world.upvest.faults.next = (operation) => {
      if (operation !== 'createVirtualCashIncrease') return undefined;
      sent += 1;
      return sent === 1 ? 'lost-before' : { refuse: status };
    };
    const id = await ask('increase', 'first');
    await world.pass(4 * 60_000);
    expect((await world.row(id)).state).toBe('REQUESTED');
    await world.pass(2 * 60_000);
    expect(await world.row(id)).toMatchObject({
      state: 'NEEDS_REVIEW',
      reason: `The outcome of the movement is unknown: Upvest did not answer. Look for the movement at Upvest. Upvest has refused the same request since (${status}). (Step issue.)`,
    });
    expect(sent).toBeLessThan(60);
  });

  it('is settled by an event of the broker', async () => {
    let sent = 0;
    world.upvest.faults.next = (operation) => {
      if (operation !== 'createVirtualCashDecrease') return undefined;
      sent += 1;
      return sent === 1 ? 'lost-after' : { refuse: 403 };
    };
    world.upvest.fund('100');
    const id = await ask('decrease', 'first');
    await world.settle();
    expect((await world.row(id)).state).toBe('CONFIRMED');
  });

  it('never takes what belongs to another row', async () => {
    world.upvest.fund('100');
    const other = await ask('withdrawal', 'other');
    await world.settle();
    expect((await world.row(other)).state).toBe('COMPLETED');
    let sent = 0;
    world.upvest.faults.next = (operation) => {
      if (operation !== 'createWithdrawal') return undefined;
      sent += 1;
      return sent === 1 ? 'lost-before' : { refuse: 400 };
    };
    const id = await ask('withdrawal', 'first');
    await world.settle();
    expect((await world.row(id)).state).toBe('FAILED');
    expect(paidByBroker()).toBe('40');
  });

  it('leaves the row in doubt while the list is not known', async () => {
    world.upvest.fund('100');
    world.upvest.silent = true;
    let sent = 0;
    world.upvest.faults.next = (operation) => {
      if (operation !== 'createWithdrawal') return undefined;
      sent += 1;
      return sent === 1 ? 'lost-after' : { refuse: 400 };
    };
    world.upvest.knowsGroups = false;
    const id = await ask('withdrawal', 'first');
    await world.pass(6 * 60_000);
    expect((await world.row(id)).state).toBe('NEEDS_REVIEW');
  });

  it('is put before a person after 23 hours where the list can never be read', async () => {
    world.upvest.fund('100');
    world.upvest.silent = true;
    world.upvest.faults.next = (operation) => (operation === 'createWithdrawal' ? 'lost-before' : undefined);
    world.upvest.withdrawalsOfGroup = async () => {
      throw new UpstreamRefusedReadError('UPVEST', 403);
    };
    const id = await ask('withdrawal', 'first');
    await world.pass(60_000);
    expect((await world.row(id)).state).toBe('AWAITING_CASH');
    clock.ms += 23 * 3_600_000;
    await world.pass(60_000);
    expect(await world.row(id)).toMatchObject({
      state: 'NEEDS_REVIEW',
      reason:
        'The outcome of the payment is unknown: Upvest did not answer. Look for the payment at Upvest. (Step submit.)',
    });
  });

  it('does not take the booking of a deposit for that of another of the same amount, written otherwise', async () => {
    await again({ funding: 'none' });
    const first = await ask('deposit', 'first', '40.00');
    await world.settle();
    expect((await world.row(first)).state).toBe('COMPLETED');
    let sent = 0;
    world.investSuite.faults.next = (operation) => {
      if (operation !== 'depositEvent') return undefined;
      sent += 1;
      return sent === 1 ? 'lost-before' : { refuse: 400 };
    };
    const second = await ask('deposit', 'second', '40');
    await world.pass(6 * 60_000);
    expect(await world.row(second)).toMatchObject({ state: 'NEEDS_REVIEW', step: 'book' });
    expect(world.investSuite.depositEvents.size).toBe(1);
  });

  it('does not end a reservation that was made', async () => {
    world.investSuite.change(P1, { manager: 'ROBO_ADVISOR_DISCRETIONARY' });
    world.investSuite.faults.next = sequence('patchDivest', 'lost-after', { refuse: 400 });
    world.upvest.fund('100');
    const id = await ask('withdrawal', 'first');
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
    expect(world.investSuite.divested(P1)).toBeNull();
  });
});

/** Where what a step without a key did would be seen, and it can't be for ever. */
describe('a write without a key', () => {
  const refuse = async (): Promise<never> => {
    throw new UpstreamRefusedReadError('INVESTSUITE', 403);
  };
  const fail = async (): Promise<never> => {
    throw new UpstreamUnavailableError('INVESTSUITE', 'server-error');
  };
  const robo = { manager: 'ROBO_ADVISOR_DISCRETIONARY' } as const;
  const CASES = [
    ['deposit', 'book-transaction', 'createTransaction', fail],
    ['deposit', 'book-holdings', 'patchHoldings', refuse],
    ['deposit', 'book-holdings', 'patchHoldings', fail],
    ['withdrawal', 'reserve', 'patchDivest', refuse],
    ['withdrawal', 'restore', 'patchDivest', fail],
    ['withdrawal', 'release', 'patchDivest', refuse],
  ] as const;
  it.each(CASES)('of a %s in %s is put before a person after 23 hours', async (what, step, operation, look) => {
    await again(what === 'deposit' ? { booking: 'gateway' } : {});
    if (what === 'withdrawal') {
      world.investSuite.change(P1, { ...robo, divestment: { kind: 'exactly', amount: decimal('3') } });
    }
    world.upvest.fund(step === 'release' ? '0' : '100');
    let present: string | null = null;
    world.onPoint = (point, row) => {
      if (point === 'marked') present = row.step;
    };
    world.investSuite.faults.next = (called) => {
      if (called !== operation || present !== step) return undefined;
      Object.assign(world.investSuite, { portfolioFresh: look, findTransactionsByExternalId: look });
      return 'lost-before';
    };
    const id = await ask(what, 'first');
    if (step === 'release') {
      await world.pass(5_000);
      await cancelWithdrawal({ ...world.services, answerWithinMs: 0 }, OPERATOR, { id, idempotencyKey: 'cancel' });
    }
    for (let turns = 0; turns < 20; turns += 1) {
      await world.pass(2_000);
      world.upvest.tick();
    }
    const doubted = await world.row(id);
    expect(doubted).toMatchObject({ step });
    expect(doubted.state).not.toBe('NEEDS_REVIEW');
    expect(doubted.sent_at).not.toBeNull();
    clock.ms += 23 * 3_600_000;
    await world.pass(120_000);
    const row = await world.row(id);
    expect(row).toMatchObject({ state: 'NEEDS_REVIEW', due_at: null });
    expect(row.reason).toMatch(
      new RegExp(`^The outcome .* is unknown: InvestSuite did not answer.* \\(Step ${step}\\.\\)$`),
    );
  });
});

describe('a first attempt that is refused', () => {
  it.each(OF_US)('with %i leaves the withdrawal waiting with its reservation, then goes on', async (status) => {
    world.investSuite.change(P1, { manager: 'ROBO_ADVISOR_DISCRETIONARY' });
    world.upvest.fund('100');
    let isMended = false;
    world.upvest.faults.next = (operation) =>
      operation === 'createWithdrawal' && !isMended ? { refuse: status } : undefined;
    const id = await ask('withdrawal', 'first');
    await world.pass(120_000);
    expect(await world.row(id)).toMatchObject({
      state: 'AWAITING_CASH',
      waiting_for: 'upvest-refused',
      reserved: '40',
      sent_at: null,
    });
    isMended = true;
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
    expect(paidByBroker()).toBe('40');
  });

  it('has the answer in its history, and can be cancelled', async () => {
    world.upvest.fund('100');
    world.upvest.faults.next = (operation) => (operation === 'createWithdrawal' ? { refuse: 426 } : undefined);
    const id = await ask('withdrawal', 'first');
    await world.pass(60_000);
    const input = { id, idempotencyKey: 'cancel' };
    const cancelled = cancelWithdrawal({ ...world.services, answerWithinMs: 0 }, OPERATOR, input);
    expect((await cancelled).kind).toBe('upstreamRefused');
    await world.settle();
    const result = await cancelWithdrawal(world.services, OPERATOR, input);
    expect(result).toMatchObject({ kind: 'success', value: { state: 'CANCELLED' } });
    const history = result.kind === 'success' ? result.value.history : [];
    expect(history.map(({ reason }) => reason)).toContain(
      'Upvest answered 426, which concerns the gateway and not this request. The gateway retries.',
    );
    expect(paidByBroker()).toBe('0');
  });

  const writes = [
    ['deposit', 'createVirtualCashIncrease', {}],
    ['deposit', 'depositEvent', {}],
    ['deposit', 'createTransaction', { booking: 'gateway' }],
    ['deposit', 'patchHoldings', { booking: 'gateway' }],
    ['deposit', 'depositEvent', { booking: 'gateway' }],
    ['withdrawal', 'patchDivest', {}],
    ['withdrawal', 'withdrawEvent', {}],
    ['withdrawal', 'createTransaction', { booking: 'gateway' }],
    ['withdrawal', 'patchHoldings', { booking: 'gateway' }],
    ['withdrawal', 'createVirtualCashDecrease', { payout: 'virtual-cash' }],
    ['increase', 'createVirtualCashIncrease', {}],
    ['decrease', 'createVirtualCashDecrease', {}],
  ] as const;
  it.each(writes)('with 403 makes a %s wait in %s, and it goes on', async (what, operation, settings) => {
    await again(settings);
    world.investSuite.change(P1, { manager: 'ROBO_ADVISOR_DISCRETIONARY' });
    world.upvest.fund('100');
    let refusals = 0;
    const refuse = (called: string): Fault | undefined => {
      if (called !== operation || refusals >= 4) return undefined;
      refusals += 1;
      return { refuse: 403 };
    };
    world.upvest.faults.next = refuse;
    world.investSuite.faults.next = refuse;
    const id = await ask(what, 'first');
    await world.settle();
    expect(['COMPLETED', 'CONFIRMED']).toContain((await world.row(id)).state);
    expect(refusals).toBe(4);
  });
});

describe('a portfolio that InvestSuite does not show', () => {
  it.each(['patchDivest', 'withdrawEvent'])(
    'is waited for before %s, and nothing that others reserved is lost',
    async (operation) => {
      world.investSuite.change(P1, {
        manager: 'ROBO_ADVISOR_DISCRETIONARY',
        divestment: { kind: 'exactly', amount: decimal('3') },
      });
      world.upvest.fund('100');
      const shown = world.investSuite.portfolio.bind(world.investSuite);
      const id = await ask('withdrawal', 'first');
      let isHidden = operation === 'patchDivest';
      world.investSuite.portfolio = async (portfolioId) => {
        const portfolio = await shown(portfolioId);
        return isHidden ? null : portfolio;
      };
      world.onPoint = (_point, { step }) => {
        isHidden ||= step === 'tell' && !wasHidden;
      };
      let wasHidden = operation === 'patchDivest';
      await world.pass(120_000);
      for (const { id: upvestId } of world.upvest.withdrawals.values()) world.upvest.advance(upvestId, 'CONFIRMED');
      await world.pass(120_000);
      expect(await world.row(id)).toMatchObject({ waiting_for: 'investsuite-refused', sent_at: null });
      wasHidden = true;
      isHidden = false;
      await world.settle();
      expect((await world.row(id)).state).toBe('COMPLETED');
      expect(world.investSuite.divested(P1)).toBe('3');
    },
  );
});

describe('an event that fits a row which had ended', () => {
  const claim = async (events: FakeUpvest['events']): Promise<boolean[]> => {
    const taken: boolean[] = [];
    for (const event of events.filter(({ type }) => type.startsWith('WITHDRAWAL.'))) {
      const told = reportedEffect(readSubject(event));
      taken.push(told !== null && (await store.write((writing) => claimForEnded(writing, told))));
    }
    return taken;
  };

  /** The broker says no, and does it all the same. */
  async function failedButPaid(): Promise<string> {
    world.upvest.fund('100');
    world.upvest.events.splice(0);
    world.upvest.faults.next = sequence('createWithdrawal', { refuse: 400 });
    const id = await ask('withdrawal', 'first');
    await world.settle();
    expect((await world.row(id)).state).toBe('FAILED');
    await world.upvest.createWithdrawal({
      accountGroupId: 'group-1',
      brokerageUserId: null,
      referenceAccountId: 'ref-1',
      amount: decimal('40'),
      currency: 'EUR',
      remittanceInformation: null,
      idempotencyKey: '0f5ab6a1-8a53-5d0b-9c3c-0c9c1a2b3c4d',
    } as Parameters<FakeUpvest['createWithdrawal']>[0]);
    return id;
  }

  it.each([
    ['DONE', 'COMPLETED'],
    ['NOT_DONE', 'FAILED'],
  ] as const)('raises a review; %s', async (outcome, state) => {
    const id = await failedButPaid();
    const before = await world.row(id);
    expect(await claim(world.upvest.events)).toEqual([true]);
    expect(await world.row(id)).toMatchObject({ state: 'NEEDS_REVIEW', resume_state: 'FAILED' });
    const resolve = { id, outcome, note: 'looked it up', idempotencyKey: 'review' };
    expect((await resolveReview(world.services, OPERATOR, resolve)).kind).toBe('success');
    if (outcome === 'DONE') await world.settle();
    expect(await world.row(id)).toMatchObject({ state, reason: outcome === 'DONE' ? null : before.reason });
  });

  it('is a review again after RETRY while the payment is NEW, not the end that it contradicts', async () => {
    const id = await failedButPaid();
    const events = [...world.upvest.events];
    await world.deliver();
    expect(await claim(events)).toEqual([true]);
    expect(await world.row(id)).toMatchObject({ state: 'NEEDS_REVIEW', resume_state: 'FAILED' });
    const resolve = { id, outcome: 'RETRY', note: 'look again', idempotencyKey: 'review' } as const;
    expect((await resolveReview(world.services, OPERATOR, resolve)).kind).toBe('success');
    await world.runDue();
    const row = await world.row(id);
    expect(row).toMatchObject({ state: 'NEEDS_REVIEW', due_at: null });
    expect(row.reason).toContain('whose state here was FAILED');
  });

  it('is not taken where the amount differs, nothing was sent, or it was made a day later', async () => {
    const id = await failedButPaid();
    const event = world.upvest.events.find(({ type }) => type === 'WITHDRAWAL.NEW');
    if (event === undefined) throw new Error('no event');
    const withObject = (change: Record<string, string>) => [{ ...event, object: { ...event.object, ...change } }];
    expect(await claim(withObject({ amount: '40.01' }))).toEqual([false]);
    expect(await claim(withObject({ status: 'CANCELLED' }))).toEqual([false]);
    clock.ms += 2 * 86_400_000;
    expect(await claim(withObject({ created_at: new Date(clock.ms).toISOString() }))).toEqual([false]);
    expect((await world.row(id)).state).toBe('FAILED');
  });

  it('is taken for one of now where the broker’s clock is days ahead', async () => {
    const id = await failedButPaid();
    const event = world.upvest.events.find(({ type }) => type === 'WITHDRAWAL.NEW');
    if (event === undefined) throw new Error('no event');
    const ahead = { ...event.object, created_at: new Date(clock.ms + 40 * 86_400_000).toISOString() };
    expect(await claim([{ ...event, object: ahead }])).toEqual([true]);
    expect((await world.row(id)).state).toBe('NEEDS_REVIEW');
  });
});

describe('the lock', () => {
  it('is free at once when a cancel comes between the preparation and the mark', async () => {
    world.upvest.fund('100');
    const first = await ask('withdrawal', 'first');
    world.onPoint = async (point, row) => {
      if (point !== 'prepared' || row.id !== first) return;
      world.onPoint = () => undefined;
      const input = { id: first, idempotencyKey: 'cancel' };
      await cancelWithdrawal({ ...world.services, answerWithinMs: 0 }, OPERATOR, input);
    };
    await world.runDue();
    expect((await world.row(first)).state).toBe('CANCELLED');
    const second = await ask('withdrawal', 'second');
    await world.runDue();
    expect(await world.row(second)).toMatchObject({ state: 'SUBMITTED' });
  });

  it('of the account group is free when a doubt ended with nothing done and a cancel was asked for', async () => {
    world.upvest.fund('100');
    let sent = 0;
    world.upvest.faults.next = (operation) => {
      if (operation !== 'createWithdrawal') return undefined;
      sent += 1;
      return sent === 1 ? 'lost-before' : { refuse: 403 };
    };
    const first = await ask('withdrawal', 'first');
    await world.pass(5_000);
    await cancelWithdrawal({ ...world.services, answerWithinMs: 0 }, OPERATOR, { id: first, idempotencyKey: 'cancel' });
    await world.settle();
    expect((await world.row(first)).state).toBe('CANCELLED');
    world.upvest.faults.next = () => undefined;
    const second = await ask('withdrawal', 'second');
    await world.runDue();
    expect((await world.row(second)).state).toBe('SUBMITTED');
  });
});

describe('a row of the release before, which kept only the mark', () => {
  it('is settled: its last attempt was made when it was last changed, at the latest', async () => {
    world.upvest.fund('100');
    world.upvest.silent = true;
    world.upvest.faults.next = sequence('createWithdrawal', 'lost-before');
    const id = await ask('withdrawal', 'first');
    await world.runDue();
    const sent = await world.row(id);
    expect(sent.sent_at).not.toBeNull();
    await store.write((writing) =>
      writing.db.updateTable('workflows').set({ sendings: null }).where('id', '=', id).execute(),
    );
    expect(sendingOf({ ...sent, sendings: null }, 'submit')).toEqual({
      firstAt: sent.sent_at,
      lastAt: sent.updated_at,
      doubtedAt: null,
      refused: null,
    });
    let refusals = 0;
    world.upvest.faults.next = (operation) => {
      if (operation !== 'createWithdrawal') return undefined;
      refusals += 1;
      return { refuse: 422 };
    };
    await world.pass(20_000);
    expect((await world.row(id)).state).toBe('AWAITING_CASH');
    await world.settle();
    expect((await world.row(id)).state).toBe('FAILED');
    expect(refusals).toBeGreaterThan(1);
  });

  it('and what this release keeps is read as it was written', () => {
    const kept =
      '{"version":1,"steps":{"submit":{"firstAt":1,"lastAt":2,"doubtedAt":3,"refused":{"since":4,"status":403}}},"ended":{"state":"FAILED","reason":"no"}}';
    const row = { sendings: kept, sent_at: null, updated_at: 9, step: null };
    const refused = { since: 4, status: 403 };
    expect(sendingOf(row, 'submit')).toEqual({ firstAt: 1, lastAt: 2, doubtedAt: 3, refused });
    expect(endOf(row)).toEqual({ state: 'FAILED', reason: 'no' });
  });
});
