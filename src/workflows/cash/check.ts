import type { BrokerLink } from '../../domain/broker.ts';
import { firstProblem, type InvalidInput, invalid } from '../../domain/checked.ts';
import { add, compare, type Decimal, decimal, isPositive, scale, ZERO } from '../../domain/decimal.ts';
import { type Failure, notFound, notFundable } from '../../domain/failures.ts';
import { parsePortfolioId } from '../../domain/ids.ts';
import { checkCurrency } from '../../domain/input-rules.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import type { Caller, CashServices } from '../accept.ts';

/** Upvest's maximum for one movement. */
const MAX_AMOUNT = decimal('999999999.99');

export interface CashInput {
  readonly portfolioId: string;
  readonly amount: Decimal;
  readonly currency: string;
}

/** One form for one amount: 10.50 and 10.5 are the same request. */
export const canonicalAmount = (amount: Decimal): Decimal => add(amount, ZERO);

/** Checks of the input alone. */
export const checkCashInput = ({ amount, currency }: CashInput): InvalidInput | undefined =>
  firstProblem([checkAmount(amount), checkCurrency('currency', currency)]);

function checkAmount(amount: Decimal): InvalidInput | undefined {
  if (!isPositive(amount)) return invalid('amount', 'Expected an amount greater than 0.');
  if (scale(amount) > 2) return invalid('amount', 'Expected at most two decimals.');
  return compare(amount, MAX_AMOUNT) > 0 ? invalid('amount', `Expected at most ${MAX_AMOUNT}.`) : undefined;
}

/** A portfolio that money may be moved for, with its side at the broker. */
export interface Fundable {
  readonly kind: 'fundable';
  readonly portfolio: Portfolio;
  readonly link: BrokerLink;
}

/**
 * The portfolio, checked for the caller, then for its state, then for the currency. Throws an UpstreamError where
 * InvestSuite can't be read.
 */
export async function checkFundable(
  { ports, link: linkOf }: CashServices,
  caller: Caller,
  input: CashInput,
): Promise<Fundable | Failure> {
  const id = parsePortfolioId(input.portfolioId);
  const portfolio = id === undefined ? null : await ports.investSuite.portfolio(id);
  if (portfolio === null || !caller.maySee(portfolio)) return notFound('There is no such portfolio.');
  const link = linkOf(portfolio);
  const problem = whyNotFundable(portfolio);
  if (problem !== undefined) return notFundable(problem);
  if (link === null) return notFundable('The portfolio is not linked to an account at the broker.');
  if (input.currency !== portfolio.baseCurrency) {
    return invalid('currency', `Expected the currency of the portfolio, ${portfolio.baseCurrency}.`);
  }
  return { kind: 'fundable', portfolio, link };
}

function whyNotFundable({ archived, moneyType, status }: Portfolio): string | undefined {
  if (archived === true) return 'The portfolio is archived.';
  if (moneyType !== 'REAL_MONEY') return 'The portfolio does not hold real money.';
  return status === 'ACTIVE' || status === 'WAITING_FOR_FUNDS'
    ? undefined
    : 'The portfolio is not active and not waiting for funds.';
}
