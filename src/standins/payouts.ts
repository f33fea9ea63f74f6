import { isRobo, type Portfolio } from './investsuite/entities.ts';
import type { InvestSuiteStandin } from './investsuite/server.ts';
import type { Execution } from './upvest/entities.ts';
import type { UpvestStandin } from './upvest/server.ts';
import { investSuiteTime } from './values/clock.ts';
import { compared, minus, negated, plus, times } from './values/exact.ts';
import { num } from './values/json.ts';

/** A little more than needed, since amounts are cut to cents. */
const MARGIN = '1.01';

/**
 * Where InvestSuite integrates the broker, it sells what its optimization recommends, and books the executions. Only
 * sales for payouts are played: the cash of a deposit stays, so that withdrawals can be tried.
 */
export function sellForPayouts(investSuite: InvestSuiteStandin, upvest: UpvestStandin): void {
  /** Sales in progress: order id to portfolio id. */
  const sales = new Map<string, string>();
  investSuite.onBusEvent(({ subject, data }) => {
    if (subject !== 'optimizations' || data['is_recommended'] !== true) return;
    const portfolio = investSuite.portfolio(String(data['portfolio_id']));
    // A portfolio with open orders is skipped until they are done.
    if (!portfolio || !isRobo(portfolio) || [...sales.values()].includes(portfolio.id)) return;
    for (const orderId of placeSales(investSuite, upvest, portfolio)) sales.set(orderId, portfolio.id);
  });
  upvest.webhooks.onEvent(({ type, object }) => {
    const orderId = String(object['order_id']);
    const portfolioId = sales.get(orderId);
    const order = upvest.order(orderId);
    const execution = order?.executions.find(({ id }) => id === object['id']);
    if (type !== 'EXECUTION.SETTLED' || portfolioId === undefined || !order || !execution) return;
    bookSale(investSuite, portfolioId, order.instrument_id, execution);
    sales.delete(orderId);
    if (![...sales.values()].includes(portfolioId)) investSuite.optimize(portfolioId);
  });
}

/** The ids of the orders. */
function placeSales(investSuite: InvestSuiteStandin, upvest: UpvestStandin, portfolio: Portfolio): readonly string[] {
  const [account] = upvest.accounts(portfolio.brokerage_account?.brokerage_portfolio_id ?? '');
  // Advice has to be accepted by the owner first.
  if (!account || portfolio.config.manager !== 'ROBO_ADVISOR_DISCRETIONARY') return [];
  const orders = investSuite.optimization(portfolio.id)?.portfolio_update.orders ?? {};
  const positions = upvest.positions(account.id);
  return Object.entries(orders).flatMap(([isin, { shares }]) => {
    if (shares === undefined) return [];
    const held = positions.find(({ instrument }) => instrument.isin === isin)?.quantity ?? '0';
    const wanted = times(negated(shares.text), MARGIN);
    const quantity = compared(wanted, held) > 0 ? held : wanted;
    if (compared(quantity, '0') <= 0) return [];
    const { id } = upvest.placeOrder(account.id, {
      side: 'SELL',
      instrument_id: isin,
      quantity,
      currency: portfolio.base_currency,
      initiation_flow: 'PORTFOLIO_REBALANCING',
      client_reference: portfolio.id,
    });
    return [id];
  });
}

function bookSale(investSuite: InvestSuiteStandin, portfolioId: string, isin: string, execution: Execution): void {
  const portfolio = investSuite.portfolio(portfolioId);
  if (!portfolio) return;
  const cash = `$${portfolio.base_currency}`;
  const holdings = investSuite.holdings(portfolioId);
  investSuite.setHoldings(portfolioId, {
    ...holdings,
    [cash]: plus(holdings[cash] ?? '0', execution.cash_amount),
    [isin]: minus(holdings[isin] ?? '0', execution.share_quantity),
  });
  const common = { status: 'SETTLED', datetime: investSuiteTime(new Date(execution.transaction_time)) };
  investSuite.book(portfolioId, {
    external_id: execution.order_id,
    order_type: 'MARKET',
    optimization_id: investSuite.optimization(portfolioId)?.id ?? null,
    movements: [
      {
        ...common,
        external_id: execution.id,
        type: 'SELL',
        instrument_id: isin,
        quantity: num(negated(execution.share_quantity)),
        unit_price: num(execution.price),
      },
      {
        ...common,
        reference_external_id: execution.id,
        type: 'BUY',
        instrument_id: cash,
        quantity: num(execution.cash_amount),
      },
    ],
  });
}
