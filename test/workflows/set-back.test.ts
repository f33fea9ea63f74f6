import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import type { Store } from '../../src/store/index.ts';
import {
  type CommandResult,
  decreaseVirtualCash,
  increaseVirtualCash,
  type MoneySettings,
  registerDeposit,
  requestWithdrawal,
  resolveReview,
} from '../../src/workflows/index.ts';
import { describeStores } from '../helpers/stores.ts';
import { Clock, OPERATOR, P1, World } from './world.ts';

/** Restores an older copy of a database: all rows since then are gone. */
async function setBack(store: Store): Promise<void> {
  await store.write(async ({ db }) => {
    for (const table of ['workflows', 'workflow_history', 'idempotency_keys', 'inbox', 'event_log', 'locks'] as const) {
      await db.deleteFrom(table).execute();
    }
  });
}

const SETTINGS: readonly MoneySettings[] = [
  { booking: 'investsuite', funding: 'virtual-cash', payout: 'withdrawal' },
  { booking: 'investsuite', funding: 'virtual-cash', payout: 'virtual-cash' },
  { booking: 'gateway', funding: 'virtual-cash', payout: 'withdrawal' },
  { booking: 'gateway', funding: 'none', payout: 'virtual-cash' },
];

const COMMANDS = {
  deposit: registerDeposit,
  withdrawal: requestWithdrawal,
  increase: increaseVirtualCash,
  decrease: decreaseVirtualCash,
};
type Kind = keyof typeof COMMANDS;
const KINDS: readonly Kind[] = ['deposit', 'withdrawal', 'increase', 'decrease'];

describeStores('a database that was set back to an older copy', (kind) => {
  const clock = new Clock();
  let store: Store;
  beforeAll(async () => {
    store = await kind.open(clock.now);
  });

  describe.each(SETTINGS)('with $booking booking, funding $funding, payout $payout', (settings) => {
    let world: World;
    beforeEach(async () => {
      await setBack(store);
      world = new World(store, clock, settings);
      world.investSuite.add({ id: P1, holdings: [{ instrumentId: '$EUR', quantity: decimal('1000') }] });
      world.upvest.fund('1000');
    });

    async function ask(what: Kind, amount = '40'): Promise<string> {
      const input = { portfolioId: P1, amount: decimal(amount), currency: 'EUR', idempotencyKey: `${what} of May` };
      const result: CommandResult<{ id: string }> = await COMMANDS[what](world.services, OPERATOR, input);
      if (result.kind !== 'success') throw new Error(result.message);
      expect(result.replayed).toBe(false);
      return result.value.id;
    }

    /** The effects of all those requests at both upstreams. */
    const ledgers = () => ({
      balance: world.upvest.balance,
      withdrawals: world.upvest.withdrawals.size,
      movements: world.upvest.movements.size,
      cash: world.investSuite.cash(P1),
      transactions: world.investSuite.transactions.length,
      deposits: world.investSuite.depositEvents.size,
      withdraws: world.investSuite.withdrawEvents.size,
    });

    /** An operator finds in InvestSuite that the cash is there. */
    async function confirm(id: string): Promise<void> {
      const note = 'The cash is in the holdings.';
      const answer = { id, outcome: 'DONE' as const, note, idempotencyKey: `review ${id}` };
      expect((await resolveReview(world.services, OPERATOR, answer)).kind).toBe('success');
      await world.settle();
    }

    it.each(KINDS)('does a %s once, whose request is sent again under the same key', async (what) => {
      const id = await ask(what);
      await world.settle();
      const { state } = await world.row(id);
      const before = ledgers();
      await setBack(store);
      expect(await ask(what)).toBe(id);
      await world.settle();
      expect(ledgers()).toEqual(before);
      const row = await world.row(id);
      if (row.state === 'NEEDS_REVIEW') {
        // Holdings don't tell which bookings they are made of.
        expect(settings.booking).toBe('gateway');
        expect(row.reason).toContain('Look whether its cash is in the holdings');
        await confirm(id);
        expect(ledgers()).toEqual(before);
      }
      expect(await world.row(id)).toMatchObject({ state, step: null, sent_at: null });
    });

    it.each(KINDS)('does a %s once that was begun before and had not come to its end', async (what) => {
      let points = 0;
      world.onPoint = () => {
        points += 1;
        if (points === 4) world.crash();
      };
      const id = await ask(what);
      await world.runDue();
      world.onPoint = () => undefined;
      await setBack(store);
      expect(await ask(what)).toBe(id);
      await world.settle();
      if ((await world.row(id)).state === 'NEEDS_REVIEW') await confirm(id);
      const done = ledgers();
      expect(done.withdrawals + done.movements + done.transactions + done.deposits).toBeGreaterThan(0);
      expect(done.withdrawals).toBeLessThanOrEqual(1);
      expect(done.movements).toBeLessThanOrEqual(1);
      expect(done.transactions).toBeLessThanOrEqual(1);
      expect(done.deposits).toBeLessThanOrEqual(1);
      expect(done.withdraws).toBeLessThanOrEqual(1);
      expect(await world.row(id)).toMatchObject({ step: null, sent_at: null });
    });

    it.skipIf(settings.funding === 'none').each(KINDS)(
      'needs a person for a %s whose key comes with another amount',
      async (what) => {
        await ask(what);
        await world.settle();
        const before = ledgers();
        await setBack(store);
        const id = await ask(what, '50');
        await world.settle({ steps: 50 });
        expect(await world.row(id)).toMatchObject({ state: 'NEEDS_REVIEW', due_at: null, sent_at: null });
        expect((await world.row(id)).reason).toContain('over 40 EUR');
        expect(ledgers()).toEqual(before);
      },
    );

    it('takes another key for another request, of another caller or mutation too', async () => {
      const ids = [await ask('deposit'), await ask('withdrawal'), await ask('increase')];
      const input = { portfolioId: P1, amount: decimal('40'), currency: 'EUR', idempotencyKey: 'deposit of May' };
      const other = { ...OPERATOR, viewer: { ...OPERATOR.viewer, subject: 'somebody else' } };
      const result = await registerDeposit(world.services, other, input);
      if (result.kind !== 'success') throw new Error(result.message);
      const rows = await Promise.all([...ids, result.value.id].map((id) => world.row(id)));
      expect(new Set(rows.map(({ upstream_key: key }) => key)).size).toBe(4);
      expect(new Set(rows.map(({ id }) => id.slice(-26))).size).toBe(4);
      for (const { upstream_key: key } of rows) expect(key).toMatch(/^.{14}5/);
    });
  });
});
