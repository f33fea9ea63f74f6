import type { Runtime } from '../../domain/runtime.ts';
import type { UpstreamSystem } from '../../errors.ts';
import type { CallOptions } from './client.ts';
import { joinUntil } from './deadline.ts';
import { SharedReads } from './flight.ts';

export interface ReadOptions extends CallOptions {
  /**
   * A new call, begun now, for a caller that knows of a change: a running one may have been answered before it. Later
   * readers may join the new call.
   */
  readonly fresh?: boolean | undefined;
}

export interface SharingOptions {
  readonly system: UpstreamSystem;
  readonly runtime: Runtime;
  /** For a whole read with its pages and retries. */
  readonly deadlineMs: number;
  /** Called when a read was served by a call of another reader. */
  readonly onShared?: (() => void) | undefined;
}

/**
 * Reads of a resource that concurrent callers share. Each caller has its own deadline; the read has the whole time, and
 * is aborted only when no caller waits any more.
 */
export class SharedResource<T> {
  readonly #options: SharingOptions;
  readonly #reads: SharedReads<T>;

  constructor(options: SharingOptions) {
    this.#options = options;
    this.#reads = new SharedReads<T>(options.onShared);
  }

  async read(key: string, options: ReadOptions, start: (options: CallOptions) => Promise<T>): Promise<T> {
    if (options.fresh === true) this.forget((other) => other === key);
    const { system, runtime } = this.#options;
    return await joinUntil(system, options, runtime, (mine) =>
      this.#reads.run(key, (signal, askers) => start(withDeadline({ signal, askers }, this.#options)), {
        signal: mine,
        askers: options.askers,
      }),
    );
  }

  /** After a write: the next read of a key is a new call. */
  forget(matches: (key: string) => boolean = () => true): void {
    this.#reads.forget(matches);
  }
}

/** One deadline for all calls that a read needs: the caller's, else the whole time. */
export const withDeadline = (
  options: CallOptions,
  { deadlineMs, runtime }: Pick<SharingOptions, 'deadlineMs' | 'runtime'>,
): CallOptions => ({
  ...options,
  deadlineAt: options.deadlineAt ?? runtime.monotonicMs() + deadlineMs,
});
