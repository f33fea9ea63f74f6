import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { num } from '../../src/standins/values/json.ts';
import { startWorld, type World } from '../helpers/world.ts';

const different = seedPortfolio({
  key: 'different',
  holdings: { $EUR: '1000.000', $USD: '5', US0378331005: '10.4', LU78468R1014: '7' },
  brokerCash: '999.99',
  brokerPositions: { US0378331005: '10.40', BE0003470755: '0.000000000000000000000000001' },
});
const same = seedPortfolio({ key: 'same', accounts: 2, referenceAccounts: 2 });
const unlinked = seedPortfolio({ key: 'unlinked', linked: false });
const selfInvestor = seedPortfolio({ key: 'self-investor', manager: 'USER_MANAGED' });
const computing = seedPortfolio({ key: 'computing', optimization: { inProgress: true } });
const recommended = seedPortfolio({
  key: 'recommended',
  divestAmount: '250.50',
  optimization: { isRecommended: true, orders: { US0378331005: '-3.7190000000000003' } },
});
const byAmount = seedPortfolio({
  key: 'by-amount',
  optimization: {
    orders: {
      US0378331005: {
        expected_share_price: num('2.50'),
        expected_transaction_cost: num('0'),
        quantity_type: 'AMOUNT',
        quantity: num('250.50'),
      },
    },
  },
});
const ordering = seedPortfolio({
  key: 'ordering',
  brokerOrders: Array.from({ length: 45 }, (_, index) => ({
    created_at: `2026-01-01T00:${String(index % 40).padStart(2, '0')}:00Z`,
    status: 'FILLED' as const,
  })),
});

const mixed = seedPortfolio({
  key: 'mixed',
  brokerOrders: Array.from({ length: 9 }, (_, index) => ({
    created_at: `2026-01-01T00:0${index}:00Z`,
    status: (['FILLED', 'CANCELLED', 'NEW'] as const)[index % 3] ?? 'NEW',
  })),
});

let world: World;
beforeAll(async () => {
  world = await startWorld({
    seed: [different, same, unlinked, selfInvestor, computing, recommended, byAmount, ordering, mixed],
  });
});
afterAll(() => world.stop());

async function read(portfolio: { readonly portfolioId: string }, fields: string): Promise<unknown> {
  const answer = await world.ask(`{ portfolio(id: "${portfolio.portfolioId}") { ${fields} } }`);
  expect(answer.errors).toBeUndefined();
  return (answer.data as { portfolio: unknown }).portfolio;
}

const RECONCILIATION = 'reconciliation { inSync differences { instrumentId investsuite upvest difference } }';

describe('reconciliation', () => {
  it('shows exact differences of cash and positions', async () => {
    expect(await read(different, RECONCILIATION)).toEqual({
      reconciliation: {
        inSync: false,
        differences: [
          { instrumentId: '$EUR', investsuite: '1000.000', upvest: '999.99', difference: '0.01' },
          { instrumentId: '$USD', investsuite: '5', upvest: '0', difference: '5' },
          {
            instrumentId: 'BE0003470755',
            investsuite: '0',
            upvest: '0.000000000000000000000000001',
            difference: '-0.000000000000000000000000001',
          },
          { instrumentId: 'LU78468R1014', investsuite: '7', upvest: '0', difference: '7' },
        ],
      },
    });
  });

  it('is in sync where nothing differs', async () => {
    expect(await read(same, RECONCILIATION)).toEqual({ reconciliation: { inSync: true, differences: [] } });
  });
});

describe('a portfolio without a link to the broker', () => {
  it('has nothing of the broker, and the broker is not asked', async () => {
    world.upvest.calls.reset();
    const fields = `brokerageAccount { accountGroupId } cashBalance { balance } cashBalances { balance }
      positions { quantity } brokerOrders { edges { cursor } } referenceAccounts { id } ${RECONCILIATION}`;
    const nothing = {
      brokerageAccount: null,
      cashBalance: null,
      cashBalances: null,
      positions: null,
      brokerOrders: null,
    };
    expect(await read(unlinked, fields)).toEqual({ ...nothing, referenceAccounts: null, reconciliation: null });
    expect(world.upvest.calls.total).toBe(0);
  });
});

