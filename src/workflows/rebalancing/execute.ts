import { capabilityOff, notExecutable, notFound } from '../../domain/failures.ts';
import { type PortfolioId, parsePortfolioId } from '../../domain/ids.ts';
import type { Rebalancing } from '../../domain/rebalancing.ts';
import { beginLock, getWorkflow, lockInTransaction } from '../../store/index.ts';
import { acceptWork, type Caller, type CommandResult, type NewWork } from '../accept.ts';
import { onlyOperators } from '../order/run.ts';
import { checkOptimization } from './check.ts';
import { isAnotherOpen } from './open.ts';
import type { RebalancingServices, RebalancingSettings } from './ports.ts';
import { REBALANCING, type RebalancingInput, rebalancingIdOf, rebalancingOf } from './rows.ts';

export interface ExecuteOptimizationInput {
  readonly portfolioId: string;
  readonly optimizationId: string;
  readonly idempotencyKey: string;
}

/**
 * Carries out an optimization, once: whoever asks again, also under another key, gets the same rebalancing. Failures, in this order:
 * Forbidden; InvalidInput (key); IdempotencyKeyReused; UpstreamRefused with code CAPABILITY_OFF; NotFound; PortfolioNotTradable;
 * OptimizationNotExecutable. Throws an UpstreamError where an upstream that is needed for a check can't be asked; nothing is recorded then.
 */
export async function executeOptimization(
  services: RebalancingServices,
  caller: Caller,
  { portfolioId, optimizationId, idempotencyKey }: ExecuteOptimizationInput,
): Promise<CommandResult<Rebalancing>> {
  const no = onlyOperators(caller, 'Carrying out an optimization');
  if (no !== undefined) return no;
  const request = { mutation: 'executeOptimization', idempotencyKey, input: { portfolioId, optimizationId } };
  return await acceptWork(services, caller, request, {
    check: async () => {
      if (!services.mayTrade()) return capabilityOff;
      const id = parsePortfolioId(portfolioId);
      const portfolio = id === undefined ? null : await services.ports.investSuite.portfolio(id);
      if (portfolio === null || !caller.maySee(portfolio)) return notFound('There is no such portfolio.');
      const work = newRebalancing(services.rebalancingSettings, portfolio.id, optimizationId);
      const { isThere, isOther } = await services.store.read(async (reading) => ({
        isThere: (await getWorkflow(reading, work.id)) !== undefined,
        isOther: await isAnotherOpen(reading, portfolio.id, work.id),
      }));
      if (isThere) return work;
      const checked = await checkOptimization(services.rebalancing, portfolio, optimizationId);
      if (checked.kind === 'ready' && isOther)
        return notExecutable('Another rebalancing of the portfolio is under way.');
      return checked.kind === 'ready' ? work : checked;
    },
    answer: (row, history) => (row.kind === REBALANCING ? rebalancingOf(row, history) : undefined),
  });
}

function newRebalancing(
  settings: RebalancingSettings,
  portfolioId: PortfolioId,
  optimizationId: string,
): NewWork & { readonly id: string } {
  const input: RebalancingInput = { optimizationId, ...settings };
  const id = rebalancingIdOf(portfolioId, optimizationId);
  return {
    kind: REBALANCING,
    id,
    idPrefix: 'rbl_',
    portfolioId,
    accountGroupId: null,
    amount: null,
    currency: null,
    firstStep: 'check',
    input,
    stillHolds: async (writing) => {
      // The event may begin the same row at the same moment, or one of a newer optimization.
      await lockInTransaction(writing, beginLock(portfolioId));
      return (await getWorkflow(writing, id)) !== undefined || !(await isAnotherOpen(writing, portfolioId, id));
    },
  };
}
