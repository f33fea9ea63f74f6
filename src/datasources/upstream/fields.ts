import { z } from 'zod';
import { readDay } from '../../domain/calendar-day.ts';
import { decimalText, parsed } from '../../domain/parsed-text.ts';
import { readDateTime } from '../../domain/written-time.ts';

/**
 * Field parsers for both upstreams. Numbers are text already (see exact-json.ts), so `100`, `"100"` and `"100.25"` are
 * all strings here. Unnamed fields are ignored; optional fields may be missing or null.
 */

export { parsed };
export const decimal = decimalText;
export const time = parsed(readDateTime, 'a time');
export const day = parsed(readDay, 'a day');
export const text = z.string().min(1);
export const currency = z.string().regex(/^[A-Z]{3}$/);

/** Missing and null are an empty list; what is there must be readable. */
export const listOf = <S extends z.ZodType>(schema: S) =>
  z
    .array(schema)
    .nullish()
    .transform((rows) => rows ?? []);

/** Also what is missing. */
const anything = z.unknown().optional();

/** Missing, null, empty and anything that is not text are null. */
export const optionalText = anything.transform((value) => (typeof value === 'string' && value !== '' ? value : null));

/** A time that can't be read is null: only the order of rows depends on it. */
export const optionalTime = anything.transform((value) =>
  typeof value === 'string' ? (readDateTime(value) ?? null) : null,
);

/** The UTC day of a time, or a day; what can't be read is null. */
export const optionalDay = anything.transform((value) => (typeof value === 'string' ? (readDay(value) ?? null) : null));

/** A known value, else the given one: upstreams add values without notice. */
export const oneOf = <const T extends string, const F extends string | null>(values: readonly T[], otherwise: F) =>
  anything.transform((value): T | F => values.find((known) => known === value) ?? otherwise);

type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;
type CamelCased<T> = {
  readonly [K in keyof T as K extends string ? CamelCase<K> : never]-?: undefined extends T[K]
    ? Exclude<T[K], undefined> | null
    : T[K];
};

/** An object whose fields have the same names with us: `locked_for_trading` is `lockedForTrading`. What is missing is null. */
export function sameNames<S extends z.ZodRawShape>(shape: S) {
  const names = Object.keys(shape).map((name) => [name, camelCase(name)] as const);
  return z.object(shape).transform((row) => renamed(row, names));
}

const camelCase = (name: string): string => name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());

function renamed<T extends object>(row: T, names: readonly (readonly [string, string])[]): CamelCased<T>;
function renamed(row: Readonly<Record<string, unknown>>, names: readonly (readonly [string, string])[]): object {
  const same: Record<string, unknown> = {};
  for (const [from, to] of names) same[to] = row[from] ?? null;
  return same;
}

/** Where a value is wrong and how, without the value: fit for a log. */
export const issuesOf = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.code}`).join(', ');
