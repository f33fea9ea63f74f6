import type { Movement } from '../investsuite/entities.ts';
import { num } from '../values/json.ts';
import { closeOf, dayNumber } from '../values/prices.ts';
import type { Random } from '../values/random.ts';
import type { TransactionOverrides } from './builders.ts';
import { dateAt, INSTRUMENTS } from './universe.ts';

/**
 * An invented history of one portfolio: deposits, orders, dividends, fees, corporate actions. The holdings at its end are the
 * exact sum of its settled movements. Amounts are whole numbers of a small unit here, so that adding them is exact.
 */
export interface History {
  readonly transactions: readonly TransactionOverrides[];
  /** Instrument id to number text. */
  readonly holdings: Readonly<Record<string, string>>;
  /** The newest trades, for the broker's list of orders. */
  readonly trades: readonly Trade[];
}

export interface Trade {
  readonly side: 'BUY' | 'SELL';
  readonly isin: string;
  readonly quantity: string;
  readonly price: string;
  readonly cashAmount: string;
  readonly at: string;
  readonly state: 'PLACED' | 'EXECUTED' | 'SETTLED' | 'CANCELLED';
  readonly reference: string;
}

/** Cash in 1e-7 of its currency, units in 1e-4: a product with a price in cents is a whole number of 1e-7 too. */
const CASH_DIGITS = 7;
const UNIT_DIGITS = 4;
const CENTS = 10 ** (CASH_DIGITS - 2);

export function textOf(whole: number, digits: number): string {
  const sign = whole < 0 ? '-' : '';
  const text = String(Math.abs(whole)).padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return `${sign}${text.slice(0, -digits)}${fraction === '' ? '' : `.${fraction}`}`;
}

const cashText = (amount: number): string => textOf(amount, CASH_DIGITS);
const unitText = (units: number): string => textOf(units, UNIT_DIGITS);
const priceCents = (isin: string, at: string): number =>
  Number(closeOf(isin, dayNumber(new Date(at))).replace('.', ''));

export interface HistoryOptions {
  readonly key: string;
  readonly currency: string;
  readonly random: Random;
  /** How many transactions, about. */
  readonly length: number;
  /** Ends with an order that is not settled. */
  readonly openOrder: boolean;
}

export function makeHistory(options: HistoryOptions): History {
  const life = new Life(options);
  life.deposit();
  for (let i = 1; i < options.length; i += 1) life.step();
  if (options.openOrder) life.order(options.random.pick(['PLACED', 'PLACED', 'EXECUTED']));
  return life.result();
}

/** One order of ours: units in 1e-4, price in cents, amount and fee in 1e-7. */
interface Deal {
  readonly side: 'BUY' | 'SELL';
  readonly isin: string;
  readonly units: number;
  readonly price: number;
  readonly amount: number;
  readonly fee: number;
  readonly reference: string;
  readonly limit: boolean;
}

class Life {
  readonly #key: string;
  readonly #cash: string;
  readonly #random: Random;
  readonly #length: number;
  readonly #transactions: TransactionOverrides[] = [];
  readonly #trades: Trade[] = [];
  readonly #units = new Map<string, number>();
  #money = 0;

  constructor({ key, currency, random, length }: HistoryOptions) {
    this.#key = key;
    this.#cash = `$${currency}`;
    this.#random = random;
    this.#length = length;
  }

