import {
  type Account,
  type Answer,
  type Call,
  NOT_FOUND,
  ok,
  type PlacedOrder,
  problem,
  type Tools,
  uuid,
  type Wire,
} from './simulated-account.ts';

const PRICE = 10;

/** Upvest's orders by amount, as docs/upstream-contract.md has them: NEW, PROCESSING, FILLED with one execution, which is then settled. */
export class SimulatedOrders {
  readonly #tools: Tools;
  readonly #keep: (id: string, account: Account) => void;

  constructor(tools: Tools, keep: (id: string, account: Account) => void) {
    this.#tools = tools;
    this.#keep = keep;
  }

  /** Without a status the FILLED ones, as newer versions have it. */
  list({ orders }: Account, { query }: Call): readonly Wire[] {
    return [...orders.values()].filter(({ status }) => status === (query.get('status') ?? 'FILLED'));
  }

  place(body: Wire, account: Account): Answer {
    if (typeof body['cash_amount'] !== 'string') return problem(400, 'bad_request');
    const at = this.#tools.time();
    const id = uuid(this.#tools.number());
    const order: PlacedOrder = { ...body, id, created_at: at, updated_at: at, status: 'NEW', executions: [] };
    account.orders.set(id, order);
    account.available -= Number(body['cash_amount']);
    this.#keep(id, account);
    this.#tools.tell('ORDER.NEW', order);
    return ok(order, 202);
  }

  answer(method: string, id: string, account: Account): Answer {
    const order = account.orders.get(id);
    if (order === undefined) return NOT_FOUND;
    if (method === 'GET') return ok(order);
    if (order.status === 'NEW') {
      Object.assign(order, { cancellation_reason: 'CANCELLED_BY_CLIENT' });
      account.available += Number(order['cash_amount']);
      this.#set(order, 'CANCELLED');
    } else this.#tools.tell('ORDER_CANCELLATION.REJECTED', order);
    return ok({ id }, 202);
  }

  /** Every order takes its next step. */
  move(account: Account): void {
    for (const order of account.orders.values()) {
      const [execution] = order.executions;
      if (order.status === 'NEW') this.#set(order, 'PROCESSING');
      else if (order.status === 'PROCESSING') {
        order.executions = [this.#executionOf(order)];
        account.balance -= Number(order['cash_amount']);
        this.#set(order, 'FILLED');
      } else if (execution?.['status'] === 'FILLED') {
        order.executions = [{ ...execution, status: 'SETTLED' }];
        this.#tools.tell('EXECUTION.SETTLED', { ...order.executions[0] });
      }
    }
  }

  #executionOf(order: PlacedOrder): Wire {
    const amount = Number(order['cash_amount']);
    return {
      id: uuid(this.#tools.number()),
      order_id: order.id,
      status: 'FILLED',
      side: order['side'],
      currency: order['currency'],
      cash_amount: String(amount),
      share_quantity: String(amount / PRICE),
      price: String(PRICE),
      transaction_time: this.#tools.time(),
      taxes: [],
    };
  }

  #set(order: PlacedOrder, status: string): void {
    Object.assign(order, { status, updated_at: this.#tools.time() });
    this.#tools.tell(`ORDER.${status}`, order);
  }
}
