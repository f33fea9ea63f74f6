import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import type { PortfolioId } from '../../src/domain/ids.ts';
import { type Store, verifyAudit } from '../../src/store/index.ts';
import { type MoneySettings, registerDeposit, resolveReview, reviewsPage } from '../../src/workflows/index.ts';
import { sequence } from './faults.ts';
import { type Clock, OPERATOR, P1, type World, worlds } from './world.ts';

const input = { portfolioId: P1 as string, amount: decimal('100.50'), currency: 'EUR', idempotencyKey: 'key-1' };

let store: Store;
let clock: Clock;
let world: World;
const open = worlds();

async function fresh(settings: Partial<MoneySettings> = {}): Promise<void> {
  ({ store, clock, world } = await open(settings));
}
beforeEach(async () => {
  await fresh();
  return () => store.close();
});

async function accept(more: Partial<typeof input> = {}): Promise<string> {
  const result = await registerDeposit(world.services, OPERATOR, { ...input, ...more });
  if (result.kind !== 'success') throw new Error(JSON.stringify(result));
  return result.value.id;
}

describe('a deposit', () => {
  it('goes through its states, broker first', async () => {
    const id = await accept();
    expect(world.upvest.movements.size).toBe(0);
    await world.settle();
    expect(await world.states(id)).toEqual(['REQUESTED', 'FUNDING', 'FUNDED', 'BOOKING', 'COMPLETED']);
    expect(world.investSuite.cash(P1)).toBe('100.5');
    expect(world.upvest.balance).toBe('100.5');
    expect(world.troubles).toEqual([]);
  });

  it('is booked on top of the one before, however long InvestSuite shows the cash as it was', async () => {
    await store.close();
    await fresh({ booking: 'gateway' });
    world.investSuite.staleReads = 3;
    for (const key of ['a', 'b', 'c']) await accept({ idempotencyKey: key });
    await world.settle();
    expect(world.investSuite.cash(P1)).toBe('301.5');
    expect(world.troubles).toEqual([]);
  });

  it('is booked by the gateway where the tenant wants it so', async () => {
    await store.close();
    await fresh({ booking: 'gateway' });
    const id = await accept();
    await world.settle();
    expect(await world.states(id)).toEqual(['REQUESTED', 'FUNDING', 'FUNDED', 'BOOKING', 'COMPLETED']);
    expect(world.investSuite.transactions).toMatchObject([
      {
        externalId: id,
        movements: [{ type: 'CASH_DEPOSIT', status: 'SETTLED', quantity: '100.50', instrumentId: '$EUR' }],
      },
    ]);
    expect(world.investSuite.get(P1)).toMatchObject({
      holdings: [
        { instrumentId: '$EUR', quantity: '100.5' },
        { instrumentId: 'US0378331005', quantity: '2.5' },
      ],
    });
    expect(world.investSuite.get(P1).fundedSince).not.toBeNull();
    expect(world.investSuite.depositEvents.size).toBe(1);
  });

  it('needs no broker where the tenant has no virtual cash', async () => {
    await store.close();
    await fresh({ funding: 'none' });
    const id = await accept();
    await world.settle();
    expect(await world.states(id)).toEqual(['REQUESTED', 'BOOKING', 'COMPLETED']);
    expect(world.upvest.movements.size).toBe(0);
  });

  it('is funded though the webhook never comes', async () => {
    world.upvest.silent = true;
    const id = await accept();
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
  });

  it('is funded though the webhook comes before the create call has answered', async () => {
    const id = await accept();
    world.upvest.faults.next = sequence('createVirtualCashIncrease', 'lost-after');
    await world.runDue();
    world.upvest.tick();
    await world.deliver();
    await world.settle({ moves: false });
    expect((await world.row(id)).state).toBe('COMPLETED');
    expect(world.upvest.movements.size).toBe(1);
    expect(world.upvest.faults.count('cashTransactions')).toBe(0);
  });

  it('is not moved by webhooks that come twice', async () => {
    const id = await accept();
    await world.runDue();
    world.upvest.tick();
    const events = [...world.upvest.events];
    await world.settle();
    const { version } = await world.row(id);
    world.upvest.events.push(...events, ...events.map((event) => ({ ...event, id: `${event.id}-again` })));
    await world.settle();
    expect(await world.row(id)).toMatchObject({ state: 'COMPLETED', version, due_at: null });
  });

  it.each(['lost-after', 'lost-before', 'not-sent'] as const)('happens once when an answer is %s', async (fault) => {
    for (const booking of ['investsuite', 'gateway'] as const) {
      for (const operation of ['createVirtualCashIncrease', 'depositEvent', 'createTransaction', 'patchHoldings']) {
        await store.close();
        await fresh({ booking });
        world.upvest.faults.next = sequence(operation, fault, fault);
        world.investSuite.faults.next = sequence(operation, fault, fault);
        const id = await accept();
        await world.settle();
        expect((await world.row(id)).state, `${operation} ${booking}`).toBe('COMPLETED');
        expect(world.upvest.balance).toBe('100.5');
        expect(world.investSuite.cash(P1)).toBe('100.5');
        expect(world.investSuite.depositEvents.size).toBe(1);
        // Whichever system books, one transaction shows the money.
        expect(world.investSuite.transactions.length).toBe(1);
      }
    }
  });

  it('fails with our own message when Upvest refuses, and needs a review when InvestSuite refuses afterwards', async () => {
    world.upvest.faults.next = sequence('createVirtualCashIncrease', { refuse: 400 });
    const failed = await accept();
    await world.settle();
    expect(await world.row(failed)).toMatchObject({
      state: 'FAILED',
      reason: 'Upvest refused to increase the virtual cash (400).',
      step: null,
    });
    world.investSuite.faults.next = sequence('depositEvent', { refuse: 422 });
    const review = await accept({ idempotencyKey: 'key-2' });
    await world.settle();
    expect(await world.row(review)).toMatchObject({
      state: 'NEEDS_REVIEW',
      resume_state: 'BOOKING',
      due_at: null,
      sent_at: null,
    });
  });

  it('asks again after a conflict with an attempt of unknown outcome', async () => {
    world.upvest.faults.next = sequence('createVirtualCashIncrease', 'lost-after', { refuse: 409 });
    const id = await accept();
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
    expect(world.upvest.movements.size).toBe(1);
  });

  it('stays in doubt since the first attempt, though a later one was not even sent', async () => {
    const sentAt = clock.ms;
    world.upvest.faults.next = sequence('createVirtualCashIncrease', 'lost-after', 'not-sent', 'not-sent', 'not-sent');
    const id = await accept();
    await world.pass(5_000);
    expect(await world.row(id)).toMatchObject({ state: 'REQUESTED', sent_at: sentAt });
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
  });

  it('waits while InvestSuite is rebalancing', async () => {
    world.investSuite.rebalancing = true;
    const id = await accept();
    await world.runDue();
    world.upvest.tick();
    await world.pass(120_000);
    expect(await world.row(id)).toMatchObject({ state: 'BOOKING', waiting_for: 'rebalancing', sent_at: null });
    world.investSuite.rebalancing = false;
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
  });

  it('is safe while Upvest is down for ten minutes, with a reason, and does not retry in a hot loop', async () => {
    world.upvest.faults.down = true;
    const id = await accept();
    let asked = 0;
    world.onPoint = (point) => {
      if (point === 'marked') asked += 1;
    };
    await world.pass(600_000);
    expect(await world.row(id)).toMatchObject({ state: 'REQUESTED', waiting_for: 'upvest' });
    expect(asked).toBeGreaterThan(35);
    expect(asked).toBeLessThan(90);
    const { value } = await registerDeposit(world.services, OPERATOR, input).then((result) =>
      result.kind === 'success' ? result : Promise.reject(new Error(result.kind)),
    );
    expect(value.history.map((entry) => entry.reason)).toEqual([null, 'Upvest is not available. The gateway retries.']);
    world.upvest.faults.down = false;
    await world.settle();
    expect((await world.row(id)).state).toBe('COMPLETED');
  });

  it('has the refusal of a repetition in its history, with the status', async () => {
    world.upvest.silent = true;
    let sent = 0;
    world.upvest.faults.next = (operation) => {
      if (operation !== 'createVirtualCashIncrease') return undefined;
      sent += 1;
      return sent === 1 ? 'lost-before' : { refuse: 422 };
    };
    const id = await accept();
    await world.pass(60_000);
    expect((await world.row(id)).state).toBe('REQUESTED');
    const result = await registerDeposit(world.services, OPERATOR, input);
    expect(result.kind === 'success' && result.value.history.map(({ reason }) => reason)).toEqual([
      null,
      'Upvest refused a repetition (422) of a request whose answer was lost. The gateway looks for the effect of that request.',
    ]);
  });

  async function inDoubt(): Promise<string> {
    // No webhook tells of it either.
    world.upvest.silent = true;
    world.upvest.faults.next = (operation) => (operation === 'createVirtualCashIncrease' ? 'lost-after' : undefined);
    const id = await accept();
    await world.pass(60_000);
    clock.ms += 23 * 3_600_000;
    await world.pass(60_000);
    expect(await world.row(id)).toMatchObject({ state: 'NEEDS_REVIEW', resume_state: 'REQUESTED', step: 'fund' });
    expect((await world.row(id)).sent_at).not.toBeNull();
    world.upvest.faults.next = () => undefined;
    world.upvest.silent = false;
    return id;
  }

  it.each([
    ['DONE', 'COMPLETED', 1],
    ['NOT_DONE', 'FAILED', 0],
    ['RETRY', 'NEEDS_REVIEW', 0],
  ] as const)('that is in doubt for too long needs a person: %s', async (outcome, state, events) => {
    const id = await inDoubt();
    expect(await reviewsPage(store, undefined, 10)).toMatchObject([{ type: 'Deposit', object: { id } }]);
    const resolve = { id, outcome, note: 'looked it up', idempotencyKey: 'review-1' };
    const result = await resolveReview(world.services, OPERATOR, resolve);
    expect(result).toMatchObject({ kind: 'success', replayed: false });
    await world.settle();
    expect(await world.row(id)).toMatchObject({ state });
    expect(world.investSuite.depositEvents.size).toBe(events);
    expect(await resolveReview(world.services, OPERATOR, resolve)).toMatchObject({ kind: 'success', replayed: true });
    const again = await resolveReview(world.services, OPERATOR, { ...resolve, note: 'x', idempotencyKey: 'review-2' });
    expect(again.kind).toBe(state === 'NEEDS_REVIEW' ? 'success' : 'invalid');
    expect((await store.read((reading) => verifyAudit(reading))).findings).toEqual([]);
  });
});

