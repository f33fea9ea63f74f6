import type { Booking } from './ledgers.ts';
import { type Answer, cents, list, money, NOT_FOUND, ok, type UpstreamWorld, type Wire } from './wire.ts';

/** An order by amount or units, in EUR. */
export interface Order extends Wire {
  readonly id: string;
  readonly account_id: string;
  readonly side: unknown;
  readonly instrument_id: unknown;
  readonly cash_amount: string;
  readonly quantity: string;
  status: string;
  updated_at: string;
  executions: readonly Wire[];
}

/** The cash that the orders of a group take, in cents. */
interface Purse {
  /** The cash left for trading after all orders. */
  readonly available: () => number;
  /** Negative for a sell, whose money can be withdrawn once it is settled. */
  readonly spend: (amount: number) => void;
  readonly settle: (amount: number) => void;
  /** Where the broker tells of the lines of its ledgers. */
  readonly book?: (booking: Booking) => void;
}

interface Tools extends UpstreamWorld {
  readonly event: (type: string, object: Wire) => void;
  readonly time: () => string;
}

const PRICE = 12.5;
/** Upvest keeps so much more for an order by units. */
const BUFFER = 1.1;

/** The broker's orders of one account: NEW, PROCESSING, filled in one or two executions, which are then settled. */
export class SimulatedOrders {
  readonly all = new Map<string, Order>();
  /** Units by ISIN. */
  readonly positions = new Map<string, number>();
  readonly #tools: Tools;
  readonly #purse: Purse;

  constructor(tools: Tools, purse: Purse) {
    this.#tools = tools;
    this.#purse = purse;
  }

  /** Whether an order or an execution has not come to its end. */
  get isMoving(): boolean {
    return [...this.all.values()].some((order) => isOpen(order) || order.executions.some(isUnsettled));
  }

  /** Cash that is held for open orders, in cents. */
  get locked(): number {
    const rest = (order: Order): number => {
      const whole = order.quantity === '' ? worthOf(order) : Math.ceil(worthOf(order) * BUFFER);
      return Math.max(0, whole - tradedBy(order));
    };
    const buys = [...this.all.values()].filter((order) => isOpen(order) && order.side === 'BUY');
    return buys.reduce((sum, order) => sum + rest(order), 0);
  }

  /** Units that open sells hold. */
  lockedUnits(isin: string): number {
    const sells = [...this.all.values()].filter(
      (each) => isOpen(each) && each.side === 'SELL' && each.instrument_id === isin,
    );
    return sells.reduce((sum, order) => sum + (worthOf(order) - tradedBy(order)) / 100 / PRICE, 0);
  }

  positionsOf(account_id: string): Answer {
    const text = (units: number): string => units.toFixed(6);
    const rows = [...this.positions].map(([isin, held]) => {
      const locked = this.lockedUnits(isin);
      const quantities = {
        quantity: text(held),
        locked_for_trading: text(locked),
        available_for_trading: text(held - locked),
      };
      return { account_id, instrument: { isin, uuid: isin }, pending_settlement: '0', ...quantities };
    });
    return list(rows);
  }

  /** Without a status the FILLED ones, as newer versions have it. */
  list(query: string, isListed: (order: Order) => boolean): Answer {
    const status = new URLSearchParams(query).get('status') ?? 'FILLED';
    return list([...this.all.values()].filter((order) => order.status === status && isListed(order)));
  }

  make(body: Wire): Order {
    const at = this.#tools.time();
    const { client_reference, account_id, user_id, side, instrument_id, currency, order_type } = body;
    const made: Order = {
      ...{ client_reference, user_id, side, instrument_id, currency, order_type },
      id: this.#tools.random.uuid(),
      account_id: String(account_id),
      cash_amount: String(body['cash_amount'] ?? ''),
      quantity: String(body['quantity'] ?? ''),
      created_at: at,
      updated_at: at,
      status: 'NEW',
      executions: [],
    };
    this.all.set(made.id, made);
    this.#change(made, 'NEW');
    this.#begin(made);
    return made;
  }

  read(id: string): Answer {
    const order = this.all.get(id);
    return order === undefined ? NOT_FOUND : ok(order);
  }

  /** Answered at once; what comes of it is told later. */
  cancel(id: string): Answer {
    const order = this.all.get(id);
    if (order === undefined) return NOT_FOUND;
    const { random, later, event } = this.#tools;
    later(random.between(0, 500), () => {
      if (order.status === 'NEW') this.#end(order, 'CANCELLED_BY_CLIENT');
      else event('ORDER_CANCELLATION.REJECTED', { ...order });
    });
    return ok({ id }, 202);
  }

