import { renewalMs, renewLeases, type Store } from '../store/index.ts';

export interface LeaseRenewalOptions {
  readonly store: Store;
  /** Duration of a lease without renewal. */
  readonly leaseMs: number;
  readonly onTrouble: (what: string, error: unknown) => void;
}

interface Claim {
  readonly ids: readonly number[];
  users: number;
}

/** Renews the leases of events in progress: so leases can be short, and a dead gateway's events are soon taken over. */
export class LeaseRenewal {
  readonly #options: LeaseRenewalOptions;
  readonly #claims = new Map<string, Claim>();
  #endTimer: (() => void) | undefined;

  constructor(options: LeaseRenewalOptions) {
    this.#options = options;
  }

  start(): void {
    const { store, leaseMs } = this.#options;
    this.#endTimer ??= store.runtime.every(renewalMs(leaseMs), () => void this.#renew());
  }

  stop(): void {
    this.#endTimer?.();
  }

  /** Renews the leases of a claim while any of its events is worked on; `ids` are those of the first. */
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

  async #renew(): Promise<void> {
    const { store, leaseMs, onTrouble } = this.#options;
    const claims = [...this.#claims].map(([owner, { ids }]) => ({ owner, ids }));
    if (claims.length === 0) return;
    try {
      await store.write(
        async (tx) => {
          for (const claim of claims) await renewLeases(tx, 'inbox', { ...claim, until: tx.now() + leaseMs });
        },
        { mayBeLost: true },
      );
    } catch (error) {
      onTrouble('leases of events could not be renewed', error);
    }
  }
}