describe('the broker’s side', () => {
  it('masks the IBANs of reference accounts', async () => {
    const { referenceAccounts } = (await read(same, 'referenceAccounts { id iban }')) as {
      referenceAccounts: { iban: string }[];
    };
    expect(referenceAccounts).toHaveLength(2);
    for (const { iban } of referenceAccounts)
      expect(iban).toMatch(/^[A-Z]{2}\d{2}\*+\d{4}$|^[A-Z0-9]{4}.*\*{4,}.*[A-Z0-9]{4}$/);
  });

  it('has orders of one status, page by page, with cursors of their own', async () => {
    type Page = OrderPage & { edges: { node: { status: string } }[] };
    const page = async (parameters: string) =>
      (
        (await read(
          mixed,
          `brokerOrders(${parameters}) { edges { node { id createdAt status } }
        pageInfo { hasNextPage endCursor } }`,
        )) as { brokerOrders: Page }
      ).brokerOrders;
    const first = await page('status: CANCELLED, first: 2');
    const second = await page(`status: CANCELLED, first: 2, after: "${first.pageInfo.endCursor}"`);
    const nodes = [...first.edges, ...second.edges].map(({ node }) => node);
    expect(nodes.map(({ createdAt }) => createdAt.slice(14, 16))).toEqual(['07', '04', '01']);
    expect(new Set(nodes.map(({ status }) => status))).toEqual(new Set(['CANCELLED']));
    expect(second.pageInfo.hasNextPage).toBe(false);
    expect((await page('status: PROCESSING')).edges).toEqual([]);
    expect((await page('status: null')).edges).toHaveLength(9);
    for (const other of ['status: FILLED,', '']) {
      const answer = await world.ask(`{ portfolio(id: "${mixed.portfolioId}") {
        brokerOrders(${other} after: "${first.pageInfo.endCursor}") { edges { cursor } } } }`);
      expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
  });

  it('has orders newest first, page by page, each once', async () => {
    const seen: { id: string; createdAt: string }[] = [];
    let after: string | null = null;
    do {
      const fields: string = `brokerOrders(first: 10${after === null ? '' : `, after: "${after}"`}) {
        edges { node { id createdAt } } pageInfo { hasNextPage endCursor } }`;
      const { brokerOrders: orders } = (await read(ordering, fields)) as { brokerOrders: OrderPage };
      seen.push(...orders.edges.map((edge) => edge.node));
      after = orders.pageInfo.hasNextPage ? orders.pageInfo.endCursor : null;
    } while (after !== null);
    expect(new Set(seen.map((order) => order.id)).size).toBe(45);
    const times = seen.map((order) => order.createdAt);
    expect(times).toEqual([...times].sort().reverse());
  });

  it('is the one of an embedder’s own link', async () => {
    const other = await startWorld({
      seed: [same, unlinked],
      gateway: {
        link: () => ({
          accountGroupId: same.broker.accountGroupId as never,
          brokerageUserId: same.broker.userId as never,
        }),
      },
    });
    const answer = await other.ask(
      `{ portfolio(id: "${unlinked.portfolioId}") { cashBalance { balance accountGroupId } } }`,
    );
    await other.stop();
    expect(answer.data).toEqual({
      portfolio: { cashBalance: { balance: '1000.00', accountGroupId: same.broker.accountGroupId } },
    });
  });
});

describe('the optimization', () => {
  const FIELDS = 'optimization { id inProgress isRecommended orders { instrumentId shares expectedSharePrice } }';

  it('is null for a self investor, without asking', async () => {
    world.investSuite.calls.reset();
    expect(await read(selfInvestor, FIELDS)).toEqual({ optimization: null });
    expect(world.investSuite.calls.count({ path: /optimizations/ })).toBe(0);
  });

  it('is in progress while InvestSuite computes', async () => {
    expect(await read(computing, FIELDS)).toEqual({
      optimization: { id: null, inProgress: true, isRecommended: null, orders: null },
    });
  });

  it('shows the recommended orders, with every digit', async () => {
    expect(await read(recommended, `${FIELDS} divestment { everything amount }`)).toMatchObject({
      optimization: {
        inProgress: false,
        isRecommended: true,
        orders: [
          { instrumentId: 'US0378331005', shares: '-3.7190000000000003', expectedSharePrice: '14.769662844999981' },
        ],
      },
      divestment: { everything: false, amount: '250.50' },
    });
  });

  it('shows orders by amount, also without an estimate in units', async () => {
    const fields = 'optimization { orders { instrumentId shares quantityType quantity expectedSharePrice } }';
    expect(await read(byAmount, fields)).toEqual({
      optimization: {
        orders: [
          {
            instrumentId: 'US0378331005',
            shares: null,
            quantityType: 'AMOUNT',
            quantity: '250.50',
            expectedSharePrice: '2.50',
          },
        ],
      },
    });
    expect(await read(recommended, fields)).toMatchObject({
      optimization: { orders: [{ quantityType: 'UNITS', quantity: '-3.7190000000000003' }] },
    });
  });

  it('is null where there is none', async () => {
    expect(await read(same, FIELDS)).toEqual({ optimization: null });
  });
});

interface OrderPage {
  readonly edges: readonly { readonly node: { readonly id: string; readonly createdAt: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}
