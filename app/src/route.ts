import { useSyncExternalStore } from 'react';

/** Where the page is. Kept behind the #, so that the server has one file to serve. */
export type Route =
  | { readonly page: 'portfolios' }
  | { readonly page: 'portfolio'; readonly id: string }
  /** `id`: the object whose life is shown. */
  | { readonly page: 'operations'; readonly id: string | undefined };

const hash = (): string => location.hash;

const listen = (listener: () => void): (() => void) => {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
};

export function useRoute(): Route {
  const [, page, id] = /^#\/(portfolios|operations)(?:\/(\w+))?$/.exec(useSyncExternalStore(listen, hash)) ?? [];
  if (page === 'operations') return { page, id };
  return page === undefined || id === undefined ? { page: 'portfolios' } : { page: 'portfolio', id };
}

export const PORTFOLIOS = '#/';
export const OPERATIONS = '#/operations';
export const lifeAddress = (id: string): string => `#/operations/${id}`;
export const portfolioAddress = (id: string): string => `#/portfolios/${id}`;
