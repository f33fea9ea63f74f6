import { type Runtime, systemRuntime } from '../../domain/runtime.ts';
import { type Askers, GATEWAY } from './askers.ts';
import { FairQueue } from './fair-queue.ts';
import { onAbort } from './on-abort.ts';

/** Rejection of a waiter whose deadline has passed. */
export const DEADLINE_PASSED = new Error('no slot was free before the deadline');

interface Waiter {
  readonly askers: Askers | undefined;
  readonly enter: (name: string) => void;
}

/**
 * A semaphore with fair callers. One caller has at most half of the slots, so that its slow calls never block all
 * others. The gateway's own calls may use all: they are few, and limited where they are made.
 */
export class Semaphore {
  readonly #runtime: Runtime;
  readonly #mostOfOne: number;
  #free: number;
  readonly #held = new Map<string, number>();
  readonly #waiting = new FairQueue<Waiter>();

  constructor(size: number, runtime: Runtime = systemRuntime) {
    this.#runtime = runtime;
    this.#free = size;
    this.#mostOfOne = Math.ceil(size / 2);
  }

  /**
   * Resolves to the function that releases the slot. Rejects with the signal's reason when it fires first, and with
   * {@link DEADLINE_PASSED} when `deadlineAt` (a time of the runtime's monotonic clock) comes first.
   */
  async acquire(signal?: AbortSignal, deadlineAt?: number, askers?: Askers): Promise<() => void> {
    signal?.throwIfAborted();
    const free = this.#waiting.size === 0 && this.#free > 0 ? this.#waiting.pass(askers, this.#may) : undefined;
    if (free !== undefined) return this.#enter(free);
    const name = await new Promise<string>((resolve, reject) => {
      const end = (): void => {
        cancelTimer();
        stopListening();
      };
      const waiter: Waiter = {
        askers,
        enter: (name) => {
          end();
          resolve(name);
        },
      };
      const leave = (): void => {
        end();
        this.#waiting.delete(waiter);
        reject(signal?.aborted ? signal.reason : DEADLINE_PASSED);
      };
      let cancelTimer = (): void => undefined;
      let stopListening = (): void => undefined;
      this.#waiting.add(waiter, () => this.#letIn());
      if (this.#letIn(waiter)) return;
      if (deadlineAt !== undefined)
        cancelTimer = this.#runtime.after(Math.max(0, deadlineAt - this.#runtime.monotonicMs()), leave);
      stopListening = onAbort(signal, leave);
    });
    return this.#releaseOnce(name);
  }

  readonly #may = (name: string): boolean => name === GATEWAY || (this.#held.get(name) ?? 0) < this.#mostOfOne;

  #enter(name: string): () => void {
    this.#free -= 1;
    this.#held.set(name, (this.#held.get(name) ?? 0) + 1);
    return this.#releaseOnce(name);
  }

  /** Gives free slots to waiting calls. Returns whether this call got one. */
  #letIn(who?: Waiter): boolean {
    let isIn = false;
    while (this.#free > 0) {
      const next = this.#waiting.take(this.#may);
      if (next === undefined) return isIn;
      this.#free -= 1;
      this.#held.set(next.name, (this.#held.get(next.name) ?? 0) + 1);
      if (next.waiter === who) isIn = true;
      next.waiter.enter(next.name);
    }
    return isIn;
  }

  #releaseOnce(name: string): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#free += 1;
      const held = (this.#held.get(name) ?? 1) - 1;
      if (held === 0) this.#held.delete(name);
      else this.#held.set(name, held);
      this.#letIn();
    };
  }
}
