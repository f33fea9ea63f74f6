import { onAbort } from './on-abort.ts';

/** Sleeps, or rejects with the signal's own reason as soon as it fires. */
export async function pause(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  let stopListening = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(resolve, waitMs);
      stopListening = onAbort(signal, () => reject(signal?.reason));
    });
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}
