import type { CashTransaction } from '../../domain/broker-payments.ts';
import { type DateTime, epochNanoseconds } from '../../domain/datetime.ts';
import type { AccountGroupId } from '../../domain/ids.ts';
import type { Rows, UpvestReader } from './reader.ts';
import type { ReadOptions, SharedResource } from './shared-resource.ts';
import { cashTransactionWire } from './wire.ts';

export interface CashTransactionFilter {
  readonly accountGroupId: AccountGroupId;
  /** Inclusive. */
  readonly from?: DateTime | undefined;
  readonly to?: DateTime | undefined;
}

/**
 * The broker's cash ledger of a group, oldest first; null where Upvest knows no such group. Upvest filters by whole days
 * and does not say whether the last one is included, so the answer may hold up to two days more than asked for.
 */
export async function readCashTransactions(
  reader: UpvestReader,
  shared: SharedResource<Rows<CashTransaction> | null>,
  { accountGroupId, from, to }: CashTransactionFilter,
  options: ReadOptions,
): Promise<Rows<CashTransaction> | null> {
  const query = new URLSearchParams({ account_group_id: accountGroupId });
  if (from !== undefined) query.set('start_date', utcDate(from, 0));
  if (to !== undefined) query.set('end_date', utcDate(to, 1));
  const path = `/transactions/cash?${query.toString()}`;
  return await shared.read(path, options, (inner) =>
    reader.all(
      path,
      {
        resource: 'cashTransaction',
        operation: 'upvest.cashTransactions.list',
        schema: cashTransactionWire,
        keyOf: (transaction) => transaction.id,
      },
      inner,
    ),
  );
}

const DAY_MS = 86_400_000;

/** The UTC day of a time, or one some days later: YYYY-MM-DD. */
function utcDate(time: DateTime, daysLater: number): string {
  const milliseconds = Number(epochNanoseconds(time) / 1_000_000n) + daysLater * DAY_MS;
  return new Date(milliseconds).toISOString().slice(0, 10);
}
