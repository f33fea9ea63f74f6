import { useSyncExternalStore } from 'react';

/** Where the page is. Kept behind the #, so that the server has one file to serve. */
export type Route = { readonly page: 'portfolios' } | { readonly page: 'portfolio'; readonly id: string };

const hash = (): string => location.hash;

const listen = (listener: () => void): (() => void) => {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
};

export function useRoute(): Route {
  const match = /^#\/portfolios\/(\w+)$/.exec(useSyncExternalStore(listen, hash));
  return match?.[1] === undefined ? { page: 'portfolios' } : { page: 'portfolio', id: match[1] };
}

export const PORTFOLIOS = '#/';
export const portfolioAddress = (id: string): string => `#/portfolios/${id}`;
