import type { PortfolioId, UserId } from '../domain/ids.ts';

/**
 * Whose events a reader gets: an operator all or one portfolio's, a customer those of all or one of the own portfolios.
 */
export type Audience =
  | { readonly kind: 'operator'; readonly portfolioId: PortfolioId | null }
  | { readonly kind: 'owner'; readonly userId: UserId; readonly portfolioId: PortfolioId | null };

/** Index name of an audience; {@link operatorNames} and {@link ownerNames} give the names of an event. */
export function audienceName(audience: Audience): string {
  const whose = audience.portfolioId ?? '*';
  return audience.kind === 'operator' ? whose : `${audience.userId} ${whose}`;
}

export const operatorNames = (portfolioId: PortfolioId | null): readonly string[] =>
  portfolioId === null ? ['*'] : ['*', portfolioId];

export const ownerNames = (portfolioId: PortfolioId, owners: Iterable<UserId>): readonly string[] =>
  [...owners].flatMap((owner) => [`${owner} *`, `${owner} ${portfolioId}`]);
