import { add, type Decimal, decimal, equals, isZero, ZERO } from '../../src/domain/decimal.ts';
import type { SeededPortfolio, Standins, UpvestEntities } from '../../src/standins/index.ts';

/** A year at the broker of one portfolio: lines of all kinds, their cancellations, and orders that nobody placed here. */

type Broker = Standins['upvest'];
type Line = UpvestEntities.CashTransaction | UpvestEntities.SecuritiesTransaction;

export const ISINS = ['US0378331005', 'LU78468R1014', 'IE00B4L5Y983'] as const;
const DAYS = 364;
const FIRST_DAY = Date.UTC(2025, 5, 1);

/** Pseudo-random numbers below 1, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const CASH_TYPES: readonly (readonly [string, 1 | -1])[] = [
  ['CREDIT_FUNDING', 1],
  ['TOPUP', 1],
  ['SEPA_DIRECT_DEBIT', 1],
  ['SEPA_DIRECT_DEBIT_CHARGE_BACK', -1],
  ['WITHDRAWAL', -1],
  ['VIRTUAL_CASH_INCREASE', 1],
  ['FEE_COLLECTION', -1],
  ['DD_REFUND_REJECT_FEE', -1],
  ['CASH_DIVIDEND', 1],
  ['INTEREST_PAYMENT', 1],
  ['CAPITAL_GAINS_DISTRIBUTION', 1],
  ['TAX_PAYMENT', -1],
  ['TAX_REFUND', 1],
  ['MERGER', 1],
  ['BALANCE_CORRECTION', -1],
  ['INTERNAL_CASH_TRANSFER', 1],
];
const UNITS_TYPES: readonly (readonly [string, 1 | -1])[] = [
  ['STOCK_SPLIT', 1],
  ['STOCK_DIVIDEND', 1],
  ['SECURITIES_TRANSFER', 1],
  ['SPIN_OFF', 1],
  ['SECURITIES_TRANSFER', -1],
];
const TAXED = new Set(['CASH_DIVIDEND', 'INTEREST_PAYMENT', 'MERGER']);

/** Books a year of about so many lines; answers how many lines are not of orders, and how many orders there are. */
export function bookYear(
  upvest: Broker,
  { broker }: SeededPortfolio,
  { lines, seed }: { readonly lines: number; readonly seed: number },
): { readonly lines: readonly string[]; readonly orders: readonly string[] } {
  const year = new Year(upvest, broker.accountGroupId, broker.accountId ?? '', randomOf(seed));
  for (let n = 0; n < lines; n += 1) year.step(new Date(FIRST_DAY + Math.floor((n * DAYS) / lines) * 86_400_000));
  return { lines: year.lines, orders: year.orders };
}

class Year {
  readonly lines: string[] = [];
  readonly orders: string[] = [];
  readonly #upvest: Broker;
  readonly #groupId: string;
  readonly #accountId: string;
  readonly #random: () => number;
  #cancellable: Line[] = [];
  #count = 0;

  constructor(upvest: Broker, groupId: string, accountId: string, random: () => number) {
    this.#upvest = upvest;
    this.#groupId = groupId;
    this.#accountId = accountId;
    this.#random = random;
  }

  step(at: Date): void {
    const draw = this.#random();
    // Of each kind at least once, whatever the numbers say.
    const turn = this.#count++;
    if (turn < CASH_TYPES.length) this.#cash(turn, at);
    else if (turn < CASH_TYPES.length + UNITS_TYPES.length) this.#units(turn - CASH_TYPES.length, at);
    else if (draw < 0.5) this.#cash(this.#int(CASH_TYPES.length), at);
    else if (draw < 0.65) this.#units(this.#int(UNITS_TYPES.length - 1), at);
    else if (draw < 0.8) this.#cancel();
    else this.#order();
  }

  #int(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #amount(most: number): string {
    return (1 + this.#int(most * 100) / 100).toFixed(2);
  }

  #cash(index: number, at: Date): void {
    const [type, sign] = CASH_TYPES[index] ?? ['CREDIT_FUNDING', 1];
    const amount = this.#amount(sign > 0 ? 900 : 90);
    const isin = TAXED.has(type) ? ISINS[this.#int(ISINS.length)] : undefined;
    const line = this.#upvest.bookCashLine({
      accountGroupId: this.#groupId,
      type,
      amount: sign > 0 ? amount : `-${amount}`,
      ...(TAXED.has(type) ? { taxes: this.#amount(3) } : {}),
      ...(isin === undefined ? {} : { isin }),
      references: [{ type: `${type}_OF_THE_YEAR`, id: `${this.#groupId}/${this.#count}` }],
      bookedAt: at.toISOString(),
    });
    this.#booked(line);
  }

