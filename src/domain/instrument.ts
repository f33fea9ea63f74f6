import type { DateTime } from './datetime.ts';

/** An ISIN in upper case. */
export type Isin = string & { readonly __brand: 'Isin' };

/** The vendor's pattern. The ISIN check digit is not checked, since the vendor's examples fail it. */
const ISIN = /^[A-Z]{2}[A-Z0-9]{9}[0-9]$/;

export const isIsin = (text: string): text is Isin => ISIN.test(text);

/** Undefined for a text that is none. Case and spaces around it don't matter. */
export function parseIsin(text: string): Isin | undefined {
  const upper = text.trim().toUpperCase();
  return isIsin(upper) ? upper : undefined;
}

const ID = 'ins_';

export const instrumentId = (isin: Isin): string => `${ID}${isin}`;

/** The ISIN in an instrument's id; undefined for other ids. */
export const isinOfId = (id: string): Isin | undefined =>
  id.startsWith(ID) && isIsin(id.slice(ID.length)) ? parseIsin(id.slice(ID.length)) : undefined;

/** An instrument of the broker's directory. */
export interface Instrument {
  /** `ins_` and the ISIN. */
  readonly id: string;
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
