import { setMaxListeners } from 'node:events';

/**
 * Calls `leave` when the signal fires; the answer stops listening. A hundred reads of one request listen to its one
 * signal at the same time, which is no leak, so Node's warning about many listeners is switched off for it.
 */
export function onAbort(signal: AbortSignal | undefined, leave: () => void): () => void {
  if (signal === undefined) return () => undefined;
  setMaxListeners(0, signal);
  signal.addEventListener('abort', leave, { once: true });
  return () => signal.removeEventListener('abort', leave);
}
