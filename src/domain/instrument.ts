import type { DateTime } from './datetime.ts';

/** An ISIN in upper case. */
export type Isin = string & { readonly __brand: 'Isin' };

const ISIN = /^[A-Z]{2}[A-Z0-9]{9}[0-9]$/;

const isIsin = (text: string): text is Isin => ISIN.test(text);

/** Undefined for a text that is none. Case and spaces around it don't matter; the check digit is not checked. */
export function parseIsin(text: string): Isin | undefined {
  const upper = text.trim().toUpperCase();
  return isIsin(upper) ? upper : undefined;
}

/** An instrument of the broker's directory. */
export interface Instrument {
  readonly isin: Isin;
  /** The ISIN where the broker has no name. */
  readonly name: string;
  readonly wkn: string | null;
  /** Whether it can be traded now. */
  readonly tradable: boolean;
  /** Whether parts of a unit can be traded. */
  readonly fractional: boolean;
  /** When the broker changed it last; null where that is not known. */
  readonly updatedAt: DateTime | null;
}
