import { Askers } from '../datasources/upstream/askers.ts';
import type { CallOptions } from '../datasources/upstream/client.ts';
import type { Runtime } from '../domain/runtime.ts';

/** Deadline of one field's upstream reads, with all calls, pages and retries. */
const FIELD_DEADLINE_MS = 10_000;

/**
 * Deadline and abort signal of the upstream reads of one request. One shared object: the server copies the members of a
 * context, so a later change must be behind a reference.
 */
export class Patience {
  readonly #askers: Askers;
  readonly #runtime: Pick<Runtime, 'monotonicMs'>;
  #gone: AbortSignal | (() => AbortSignal) | undefined;

  /** `caller`: name for the fair queue; see `callerOf`. */
  constructor(caller: string, runtime: Pick<Runtime, 'monotonicMs'>) {
    this.#runtime = runtime;
    this.#askers = new Askers(caller);
  }

  /**
   * Aborts the reads of a query when its client disconnects. Never called for a mutation. A function makes the signal
   * lazily: many queries make no upstream call.
   */
  endWith(clientGone: AbortSignal | (() => AbortSignal)): void {
    this.#gone = clientGone;
  }

  /** For a field with one call, which the datasource bounds. */
  forOneCall(): CallOptions {
    return { signal: this.#signal(), askers: this.#askers };
  }

  /** One deadline for all calls of a field, from the first call on. */
  forOneField(): CallOptions {
    return {
      signal: this.#signal(),
      askers: this.#askers,
      deadlineAt: this.#runtime.monotonicMs() + FIELD_DEADLINE_MS,
    };
  }

  #signal(): AbortSignal | undefined {
    if (typeof this.#gone === 'function') this.#gone = this.#gone();
    return this.#gone;
  }
}
