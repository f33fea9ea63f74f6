import { z } from 'zod';
import { type Decimal, parseDecimal } from '../../domain/decimal.ts';
import { parseAccountGroupId, parseAccountId, parseBrokerageUserId } from '../../domain/ids.ts';
import { readDateTime } from '../../domain/written-time.ts';

/**
 * The fields of Upvest's answers. Numbers have been made text by the JSON reader, so `100`, `"100"` and `"100.25"` are
 * all strings here. What we do not rely on may be missing, null or empty.
 */

const parsed = <T>(parse: (text: string) => T | undefined, what: string) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `not ${what}` });
    return z.NEVER;
  });

/** Upvest's pattern allows no digit before the point: `.5` is `0.5`. */
const parseUpvestDecimal = (text: string): Decimal | undefined => parseDecimal(text.replace(/^(-?)\./, '$10.'));

export const decimal = parsed(parseUpvestDecimal, 'a decimal number');
export const accountGroupId = parsed(parseAccountGroupId, 'an account group id');
export const accountId = parsed(parseAccountId, 'an account id');
export const brokerageUserId = parsed(parseBrokerageUserId, 'a user id');
export const text = z.string().min(1);
export const currency = z.string().regex(/^[A-Z]{3}$/);

/** Also what is missing. */
const anything = z.unknown().optional();

/** Missing, null and empty are all null; a number that is there must be one. */
export const optionalDecimal = z
  .union([z.literal(''), decimal])
  .nullish()
  .transform((value) => (value === undefined || value === '' ? null : value));

/** Missing, null, empty and anything that is not text are null. */
export const optionalText = anything.transform((value) => (typeof value === 'string' && value !== '' ? value : null));

/** A time that can't be read is as good as none: nothing hangs on it but the order of rows. */
export const optionalTime = anything.transform((value) =>
  typeof value === 'string' ? (readDateTime(value) ?? null) : null,
);

/** One of the words we know, else the given one: Upvest adds values without notice. */
export const oneOf = <const T extends string, const F extends string | null>(values: readonly T[], otherwise: F) =>
  anything.transform((value): T | F => values.find((known) => known === value) ?? otherwise);

/** UUIDs are the same in either case; one of the two may have been typed into InvestSuite by a person. */
export const sameId = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Where a value is wrong and how, without the value: fit for a log. */
export const issuesOf = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.code}`).join(', ');