describe('accepting a deposit', () => {
  it('makes one row of the same key fifty times at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, () => registerDeposit(world.services, OPERATOR, input)),
    );
    const ids = new Set(results.map((result) => (result.kind === 'success' ? result.value.id : result.kind)));
    expect(ids.size).toBe(1);
    expect(results.filter((result) => result.kind === 'success' && result.replayed)).toHaveLength(49);
    await world.settle();
    expect(world.upvest.movements.size).toBe(1);
    const again = await registerDeposit(world.services, OPERATOR, { ...input, amount: decimal('100.5') });
    expect(again).toMatchObject({ kind: 'success', replayed: true, value: { state: 'COMPLETED' } });
    const other = await registerDeposit(world.services, OPERATOR, { ...input, amount: decimal('100.51') });
    expect(other.kind).toBe('idempotencyKeyReused');
    expect(world.upvest.movements.size).toBe(1);
  });

  it.each([
    [{ amount: decimal('0') }, 'invalid', 'amount'],
    [{ amount: decimal('-1') }, 'invalid', 'amount'],
    [{ amount: decimal('1.001') }, 'invalid', 'amount'],
    [{ amount: decimal('1000000000') }, 'invalid', 'amount'],
    [{ currency: 'usd' }, 'invalid', 'currency'],
    [{ currency: 'USD' }, 'invalid', 'currency'],
    [{ idempotencyKey: '' }, 'invalid', 'idempotencyKey'],
    [{ portfolioId: 'P01F8ZSNV0J45R9DFZ3D7D8C26X' as PortfolioId }, 'notFound', undefined],
    [{ portfolioId: 'nonsense' }, 'notFound', undefined],
  ])('refuses %j', async (more, kind, field) => {
    const result = await registerDeposit(world.services, OPERATOR, { ...input, ...more });
    expect(result).toMatchObject({ kind, ...(field !== undefined && { field }) });
    expect(world.upvest.faults.arrived).toEqual([]);
  });

  it.each([
    [{ archived: true }],
    [{ moneyType: 'PAPER_MONEY' as const }],
    [{ status: 'WAITING_FOR_POLICY' as const }],
    [{ status: null }],
    [{ brokerage: null }],
  ])('refuses a portfolio that is %j', async (more) => {
    world.investSuite.change(P1, more);
    expect((await registerDeposit(world.services, OPERATOR, input)).kind).toBe('portfolioNotFundable');
    world.investSuite.change(P1, {
      archived: false,
      moneyType: 'REAL_MONEY',
      status: 'WAITING_FOR_FUNDS',
      brokerage: {
        brokeragePortfolioId: 'group-1',
        brokerageUserId: null,
        bankAccountNumber: null,
        paymentReference: null,
      },
    });
    expect((await registerDeposit(world.services, OPERATOR, input)).kind).toBe('success');
  });

  it('does not distinguish another customer’s portfolio from a missing one, and checks the scope first', async () => {
    expect((await registerDeposit(world.services, { ...OPERATOR, maySee: () => false }, input)).kind).toBe('notFound');
    const customer = {
      viewer: { ...OPERATOR.viewer, scopes: new Set(['portfolios:read' as const]) },
      maySee: () => true,
    };
    expect((await registerDeposit(world.services, customer, { ...input, amount: decimal('0') })).kind).toBe(
      'forbidden',
    );
  });
});
