import { expect, it } from 'vitest';
import { decimal } from '../../../src/domain/decimal.ts';
import { placeOrder, requestWithdrawal } from '../../../src/workflows/index.ts';
import { describeStores } from '../../helpers/stores.ts';
import { TableWorld } from '../table/table-world.ts';
import { Clock, OPERATOR } from '../world.ts';

const ROUNDS = 20;

describeStores('cash for one of several requests that two gateways are asked for at once', (kind, name) => {
  it(`is promised to one of them, in ${ROUNDS} rounds`, async () => {
    const clock = new Clock();
    const store = await kind.open(clock.now);
    // The embedded store serves one gateway.
    const other = name === 'PostgreSQL' ? await kind.openAgain(clock.now) : store;
    const world = await TableWorld.start(store, clock);
    try {
      for (let round = 1; round <= ROUNDS; round += 1) {
        const account = world.upstreams.add(round, /nothing/, {});
        const money = { portfolioId: account.portfolio.id, amount: decimal('600') };
        const results = [store, other, store, other].map(async (at, index) => {
          const services = { ...world.ordering, store: at };
          const named = { ...money, idempotencyKey: `${account.group}-${index}` };
          const { kind: result } =
            index === 3
              ? await requestWithdrawal(services, OPERATOR, { ...named, currency: 'EUR' })
              : await placeOrder(services, OPERATOR, { ...named, side: 'BUY', isin: 'US0378331005' });
          return result;
        });
        // The first promised order is sent while the others are checked.
        await world.pass(4_000);
        expect((await Promise.all(results)).sort()).toEqual([
          ...['insufficientCash', 'insufficientCash', 'insufficientCash', 'success'],
        ]);
        await world.pass(30_000);
        expect(account.orders.size + account.withdrawals.size).toBe(1);
      }
    } finally {
      await world.stop();
    }
  }, 300_000);
});
