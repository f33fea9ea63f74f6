import { useEffect } from 'react';
import { connectionState } from './connection.ts';
import { onNotification } from './notifications.ts';

type Refetch = (options: { readonly requestPolicy: 'network-only' }) => void;

/** Several things happen at once; they are read in one go, this long after the first. */
const GATHER_MS = 150;

/**
 * Reads again when something has happened to one of these portfolios, when the gateway can't tell what has happened, and
 * when it is there again after it was away.
 */
export function useRefetch(portfolioIds: readonly string[], refetch: Refetch): void {
  const ids = portfolioIds.join();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        refetch({ requestPolicy: 'network-only' });
      }, GATHER_MS);
    };
    const stop = onNotification(({ portfolioId, isGap }) => {
      if (isGap || (portfolioId !== null && ids.includes(portfolioId))) soon();
    });
    let last = connectionState.get();
    const stopWatching = connectionState.listen(() => {
      const state = connectionState.get();
      if (state === 'live' && last !== 'connecting') soon();
      last = state;
    });
    return () => {
      clearTimeout(timer);
      stop();
      stopWatching();
    };
  }, [ids, refetch]);
}
