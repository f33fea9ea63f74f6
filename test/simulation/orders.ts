import { type Answer, cents, list, money, NOT_FOUND, ok, type UpstreamWorld, type Wire } from './wire.ts';

/** An order by amount, in EUR. */
export interface Order extends Wire {
  readonly id: string;
  readonly account_id: string;
  readonly cash_amount: string;
  status: string;
  updated_at: string;
  executions: readonly Wire[];
}

/** The cash that the orders of a group take, in cents. */
interface Purse {
  /** The cash left for trading after all orders. */
  readonly available: () => number;
  readonly spend: (amount: number) => void;
}

interface Tools extends UpstreamWorld {
  readonly event: (type: string, object: Wire) => void;
  readonly time: () => string;
}

const PRICE = 12.5;

/** The broker's orders of one account: NEW, PROCESSING, filled in one or two executions, which are then settled. */
export class SimulatedOrders {
  readonly all = new Map<string, Order>();
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
    const rest = (order: Order): number => cents(order.cash_amount) - tradedBy(order);
    return [...this.all.values()].filter(isOpen).reduce((sum, order) => sum + rest(order), 0);
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
      cash_amount: String(body['cash_amount']),
      quantity: '',
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
      if (this.#purse.available() < 0 || random.chance(0.05)) return this.#end(order, 'CANCELLED_BY_UPVEST');
      this.#change(order, 'PROCESSING');
      const isInParts = random.chance(0.4) && cents(order.cash_amount) > 1;
      const whole = cents(order.cash_amount);
      const part = isInParts ? Math.floor(whole / 2) : whole;
      later(random.between(100, 3_000), () => this.#fill(order, part, part === whole));
      if (isInParts) later(random.between(3_000, 6_000), () => this.#fill(order, whole - part, true));
    });
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
    this.#purse.spend(amount);
    order.executions = [...order.executions, execution];
    if (isLast) this.#change(order, 'FILLED');
    event('EXECUTION.FILLED', execution);
    later(random.between(100, 5_000), () => {
      const settled = { ...execution, status: 'SETTLED', settlement_date: time().slice(0, 10) };
      order.executions = order.executions.map((each) => (each['id'] === execution.id ? settled : each));
      event('EXECUTION.SETTLED', settled);
    });
  }

  #end(order: Order, reason: string): void {
    Object.assign(order, { cancellation_reason: reason });
    this.#change(order, 'CANCELLED');
  }

  #change(order: Order, status: string): void {
    order.status = status;
    order.updated_at = this.#tools.time();
    this.#tools.tell(`ORDER ${order.id.slice(0, 8)} over ${order.cash_amount} is ${status}`);
    this.#tools.event(`ORDER.${status}`, { ...order });
  }
}

const isOpen = ({ status }: Order): boolean => status === 'NEW' || status === 'PROCESSING';
const isUnsettled = ({ status }: Wire): boolean => status === 'FILLED';
const tradedBy = ({ executions }: Order): number =>
  executions.reduce((sum, { cash_amount }) => sum + cents(cash_amount), 0);
