import { expect } from 'vitest';
import type { GatewayOptions } from '../../src/gateway.ts';
import { type SeededPortfolio, type StandinsOptions, seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World, type WorldOptions } from '../helpers/world.ts';
import { mutate, type Result } from '../orders/graph.ts';
import { brokerHas, investSuiteHolds, movementsSay } from './year.ts';

/** Worlds in which InvestSuite follows the broker. */

export async function startFollowing(
  gateway: Partial<GatewayOptions> = {},
  standins: StandinsOptions = {},
  between?: WorldOptions['between'],
): Promise<World> {
  return await startWorld({
    seed: [],
    between,
    standins: {
      ...standins,
      settleDelayMs: 'manual',
      upvestSettings: { webhookGatherMs: 0, webhookRetrySecondMs: 20, ...standins.upvestSettings },
    },
    gateway: { portfolioSync: true, syncQuietSeconds: 1, lateArrivalMs: 5_000, pollMs: 100, ...gateway },
  });
}

let count = 0;

/** A portfolio with nothing in it, in both systems. */
export function emptyPortfolio(
  { investSuite, upvest }: Pick<World, 'investSuite' | 'upvest'>,
  manager: 'USER_MANAGED' | 'ROBO_ADVISOR_DISCRETIONARY' = 'USER_MANAGED',
  more: Parameters<typeof seedPortfolio>[0] = {},
): SeededPortfolio {
  const seeded = seedPortfolio({ key: `following/${++count}`, manager, holdings: {}, optimization: null, ...more });
  investSuite.add(seeded.investSuite ?? {});
  upvest.add(seeded.upvest ?? {});
  return seeded;
}

export const SYNCHRONIZE = `mutation ($input: SynchronizePortfolioInput!) { result: synchronizePortfolio(input: $input) {
  __typename
  ... on SynchronizePortfolioSuccess { replayed portfolio { id } changes { kind instrumentId from to externalId movementType } }
  ... on Error { code message retryable } } }`;

export const synchronize = (world: World, { portfolioId }: SeededPortfolio, more: object = {}): Promise<Result> =>
  mutate(world, SYNCHRONIZE, { portfolioId, ...more });

/** A run over a portfolio, however long it takes: the same key until it is answered. */
export async function synchronized(world: World, portfolio: SeededPortfolio, deadlineMs?: number): Promise<Result> {
  const idempotencyKey = `run-${++count}`;
  return await eventually(async () => {
    const result = await synchronize(world, portfolio, { idempotencyKey });
    if (result.code === 'OUTCOME_PENDING') throw new Error('pending');
    return result;
  }, deadlineMs);
}

const STATE = `query ($id: ID!) { portfolio(id: $id) { synchronization { state checkedAt
  problems { id type amount currency isin reason } } } }`;

export async function synchronizationOf(world: World, { portfolioId }: SeededPortfolio): Promise<Result> {
  const { data } = (await world.ask(STATE, { id: portfolioId })) as { data: Result };
  return data.portfolio.synchronization;
}

/** Waits until InvestSuite has each of these as one transaction, and all else as the broker. */
export async function arrives(
  { investSuite, upvest }: Pick<World, 'investSuite' | 'upvest'>,
  portfolio: SeededPortfolio,
  ids: readonly string[],
  deadlineMs?: number,
): Promise<void> {
  const { portfolioId } = portfolio;
  await eventually(() => {
    const externalIds = investSuite.transactions(portfolioId).map(({ external_id: id }) => id);
    expect(externalIds.toSorted()).toEqual([...ids].sort());
    expect(movementsSay(investSuite, portfolioId)).toEqual(brokerHas(upvest, portfolio));
    expect(investSuiteHolds(investSuite, portfolioId)).toEqual(brokerHas(upvest, portfolio));
  }, deadlineMs);
}
