import type { CallOptions } from '../upstream/client.ts';
import { SharedReads } from '../upstream/flight.ts';
import { bounded } from './bounded.ts';

export interface ReadOptions extends CallOptions {
  /**
   * A call of its own, begun now: for whoever has been told that something changed. One that is under way may have been
   * answered from before that. Later readers may join it.
   */
  readonly fresh?: boolean | undefined;
}

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

  async read(key: string, options: ReadOptions, start: (options: CallOptions) => Promise<T>): Promise<T> {
    if (options.fresh === true) this.#reads.forget((other) => other === key);
    return await bounded(options, (mine) =>
      this.#reads.run(
        key,
        (signal, askers) => start({ signal, askers, deadlineAt: performance.now() + this.#deadlineMs }),
        { signal: mine, askers: options.askers },
      ),
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
