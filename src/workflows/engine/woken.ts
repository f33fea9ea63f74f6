import type { Store } from '../../store/index.ts';

/** Resolves when something was logged, which is when a row gets on, or after a while. */
export function wokenWithin(store: Pick<Store, 'onWake' | 'runtime'>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancelTimer();
      off();
      resolve();
    };
    const cancelTimer = store.runtime.after(ms, done);
    const off = store.onWake('log', done);
  });
}
