import { afterEach, describe, expect, it, vi } from 'vitest';
import { decimal } from '../../../src/domain/decimal.ts';
import { parseAccountId } from '../../../src/domain/ids.ts';
import type { Store } from '../../../src/store/index.ts';
import { checkOrder, orderChecks } from '../../../src/workflows/placed-order/check.ts';
import type { OrderingServices } from '../../../src/workflows/placed-order/ports.ts';
import { OPERATOR, P1, worlds } from '../world.ts';

const ACCOUNT = '5b2f1f0e-7f0c-4c1e-9d0e-0f6f1b8f2a11';
const open = worlds({ manager: 'USER_MANAGED' });
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

/** Questions that are answered only once others have been asked too. */
class Asked {
  readonly names: string[] = [];
  readonly #waiting = new Set<() => void>();

  async with<T>(name: string, others: readonly string[], answer: () => Promise<T>): Promise<T> {
    this.names.push(name);
    for (const wake of this.#waiting) wake();
    while (!others.every((other) => this.names.includes(other)))
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    return await answer();
  }
}

async function setUp(others: Readonly<Record<'portfolio' | 'price' | 'accounts' | 'cash', readonly string[]>>) {
  const { store, world } = await open();
  stores.push(store);
  world.upvest.fund('1000');
  const asked = new Asked();
  const { investSuite, upvest } = world.services.ports;
  const accountId = parseAccountId(ACCOUNT);
  if (accountId === undefined) throw new TypeError('no account id');
  const services: OrderingServices = {
    ...world.services,
    ports: {
      investSuite: Object.create(investSuite, {
        portfolio: {
          value: (id: typeof P1) => asked.with('portfolio', others.portfolio, () => investSuite.portfolio(id)),
        },
      }),
      upvest: Object.create(upvest, {
        cashBalance: {
          value: (...given: Parameters<typeof upvest.cashBalance>) =>
            asked.with('cash', others.cash, () => upvest.cashBalance(...given)),
        },
      }),
    },
    market: {
      instrument: async () => undefined,
      newestPrice: () => asked.with('price', others.price, async () => null),
    },
    accountsOf: ({ accountGroupId }) =>
      asked.with('accounts', others.accounts, async () => [{ id: accountId, accountGroupId }]),
    mayTrade: () => true,
    submitWithin: 60,
  };
  return { services, asked };
}

const BUY = { portfolioId: P1, side: 'BUY', isin: 'US0378331005', amount: decimal('10') } as const;

const unexpected = () => {
  throw new Error('nothing may be asked for a stranger');
};

describe('the checks of an order', () => {
  it('ask at once what does not depend on each other', async () => {
    const { services } = await setUp({
      portfolio: ['price'],
      price: ['portfolio', 'accounts', 'cash'],
      accounts: ['cash'],
      cash: ['accounts'],
    });
    const { value } = await orderChecks(services, OPERATOR, BUY, {}).next();
    expect(value).toMatchObject({ kind: 'checked' });
  });

  it('of one that is placed ask for no price where the cost is known, and tell at once that it may be', async () => {
    const { services, asked } = await setUp({ portfolio: [], price: [], accounts: [], cash: ['told'] });
    const told = vi.fn(() => void asked.with('told', [], async () => null));
    expect(await checkOrder(services, OPERATOR, BUY, told)).toMatchObject({
      kind: 'checked',
      estimate: { cash: '10' },
    });
    expect(asked.names).not.toContain('price');
    const limit = {
      ...BUY,
      amount: null,
      quantity: decimal('2'),
      orderType: 'LIMIT',
      limitPrice: decimal('5'),
    } as const;
    expect(await checkOrder(services, OPERATOR, limit, told)).toMatchObject({
      kind: 'checked',
      estimate: { cash: '10' },
    });
    expect(asked.names).not.toContain('price');
    expect(told.mock.calls).toEqual([[expect.objectContaining({ id: P1 })], [expect.objectContaining({ id: P1 })]]);
  });

  it('do not ask for the accounts and the cash of a portfolio that is not to be seen', async () => {
    const { services, asked } = await setUp({ portfolio: [], price: [], accounts: [], cash: [] });
    const stranger = { ...OPERATOR, maySee: () => false };
    expect(await checkOrder(services, stranger, BUY, unexpected)).toMatchObject({ kind: 'notFound' });
    expect(asked.names).toEqual(expect.arrayContaining(['portfolio']));
    expect(asked.names).not.toEqual(expect.arrayContaining(['accounts']));
    expect(asked.names).not.toEqual(expect.arrayContaining(['cash']));
  });

  it('refuse by the first that fails, whatever a later question came to', async () => {
    const { services } = await setUp({ portfolio: [], price: [], accounts: [], cash: [] });
    const byUnits = { ...BUY, amount: null, quantity: decimal('1') };
    const market = { ...services.market, newestPrice: () => Promise.reject(new Error('no price')) };
    const stranger = { ...OPERATOR, maySee: () => false };
    expect(await checkOrder({ ...services, market }, stranger, byUnits, unexpected)).toMatchObject({
      kind: 'notFound',
    });
    await expect(checkOrder({ ...services, market }, OPERATOR, byUnits, () => undefined)).rejects.toThrow('no price');
  });
});
