import { type Runtime, sleep } from '../../domain/runtime.ts';
import { type Bucket, bucketOf, take, waitFor } from '../../domain/token-bucket.ts';
import type { SynchronizationPorts } from './ports.ts';

/** Spends at most so many calls of the broker a second. */
export class Pace {
  readonly #runtime: Pick<Runtime, 'after' | 'monotonicMs'>;
  readonly #bucket: Bucket;
  #fullAt = 0;

  constructor(runtime: Pick<Runtime, 'after' | 'monotonicMs'>, perSecond: number) {
    this.#runtime = runtime;
    this.#bucket = bucketOf(perSecond, 1);
  }

  async spend(calls: number): Promise<void> {
    for (let n = 0; n < calls; n += 1) {
      const waitMs = waitFor(this.#bucket, this.#fullAt, this.#runtime.monotonicMs());
      // Taken before the wait, so that calls at the same time wait one after another.
      this.#fullAt = take(this.#bucket, this.#fullAt, this.#runtime.monotonicMs());
      if (waitMs > 0) await sleep(this.#runtime, waitMs);
    }
  }
}

/** The same ports; each read of the broker waits for its calls, counted as the most that it makes for one page. */
export function pacedPorts(ports: SynchronizationPorts, pace: Pace): SynchronizationPorts {
  const { upvest } = ports;
  const paced =
    <A extends readonly unknown[], R>(calls: number, read: (...asked: A) => Promise<R>) =>
    async (...asked: A): Promise<R> => {
      await pace.spend(calls);
      return await read(...asked);
    };
  return {
    ...ports,
    upvest: {
      ...upvest,
      order: paced(1, upvest.order),
      cashBalances: paced(1, upvest.cashBalances),
      accountsOfGroup: paced(1, upvest.accountsOfGroup),
      positions: paced(1, upvest.positions),
      // Each status by itself.
      orders: paced(4, upvest.orders),
      listings: {
        cashLedger: paced(1, upvest.listings.cashLedger),
        securitiesLedger: paced(1, upvest.listings.securitiesLedger),
      },
    },
  };
}
