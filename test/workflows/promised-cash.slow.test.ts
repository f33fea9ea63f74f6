import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import type { PortfolioId } from '../../src/domain/ids.ts';
import type { Store } from '../../src/store/index.ts';
import {
  cancelVirtualCashDecrease,
  decreaseVirtualCash,
  type MoneySettings,
  requestWithdrawal,
} from '../../src/workflows/index.ts';
import { describeStores } from '../helpers/stores.ts';
import { Clock, OPERATOR, P1, World } from './world.ts';

const P2 = 'P01F8ZSNV0J45R9DFZ3D7D8C26G' as PortfolioId;
const PAYOUTS: readonly MoneySettings['payout'][] = ['virtual-cash', 'withdrawal'];

describeStores('cash that is promised', (kind) => {
  const clock = new Clock();
  let store: Store;
  let world: World;
  let keys = 0;
  beforeAll(async () => {
    store = await kind.open(clock.now);
  });

  async function begin(payout: MoneySettings['payout'], balance: string): Promise<void> {
    await store.write(async ({ db }) => {
      for (const table of ['workflows', 'workflow_history', 'inbox', 'locks'] as const)
        await db.deleteFrom(table).execute();
    });
    world = new World(store, clock, { payout });
    for (const id of [P1, P2]) {
      world.investSuite.add({ id, holdings: [{ instrumentId: '$EUR', quantity: decimal('1000') }] });
    }
    world.upvest.fund(balance);
  }

  const ask = (amount: string, portfolioId: string = P1) => {
    const idempotencyKey = `key-${++keys}`;
    return requestWithdrawal(world.services, OPERATOR, {
      portfolioId,
      amount: decimal(amount),
      currency: 'EUR',
      idempotencyKey,
    });
  };
  async function accepted(amount: string, portfolioId?: string): Promise<string> {
    const result = await ask(amount, portfolioId);
    if (result.kind !== 'success') throw new Error(result.message);
    return result.value.id;
  }
  const refused = async (amount: string, available: string, portfolioId?: string): Promise<void> =>
    expect(await ask(amount, portfolioId)).toMatchObject({ kind: 'insufficientCash', available });
  const decrease = async (amount: string): Promise<string> => {
    const input = { portfolioId: P2, amount: decimal(amount), currency: 'EUR', idempotencyKey: `key-${++keys}` };
    const result = await decreaseVirtualCash(world.services, OPERATOR, input);
    if (result.kind !== 'success') throw new Error(result.message);
    return result.value.id;
  };
  /** Runs what is due, without time or the broker going on. */
  async function run(): Promise<void> {
    await world.deliver();
    while ((await world.runDue()) > 0) await world.deliver();
  }
  const robo = (): void => {
    for (const id of [P1, P2]) world.investSuite.change(id, { manager: 'ROBO_ADVISOR_DISCRETIONARY' });
  };
  const paid = (): number =>
    [...world.upvest.withdrawals.values(), ...world.upvest.movements.values()].filter(
      ({ status }) => status === 'CONFIRMED',
    ).length;

  describe.each(PAYOUTS)('with payout by %s', (payout) => {
    beforeEach(() => begin(payout, '100'));

    it('is not promised again at any state of the withdrawal, and what is left is', async () => {
      await accepted('80');
      await refused('80', '20');
      await run();
      await refused('80', '20');
      world.upvest.tick();
      await run();
      await refused('80', '20');
      await accepted('5', P2);
      await world.settle();
      await refused('80', '15');
      await accepted('15');
      await world.settle();
      expect(paid()).toBe(3);
      expect(world.upvest.balance).toBe('0');
    });

    it('is counted for all portfolios of the account group, for every caller', async () => {
      await accepted('80', P2);
      await refused('80', '20');
      await run();
      await refused('80', '20');
    });

    it('is counted where it was promised to a robo portfolio of the account group', async () => {
      world.investSuite.change(P2, { manager: 'ROBO_ADVISOR_DISCRETIONARY' });
      await accepted('80', P2);
      await refused('80', '20');
      await run();
      await refused('80', '20');
    });

    it('is not promised again while a decrease of virtual cash has not taken it', async () => {
      const id = await decrease('80');
      await refused('80', '20');
      await run();
      await refused('80', '20');
      const cancel = { id, idempotencyKey: `cancel ${id}` };
      let isAnswered = false;
      const cancelled = cancelVirtualCashDecrease(world.services, OPERATOR, cancel).finally(() => {
        isAnswered = true;
      });
      while (!isAnswered) {
        await run();
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect((await cancelled).kind).toBe('success');
      await accepted('80');
      await world.settle();
      expect(world.upvest.balance).toBe('20');
    });

    it('is counted while it is in doubt or needs a person', async () => {
      world.upvest.faults.next = (operation) => (operation.startsWith('create') ? 'lost-before' : undefined);
      const id = await accepted('80');
      await run();
      const during = ask('30');
      expect(await during).toMatchObject({ kind: 'insufficientCash', available: '20' });
      await store.write(async ({ db }) => {
        const set = { state: 'NEEDS_REVIEW', resume_state: 'AWAITING_CASH', due_at: null };
        await db.updateTable('workflows').set(set).where('id', '=', id).execute();
      });
      await refused('30', '20');
      await accepted('20');
    });

    it('is promised once to many who ask at once for two portfolios', async () => {
      const results = await Promise.all(Array.from({ length: 10 }, (_, index) => ask('40', index % 2 ? P1 : P2)));
      expect(results.filter(({ kind: each }) => each === 'success')).toHaveLength(2);
      await world.settle();
      expect(world.upvest.balance).toBe('20');
    });

    it('is asked for at the broker by one withdrawal at a time: the others wait for what is left', async () => {
      robo();
      const ids = [await accepted('80'), await accepted('80', P2), await accepted('80')];
      await run();
      const states = async () => (await Promise.all(ids.map((id) => world.row(id)))).map(({ state }) => state).sort();
      expect(await states()).toEqual(['AWAITING_CASH', 'AWAITING_CASH', 'SUBMITTED']);
      await world.pass(20_000);
      expect(await states()).toEqual(['AWAITING_CASH', 'AWAITING_CASH', 'SUBMITTED']);
      world.upvest.fund('140');
      await world.settle();
      expect(await states()).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
      expect(world.upvest.balance).toBe('0');
    });

    it('of a decrease is not asked for at the broker by a withdrawal', async () => {
      robo();
      const id = await accepted('80');
      await decrease('80');
      await run();
      const made = world.upvest.withdrawals.size + world.upvest.movements.size;
      expect(made).toBeLessThanOrEqual(2);
      await world.pass(20_000);
      const withdrawal = await world.row(id);
      expect(['AWAITING_CASH', 'SUBMITTED']).toContain(withdrawal.state);
      world.upvest.fund('60');
      await world.settle();
      expect((await world.row(id)).state).toBe('COMPLETED');
      expect(world.upvest.balance).toBe('0');
    });
  });

  it('is counted while the balance does not show a new withdrawal, and not once more when it does', async () => {
    await begin('withdrawal', '100');
    world.upvest.showsNew = false;
    await accepted('60');
    await refused('60', '40');
    await run();
    await refused('60', '40');
    await accepted('30');
    await run();
    await refused('20', '10');
    await world.settle();
    await refused('20', '10');
    await accepted('10');
    await world.settle();
    expect(world.upvest.balance).toBe('0');
  });
});
