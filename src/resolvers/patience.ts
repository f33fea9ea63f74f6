import { Askers } from '../datasources/upstream/askers.ts';
import type { CallOptions } from '../datasources/upstream/client.ts';

/** How long one field may ask an upstream, with all calls, pages and retries that it takes. */
const FIELD_DEADLINE_MS = 10_000;

/**
 * How long the upstream reads of one request may go on. One object for everybody in the request: the server copies the
 * members of a context, so what changes later must stand behind a reference.
 */
export class Patience {
  readonly #askers: Askers;
  #gone: AbortSignal | (() => AbortSignal) | undefined;

  /** `caller`: whose turns the reads take; see `callerOf`. */
  constructor(caller: string) {
    this.#askers = new Askers(caller);
  }

  /**
   * The client of a query: once it has gone, nobody waits for what was asked for it. Never called for a mutation. Given
   * as a function, the signal is made when it is needed: many queries are answered without asking anybody.
   */
  endWith(clientGone: AbortSignal | (() => AbortSignal)): void {
    this.#gone = clientGone;
  }

  /** For a field that makes one call: the datasource bounds that by itself. */
  forOneCall(): CallOptions {
    return { signal: this.#signal(), askers: this.#askers };
  }

  /** For all calls of a field that makes several in turn, the first one now. */
  forOneField(): CallOptions {
    return { signal: this.#signal(), askers: this.#askers, deadlineAt: performance.now() + FIELD_DEADLINE_MS };
  }

  #signal(): AbortSignal | undefined {
    if (typeof this.#gone === 'function') this.#gone = this.#gone();
    return this.#gone;
  }
}
