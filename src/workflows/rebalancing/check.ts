import type { BrokerLink } from '../../domain/broker.ts';
import {
  notExecutable,
  notTradable,
  type OptimizationNotExecutable,
  type PortfolioNotTradable,
} from '../../domain/failures.ts';
import type { PortfolioId } from '../../domain/ids.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import { type Executable, planOf, whyNotExecutable } from '../../domain/rebalancing.ts';
import { beginLock, lockInTransaction, openWorkflows, portfolioLock, type Reading } from '../../store/index.ts';
import { type Decision, enter, type ObserveStep, type StepContext } from '../engine/step.ts';
import { whyNotTradable } from '../placed-order/check.ts';
import { CURRENCIES } from '../placed-order/check-draft.ts';
import { allStillHold, decideOrder, inWords, withDecided } from './begin.ts';
import type { RebalancingPorts } from './ports.ts';
import { inputOf, type REBALANCING, type RebalancingProgress, remembering, type TradingAccount } from './rows.ts';
import { isUncertain } from './uncertain.ts';

interface Ready {
  readonly kind: 'ready';
  readonly optimization: Executable;
  readonly account: TradingAccount;
}

/** Whether an optimization may be carried out now: the portfolio first, then the optimization. */
export async function checkOptimization(
  ports: RebalancingPorts,
  portfolio: Portfolio,
  optimizationId: string,
): Promise<Ready | PortfolioNotTradable | OptimizationNotExecutable> {
  const link = ports.link(portfolio);
  const why = whyNotTradable(portfolio, true) ?? whyNotLinked(portfolio, link);
  if (why !== undefined || link === null) return notTradable(why ?? '');
  const [only, ...others] = await ports.accountsOf(link);
  if (only === undefined) return notTradable('The portfolio has no account at the broker.');
  if (others.length > 0) return notTradable('The portfolio has several accounts at the broker.');
  const optimization = await ports.optimization(portfolio.id);
  const reason = whyNotExecutable(portfolio, optimization, optimizationId);
  if (reason !== undefined) return notExecutable(reason);
  // Else there was a reason.
  if (optimization === null || optimization.inProgress) return notExecutable('There is no such optimization.');
  const { accountGroupId: groupId, brokerageUserId: userId } = link;
  const account = { id: only.id, groupId, userId, currency: portfolio.baseCurrency };
  return { kind: 'ready', optimization, account };
}

function whyNotLinked({ baseCurrency }: Portfolio, link: BrokerLink | null): string | undefined {
  if (link === null) return 'The portfolio is not linked to an account at the broker.';
  return CURRENCIES.includes(baseCurrency) ? undefined : `The broker does not trade in ${baseCurrency}.`;
}

/**
 * Checks again what was checked at the acceptance, plans all orders, and begins the sells: under the portfolio's lock, so that no
 * holdings are written meanwhile, and after an update of holdings that was taken on before.
 */
export const checkStep = (ports: RebalancingPorts): ObserveStep<'rebalancing'> => ({
  kind: 'observe',
  lock: (row) => portfolioLock(row.portfolio_id),
  run: async (context) => {
    const { row, read } = context;
    if (await read((reading) => isUpdated(reading, row.portfolio_id))) return { kind: 'wait', for: 'settling' };
    const portfolio = await ports.investSuite.portfolioFresh(row.portfolio_id);
    if (portfolio === null) return cancelled('InvestSuite no longer has the portfolio.');
    const checked = await checkOptimization(ports, portfolio, inputOf(row).optimizationId);
    if (checked.kind !== 'ready') return cancelled(checked.message);
    if (await isUncertain(context, checked.account, 'SELL')) return { kind: 'wait', for: 'cash' };
    return await beginSells(ports, context, checked);
  },
});

const isUpdated = async (reading: Reading, portfolioId: PortfolioId): Promise<boolean> =>
  (await openWorkflows(reading, portfolioId, ['holdings-change'])).length > 0;

const cancelled = (reason: string): Decision<typeof REBALANCING> => ({
  kind: 'advance',
  states: [enter('CANCELLED', reason)],
  step: null,
});

async function beginSells(
  ports: RebalancingPorts,
  context: StepContext,
  { optimization, account }: Ready,
): Promise<Decision<typeof REBALANCING>> {
  const { row } = context;
  const plan = planOf(optimization);
  const sells = plan.filter(({ side }) => side === 'SELL');
  const decided = await Promise.all(sells.map((planned) => decideOrder(ports, context, account, planned)));
  const progress: RebalancingProgress = { account, plan: [...plan], begun: [], skipped: [] };
  return {
    kind: 'advance',
    states: [enter('SELLING'), ...decided.map((each) => enter('SELLING', inWords(each)))],
    step: 'sell',
    patch: remembering(withDecided(progress, decided)),
    begin: decided.flatMap(({ rows }) => rows),
    stillHolds: async (writing) => {
      await lockInTransaction(writing, beginLock(row.portfolio_id));
      return !(await isUpdated(writing, row.portfolio_id)) && (await allStillHold(decided)(writing));
    },
  };
}
