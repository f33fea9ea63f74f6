/** Longest pause between two tries; jitter spreads clients that were cut at the same time. */
const LONGEST_MS = 5_000;
/** Longest pause that a server may ask for by `Retry-After`. */
const LONGEST_ASKED_MS = 60_000;

/** Milliseconds to wait after so many failures in a row: the first pause, doubling to 5,000; never less than the server asked for. */
export function backoffMs(failures: number, firstMs = 250, askedMs = 0): number {
  const ceiling = Math.min(LONGEST_MS, firstMs * 2 ** Math.min(failures, 10));
  return Math.max(ceiling * (0.5 + Math.random() / 2), Math.min(askedMs, LONGEST_ASKED_MS));
}

/** Resolves after the time, when the signal aborts, or when `isWoken` says so of a browser's event (`online`, …). */
export async function wait(ms: number, signal: AbortSignal, wakeOn: readonly string[] = []): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      stopListening();
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    const stopListening = listen(wakeOn, done);
  });
}

/** Listens to events of a browser's window; does nothing where there is none (Node, React Native). Returns how to stop. */
export function listen(events: readonly string[], listener: () => void): () => void {
  // Looked up by name: the kit compiles without a browser's types, and runs where none of this exists.
  const add: unknown = Reflect.get(globalThis, 'addEventListener');
  const remove: unknown = Reflect.get(globalThis, 'removeEventListener');
  if (typeof add !== 'function' || typeof remove !== 'function') return () => undefined;
  // `visibilitychange` bubbles from the document to the window.
  for (const event of events) add.call(globalThis, event, listener);
  return () => {
    for (const event of events) remove.call(globalThis, event, listener);
  };
}
