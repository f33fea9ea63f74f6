import { useEffect } from 'react';
import { onNotification } from './notifications.ts';

type Refetch = (options: { readonly requestPolicy: 'network-only' }) => void;

/** Several things happen at once; they are read in one go, this long after the first. */
const GATHER_MS = 150;

/**
 * Reads again when something has happened to a portfolio (or to any, for undefined), and when the gateway could not
 * tell what has happened.
 */
export function useRefetchOnNotification(
  portfolioId: string | undefined,
  refetch: Refetch,
  gatherMs: number = GATHER_MS,
): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onNotification((notification) => {
      const isGap = notification.__typename === 'GapNotification';
      if (portfolioId !== undefined && notification.portfolioId !== portfolioId && !isGap) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        refetch({ requestPolicy: 'network-only' });
      }, gatherMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [portfolioId, refetch, gatherMs]);
}