  result(): History {
    const units = [...this.#units].filter(([, held]) => held !== 0).map(([isin, held]) => [isin, unitText(held)]);
    const holdings = Object.fromEntries([[this.#cash, cashText(this.#money)], ...units]);
    return { transactions: this.#transactions, holdings, trades: this.#trades.slice(-6) };
  }

  step(): void {
    const draw = this.#random.int(1, 100);
    if (draw <= 40) this.order('SETTLED');
    else if (draw <= 55) this.deposit();
    else if (draw <= 68) this.dividend();
    else if (draw <= 82) this.fee();
    else if (draw <= 87) this.withdraw();
    else if (draw <= 95) this.order(this.#random.pick(['CANCELLED', 'EXPIRED', 'NOT_EXECUTED']));
    else this.corporateAction();
  }

  deposit(): void {
    const amount = this.#random.int(50, 4_000) * 100 * CENTS;
    this.#money += amount;
    this.#add([this.#cashMovement('CASH_DEPOSIT', amount)], { prefix: 'deposit' });
  }

  withdraw(): void {
    const amount = Math.floor((this.#money * this.#random.int(5, 30)) / 100 / CENTS) * CENTS;
    if (amount <= 0) {
      this.deposit();
      return;
    }
    this.#money -= amount;
    this.#add([this.#cashMovement('CASH_WITHDRAWAL', -amount)], { prefix: 'withdrawal' });
  }

  fee(): void {
    const [type, digits] = this.#random.pick<readonly [string, number]>([
      ['MANAGEMENT_FEE', 1_035_719],
      ['CUSTODY_FEE', 125 * CENTS],
      ['SERVICE_ENTRY_EXIT_FEE', 75 * CENTS],
      ['INSTRUMENT_ENTRY_EXIT_FEE', 40 * CENTS],
      ['OTHER_FEE', 210 * CENTS],
      ['OTHER_TAX', 33 * CENTS],
    ]);
    if (this.#money < digits) {
      this.deposit();
      return;
    }
    this.#money -= digits;
    const description = type === 'OTHER_TAX' ? 'STAMP_DUTY' : type === 'OTHER_FEE' ? 'Account statement' : undefined;
    this.#add([{ ...this.#cashMovement(type, -digits), ...(description ? { description } : {}) }], { prefix: 'fee' });
  }

  dividend(): void {
    const isin = this.#held();
    if (isin === undefined) {
      this.deposit();
      return;
    }
    const amount = this.#random.int(5, 4_000) * CENTS;
    const tax = Math.floor((amount * 15) / 100);
    this.#money += amount - tax;
    const type = this.#random.chance(0.2) ? 'COUPON' : 'CASH_DIVIDEND';
    this.#add(
      [
        { ...this.#cashMovement(type, amount), reference_instrument_id: isin },
        { ...this.#cashMovement('WITHHOLDING_TAX', -tax), reference_instrument_id: isin },
      ],
      { prefix: 'dividend' },
    );
  }

  corporateAction(): void {
    const isin = this.#held();
    if (isin === undefined) {
      this.deposit();
      return;
    }
    const held = this.#units.get(isin) ?? 0;
    const type = this.#random.pick([
      'STOCK_SPLIT',
      'REVERSE_STOCK_SPLIT',
      'STOCK_DIVIDEND',
      'TRANSFER_IN',
      'TRANSFER_OUT',
      'CORPORATE_ACTION_IN',
      'CORPORATE_ACTION_OUT',
    ]);
    const less = type === 'REVERSE_STOCK_SPLIT' || type === 'TRANSFER_OUT' || type === 'CORPORATE_ACTION_OUT';
    const change = less ? -Math.floor(held / 2) : Math.max(1, Math.floor(held / 10));
    this.#units.set(isin, held + change);
    this.#add([this.#securityMovement(type, 'SETTLED', isin, change)], { prefix: 'corporate-action' });
  }

  /** An order that ends (or stands) in the given status. */
  order(status: 'PLACED' | 'EXECUTED' | 'SETTLED' | 'CANCELLED' | 'EXPIRED' | 'NOT_EXECUTED'): void {
    const held = this.#held();
    const sells = held !== undefined && this.#random.chance(0.3);
    const isin = sells ? held : this.#random.pick(INSTRUMENTS);
    // At most half a percent beside the close.
    const close = priceCents(isin, this.#at(180));
    const price = close + Math.round((close * this.#random.int(-50, 50)) / 10_000);
    const fee = 300 * CENTS;
    const affordable = Math.floor((this.#money - fee) / price / 10);
    const most = sells ? (this.#units.get(isin) ?? 0) : affordable;
    const units = Math.floor((most * this.#random.int(10, 70)) / 100);
    if (units <= 0) {
      this.deposit();
      return;
    }
    const amount = units * price * 10;
    const deal: Deal = {
      side: sells ? 'SELL' : 'BUY',
      isin,
      units,
      price,
      amount,
      fee,
      reference: `order-${this.#key}-${this.#transactions.length}`,
      limit: this.#random.chance(0.3),
    };
    const executed = status === 'EXECUTED' || status === 'SETTLED';
    if (executed) this.#settle(deal);
    this.#trade(deal, executed || status === 'PLACED' ? status : 'CANCELLED');
    this.#add(this.#movementsOf(deal, status), {
      externalId: deal.reference,
      orderType: deal.limit ? 'LIMIT' : 'MARKET',
    });
  }

  #settle({ side, isin, units, amount, fee }: Deal): void {
    const sign = side === 'BUY' ? 1 : -1;
    this.#units.set(isin, (this.#units.get(isin) ?? 0) + sign * units);
    this.#money -= sign * amount + fee;
  }

  #trade({ side, isin, units, price, amount, reference }: Deal, state: Trade['state']): void {
    this.#trades.push({
      side,
      isin,
      quantity: unitText(units),
      price: textOf(price, 2),
      cashAmount: textOf(Math.floor(amount / CENTS), 2),
      at: this.#at(0),
      state,
      reference,
    });
  }

  /** The request and its result: an execution with its cash and fee, or the request again with its final status. */
  #movementsOf(deal: Deal, status: string): readonly Movement[] {
    const { side, isin, price, amount, fee, reference } = deal;
    const quantity = side === 'SELL' ? -deal.units : deal.units;
    const placed = this.#securityMovement(side, 'PLACED', isin, quantity, deal.limit ? textOf(price, 2) : undefined);
    if (status === 'PLACED') return [placed];
    if (status !== 'EXECUTED' && status !== 'SETTLED') return [placed, { ...placed, status, datetime: this.#at(90) }];
    const datetime = this.#at(180);
    const correlated = { datetime, status, reference_external_id: `${reference}-x` };
    const security = this.#securityMovement(side, status, isin, quantity, textOf(price, 2));
    const [cashType, cashAmount] = side === 'BUY' ? (['SELL', -amount] as const) : (['BUY', amount] as const);
    return [
      placed,
      { ...security, datetime, external_id: `${reference}-x` },
      { ...this.#cashMovement(cashType, cashAmount), ...correlated },
      { ...this.#cashMovement('TRANSACTION_FEE', -fee), ...correlated },
    ];
  }

  #held(): string | undefined {
    const held = [...this.#units].filter(([, units]) => units > 10).map(([isin]) => isin);
    return held[this.#random.int(0, Math.max(0, held.length - 1))];
  }

  #cashMovement(type: string, amount: number): Movement {
    const quantity = num(cashText(amount));
    return { type, status: 'SETTLED', datetime: this.#at(0), instrument_id: this.#cash, quantity };
  }

  #securityMovement(type: string, status: string, isin: string, units: number, price?: string): Movement {
    const movement = { type, status, datetime: this.#at(0), instrument_id: isin, quantity: num(unitText(units)) };
    return price === undefined ? movement : { ...movement, unit_price: num(price) };
  }

  /** The time of the transaction that is being made, so many seconds later. */
  #at(seconds: number): string {
    return dateAt(this.#transactions.length, this.#length, seconds);
  }

  #add(movements: readonly Movement[], names: { prefix?: string } & Partial<TransactionOverrides>): void {
    const { prefix, ...rest } = names;
    const externalId = prefix === undefined ? null : `${prefix}-${this.#key}-${this.#transactions.length}`;
    this.#transactions.push({ externalId, ...rest, movements });
  }
}
