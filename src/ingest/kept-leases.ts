import { keepEvents, type Store } from '../store/index.ts';

export interface KeptLeasesOptions {
  readonly store: Store;
  /** How long a lease holds without being kept. */
  readonly leaseMs: number;
  readonly onTrouble: (what: string, error: unknown) => void;
}

interface Kept {
  readonly ids: readonly number[];
  users: number;
}

/** Keeps the leases of events that are worked on here: so they may be short, and a dead gateway's events are soon another's. */
export class KeptLeases {
  readonly #options: KeptLeasesOptions;
  readonly #claims = new Map<string, Kept>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: KeptLeasesOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#keep(), this.#options.leaseMs / 3).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Keeps the events of a claim while somebody works on any of them; `ids` are those of the first who does. */
  async during<T>(owner: string, ids: readonly number[], work: () => Promise<T>): Promise<T> {
    const kept = this.#claims.get(owner) ?? { ids, users: 0 };
    this.#claims.set(owner, kept);
    kept.users += 1;
    try {
      return await work();
    } finally {
      kept.users -= 1;
      if (kept.users === 0) this.#claims.delete(owner);
    }
  }

  async #keep(): Promise<void> {
    const { store, leaseMs, onTrouble } = this.#options;
    const claims = [...this.#claims].map(([owner, { ids }]) => ({ owner, ids }));
    if (claims.length === 0) return;
    try {
      await store.write(async (tx) => {
        for (const claim of claims) await keepEvents(tx, { ...claim, until: tx.now() + leaseMs });
      });
    } catch (error) {
      onTrouble('leases of events could not be kept', error);
    }
  }
}
