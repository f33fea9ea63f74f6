import type { Store } from '../../store/index.ts';

/** Resolves when something was logged, which is when a row gets on, or after a while. */
export function wokenWithin(store: Pick<Store, 'onWake'>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      off();
      resolve();
    };
    const timer = setTimeout(done, ms);
    const off = store.onWake('log', done);
  });
}
