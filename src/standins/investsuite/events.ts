import { type Answer, type Exchange, header } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { investSuiteTime } from '../values/clock.ts';
import { compared, isPositive, minus, negated, plus } from '../values/exact.ts';
import { num } from '../values/json.ts';
import { matching, object } from '../values/shape.ts';
import { bodyOf } from './body.ts';
import { enterLedger, type InvestSuiteContext } from './context.ts';
import { cashKey, isRobo, type Portfolio } from './entities.ts';
import { badRequest, conflict } from './errors.ts';
import { existing } from './listing.ts';
import { triggerOptimization } from './optimizations.ts';
import { portfolioAnswer, putPortfolio, withCash } from './portfolios.ts';
import { add } from './transactions.ts';

type Direction = 'deposit' | 'withdraw';

interface CashEvent {
  readonly direction: Direction;
  readonly portfolioId: string;
  /** Positive in both directions. */
  readonly amount: string;
  readonly currency: string;
}

const EVENT = object(
  {
    data: object(
      {
        // A string: a number is refused.
        amount: matching(/^(0|[1-9]\d*)(\.\d+)?$/),
        currency: matching(/^[A-Z]{3}$/),
        portfolio: matching(/^P[0-9A-HJKMNP-TV-Z]{26}$/),
      },
      ['amount', 'currency', 'portfolio'],
    ),
  },
  ['data'],
);

export function eventRoutes(context: InvestSuiteContext): readonly Route[] {
  return (['deposit', 'withdraw'] as const).map((direction) => ({
    method: 'POST',
    pattern: `/events/${direction}`,
    slash: 'with',
    handler: (exchange) => received(context, exchange, direction),
  }));
}

/** Without a key every call is one more event; with one, the first answer comes again. */
function received(context: InvestSuiteContext, exchange: Exchange, direction: Direction): Answer {
  const event = eventOf(exchange, direction);
  const key = header(exchange, 'idempotency-key');
  const work = (): Answer => take(context, event, key ?? null);
  return key === undefined ? work() : context.idempotent.once(key, exchange.path, exchange.body, work);
}

function eventOf(exchange: Exchange, direction: Direction): CashEvent {
  const body = bodyOf(exchange, EVENT);
  const { amount, currency, portfolio: portfolioId } = body.data;
  if (!isPositive(amount))
    throw badRequest(
      [{ loc: ['body', 'data', 'amount'], msg: 'ensure this value is greater than 0', type: 'value_error' }],
      body,
    );
  return { direction, portfolioId, amount, currency };
}

function take(context: InvestSuiteContext, event: CashEvent, idempotencyKey: string | null): Answer {
  const portfolio = existing(context, context.store.portfolios, event.portfolioId);
  if (event.currency !== portfolio.base_currency)
    throw conflict(`Currency '${event.currency}' is not the base currency of '${portfolio.id}'`);
  if (event.direction === 'deposit') refuseUnfundable(portfolio);
  else refusePayout(context, portfolio, event.amount);
  enterLedger(context, {
    kind: `${event.direction}-event`,
    portfolioId: portfolio.id,
    amount: event.amount,
    currency: event.currency,
    idempotencyKey,
  });
  if (context.settings.booking === 'investsuite') {
    if (context.settings.bookingWhen === 'before-answer') book(context, event);
    else context.schedule.next('booking', `${portfolio.id}/${context.store.ledger.length}`, () => book(context, event));
  }
  if (context.settings.eventAnswer === 'empty') return { status: 200 };
  return portfolioAnswer(200, context.store.portfolios.get(portfolio.id) ?? portfolio);
}

/** The newer page's preconditions. */
function refuseUnfundable({ id, status, archived, money_type }: Portfolio): void {
  if (status !== 'ACTIVE' && status !== 'WAITING_FOR_FUNDS') throw conflict(`Portfolio '${id}' has status ${status}`);
  if (archived) throw conflict(`Portfolio '${id}' is archived`);
  if (money_type !== 'REAL_MONEY') throw conflict(`Portfolio '${id}' holds paper money`);
}

function refusePayout(context: InvestSuiteContext, portfolio: Portfolio, amount: string): void {
  const { booking, rebalancingBlocksWithdrawals, withdrawBeyondCash } = context.settings;
  if (portfolio.money_type !== 'REAL_MONEY') throw conflict(`Portfolio '${portfolio.id}' holds paper money`);
  if (booking === 'client') return;
  if (rebalancingBlocksWithdrawals && context.store.isOptimizing(portfolio.id))
    throw conflict(`Portfolio '${portfolio.id}' is being rebalanced`);
  const cash = portfolio.portfolio[cashKey(portfolio.base_currency)]?.text ?? '0';
  if (withdrawBeyondCash === 'refuse' && compared(minus(cash, amount), '0') < 0)
    throw conflict(`Portfolio '${portfolio.id}' has not enough cash`);
}

/** Effects of an event where InvestSuite integrates the broker: cash, transaction, first funding, optimization. */
function book(context: InvestSuiteContext, { direction, portfolioId, amount, currency }: CashEvent): void {
  const before = context.store.portfolios.get(portfolioId);
  if (!before) return;
  const now = investSuiteTime(context.clock());
  const signed = direction === 'deposit' ? amount : negated(amount);
  const settings = { ...before.config.manager_settings, divest_amount: null };
  const reset = direction === 'withdraw' && isRobo(before);
  const after = putPortfolio(context, before, {
    portfolio: withCash(before.portfolio, currency, signed, plus),
    snapshot_datetime: now,
    ...(direction === 'deposit' && before.funded_since === null ? { funded_since: now } : {}),
    ...(reset ? { config: { ...before.config, manager_settings: settings } } : {}),
  });
  add(context, after, {
    movements: [
      {
        type: direction === 'deposit' ? 'CASH_DEPOSIT' : 'CASH_WITHDRAWAL',
        status: 'SETTLED',
        datetime: now,
        instrument_id: cashKey(currency),
        quantity: num(signed),
      },
    ],
  });
  if (direction === 'deposit') triggerOptimization(context, portfolioId);
}
