import { Flight } from './flight.ts';

export interface BatcherOptions<V> {
  /** Most keys of one call. */
  readonly maxBatchSize: number;
  /**
   * Asks for all keys at once. The answer is matched by key: a key that is missing in it does not exist (undefined); an
   * Error is that key's alone. A rejection is everybody's.
   */
  readonly fetchBatch: (keys: readonly string[], signal: AbortSignal) => Promise<ReadonlyMap<string, V | Error>>;
  /** Told when a caller was served by a call that another one started. */
  readonly onShared?: (() => void) | undefined;
}

interface Batch<V> {
  readonly keys: Set<string>;
  readonly flight: Flight<ReadonlyMap<string, V | Error>>;
}

/**
 * Collects keys of all requests of this process into few upstream calls, and lets a caller join a call that already
 * carries its key. Holds nothing once a call is answered: the next reader asks anew.
 */
export class Batcher<V> {
  readonly #options: BatcherOptions<V>;
  readonly #inFlight = new Map<string, Batch<V>>();
  #open: Batch<V> | undefined;

  constructor(options: BatcherOptions<V>) {
    this.#options = options;
  }

  async load(key: string, signal?: AbortSignal): Promise<V | undefined> {
    signal?.throwIfAborted();
    const answer = await this.#batchFor(key).flight.join(signal);
    const value = answer.get(key);
    if (value instanceof Error) throw value;
    return value;
  }

  /** After a write to it: the next read of this key is a new call. */
  forget(key: string): void {
    this.#inFlight.delete(key);
    if (this.#open?.keys.has(key)) this.#open = undefined;
  }

  #batchFor(key: string): Batch<V> {
    const current = this.#inFlight.get(key);
    if (current !== undefined && !current.flight.abandoned) {
      this.#options.onShared?.();
      return current;
    }
    let batch = this.#open;
    if (batch === undefined || batch.flight.abandoned || batch.keys.size >= this.#options.maxBatchSize) {
      batch = this.#start();
    }
    batch.keys.add(key);
    this.#inFlight.set(key, batch);
    return batch;
  }

  #start(): Batch<V> {
    const keys = new Set<string>();
    const flight = new Flight(async (signal) => {
      // One turn of the event loop: requests that arrived together travel together.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#open === batch) this.#open = undefined;
      try {
        signal.throwIfAborted();
        return await this.#options.fetchBatch([...keys], signal);
      } finally {
        for (const key of keys) if (this.#inFlight.get(key) === batch) this.#inFlight.delete(key);
      }
    });
    const batch: Batch<V> = { keys, flight };
    this.#open = batch;
    return batch;
  }
}
