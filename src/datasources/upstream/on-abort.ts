/** Listeners of an abort signal behind one listener of the signal. */
interface Listeners {
  readonly all: Set<() => void>;
  readonly fire: () => void;
}

const listening = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls `leave` when the signal fires; the answer stops listening. A hundred reads of one request listen to its one
 * signal at the same time: a listener of the signal's own for each would cost more than all the rest of waiting.
 */
export function onAbort(signal: AbortSignal | undefined, leave: () => void): () => void {
  if (signal === undefined) return () => undefined;
  const { all, fire } = listening.get(signal) ?? listen(signal);
  // Given twice, the same function is called twice: a set would count it once.
  const mine = (): void => leave();
  all.add(mine);
  return () => {
    if (!all.delete(mine) || all.size > 0) return;
    signal.removeEventListener('abort', fire);
    listening.delete(signal);
  };
}

function listen(signal: AbortSignal): Listeners {
  const all = new Set<() => void>();
  const fire = (): void => {
    listening.delete(signal);
    for (const leave of all) {
      all.delete(leave);
      leave();
    }
  };
  const listeners = { all, fire };
  listening.set(signal, listeners);
  signal.addEventListener('abort', fire, { once: true });
  return listeners;
}
