import type { CallOptions } from '../http/client.ts';
import { SharedReads } from '../http/flight.ts';
import { bounded } from './bounded.ts';

/**
 * Reads of one resource that are made once for all who ask at the same time. Each waits as long as it may; the read
 * itself has the whole time, whoever began it, and ends early only when nobody waits any more.
 */
export class SharedResource<T> {
  readonly #reads: SharedReads<T>;
  readonly #deadlineMs: number;

  constructor(deadlineMs: number, onShared: (() => void) | undefined) {
    this.#deadlineMs = deadlineMs;
    this.#reads = new SharedReads<T>(onShared);
  }

  async read(key: string, options: CallOptions, start: (options: CallOptions) => Promise<T>): Promise<T> {
    return await bounded(options, (mine) =>
      this.#reads.run(key, (signal) => start({ signal, deadlineAt: performance.now() + this.#deadlineMs }), mine),
    );
  }

  /** The next read is a new call. */
  forget(): void {
    this.#reads.forget(() => true);
  }
}

/** All shared reads of one upstream: what a write has to make new. */
export class SharedResources {
  readonly #deadlineMs: number;
  readonly #onShared: (() => void) | undefined;
  readonly #made: { forget(): void }[] = [];

  constructor(deadlineMs: number, onShared: (() => void) | undefined) {
    this.#deadlineMs = deadlineMs;
    this.#onShared = onShared;
  }

  make<T>(): SharedResource<T> {
    const resource = new SharedResource<T>(this.#deadlineMs, this.#onShared);
    this.#made.push(resource);
    return resource;
  }

  /** After a write. One to a group changes its balances, lists and transactions; the reads under way are few. */
  forget(): void {
    for (const resource of this.#made) resource.forget();
  }
}
