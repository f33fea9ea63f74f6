import { createHash } from 'node:crypto';
import type { Answer } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { compared, dividedBy, minus, times, trimmed } from '../values/exact.ts';
import { newInvestSuiteId } from '../values/ids.ts';
import { NumberText, num } from '../values/json.ts';
import { priceAt } from '../values/prices.ts';
import { type InvestSuiteContext, newEnvelope, nextVersion, publish } from './context.ts';
import {
  cashKey,
  isRobo,
  type Optimization,
  type OptimizationOrder,
  type Portfolio,
  type Transaction,
} from './entities.ts';
import { notFound } from './errors.ts';
import { existing } from './listing.ts';
import { REQUEST_STATUSES } from './transaction-reading.ts';

export function optimizationRoutes(context: InvestSuiteContext): readonly Route[] {
  // The older and the newer name of the same thing.
  const latest = ['current', 'latest'].map(
    (name): Route => ({
      method: 'GET',
      pattern: `/portfolios/:portfolioId/optimizations/${name}`,
      slash: 'with',
      handler: (_, { portfolioId = '' }) => latestAnswer(context, portfolioId),
    }),
  );
  return [
    ...latest,
    {
      method: 'GET',
      pattern: '/portfolios/:portfolioId/optimizations/:id',
      slash: 'either',
      handler: (_, { portfolioId = '', id = '' }) => {
        const optimization = existing(context, context.store.optimizations, id);
        if (optimization.portfolio_id !== portfolioId) throw notFound(id);
        return optimizationAnswer(optimization);
      },
    },
  ];
}

function latestAnswer(context: InvestSuiteContext, portfolioId: string): Answer {
  existing(context, context.store.portfolios, portfolioId);
  const optimization = context.store.latestOptimization(portfolioId);
  if (!optimization) throw notFound('None');
  return optimizationAnswer(optimization);
}

/** 202 while it is computed. */
function optimizationAnswer(optimization: Optimization): Answer {
  if (optimization.status !== 'PENDING') return { status: 200, body: { ...optimization, _embedded: {} } };
  return {
    status: 202,
    body: {
      message: 'Optimization is not available (yet). Could not get optimization for optimization_hash.',
      details: "Entity 'None' (version=None) not found for tenant 'None'",
      optimization_hash: createHash('md5').update(optimization.id).digest('hex'),
    },
  };
}

/** Starts to compute a new optimization, where none is being carried out. */
export function triggerOptimization(context: InvestSuiteContext, portfolioId: string): void {
  const portfolio = context.store.portfolios.get(portfolioId);
  if (!portfolio || !isRobo(portfolio) || !portfolio.config.manager_settings.active) return;
  if (isBeingCarriedOut(context, portfolioId)) return;
  const solution = { objective_value: num('0.0'), portfolio: portfolio.portfolio };
  context.store.putOptimization({
    ...newEnvelope(context, newInvestSuiteId('O', context.clock()), null),
    portfolio_id: portfolioId,
    status: 'PENDING',
    owner_choice: null,
    current_solution: solution,
    optimal_solution: solution,
    portfolio_update: { is_recommended: false, orders: {} },
  });
  context.schedule.next('optimization', portfolioId, () => finish(context, portfolioId));
}

/**
 * "From then on the portfolio is excluded from re-optimization until all its transactions are executed or settled", and a portfolio
 * with placed orders is not optimized (optimization page). From when: from the first transaction of the optimization on, since tenants
 * that carry out nothing are optimized again. Transactions that ended unfilled count as done; the page leaves that open.
 */
