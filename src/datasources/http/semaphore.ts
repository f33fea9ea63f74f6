import { onAbort } from './on-abort.ts';

/** What waiting for a place is rejected with when the caller's time is up. */
export const DEADLINE_PASSED = new Error('no place was free before the deadline');

/** At most so many at once; the others wait in order. */
export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /**
   * Resolves to the function that gives the place back. Rejects with the signal's reason when it fires first, and with
   * {@link DEADLINE_PASSED} when `deadlineAt` (ms of performance.now) comes first.
   */
  async acquire(signal?: AbortSignal, deadlineAt?: number): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return this.#releaseOnce();
    }
    await new Promise<void>((resolve, reject) => {
      const turn = (): void => {
        clearTimeout(timer);
        stopListening();
        resolve();
      };
      const leave = (): void => {
        clearTimeout(timer);
        stopListening();
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(signal?.aborted ? signal.reason : DEADLINE_PASSED);
      };
      const timer =
        deadlineAt === undefined ? undefined : setTimeout(leave, Math.max(0, deadlineAt - performance.now()));
      this.#waiting.push(turn);
      const stopListening = onAbort(signal, leave);
    });
    return this.#releaseOnce();
  }

  #releaseOnce(): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }
}
