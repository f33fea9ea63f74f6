import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';
import { Advised, units } from './advised.ts';
import { newKey } from './graph.ts';

/** Refusals of executeOptimization, after which nothing is sent. */

const APPLE = 'US0378331005';
const NEVER_MADE = 'O01ARZ3NDEKTSV4RRFFQ69G5FAV';

let world: World;
let advised: Advised;
let count = 0;

beforeAll(async () => {
  world = await startWorld({ seed: [] });
});
afterAll(() => world.stop());
beforeEach(() => {
  advised = another({});
  return () => {
    expect(advised.atBroker).toEqual([]);
    expect(advised.transactions).toEqual([]);
    expect(advised.patches).toEqual([]);
  };
});

const another = (overrides: ConstructorParameters<typeof Advised>[1]): Advised =>
  new Advised(world, { key: `refused/${++count}`, holdings: { $EUR: '10', [APPLE]: '100' }, ...overrides });
const orders = () => ({ [APPLE]: units(APPLE, '-3') });

const notExecutable = (message: RegExp) => ({
  __typename: 'OptimizationNotExecutableError',
  code: 'OPTIMIZATION_NOT_EXECUTABLE',
  message: expect.stringMatching(message),
  retryable: false,
});

describe('an optimization is refused', () => {
  it('where there is a newer one', async () => {
    const older = advised.recommend(orders());
    advised.recommend(orders());
    expect(await advised.execute(older)).toMatchObject(notExecutable(/not the latest/));
  });

  it('while a newer one is computed', async () => {
    const older = advised.recommend(orders());
    world.investSuite.setOptimization(advised.id, { inProgress: true });
    expect(await advised.execute(older)).toMatchObject(notExecutable(/computing/));
  });

  it('that is not recommended', async () => {
    const id = advised.recommend(orders(), { isRecommended: false });
    expect(await advised.execute(id)).toMatchObject(notExecutable(/does not recommend/));
  });

  it.each([null, 'REJECT', 'REOPTIMIZE', 'IGNORED'] as const)(
    'of an advisory portfolio whose owner has chosen %s',
    async (choice) => {
      advised = another({ manager: 'ROBO_ADVISOR_ADVISORY' });
      const id = advised.recommend(orders());
      if (choice !== null) world.investSuite.choose(advised.id, choice);
      expect(await advised.execute(id)).toMatchObject(notExecutable(/has not accepted/));
    },
  );

  it('that there is not, and of a portfolio without a robo advisor', async () => {
    expect(await advised.execute(NEVER_MADE)).toMatchObject(notExecutable(/no such/));
    advised = another({ manager: 'USER_MANAGED' });
    expect(await advised.execute(NEVER_MADE)).toMatchObject(notExecutable(/no robo advisor/));
  });

  it('of which an order cannot be read', async () => {
    const broken = { ...units(APPLE, '-3'), quantity_type: 'AMOUNT' as const, quantity: undefined };
    // Cast, since the type is what InvestSuite documents; a tenant may send an order by amount without its amount all the same.
    const id = advised.recommend({ [APPLE]: broken as unknown as ReturnType<typeof units> });
    expect(await advised.execute(id)).toMatchObject(notExecutable(/cannot be read/));
  });

  it.each([
    ['paper money', { moneyType: 'PAPER_MONEY' }],
    ['an archived one', { archived: true }],
    ['an inactive one', { status: 'INACTIVE' }],
    ['one without a broker', { linked: false }],
    ['one with several accounts', { accounts: 2 }],
  ] as const)('for a portfolio that is not tradable: %s', async (_what, overrides) => {
    advised = another(overrides);
    expect(await advised.execute(advised.recommend(orders()))).toMatchObject({
      __typename: 'PortfolioNotTradableError',
    });
  });

  it('for a portfolio that there is not', async () => {
    const portfolioId = 'P01ARZ3NDEKTSV4RRFFQ69G5FAV';
    expect(await advised.execute(NEVER_MADE, { portfolioId })).toMatchObject({ __typename: 'NotFoundError' });
  });
});

describe('a key', () => {
  it('that was used for another optimization is refused', async () => {
    const idempotencyKey = newKey();
    const other = another({});
    const first = await other.execute(other.recommend(orders()), { idempotencyKey });
    expect(first).toMatchObject({ __typename: 'ExecuteOptimizationSuccess', replayed: false });
    expect(await advised.execute(advised.recommend(orders()), { idempotencyKey })).toMatchObject({
      __typename: 'IdempotencyKeyReusedError',
    });
  });
});