  #units(index: number, at: Date): void {
    const [type, sign] = UNITS_TYPES[index] ?? ['STOCK_SPLIT', 1];
    const line = this.#upvest.bookUnitsLine({
      accountId: this.#accountId,
      type,
      isin: ISINS[0],
      amount: sign > 0 ? `${10 + this.#int(50)}.5` : '-0.25',
      references: [{ type: 'CORPORATE_ACTION', id: `${this.#accountId}/${this.#count}` }],
      bookedAt: at.toISOString(),
    });
    this.#booked(line);
  }

  #booked(line: Line): void {
    this.lines.push(line.id);
    this.#cancellable.push(line);
  }

  #cancel(): void {
    const index = this.#int(this.#cancellable.length);
    const [line] = this.#cancellable.splice(index, 1);
    if (line !== undefined) this.lines.push(this.#upvest.cancelLine(line.id).id);
  }

  /** Of a savings plan, placed by hand, …: filled in parts, settled or not, a mistrade among them. */
  #order(): void {
    const flow = ['SAVINGS_PLAN', 'CASH_DIVIDEND_REINVESTMENT', 'SELL_TO_COVER_FEES', 'API'][this.#int(4)] ?? 'API';
    const isin = ISINS[1 + this.#int(2)] ?? ISINS[1];
    const { id } = this.#upvest.placeOrder(this.#accountId, {
      side: 'BUY',
      instrument_id: isin,
      quantity: '2',
      initiation_flow: flow,
    });
    this.orders.push(id);
    const first = this.#upvest.fillOrder(id, { quantity: '1', price: '10.25', taxes: '0.10' });
    if (this.#random() < 0.2) this.#upvest.cancelExecution(id, first.id);
    const second = this.#upvest.fillOrder(id, { quantity: '1', price: '10.30', complete: true });
    if (this.#random() < 0.5) this.#upvest.settleExecution(id, second.id);
  }
}

/** The broker's balances: `$EUR` and ISINs to quantities that are not 0. */
export function brokerHas(upvest: Broker, { broker }: SeededPortfolio): Record<string, string> {
  const held = new Map<string, Decimal>([['$EUR', decimal(upvest.balance(broker.accountGroupId).balance)]]);
  for (const { instrument, quantity } of broker.accountIds.flatMap((id) => upvest.positions(id))) {
    held.set(instrument.isin ?? instrument.uuid, decimal(quantity));
  }
  return plain(held);
}

const COUNTED = new Set(['EXECUTED', 'SETTLED']);

/** The sum of the movements of all transactions in InvestSuite. */
export function movementsSay({ transactions }: Standins['investSuite'], portfolioId: string): Record<string, string> {
  const sums = new Map<string, Decimal>();
  for (const { movements } of transactions(portfolioId)) {
    for (const { instrument_id: id, quantity, status } of movements) {
      if (!COUNTED.has(status)) continue;
      const text = typeof quantity === 'string' ? quantity : quantity.text;
      sums.set(id, add(sums.get(id) ?? ZERO, decimal(text)));
    }
  }
  return plain(sums);
}

export function investSuiteHolds({ holdings }: Standins['investSuite'], portfolioId: string): Record<string, string> {
  return plain(new Map(Object.entries(holdings(portfolioId)).map(([id, text]) => [id, decimal(text)])));
}

/** Sorted, without what is 0; 70.00 and 70 are the same. */
const plain = (held: ReadonlyMap<string, Decimal>): Record<string, string> =>
  Object.fromEntries(
    [...held]
      .filter(([, quantity]) => !isZero(quantity))
      .map(([id, quantity]): [string, string] => [id, equals(quantity, ZERO) ? '0' : add(quantity, ZERO)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Events of one delivery. */
const DELIVERED = 50;

/** Tells gateways everything that has happened at the broker, each event twice, in the order of a seed. */
export async function tellYear({ webhooks }: Broker, urls: readonly string[], seed: number): Promise<void> {
  const random = randomOf(seed);
  const told = [...webhooks.events(), ...webhooks.events()]
    .map((event) => ({ event, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ event }) => event);
  for (let start = 0; start < told.length; start += DELIVERED) {
    const url = `${urls[(start / DELIVERED) % urls.length]}/webhooks/upvest`;
    const events = told.slice(start, start + DELIVERED);
    while ((await webhooks.emit({ url, events })).status !== 200);
  }
}
