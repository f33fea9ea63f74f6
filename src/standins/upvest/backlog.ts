import type { UpvestContext } from './context.ts';

/** Retries payments that wait for money of this group, oldest first. */
export function serveBacklog({ store }: UpvestContext, groupId: string, currency: string): void {
  const mine = store.backlog.filter((one) => one.groupId === groupId && one.currency === currency);
  for (const waiting of mine) {
    if (!waiting.retry()) continue;
    const at = store.backlog.indexOf(waiting);
    if (at >= 0) store.backlog.splice(at, 1);
  }
}
