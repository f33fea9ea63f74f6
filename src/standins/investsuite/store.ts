import type { InvestSuiteSeed } from '../seed/seed-data.ts';
import { Collection } from '../values/collection.ts';
import type { Optimization, Portfolio, Transaction, User } from './entities.ts';

/** An event as InvestSuite publishes it on the client's message bus (events page). */
export interface BusEvent {
  readonly id: string;
  readonly created: string;
  readonly version: '1.0.0';
  readonly subject: 'portfolios' | 'optimizations';
  readonly action: string;
  readonly data: Readonly<Record<string, string | boolean | null>>;
}

/** One effect on money or its record, once for each time it happened. Amounts are decimal text, without a sign. */
export interface InvestSuiteLedgerEntry {
  readonly at: string;
  readonly kind:
    | 'deposit-event'
    | 'withdraw-event'
    | 'transaction-created'
    | 'transaction-patched'
    | 'holdings-replaced'
    | 'divest-amount-set'
    | 'funded-since-set';
  readonly portfolioId: string;
  readonly amount: string | null;
  readonly currency: string;
  readonly idempotencyKey: string | null;
  /** The transaction, where there is one. */
  readonly id: string | null;
}

export class InvestSuiteStore {
  readonly users = new Collection<User>();
  readonly portfolios = new Collection<Portfolio>();
  readonly optimizations = new Collection<Optimization>();
  readonly #transactions = new Map<string, Collection<Transaction>>();
  readonly #latestOptimization = new Map<string, string>();
  readonly unreadableIds = new Set<string>();
  readonly ledger: InvestSuiteLedgerEntry[] = [];
  readonly busEvents: BusEvent[] = [];

  add(seed: Partial<InvestSuiteSeed>): void {
    for (const user of seed.users ?? []) this.users.put(user);
    for (const portfolio of seed.portfolios ?? []) this.portfolios.put(portfolio);
    for (const transaction of seed.transactions ?? []) this.putTransaction(transaction);
    for (const optimization of seed.optimizations ?? []) this.putOptimization(optimization);
    for (const id of seed.unreadableIds ?? []) this.unreadableIds.add(id);
  }

  transactions(portfolioId: string): Collection<Transaction> {
    let held = this.#transactions.get(portfolioId);
    if (!held) {
      held = new Collection();
      this.#transactions.set(portfolioId, held);
    }
    return held;
  }

  putTransaction(transaction: Transaction): Transaction {
    return this.transactions(transaction.portfolio_id).put(transaction);
  }

  putOptimization(optimization: Optimization): void {
    this.optimizations.put(optimization);
    this.#latestOptimization.set(optimization.portfolio_id, optimization.id);
  }

  latestOptimization(portfolioId: string): Optimization | undefined {
    const id = this.#latestOptimization.get(portfolioId);
    return id === undefined ? undefined : this.optimizations.get(id);
  }

  isOptimizing(portfolioId: string): boolean {
    return this.latestOptimization(portfolioId)?.status === 'PENDING';
  }
}
