import type { Portfolio } from '../../domain/portfolio.ts';
import { sleep } from '../../domain/runtime.ts';
import type { StepContext } from './step.ts';

/** Delays between reads; InvestSuite documents no limit for stale reads. */
const WAITS_MS = [50, 100, 250, 500, 1_000, 1_000, 1_000, 1_000];
/** After this long a version that is still not shown never will be, and a caller who waits 10 s must have an answer. */
const MAY_LAG_MS = 5_000;

/**
 * Reads the locked object until it has the version that was last written under the lock. A total or map computed from
 * an older version would overwrite that change, and with it money.
 */
export async function readUnderLock<T extends { readonly version: number | null }>(
  { written, now, runtime }: Pick<StepContext, 'written' | 'now' | 'runtime'>,
  read: () => Promise<T | null>,
): Promise<T | null> {
  let shown = await read();
  if (written == null || now - written.at >= MAY_LAG_MS) return shown;
  for (const waitMs of WAITS_MS) {
    if (shown?.version == null || shown.version >= written.version) return shown;
    await sleep(runtime, waitMs);
    shown = await read();
  }
  return shown;
}

/** The row's portfolio under its lock, in a call of its own. */
export const portfolioNow = (context: StepContext): Promise<Portfolio | null> =>
  readUnderLock(context, () => context.ports.investSuite.portfolioFresh(context.row.portfolio_id));
