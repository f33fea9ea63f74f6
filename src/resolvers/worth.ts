import type { DayRange } from '../domain/calendar-day.ts';
import { ZERO } from '../domain/decimal.ts';
import { type Shown, wholeOf } from '../domain/listing.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { PriceQuality } from '../domain/prices.ts';
import {
  type DailyValuation,
  type Returns,
  returnsOfDays,
  type Valuation,
  worthByDay,
  worthOf,
} from '../domain/valuation.ts';
import { BadUserInputError, UpstreamInvalidAnswerError, UpstreamRefusedReadError } from '../errors.ts';
import { cashBalanceOf } from './brokerage.ts';
import type { RequestContext } from './context.ts';
import { checkedDays } from './day-ranges.ts';

/** Ten years; the broker's history is not longer. */
const MAX_DAYS = 3_700;

/** Qualities that the broker accepts in a request. */
const QUALITIES: Partial<Readonly<Record<PriceQuality, 'EOD' | 'HIGHEST_AVAILABLE'>>> = {
  END_OF_DAY: 'EOD',
  HIGHEST_AVAILABLE: 'HIGHEST_AVAILABLE',
};

/**
 * Worth of the portfolio: the sum of the valuations of its accounts, and its cash in the base currency. Null while it is
 * not linked, where it has no account, and where the tenant has no valuations. Throws BadUserInputError for a quality that can't be
 * asked for.
 */
export async function valuationOf(
  context: RequestContext,
  portfolio: Portfolio,
  priceQuality: PriceQuality,
): Promise<Valuation | null> {
  const quality = QUALITIES[priceQuality];
  if (quality === undefined) throw new BadUserInputError('priceQuality must be END_OF_DAY or HIGHEST_AVAILABLE.');
  const link = context.services.link(portfolio);
  if (link === null || !context.services.upvest.capabilities.isOn('valuations')) return null;
  const [accounts, balance] = await Promise.all([
    context.loaders.valuations.load({ link, quality }),
    cashBalanceOf(context, portfolio),
  ]);
  const known = allOrNone(accounts);
  if (known === null) return null;
  const cash = { amount: balance?.balance ?? ZERO, currency: portfolio.baseCurrency };
  return worthOf(known, cash) ?? severalCurrencies();
}

/** The worth of the instruments at the end of each day; null where {@link valuationOf} is. */
export async function valuationsOf(
  context: RequestContext,
  portfolio: Portfolio,
  range: DayRange,
): Promise<Shown<readonly DailyValuation[] | null>> {
  const days = checkedDays(range, MAX_DAYS);
  const link = context.services.link(portfolio);
  if (link === null || !context.services.upvest.capabilities.isOn('valuations')) return NOTHING;
  const accounts = allOrNone(await context.loaders.dailyValuations.load({ link, days }));
  if (accounts === null) return NOTHING;
  const [only, ...others] = accounts;
  const unreadable = only !== undefined && others.length === 0 ? only.unreadable : [];
  // Of several accounts a day that can't be read is one of a sum.
  const rows = others.length === 0 ? accounts.map((account) => account.rows) : accounts.map(wholeOf);
  return { value: worthByDay(rows) ?? severalCurrencies(), unreadable };
}

/** Time-weighted returns; null where {@link valuationOf} is, and where there are several accounts. */
export async function returnsOf(
  context: RequestContext,
  portfolio: Portfolio,
  range: DayRange,
): Promise<Shown<Returns | null>> {
  const days = checkedDays(range, MAX_DAYS);
  const link = context.services.link(portfolio);
  if (link === null || !context.services.upvest.capabilities.isOn('returns')) return NOTHING;
  const [account, ...others] = wholeOf(await context.loaders.accounts.load(link));
  if (account === undefined || others.length > 0) return NOTHING;
  const found = await context.services.upvest.returns({ account: account.id, days }, context.patience.forOneField());
  return found === null ? NOTHING : { value: returnsOfDays(found.rows), unreadable: found.unreadable };
}

const NOTHING: Shown<null> = { value: null, unreadable: [] };

/**
 * Null where the broker has nothing of any account. Throws an UpstreamRefusedReadError where it has nothing of some: their part of
 * the sum is not known.
 */
function allOrNone<T>(ofAccounts: readonly (T | null)[]): readonly T[] | null {
  const known = ofAccounts.filter((each) => each !== null);
  if (known.length === 0) return null;
  if (known.length < ofAccounts.length) throw new UpstreamRefusedReadError('UPVEST', 404);
  return known;
}

function severalCurrencies(): never {
  throw new UpstreamInvalidAnswerError('UPVEST', 'upvest.valuations: accounts in several currencies');
}
