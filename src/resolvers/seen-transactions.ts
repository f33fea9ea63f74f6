import { LRUCache } from 'lru-cache';
import type { PortfolioId, TransactionId } from '../domain/ids.ts';
import { portfoliosOfTransactions, rememberTransactions, type Store } from '../store/index.ts';
import type { TransactionIndex } from './context.ts';

/** Maximum entries in memory (the store has all), about 200 bytes each. */
const MAX_IN_MEMORY = 100_000;
/** Rows of one insert; SQLite and PostgreSQL limit the parameters of a statement. */
const CHUNK = 400;

interface Seen {
  readonly id: TransactionId;
  readonly portfolioId: PortfolioId;
}

/**
 * Index of the transactions that any gateway of this database has read. Readers don't wait for writes: new entries are
 * written in batches in the background; an entry lost in a crash is written at the next read.
 */
export class SeenTransactions implements TransactionIndex {
  readonly #store: Store;
  readonly #onTrouble: (what: string, error: unknown) => void;
  readonly #inMemory = new LRUCache<TransactionId, PortfolioId>({ maxSize: MAX_IN_MEMORY, sizeCalculation: () => 1 });
  #unwritten: Seen[] = [];
  #writing: Promise<void> | undefined;

  constructor(store: Store, onTrouble: (what: string, error: unknown) => void) {
    this.#store = store;
    this.#onTrouble = onTrouble;
  }

  remember(transactions: Iterable<Seen>): void {
    for (const { id, portfolioId } of transactions) {
      if (this.#inMemory.has(id)) continue;
      this.#inMemory.set(id, portfolioId);
      this.#unwritten.push({ id, portfolioId });
    }
    if (this.#unwritten.length > 0) this.#writing ??= this.#write();
  }

  async portfolioOf(id: TransactionId): Promise<PortfolioId | undefined> {
    const known = this.#inMemory.get(id);
    if (known !== undefined) return known;
    return (await this.#store.read((reading) => portfoliosOfTransactions(reading, [id]))).get(id);
  }

  /** Waits until all entries are written; called before the store is closed. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      while (this.#unwritten.length > 0) {
        const chunk = this.#unwritten.splice(0, CHUNK);
        const byPortfolio = grouped(chunk);
        await this.#store.write(async (writing) => {
          for (const [portfolioId, ids] of byPortfolio) await rememberTransactions(writing, portfolioId, ids);
        });
      }
    } catch (error) {
      this.#unwritten = [];
      this.#onTrouble('seen transactions could not be written', error);
    } finally {
      this.#writing = undefined;
    }
  }
}

function grouped(seen: readonly Seen[]): Map<PortfolioId, TransactionId[]> {
  const groups = new Map<PortfolioId, TransactionId[]>();
  for (const { id, portfolioId } of seen) {
    const group = groups.get(portfolioId);
    if (group === undefined) groups.set(portfolioId, [id]);
    else group.push(id);
  }
  return groups;
}
