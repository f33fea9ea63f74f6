import { compareInstants, type Instant, instantOf, NO_INSTANT } from '../domain/datetime.ts';
import type { Transaction } from '../domain/transaction.ts';
import { transactionDate } from '../domain/transaction-derivation.ts';
import type { Memo, Turn } from '../domain/turn.ts';
import type { TransactionIndex } from './context.ts';

/** A transaction with its sort time. */
export interface Dated {
  readonly transaction: Transaction;
  readonly at: Instant;
}

/** Transactions newest first. A list that requests share is sorted and indexed once. */
export class TransactionOrder {
  readonly #index: TransactionIndex;
  readonly #ordered: Memo<readonly Dated[]>;

  constructor(index: TransactionIndex, turn: Turn) {
    this.#index = index;
    this.#ordered = turn.memo();
  }

  of(transactions: readonly Transaction[]): readonly Dated[] {
    const known = this.#ordered.get(transactions);
    if (known !== undefined) return known;
    const rows = transactions.map(dated).sort(newestFirst);
    this.#index.remember(transactions);
    this.#ordered.set(transactions, rows);
    return rows;
  }
}

const dated = (transaction: Transaction): Dated => {
  const date = transactionDate(transaction);
  return { transaction, at: date === null ? NO_INSTANT : instantOf(date) };
};

export function newestFirst(a: Dated, b: Dated): number {
  const later = compareInstants(b.at, a.at);
  if (later !== 0) return later;
  return a.transaction.id < b.transaction.id ? -1 : a.transaction.id > b.transaction.id ? 1 : 0;
}
