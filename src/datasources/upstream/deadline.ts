import type { Runtime } from '../../domain/runtime.ts';
import { type UpstreamSystem, UpstreamUnavailableError } from '../../errors.ts';
import type { CallOptions } from './client.ts';
import { onAbort } from './on-abort.ts';

/**
 * Waits for shared work, for one caller only: `join` gets a signal that fires with the caller's signal or deadline (an
 * UpstreamUnavailableError). Other waiters of the same work are not aborted.
 */
export async function joinUntil<T>(
  system: UpstreamSystem,
  options: CallOptions,
  runtime: Runtime,
  join: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const { signal, deadlineAt } = options;
  if (deadlineAt === undefined) return await join(signal);
  const controller = new AbortController();
  const leave = (): void => controller.abort(signal?.reason);
  const expire = (): void => controller.abort(new UpstreamUnavailableError(system, 'deadline'));
  const cancelTimer = runtime.after(Math.max(0, deadlineAt - runtime.monotonicMs()), expire);
  const stopListening = onAbort(signal, leave);
  if (signal?.aborted) leave();
  try {
    return await join(controller.signal);
  } finally {
    cancelTimer();
    stopListening();
  }
}
