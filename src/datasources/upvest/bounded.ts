import { UpstreamUnavailableError } from '../../errors.ts';
import type { CallOptions } from '../upstream/client.ts';

/**
 * Waits for work that several callers share, for as long as this one may: until its signal fires (then with the
 * signal's reason) or its deadline passes (then with UpstreamUnavailableError). The work goes on for the others.
 */
export async function bounded<T>(
  { signal, deadlineAt }: CallOptions,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (deadlineAt === undefined) return await work(signal);
  signal?.throwIfAborted();
  const controller = new AbortController();
  const late = (): void => controller.abort(new UpstreamUnavailableError('UPVEST', 'deadline'));
  const leave = (): void => controller.abort(signal?.reason);
  const timer = setTimeout(late, Math.max(0, deadlineAt - performance.now()));
  signal?.addEventListener('abort', leave, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', leave);
  }
}
