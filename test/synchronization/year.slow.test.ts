import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../../src/gateway.ts';
import type { SeededPortfolio } from '../../src/standins/index.ts';
import { type RunningGateway, startGateway } from '../helpers/gateway.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { gatewaySettings, type World } from '../helpers/world.ts';
import { startLate } from './late.ts';
import { arrives, emptyPortfolio, startFollowing, synchronizationOf, synchronized } from './world.ts';
import { bookYear, tellYear } from './year.ts';

/** Lines of each portfolio: enough for one of each kind, orders and cancellations. YEAR=400 is a year. */
const LINES = Number(process.env['YEAR'] ?? 30);
const DEADLINE_MS = 240_000 + LINES * 1_000;
const TIMEOUT_MS = 2 * DEADLINE_MS;

let world: World | undefined;
let second: RunningGateway | undefined;
/** InvestSuite ends the optimizations that updates of a robo portfolio start: while one goes on, the next update waits. */
let optimizing: NodeJS.Timeout | undefined;
beforeEach(() => {
  optimizing = setInterval(() => world?.investSuite.schedule.advanceAll(), 100);
});
afterEach(async () => {
  clearInterval(optimizing);
  await second?.stop();
  await world?.stop();
  second = undefined;
  world = undefined;
});

interface Booked {
  readonly portfolio: SeededPortfolio;
  readonly ids: readonly string[];
}

/** A year of a self-investor's and of a robo portfolio. */
function bookYears({ investSuite, upvest }: World, seed: number): readonly Booked[] {
  return (['USER_MANAGED', 'ROBO_ADVISOR_DISCRETIONARY'] as const).map((manager, index) => {
    const portfolio = emptyPortfolio({ investSuite, upvest }, manager);
    const { lines, orders } = bookYear(upvest, portfolio, { lines: LINES, seed: seed + index });
    return { portfolio, ids: [...lines, ...orders] };
  });
}

async function allArrive(now: World, years: readonly Booked[]): Promise<void> {
  for (const { portfolio, ids } of years) {
    await arrives(now, portfolio, ids, DEADLINE_MS);
    await expect
      .poll(() => synchronizationOf(now, portfolio), { timeout: DEADLINE_MS })
      .toMatchObject({ state: 'IN_SYNC', problems: [] });
  }
}

const runs = (now: World, years: readonly Booked[]) =>
  Promise.all(years.map(({ portfolio }) => synchronized(now, portfolio, DEADLINE_MS)));

describe('a year at the broker arrives in InvestSuite, each line as one transaction, to the cent', () => {
  it('by events only, each told twice, in any order', { timeout: TIMEOUT_MS }, async () => {
    world = await startFollowing({ syncSweepHours: 0 });
    const years = bookYears(world, 1);
    await tellYear(world.upvest, [world.url], 1);
    await allArrive(world, years);
  });

  it('by a run only', { timeout: TIMEOUT_MS }, async () => {
    world = await startFollowing();
    const years = bookYears(world, 3);
    for (const result of await runs(world, years)) expect(result.__typename).toBe('SynchronizePortfolioSuccess');
    await allArrive(world, years);
    for (const result of await runs(world, years)) expect(result.changes).toEqual([]);
    await allArrive(world, years);
  });

  it('by both at once', { timeout: TIMEOUT_MS }, async () => {
    world = await startFollowing();
    const years = bookYears(world, 5);
    await Promise.all([tellYear(world.upvest, [world.url], 5), runs(world, years), runs(world, years)]);
    await allArrive(world, years);
  });
});

// Minutes long: a year that is asked for.
describe.skipIf(process.env['YEAR'] === undefined)(
  'a year at the broker arrives, though InvestSuite shows each write seconds later, and takes an id twice',
  () => {
    const late = (url: string) => startLate(url, 4_000);
    const standins = { investSuiteSettings: { uniqueExternalIds: false } };

    it('by events', { timeout: TIMEOUT_MS }, async () => {
      world = await startFollowing({ syncSweepHours: 0 }, standins, late);
      const years = bookYears(world, 9);
      await tellYear(world.upvest, [world.url], 9);
      await allArrive(world, years);
    });

    it('by runs', { timeout: TIMEOUT_MS }, async () => {
      world = await startFollowing({}, standins, late);
      const years = bookYears(world, 11);
      for (const result of await runs(world, years)) expect(result.__typename).toBe('SynchronizePortfolioSuccess');
      await allArrive(world, years);
      for (const result of await runs(world, years)) expect(result.changes).toEqual([]);
      await allArrive(world, years);
    });
  },
);

describe.skipIf(!hasPostgres)('a year at the broker arrives (PostgreSQL)', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  it('by events and runs of two gateways at once', { timeout: TIMEOUT_MS }, async () => {
    const store: GatewayOptions['store'] = { databaseUrl: await server.createDatabase() };
    world = await startFollowing({ store });
    const more = { portfolioSync: true, syncQuietSeconds: 1, lateArrivalMs: 500, pollMs: 100 };
    second = await startGateway({ ...gatewaySettings(world), auth: 'local-operator', ...more, store });
    const years = bookYears(world, 7);
    const other: World = { ...world, ask: second.ask };
    await Promise.all([
      tellYear(world.upvest, [world.url, second.url], 7),
      tellYear(world.upvest, [second.url, world.url], 8),
      runs(world, years),
      runs(other, years),
    ]);
    await allArrive(world, years);
  });
});
