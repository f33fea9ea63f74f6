import type { PriceQuality } from '../../domain/prices.ts';
import { optionalText } from '../upstream/fields.ts';

/** Upvest's values; any other is UNKNOWN, such as NA for a position without a price. */
const QUALITIES: ReadonlyMap<string | null, PriceQuality> = new Map([
  ['EOD', 'END_OF_DAY'],
  ['DELAYED', 'DELAYED'],
  ['REALTIME', 'REALTIME'],
  ['HIGHEST_AVAILABLE', 'HIGHEST_AVAILABLE'],
]);

export const priceQuality = optionalText.transform((word): PriceQuality => QUALITIES.get(word) ?? 'UNKNOWN');
