import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { PortfolioId } from '../../../src/domain/ids.ts';
import { type SeededPortfolio, seedPortfolio } from '../../../src/standins/index.ts';
import type { Writing } from '../../../src/store/index.ts';
import { getWorkflow, insertWorkflow } from '../../../src/store/index.ts';
import type { CompleteDefinition } from '../../../src/workflows/engine/definition.ts';
import { firstRow } from '../../../src/workflows/engine/first-row.ts';
import { followHoldings } from '../../../src/workflows/holdings/follow-broker.ts';
import { ASKED_ONCE } from '../../../src/workflows/order/definition.ts';
import { completed, NOT_REVIEWED, outcomeOf } from '../../../src/workflows/order/outcome.ts';
import type { OrderPorts } from '../../../src/workflows/order/ports.ts';
import { eventually } from '../../helpers/gateway.ts';
import { Orders } from '../orders/harness.ts';

const ISIN = 'US0378331005';
const OTHER = 'LU78468R1014';
const PATCH = { method: 'PATCH', path: /^\/portfolios\// };

let orders: Orders;
let portfolio: SeededPortfolio;
let portfolioId: PortfolioId;
let count = 0;
let beforePositions: () => void = () => undefined;

/** The broker, of which a test knows when its positions are read. */
const watched = ({ upvest, ...ports }: OrderPorts): OrderPorts => ({
  ...ports,
  upvest: {
    order: (...asked) => upvest.order(...asked),
    orderKnowing: (...asked) => upvest.orderKnowing(...asked),
    accountsOfGroup: (...asked) => upvest.accountsOfGroup(...asked),
    cashBalances: (...asked) => upvest.cashBalances(...asked),
    positions: async (...asked) => {
      beforePositions();
      return await upvest.positions(...asked);
    },
  },
});

/** Work that does nothing else. */
const only = (ports: OrderPorts): CompleteDefinition<'holdings-change'> => ({
  kind: 'holdings-change',
  transitions: ASKED_ONCE,
  steps: {
    write: followHoldings<'holdings-change'>(watched(ports), {
      next: (_context, followed) => completed(followed.kind, []),
      resolve: NOT_REVIEWED,
    }),
    compare: { kind: 'observe', run: async () => completed('compared', []) },
  },
  event: () => undefined,
});

beforeAll(async () => {
  orders = await Orders.start({ seed: [], attemptTimeoutMs: 300, definitions: (ports) => [only(ports)] });
});
afterAll(() => orders.stop());
beforeEach(() => {
  beforePositions = () => undefined;
  begin({ holdings: { $EUR: '1000', [ISIN]: '10' }, broker: { $EUR: '1000', [ISIN]: '10' } });
  return () => expect(orders.errors).toEqual([]);
});

interface Both {
  readonly holdings: Readonly<Record<string, string>>;
  readonly broker: Readonly<Record<string, string>>;
}

/** A portfolio with these holdings in InvestSuite and at the broker. */
function begin({ holdings, broker }: Both): void {
  portfolio = seedPortfolio({ key: `follow/${++count}`, manager: 'ROBO_ADVISOR_DISCRETIONARY', holdings: broker });
  // Made just above, in the right form.
  portfolioId = portfolio.portfolioId as PortfolioId;
  orders.fresh(portfolio);
  orders.investSuite.setHoldings(portfolioId, holdings);
}

/** Runs the step for the portfolio; what came of it. */
async function follow(): Promise<unknown> {
  const id = `hol_follow-${++count}`;
  const work = {
    id,
    kind: 'holdings-change' as const,
    portfolioId,
    accountGroupId: null,
    amount: null,
    currency: null,
    firstStep: 'write' as const,
    input: {},
    name: { caller: 'gateway' as const, mutation: 'follow', idempotencyKey: id },
  };
  const states = [{ state: 'REQUESTED' as const, reason: null }];
  const insert = (writing: Writing) =>
    insertWorkflow(writing, firstRow(writing, work), { states, events: [], audit: [] });
  await orders.store.write(insert);
  const outcome = async () => {
    const row = await orders.store.read((reading) => getWorkflow(reading, id));
    return row && outcomeOf(row, z.string());
  };
  await orders.hurry(
    eventually(async () => expect(await outcome()).toBeDefined()),
    1_000,
  );
  const ended = await outcome();
  return ended?.kind === 'done' ? ended.value : ended?.failure.message;
}

const shown = () => orders.investSuite.holdings(portfolioId);
const patches = () => orders.writes.filter((method) => method === 'PATCH').length;
const wire = () =>
  orders.investSuite.calls
    .list({ path: /^\/portfolios\// })
    .filter(({ method }) => method === 'PATCH')
    .map(({ requestBody }) => requestBody);

describe('holdings that follow the broker', () => {
  it('are written in one PATCH, with all digits, and what the broker does not have is gone', async () => {
    const broker = { $EUR: '12345678901.25', [ISIN]: '0.123456789012345678901234567', [OTHER]: '7' };
    begin({ holdings: { $EUR: '5', [ISIN]: '3', DE0005810055: '2' }, broker });
    expect(await follow()).toBe('written');
    expect(shown()).toEqual(broker);
    expect(wire()).toHaveLength(1);
    expect(wire()[0]).toContain('0.123456789012345678901234567');
  });

  it('are not written where they agree: every PATCH of a robo portfolio starts an optimization', async () => {
    begin({ holdings: { $EUR: '1000.00', [ISIN]: '10.0', [OTHER]: '0' }, broker: { $EUR: '1000', [ISIN]: '10' } });
    expect(await follow()).toBe('unchanged');
    expect(patches()).toBe(0);
  });

  it('are written once where the answer is lost', async () => {
    begin({ holdings: { $EUR: '5' }, broker: { $EUR: '1000', [ISIN]: '10' } });
    orders.investSuite.faults.add({ kind: 'reset-after', match: PATCH, times: 1 });
    expect(await follow()).toBe('written');
    expect(patches()).toBe(1);
    expect(shown()).toEqual({ $EUR: '1000', [ISIN]: '10' });
  });

  it('wait while InvestSuite refuses with 409, and are then what the broker has by then', async () => {
    begin({ holdings: { $EUR: '5' }, broker: { $EUR: '1000', [ISIN]: '10' } });
    orders.investSuite.faults.add({ kind: 'status', status: 409, match: PATCH, times: 1 });
    orders.onPoint = (point) => {
      if (point === 'sent') orders.upvest.setBalance(portfolio.broker.accountGroupId, { balance: '900' });
    };
    expect(await follow()).toBe('written');
    expect(shown()).toEqual({ $EUR: '900', [ISIN]: '10' });
  });

  it('are written once through a crash at every point', async () => {
    for (const point of ['begun', 'prepared', 'marked', 'sent', 'committed'] as const) {
      begin({ holdings: { $EUR: '5' }, broker: { $EUR: '1000', [ISIN]: '10' } });
      let crashed = false;
      orders.onPoint = (reached) => {
        if (crashed || reached !== point) return;
        crashed = true;
        orders.crash();
      };
      expect([point, await follow()]).toEqual([point, 'written']);
      expect([point, patches()]).toEqual([point, 1]);
      expect(shown()).toEqual({ $EUR: '1000', [ISIN]: '10' });
    }
  });

  it('are never half of a trade that is booked while the broker is read', async () => {
    begin({ holdings: { $EUR: '5' }, broker: { $EUR: '1000', [ISIN]: '10' } });
    // Cash is read before, positions after the trade.
    let traded = false;
    beforePositions = () => {
      if (traded) return;
      traded = true;
      const sale = { side: 'SELL', quantity: '4', instrument_id: ISIN } as const;
      const { id } = orders.upvest.placeOrder(portfolio.broker.accountId ?? '', sale);
      orders.upvest.fillOrder(id, { quantity: '4', price: '10' });
    };
    expect(await follow()).toBe('written');
    expect(traded).toBe(true);
    expect(wire()).toHaveLength(1);
    expect(shown()).toEqual({ $EUR: '1040.00', [ISIN]: '6' });
  });

  it('stay as they are where the broker has what InvestSuite cannot hold', async () => {
    begin({ holdings: { $EUR: '5' }, broker: { $EUR: '1000', [ISIN]: '-1' } });
    expect(await follow()).toBe('notWritable');
    expect(patches()).toBe(0);
  });

  it('stay as they are while there is no broker', async () => {
    begin({ holdings: { $EUR: '5' }, broker: { $EUR: '1000' } });
    orders.investSuite.change(portfolioId, { brokerage_account: null });
    expect(await follow()).toBe('notLinked');
    expect(patches()).toBe(0);
  });
});
