import type { PortfolioId, TransactionId } from '../domain/ids.ts';
import type { TransactionIndex } from './context.ts';

/** Most transactions remembered; the oldest seen is forgotten first. About 200 bytes each. */
const MAX_REMEMBERED = 200_000;

/** The index of seen transactions in memory: enough for one process, forgotten when it ends. */
export class TransactionMemory implements TransactionIndex {
  readonly #portfolios = new Map<TransactionId, PortfolioId>();

  remember(transactions: Iterable<{ readonly id: TransactionId; readonly portfolioId: PortfolioId }>): void {
    for (const { id, portfolioId } of transactions) {
      this.#portfolios.set(id, portfolioId);
      if (this.#portfolios.size > MAX_REMEMBERED) this.#forgetOldest();
    }
  }

  async portfolioOf(id: TransactionId): Promise<PortfolioId | undefined> {
    return this.#portfolios.get(id);
  }

  #forgetOldest(): void {
    for (const oldest of this.#portfolios.keys()) {
      this.#portfolios.delete(oldest);
      return;
    }
  }
}
