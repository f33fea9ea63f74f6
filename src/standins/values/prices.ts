import { hashOf } from './random.ts';

/** The price of an instrument at the stand-ins: constant, with two decimals. */
export function priceOf(isin: string): string {
  const cents = 1_000 + (hashOf(isin) % 40_000);
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}