  #begin(order: Order): void {
    const { random, later } = this.#tools;
    later(random.between(100, 4_000), () => {
      if (order.status !== 'NEW') return;
      if (this.#isShort(order) || random.chance(0.05)) return this.#end(order, 'CANCELLED_BY_UPVEST');
      this.#change(order, 'PROCESSING');
      const whole = worthOf(order);
      const isInParts = random.chance(0.4) && whole > 1;
      const part = isInParts ? Math.floor(whole / 2) : whole;
      later(random.between(100, 3_000), () => this.#fill(order, part, part === whole));
      if (isInParts) later(random.between(3_000, 6_000), () => this.#fill(order, whole - part, true));
    });
  }

  #isShort({ side, instrument_id }: Order): boolean {
    const isin = String(instrument_id);
    return side === 'BUY' ? this.#purse.available() < 0 : (this.positions.get(isin) ?? 0) < this.lockedUnits(isin);
  }

  #fill(order: Order, amount: number, isLast: boolean): void {
    const { random, later, event, time } = this.#tools;
    const execution = {
      id: random.uuid(),
      order_id: order.id,
      status: 'FILLED',
      side: order['side'],
      currency: 'EUR',
      cash_amount: money(amount),
      share_quantity: String(amount / 100 / PRICE),
      price: String(PRICE),
      transaction_time: time(),
      taxes: [],
    };
    const isBuy = order.side === 'BUY';
    this.#trade(order, execution.id, amount, isBuy);
    order.executions = [...order.executions, execution];
    if (isLast) this.#change(order, 'FILLED');
    event('EXECUTION.FILLED', execution);
    const isMistrade = this.#purse.book !== undefined && isBuy && isForeign(order) && random.chance(0.15);
    if (isMistrade) later(random.between(100, 8_000), () => this.#takeBack(order, execution.id, amount));
    later(random.between(100, 5_000), () => {
      if (order.executions.some(({ id, status }) => id === execution.id && status === 'CANCELLED')) return;
      const settled = { ...execution, status: 'SETTLED', settlement_date: time().slice(0, 10) };
      order.executions = order.executions.map((each) => (each['id'] === execution.id ? settled : each));
      if (!isBuy) this.#purse.settle(amount);
      event('EXECUTION.SETTLED', settled);
    });
  }

  /** Money and units of a fill, or of one that is taken back. */
  #trade({ id, instrument_id }: Order, executionId: string, amount: number, isBuy: boolean, isBack = false): void {
    const isin = String(instrument_id);
    const units = amount / 100 / PRICE;
    this.positions.set(isin, (this.positions.get(isin) ?? 0) + (isBuy ? units : -units));
    this.#purse.spend(isBuy ? amount : -amount);
    const common = {
      type: isBack ? 'ORDER_EXECUTION_CANCELLATION' : 'ORDER_EXECUTION',
      references: [
        { id: executionId, type: 'ORDER_EXECUTION' },
        { id, type: 'ORDER' },
      ],
      expects: isBack ? 'maybe' : 'none',
    } as const;
    this.#purse.book?.({ ...common, ledger: 'cash', amount: money(isBuy ? -amount : amount) });
    this.#purse.book?.({ ...common, ledger: 'securities', amount: String(isBuy ? units : -units), isin });
  }

  /** A mistrade. */
  #takeBack(order: Order, executionId: string, amount: number): void {
    const { event } = this.#tools;
    order.executions = order.executions.map((each) =>
      each['id'] === executionId ? { ...each, status: 'CANCELLED' } : each,
    );
    event('EXECUTION.CANCELLED', order.executions.find(({ id }) => id === executionId) ?? {});
    this.#trade(order, executionId, -amount, true, true);
    // The money is back at once: nothing of it was sold.
    this.#purse.settle(amount);
  }

  #end(order: Order, reason: string): void {
    Object.assign(order, { cancellation_reason: reason });
    this.#change(order, 'CANCELLED');
  }

  #change(order: Order, status: string): void {
    order.status = status;
    order.updated_at = this.#tools.time();
    this.#tools.tell(
      `ORDER ${order.id.slice(0, 8)} ${String(order.side)} ${order.cash_amount || order.quantity} is ${status}`,
    );
    this.#tools.event(`ORDER.${status}`, { ...order });
  }
}

/** In cents. */
const worthOf = ({ cash_amount: amount, quantity }: Order): number =>
  quantity === '' ? cents(amount) : Math.round(Number(quantity) * PRICE * 100);

const isOpen = ({ status }: Order): boolean => status === 'NEW' || status === 'PROCESSING';
/** Nobody placed it here. */
export const isForeign = ({ client_reference: reference }: Wire): boolean => reference === undefined;
const isUnsettled = ({ status }: Wire): boolean => status === 'FILLED';
const tradedBy = ({ executions }: Order): number =>
  executions.reduce((sum, { cash_amount }) => sum + cents(cash_amount), 0);
