import type { Timers } from '../domain/runtime.ts';
import type { Topic } from './store.ts';

/** Wake-ups within this process. */
export class Wakes {
  readonly #listeners = new Map<Topic, Set<() => void>>();

  on(topic: Topic, listener: () => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  wake(topics: Iterable<Topic>): void {
    for (const topic of topics) {
      for (const listener of this.#listeners.get(topic) ?? []) listener();
    }
  }
}

/** Waits for a wake-up, no longer than so many milliseconds. */
export async function within(runtime: Timers, woken: Promise<void>, ms: number): Promise<void> {
  let cancelTimer = (): void => undefined;
  await Promise.race([
    woken,
    new Promise<void>((resolve) => {
      cancelTimer = runtime.after(ms, resolve);
    }),
  ]);
  cancelTimer();
}
