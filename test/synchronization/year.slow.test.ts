import { afterEach, describe, expect, it } from 'vitest';
import type { World } from '../helpers/world.ts';
import { arrives, emptyPortfolio, startFollowing, synchronizationOf, synchronized } from './world.ts';
import { bookYear } from './year.ts';

/** Enough for a line of each kind, orders and cancellations; the slow lane has 400. */
const LINES = 60;

let world: World | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

describe('a year at the broker arrives in InvestSuite, each line as one transaction, to the cent', () => {
  it('by events only, each told twice and the newest first', async () => {
    world = await startFollowing(
      { syncSweepHours: 0 },
      { upvestSettings: { webhookDuplicates: 1, webhookReversed: true } },
    );
    world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
    const portfolio = emptyPortfolio(world);
    world.upvest.webhooks.pause();
    const { lines, orders } = bookYear(world.upvest, portfolio, { lines: LINES, seed: 1 });
    world.upvest.webhooks.resume();
    await arrives(world, portfolio, [...lines, ...orders]);
    expect(await synchronizationOf(world, portfolio)).toMatchObject({ state: 'IN_SYNC', problems: [] });
  });

  it('by a run only', async () => {
    world = await startFollowing();
    const portfolio = emptyPortfolio(world, 'ROBO_ADVISOR_DISCRETIONARY');
    const { lines, orders } = bookYear(world.upvest, portfolio, { lines: LINES, seed: 2 });
    const result = await synchronized(world, portfolio);
    expect(result).toMatchObject({ __typename: 'SynchronizePortfolioSuccess' });
    await arrives(world, portfolio, [...lines, ...orders]);
    const again = await synchronized(world, portfolio);
    expect(again.changes).toEqual([]);
    await arrives(world, portfolio, [...lines, ...orders]);
  });

  it('by both at once', async () => {
    world = await startFollowing();
    world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
    const portfolio = emptyPortfolio(world);
    const { lines, orders } = bookYear(world.upvest, portfolio, { lines: LINES, seed: 3 });
    await Promise.all([synchronized(world, portfolio), synchronized(world, portfolio)]);
    await arrives(world, portfolio, [...lines, ...orders]);
  });
});
