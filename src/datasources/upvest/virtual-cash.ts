import type { BrokerVirtualCash } from '../../domain/broker-payments.ts';
import type { Decimal } from '../../domain/decimal.ts';
import type { AccountGroupId } from '../../domain/ids.ts';
import type { WriteOutcome } from '../upstream/outcome.ts';
import { virtualCashWire } from './wire.ts';
import { amountText, checkedCurrency, type UpvestWriter, type WriteOptions } from './writer.ts';

/** Money to be declared, or no longer declared, available for trading. */
export interface VirtualCashOrder {
  readonly accountGroupId: AccountGroupId;
  /** Above 0, at most two decimals. */
  readonly amount: Decimal;
  readonly currency: string;
  /** UUID of version 1 to 5. */
  readonly idempotencyKey: string;
}

/**
 * Virtual cash can only be written: Upvest has no way to read one, nor a list. What became of it is told by webhooks and
 * by cash transactions that refer to it.
 */
export class VirtualCash {
  readonly #writer: UpvestWriter;

  constructor(writer: UpvestWriter) {
    this.#writer = writer;
  }

  async increase(order: VirtualCashOrder, options?: WriteOptions): Promise<WriteOutcome<BrokerVirtualCash>> {
    return await this.#create('increases', 'upvest.virtualCash.increase', order, options);
  }

  async decrease(order: VirtualCashOrder, options?: WriteOptions): Promise<WriteOutcome<BrokerVirtualCash>> {
    return await this.#create('decreases', 'upvest.virtualCash.decrease', order, options);
  }

  /** Only ISSUED and QUEUED ones can be cancelled; 404 and 422 are refusals. */
  async cancelDecrease(id: string, options?: WriteOptions): Promise<WriteOutcome<null>> {
    const path = `/virtual_cash_balances/decreases/${encodeURIComponent(id)}`;
    return await this.#writer.cancel(path, 'upvest.virtualCash.cancelDecrease', options);
  }

  async #create(
    kind: 'increases' | 'decreases',
    operation: string,
    order: VirtualCashOrder,
    options: WriteOptions | undefined,
  ): Promise<WriteOutcome<BrokerVirtualCash>> {
    return await this.#writer.create(
      {
        path: `/virtual_cash_balances/${kind}`,
        operation,
        idempotencyKey: order.idempotencyKey,
        body: {
          account_group_id: order.accountGroupId,
          amount: amountText(order.amount),
          currency: checkedCurrency(order.currency),
        },
        schema: virtualCashWire,
        asked: order,
      },
      options,
    );
  }
}