function isBeingCarriedOut({ store }: InvestSuiteContext, portfolioId: string): boolean {
  const transactions = store.transactions(portfolioId).all();
  const isOpen = ({ movements }: Transaction, statuses: readonly string[]): boolean =>
    movements.length > 0 && movements.every(({ status }) => statuses.includes(status));
  if (transactions.some((each) => isOpen(each, ['PLACED']))) return true;
  const latest = store.latestOptimization(portfolioId);
  const own = transactions.filter(({ optimization_id: of }) => of !== null && of === latest?.id);
  if (latest === undefined || own.length === 0) return false;
  const done = own.filter((each) => !isOpen(each, REQUEST_STATUSES));
  return !Object.keys(latest.portfolio_update.orders).every((isin) =>
    done.some(({ movements }) => movements.some(({ instrument_id }) => instrument_id === isin)),
  );
}

function finish(context: InvestSuiteContext, portfolioId: string): void {
  const portfolio = context.store.portfolios.get(portfolioId);
  const pending = context.store.latestOptimization(portfolioId);
  if (!portfolio || pending?.status !== 'PENDING') return;
  const orders = ordersFor(portfolio, context.clock());
  const isRecommended = Object.keys(orders).length > 0;
  const solution = { objective_value: num('-2.3899945188058256e-05'), portfolio: portfolio.portfolio };
  const done = nextVersion(context, pending, {
    status: 'SUCCESS',
    current_solution: solution,
    optimal_solution: solution,
    portfolio_update: { is_recommended: isRecommended, orders },
  });
  context.store.putOptimization(done);
  tellStatus(context, done);
}

/** Bus event of a computed optimization. */
function tellStatus(context: InvestSuiteContext, { id, portfolio_id, external_id, ...of }: Optimization): void {
  const { is_recommended } = of.portfolio_update;
  const data = { id, portfolio_id, external_id, is_recommended, value: of.status };
  publish(context, { subject: 'optimizations', action: 'status-update', data });
}

/** Makes an optimization the latest, as if it had just been computed. */
export function recommend(context: InvestSuiteContext, optimization: Optimization): void {
  context.schedule.forget('optimization', optimization.portfolio_id);
  context.store.putOptimization(optimization);
  tellStatus(context, optimization);
}

/** The owner's choice, by whatever screen it is made: the pages show no call for it. */
export function choose(
  context: InvestSuiteContext,
  optimization: Optimization,
  choice: NonNullable<Optimization['owner_choice']>,
): void {
  context.store.putOptimization(nextVersion(context, optimization, { owner_choice: choice }));
  const { id, portfolio_id, external_id } = optimization;
  const data = { id, portfolio_id, external_id, value: choice };
  publish(context, { subject: 'optimizations', action: 'owner-choice-update', data });
}

const EVERYTHING = '1e100';

/** A very plain adviser: sells the largest position for what is to be paid out, buys the first one with idle cash. */
function ordersFor(portfolio: Portfolio, now: Date): Readonly<Record<string, OptimizationOrder>> {
  const divest = portfolio.config.manager_settings.divest_amount?.text ?? '0';
  const positions = Object.entries(portfolio.portfolio).filter(([id]) => !id.startsWith('$'));
  const all = compared(divest, EVERYTHING) >= 0;
  if (all) return Object.fromEntries(positions.map(([isin, { text }]) => [isin, orderOf(isin, minus('0', text), now)]));
  const cash = portfolio.portfolio[cashKey(portfolio.base_currency)]?.text ?? '0';
  const idle = minus(cash, divest);
  const [first] = positions;
  if (!first || compared(idle, '0') === 0) return {};
  const [isin, { text: held }] = first;
  const wanted = dividedBy(idle, priceAt(isin, now), 16);
  const most = minus('0', held);
  return { [isin]: orderOf(isin, compared(wanted, most) < 0 ? most : wanted, now) };
}

/** An order by units at today's price. */
export function orderOf(isin: string, shares: string, now: Date): OptimizationOrder {
  const units = new NumberText(trimmed(shares));
  return {
    shares: units,
    expected_share_price: num(priceAt(isin, now)),
    expected_transaction_cost: num(trimmed(times(shares.replace('-', ''), '0.0125'))),
    quantity_type: 'UNITS',
    quantity: units,
  };
}
