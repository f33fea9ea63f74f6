import { type Askers, copyOf } from './askers.ts';
import type { CallOptions } from './client.ts';
import { onAbort } from './on-abort.ts';

/**
 * One piece of work that several callers wait for. Each caller may stop waiting (its own signal); only when all have, the
 * work itself is aborted.
 */
export class Flight<T> {
  readonly #controller = new AbortController();
  readonly #work: Promise<T>;
  /** Waiters that may give up, in a set: a chain of promises per waiter would cost more than the rest of waiting. */
  readonly #waiters = new Set<Waiter<T>>();
  #waiting = 0;
  #settled = false;

  constructor(start: (signal: AbortSignal) => Promise<T>) {
    this.#work = start(this.#controller.signal).finally(() => {
      this.#settled = true;
    });
    // Waiters get a failure; a failure without waiters must not end the process.
    this.#work.then(
      (value) => this.#end((waiter) => waiter.resolve(value)),
      (error: unknown) => this.#end((waiter) => waiter.reject(error)),
    );
  }

  /** True once no caller waits any more: the work is being aborted, and must not be joined. */
  get abandoned(): boolean {
    return this.#controller.signal.aborted;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** The work's result, or a rejection with the signal's reason as soon as it fires. */
  join(signal?: AbortSignal): Promise<T> {
    if (signal === undefined) {
      this.#waiting = Number.POSITIVE_INFINITY;
      return this.#work;
    }
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#settled) return this.#work;
    this.#waiting += 1;
    return new Promise<T>((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter);
        reject(signal.reason);
        this.#waiting -= 1;
        if (this.#waiting === 0 && !this.#settled) this.#controller.abort(signal.reason);
      };
      const waiter: Waiter<T> = { resolve, reject, stopListening: onAbort(signal, leave) };
      this.#waiters.add(waiter);
    });
  }

  #end(tell: (waiter: Waiter<T>) => void): void {
    for (const waiter of this.#waiters) {
      waiter.stopListening();
      tell(waiter);
    }
    this.#waiters.clear();
  }
}

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
  readonly stopListening: () => void;
}

/** A read that may be joined; undefined once it is over, see {@link SharedReads}. */
interface Joinable<T> {
  flight: Flight<T> | undefined;
  readonly askers: Askers;
}

/**
 * Identical reads in flight are made once. The key must name everything that can change the answer; the upstream is
 * always asked with the gateway's own credentials, so no caller's identity is part of it.
 *
 * An entry lets go of its flight itself, since the Map does not: each time that a Map makes its table anew, the old one goes on to refer
 * to the next and to what was in it then. In a Map that lives for long, a chain of tables would keep all answers from being collected
 * with young objects.
 */
export class SharedReads<T = unknown> {
  readonly #flights = new Map<string, Joinable<T>>();
  readonly #onShared: (() => void) | undefined;

  constructor(onShared?: () => void) {
    this.#onShared = onShared;
  }

  /**
   * Joins the read in flight, or starts it. Callers that join become askers of its calls, so that it is not later than
   * a read of their own would be.
   */
  run(
    key: string,
    start: (signal: AbortSignal, askers: Askers) => Promise<T>,
    { signal, askers }: Pick<CallOptions, 'signal' | 'askers'> = {},
  ): Promise<T> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const current = this.#flights.get(key);
    if (current?.flight !== undefined && !current.flight.abandoned) {
      this.#onShared?.();
      current.askers.join(askers);
      return current.flight.join(signal);
    }
    const mine: Joinable<T> = { flight: undefined, askers: copyOf(askers) };
    const flight = new Flight((inner) =>
      start(inner, mine.askers).finally(() => {
        mine.flight = undefined;
        if (this.#flights.get(key) === mine) this.#flights.delete(key);
      }),
    );
    mine.flight = flight;
    this.#flights.set(key, mine);
    return flight.join(signal);
  }

  /** After a write: running reads finish for their waiters, but no later caller joins them. */
  forget(matches: (key: string) => boolean): void {
    for (const key of this.#flights.keys()) if (matches(key)) this.#flights.delete(key);
  }
}
