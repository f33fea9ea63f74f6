import { type DateTime, dateTime } from '../domain/datetime.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type {
  SynchronizationChange,
  SynchronizationProblem,
  SynchronizationState,
} from '../domain/synchronization/change.ts';
import { UpstreamError } from '../errors.ts';
import {
  synchronizePortfolio as commandSynchronizePortfolio,
  isFollowing,
  type StoredSynchronization,
  type SynchronizePortfolioInput,
  storedSynchronization,
} from '../workflows/index.ts';
import { callerOf } from './commands.ts';
import type { RequestContext } from './context.ts';
import { reconciliationOf } from './reconciliation.ts';
import type { Result } from './results.ts';

export interface Synchronization {
  readonly state: SynchronizationState;
  readonly checkedAt: DateTime | null;
  readonly problems: readonly SynchronizationProblem[];
}

/** How far InvestSuite follows the broker; null for a portfolio that does not: not linked, paper money, archived. */
export async function synchronizationOf(
  context: RequestContext,
  portfolio: Portfolio,
): Promise<Synchronization | null> {
  const { ports, store } = context.services.synchronization;
  if (!isFollowing(ports, portfolio)) return null;
  if (!ports.isOn) return { state: 'OFF', checkedAt: null, problems: [] };
  const stored = await store.read((reading) => storedSynchronization(reading, portfolio.id));
  const { problems } = stored;
  const checkedAt = stored.checkedAt === null ? null : timeAt(stored.checkedAt);
  if (stored.isUnderWay) return { state: 'PENDING', checkedAt, problems };
  return { problems, ...(await compared(context, portfolio, stored, checkedAt)) };
}

/** By a comparison now: nobody tells the gateway of what was changed by hand. As it was last found, where the broker can't be read. */
async function compared(
  context: RequestContext,
  portfolio: Portfolio,
  { isDrifted }: StoredSynchronization,
  checkedAt: DateTime | null,
): Promise<Omit<Synchronization, 'problems'>> {
  try {
    const found = await reconciliationOf(context, portfolio);
    if (found !== null) {
      return { state: found.inSync ? 'IN_SYNC' : 'DRIFTED', checkedAt: timeAt(context.services.runtime.now()) };
    }
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
  }
  return { state: isDrifted ? 'DRIFTED' : checkedAt === null ? 'PENDING' : 'IN_SYNC', checkedAt };
}

const timeAt = (ms: number): DateTime => dateTime(new Date(ms));

export interface PortfolioSynchronized {
  readonly portfolio: Portfolio;
  readonly changes: readonly SynchronizationChange[];
}

export async function synchronizePortfolio(
  context: RequestContext,
  input: SynchronizePortfolioInput,
): Promise<Result<PortfolioSynchronized>> {
  const result = await commandSynchronizePortfolio(context.services.synchronization, callerOf(context), input);
  if (result.kind !== 'success') return result;
  const { portfolio, changes } = result.value;
  return { kind: 'success', portfolio: context.vouched.add(portfolio), changes, replayed: result.replayed };
}
