import type { Movement } from '../investsuite/entities.ts';
import type { SavingsPlan } from '../upvest/plans.ts';
import { uuidOf } from '../values/ids.ts';
import { num } from '../values/json.ts';
import { closeOf, dayNumber, dayText, isTradingDay } from '../values/prices.ts';
import { type SeededPortfolio, seedPortfolio, seedUser, type TransactionOverrides } from './builders.ts';
import { withCashLedger } from './ledgers.ts';

/**
 * The first portfolio of the demo, which a newcomer looks at: somebody began with 12,000 euros thirty months ago and has saved 400
 * a month since, at the prices of each day. Amounts are in cents, units in 1e-4.
 */
const MONTHS = 30;
const FIRST_DEPOSIT = 1_200_000;
const MONTHLY_DEPOSIT = 40_000;
const FEE = 100;

/** Percent of each purchase. */
const AT_FIRST = { IE00B4L5Y983: 45, IE00BKM4GZ66: 15, IE00B3F81R35: 20, DE0007164600: 10, NL0010273215: 10 } as const;
const EACH_MONTH = { IE00B4L5Y983: 60, IE00BKM4GZ66: 20, IE00B3F81R35: 20 } as const;

const centsText = (cents: number): string =>
  `${cents < 0 ? '-' : ''}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
const unitsText = (units: number): string => (units / 10_000).toFixed(4);
const centsOf = (price: string): number => Number(price.replace('.', ''));

class Plan {
  readonly transactions: TransactionOverrides[] = [];
  readonly #units = new Map<string, number>();
  #cash = 0;

  holdings(): Readonly<Record<string, string>> {
    const units = [...this.#units].map(([isin, held]) => [isin, unitsText(held)]);
    return { $EUR: centsText(this.#cash), ...Object.fromEntries(units) };
  }

  held(isin: string): number {
    return this.#units.get(isin) ?? 0;
  }

  cash(type: string, cents: number, day: number): void {
    this.#add(`${type.toLowerCase().replace('_', '-')}-${dayText(day)}`, [this.#money(type, cents, day)]);
  }

  /** A dividend in cents of a unit, with a tax of 26.375 %. */
  dividend(isin: string, perUnit: number, day: number): void {
    const gross = Math.round((this.held(isin) * perUnit) / 10_000);
    if (gross === 0) return;
    const tax = -Math.round(gross * 0.26375);
    this.#add(`dividend-${dayText(day)}`, [
      this.#money('CASH_DIVIDEND', gross, day, isin),
      this.#money('WITHHOLDING_TAX', tax, day, isin),
    ]);
  }

  buyFor(cents: number, shares: Readonly<Record<string, number>>, day: number): void {
    for (const [isin, percent] of Object.entries(shares)) {
      this.trade(isin, Math.floor((cents * percent * 100) / centsOf(closeOf(isin, day))), day);
    }
  }

  /** Positive units are bought. */
  trade(isin: string, units: number, day: number): void {
    const price = closeOf(isin, day);
    const amount = Math.round((units * centsOf(price)) / 10_000);
    const datetime = timeOf(day);
    const order = {
      type: units > 0 ? 'BUY' : 'SELL',
      instrument_id: isin,
      quantity: num(unitsText(units)),
      datetime,
    };
    this.#units.set(isin, this.held(isin) + units);
    this.#add(
      `order-${isin}-${dayText(day)}`,
      [
        { ...order, status: 'PLACED' },
        { ...order, status: 'SETTLED', unit_price: num(price) },
        this.#money(units > 0 ? 'SELL' : 'BUY', -amount, day),
        this.#money('TRANSACTION_FEE', -FEE, day),
      ],
      'MARKET',
    );
  }

  #money(type: string, cents: number, day: number, isin?: string): Movement {
    this.#cash += cents;
    return {
      type,
      status: 'SETTLED',
      datetime: timeOf(day),
      instrument_id: '$EUR',
      quantity: num(centsText(cents)),
      ...(isin === undefined ? {} : { reference_instrument_id: isin }),
    };
  }

  #add(externalId: string, movements: readonly Movement[], orderType?: 'MARKET'): void {
    this.transactions.push({ externalId: `plan-${externalId}`, movements, ...(orderType ? { orderType } : {}) });
  }
}

const timeOf = (day: number): string => `${dayText(day)}T14:00:00.000000+00:00`;

/** A day of a month, or the next one on which markets are open. */
function tradingDay(year: number, month: number, date: number): number {
  const day = dayNumber(new Date(Date.UTC(year, month, date)));
  return [day, day + 1, day + 2].find(isTradingDay) ?? day;
}

interface Month {
  /** How many months ago. */
  readonly past: number;
  /** 0 is January. */
  readonly ofYear: number;
  readonly paidOn: number;
  readonly boughtOn: number;
}

/** Events of a month: money comes and is invested, and some of it is charged, distributed or paid out. */
function liveMonth(plan: Plan, { past, ofYear, paidOn, boughtOn }: Month): void {
  const isFirst = past === MONTHS;
  plan.cash('CASH_DEPOSIT', isFirst ? FIRST_DEPOSIT : MONTHLY_DEPOSIT, paidOn);
  if (isFirst) plan.buyFor(FIRST_DEPOSIT - 50_000, AT_FIRST, boughtOn);
  else plan.buyFor(MONTHLY_DEPOSIT - 1_000, EACH_MONTH, boughtOn);
  if (ofYear % 3 === 2) {
    plan.cash('CUSTODY_FEE', -690, boughtOn);
    plan.dividend('IE00B3F81R35', 35, boughtOn);
  }
  if (ofYear === 4) plan.dividend('DE0007164600', 220, boughtOn);
  if (past === 9) plan.trade('NL0010273215', -Math.floor(plan.held('NL0010273215') / 2), boughtOn);
  if (past === 8) plan.cash('CASH_WITHDRAWAL', -30_000, boughtOn);
}

export function savingsPlan(now: Date): SeededPortfolio {
  const plan = new Plan();
  const today = dayNumber(now);
  const [year, thisMonth] = [now.getUTCFullYear(), now.getUTCMonth()];
  for (let past = MONTHS; past >= 0; past -= 1) {
    const month = thisMonth - past;
    const boughtOn = tradingDay(year, month, 4);
    if (boughtOn >= today) break;
    liveMonth(plan, { past, ofYear: ((month % 12) + 12) % 12, paidOn: tradingDay(year, month, 1), boughtOn });
  }
  const owner = seedUser({
    key: 'demo/savings-plan/owner',
    externalId: 'bank-user-anna',
    firstName: 'Anna',
    lastName: 'Adler',
    language: 'de-DE',
  });
  const seeded = withCashLedger(
    seedPortfolio({
      key: 'demo/savings-plan',
      owner,
      name: 'Retirement',
      externalId: 'bank-portfolio-retirement',
      manager: 'USER_MANAGED',
      holdings: plan.holdings(),
      transactions: plan.transactions,
    }),
  );
  return { ...seeded, upvest: { ...seeded.upvest, plans: nextMonths(seeded.broker.accountId) } };
}

/** A savings plan, carried out when the clock is set forward. */
const nextMonths = (accountId: string): readonly SavingsPlan[] =>
  Object.entries(EACH_MONTH).map(([isin, percent]) => ({
    id: uuidOf(`plan/${accountId}/${isin}`),
    account_id: accountId,
    instrument_id: isin,
    cash_amount: centsText((MONTHLY_DEPOSIT * percent) / 100),
  }));
