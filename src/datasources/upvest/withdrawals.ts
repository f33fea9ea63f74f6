import type { BrokerWithdrawal } from '../../domain/broker-payments.ts';
import type { Decimal } from '../../domain/decimal.ts';
import type { AccountGroupId, BrokerageUserId } from '../../domain/ids.ts';
import type { WriteOutcome } from '../upstream/outcome.ts';
import type { Rows, UpvestReader } from './reader.ts';
import type { ReadOptions, SharedResource } from './shared-resource.ts';
import { withdrawalWire } from './wire.ts';
import { amountText, checkedCurrency, type UpvestWriter, type WriteOptions } from './writer.ts';

/** A payment to the customer's bank. The same key with the same order is the same payment, for at least 24 hours. */
export interface WithdrawalOrder {
  readonly accountGroupId: AccountGroupId;
  /** Sent where it is known: older versions of the API demand it, newer ones ignore it. */
  readonly brokerageUserId: BrokerageUserId | null;
  readonly referenceAccountId: string;
  /** Above 0, at most two decimals. */
  readonly amount: Decimal;
  readonly currency: string;
  /** See {@link isRemittanceInformation}; left out where null or empty. */
  readonly remittanceInformation: string | null;
  /** UUID of version 1 to 5. */
  readonly idempotencyKey: string;
}

/** Without the underscore, which version 1.9.0 of the API did not take. */
const REMITTANCE_INFORMATION = /^[0-9A-Za-z+?/\-:().,'; ]{0,140}$/;

/** Whether a text can travel with a payment: at most 140 letters without accents, digits, spaces and + ? / - : ( ) . , ' ; */
export const isRemittanceInformation = (text: string): boolean => REMITTANCE_INFORMATION.test(text);

export interface WithdrawalsOptions {
  readonly reader: UpvestReader;
  readonly writer: UpvestWriter;
  readonly single: SharedResource<BrokerWithdrawal | null>;
  readonly lists: SharedResource<Rows<BrokerWithdrawal> | null>;
}

/** Payments to the customers' banks. */
export class Withdrawals {
  readonly #options: WithdrawalsOptions;

  constructor(options: WithdrawalsOptions) {
    this.#options = options;
  }

  /** Null where Upvest knows no such withdrawal. */
  async byId(id: string, options: ReadOptions = {}): Promise<BrokerWithdrawal | null> {
    const { single, reader } = this.#options;
    return await single.read(id, options, (inner) =>
      reader.one(pathOf(id), 'upvest.withdrawals.get', withdrawalWire, inner),
    );
  }

  /** All of a group, oldest first; null where Upvest knows no such group. */
  async ofGroup(group: AccountGroupId, options: ReadOptions = {}): Promise<Rows<BrokerWithdrawal> | null> {
    const { lists, reader } = this.#options;
    return await lists.read(group, options, (inner) =>
      reader.all(
        `/account_groups/${encodeURIComponent(group)}/payments/withdrawals`,
        {
          resource: 'withdrawal',
          operation: 'upvest.withdrawals.list',
          schema: withdrawalWire,
          keyOf: (withdrawal) => withdrawal.id,
        },
        inner,
      ),
    );
  }

  /** Throws a TypeError on an order that Upvest would refuse for its form; nothing is sent then. */
  async create(order: WithdrawalOrder, options?: WriteOptions): Promise<WriteOutcome<BrokerWithdrawal>> {
    const remittance = order.remittanceInformation ?? '';
    if (!isRemittanceInformation(remittance))
      throw new TypeError('the remittance information has forbidden characters');
    const body = {
      reference_account_id: order.referenceAccountId,
      account_group_id: order.accountGroupId,
      user_id: order.brokerageUserId ?? undefined,
      amount: amountText(order.amount),
      currency: checkedCurrency(order.currency),
      remittance_information: remittance === '' ? undefined : remittance,
    };
    return await this.#options.writer.create(
      {
        path: '/payments/withdrawals',
        operation: 'upvest.withdrawals.create',
        idempotencyKey: order.idempotencyKey,
        body,
        schema: withdrawalWire,
        asked: order,
      },
      options,
    );
  }

  /** Only NEW ones can be cancelled; 404 and 422 are refusals, after which the state should be read. */
  async cancel(id: string, options?: WriteOptions): Promise<WriteOutcome<null>> {
    return await this.#options.writer.cancel(pathOf(id), 'upvest.withdrawals.cancel', options);
  }
}

const pathOf = (id: string): string => `/payments/withdrawals/${encodeURIComponent(id)}`;
