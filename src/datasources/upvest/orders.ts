import type { BrokerOrder } from '../../domain/broker.ts';
import { compareInstants, instantOf, NO_INSTANT } from '../../domain/datetime.ts';
import type { AccountId } from '../../domain/ids.ts';
import { knownOf, type Rows, type UpvestReader } from './reader.ts';
import type { ReadOptions, SharedResource } from './shared-resource.ts';
import { type BrokerOrderDetails, orderWire } from './wire.ts';

/** Newest first, then by id; orders without a readable time come last. For putting several accounts' lists together too. */
export function newestOrdersFirst<T extends Pick<BrokerOrder, 'id' | 'createdAt'>>(orders: readonly T[]): readonly T[] {
  return orders
    .map((order) => ({ order, at: order.createdAt === null ? NO_INSTANT : instantOf(order.createdAt) }))
    .sort((a, b) => {
      const later = compareInstants(b.at, a.at);
      if (later !== 0) return later;
      return a.order.id < b.order.id ? 1 : a.order.id > b.order.id ? -1 : 0;
    })
    .map(({ order }) => order);
}

export interface OrdersOptions {
  readonly reader: UpvestReader;
  readonly lists: SharedResource<Rows<BrokerOrderDetails> | null>;
  readonly single: SharedResource<BrokerOrderDetails | null>;
}

const ORDERS = {
  resource: 'order',
  operation: 'upvest.orders.list',
  schema: orderWire,
  keyOf: (order: BrokerOrderDetails) => order.id,
} as const;

/** Orders of accounts, with their executions. */
export class Orders {
  readonly #options: OrdersOptions;

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  /** All orders of an account, newest first. Throws where Upvest knows no such account. */
  async ofAccount(account: AccountId, options: ReadOptions = {}): Promise<Rows<BrokerOrderDetails>> {
    const { lists, reader } = this.#options;
    const list = await lists.read(account, options, async (inner) => {
      const path = `/accounts/${encodeURIComponent(account)}/orders`;
      const orders = await reader.all(path, ORDERS, inner);
      return orders === null ? null : { ...orders, rows: newestOrdersFirst(orders.rows) };
    });
    return knownOf(list);
  }

  async byId(id: string, options: ReadOptions = {}): Promise<BrokerOrderDetails | null> {
    const { single, reader } = this.#options;
    return await single.read(id, options, (inner) =>
      reader.one(`/orders/${encodeURIComponent(id)}`, 'upvest.orders.get', orderWire, inner),
    );
  }
}
