import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finding, reconcile } from '../../../src/workflows/reconcile/index.ts';
import { APPLE, advice, BONDS, Rebalanced, WORLD } from './rebalanced.ts';

/** Findings of `reconcile` about a rebalancing, its orders and its transactions. */

let world: Rebalanced;
beforeAll(async () => {
  world = await Rebalanced.start();
});
afterAll(() => world.stop());

async function findings(): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const { store, ledgers: ports } = world.orders;
  const { notCompared } = await reconcile({
    store,
    ports,
    secondLookAfterMs: 0,
    onFinding: (each) => found.push(each),
  });
  expect([...notCompared.keys()]).not.toContain('rebalancing');
  return found;
}

function transactionOf(isin: string) {
  const found = world.transactions().find(({ movements }) => movements[0]?.instrument_id === isin);
  if (found === undefined) throw new Error(`no transaction of ${isin}`);
  return found;
}

describe('a rebalancing', () => {
  it('agrees under way and at its end; what is gone, doubled or changed in InvestSuite is found', async () => {
    world.begin();
    const orders = { [APPLE]: advice('-4'), [BONDS]: advice('2'), [WORLD]: advice('1000000', 'AMOUNT') };
    const optimizationId = world.recommend(orders);
    const id = await world.executed(optimizationId);
    await world.until(() => expect(world.atBroker()).toHaveLength(1));
    expect(await findings()).toEqual([]);
    await world.goesOn(id);
    expect(await findings()).toEqual([]);

    const { investSuite } = world.orders;
    const [sold, bought, skipped] = [transactionOf(APPLE), transactionOf(BONDS), transactionOf(WORLD)];
    const { movements } = sold;
    investSuite.book(world.portfolioId, { optimization_id: optimizationId, external_id: 'twice', movements });
    const settled = skipped.movements.map((each) => ({ ...each, status: 'SETTLED' }));
    investSuite.add({
      transactions: [
        { ...bought, optimization_id: null },
        { ...skipped, movements: settled },
      ],
    });
    // Recent changes may be reported later.
    world.orders.pass(3_600_000);
    const about = (kind: string) =>
      expect.objectContaining({ kind, system: 'INVESTSUITE', workflow: expect.objectContaining({ id }) });
    const found = await findings();
    expect(found).toHaveLength(3);
    expect(found).toEqual(expect.arrayContaining([about('double'), about('missing'), about('contradicts')]));
    expect(found.find(({ kind }) => kind === 'missing')?.message).toContain(BONDS);
  });
});
