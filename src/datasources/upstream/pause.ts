import type { Timers } from '../../domain/runtime.ts';
import { onAbort } from './on-abort.ts';

/** Sleeps, or rejects with the signal's own reason as soon as it fires. */
export async function pause(runtime: Timers, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  let stopListening = (): void => undefined;
  let cancelTimer = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      cancelTimer = runtime.after(waitMs, resolve);
      stopListening = onAbort(signal, () => reject(signal?.reason));
    });
  } finally {
    cancelTimer();
    stopListening();
  }
}
