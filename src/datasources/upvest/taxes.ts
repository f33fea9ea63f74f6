import { z } from 'zod';
import { type Decimal, sum } from '../../domain/decimal.ts';
import { optionalText } from '../upstream/fields.ts';
import { decimal } from './fields.ts';

const taxWire = z.object({ type: optionalText, amount: decimal, currency: optionalText });

/** Taxes of a payment or of a line of the ledger, as sent; one that can't be read is undefined. */
export const taxes = z
  .array(z.unknown())
  .nullish()
  .catch(null)
  .transform((rows) => (rows ?? []).map((row) => taxWire.safeParse(row).data));

/**
 * The whole tax: the `TOTAL`, else the sum of all types. Null where nothing is said, or where a part can't be read or is in
 * another currency.
 */
export function taxesOf(rows: z.output<typeof taxes>, currency: string): Decimal | null {
  const readable = rows.filter((row) => row !== undefined && (row.currency ?? currency) === currency);
  const total = readable.find((row) => row?.type === 'TOTAL');
  if (total !== undefined) return total.amount;
  if (rows.length === 0 || readable.length < rows.length) return null;
  return sum(readable.flatMap((row) => row?.amount ?? []));
}
