import { z } from 'zod';
import type { DateTime } from '../../domain/datetime.ts';
import { type Decimal, parseDecimal } from '../../domain/decimal.ts';
import { readDateTime } from '../../domain/written-time.ts';
import { UpstreamInvalidAnswerError } from '../../errors.ts';
import type { ExactJson } from '../upstream/exact-json.ts';

/*
 * The values that InvestSuite's bodies are made of. Numbers have become text before (see exact-json.ts), so `7` and
 * `"7"` are the same here. Unknown fields are ignored by every shape.
 */

/** Text that we pass on when it is there; anything else than text counts as absent. */
export const looseText = z.string().nullish().catch(null);

export const looseBoolean = z.boolean().nullish().catch(null);

/** A decimal that we rely on. */
export const decimalText = z.string().transform((text, context): Decimal => {
  const value = parseDecimal(text);
  if (value === undefined) context.addIssue({ code: 'custom', message: 'not a decimal number' });
  return value ?? NOT_READ;
});

/** A time that we rely on. */
export const timeText = z.string().transform((text, context): DateTime => {
  const value = readDateTime(text);
  if (value === undefined) context.addIssue({ code: 'custom', message: 'not a time' });
  return value ?? NOT_READ;
});

/** Stands in for a value that was reported as wrong: the shape it is in is never handed out. */
const NOT_READ = '' as Decimal & DateTime;

/** `version` and the like: a small whole number in either form. */
export const wholeNumber = (text: string | null | undefined): number | null =>
  text !== null && text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;

/** The value where it is one that we know, UNKNOWN for any other. */
export function known<T extends string>(values: readonly T[], value: string): T | 'UNKNOWN' {
  return values.find((candidate) => candidate === value) ?? 'UNKNOWN';
}

/** An `external_id`; the vendor's examples also have the text "null" for none. */
export const externalId = (text: string | null | undefined): string | null =>
  text === undefined || text === null || text === 'null' || text === '' ? null : text;

/** Reads a value by its shape. Throws an UpstreamInvalidAnswerError that names the paths that are wrong, not their values. */
export function read<S extends z.ZodType>(shape: S, what: string, value: ExactJson): z.output<S> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const paths = result.error.issues.map((issue) => issue.path.map(String).join('.') || '(all of it)');
  throw invalidAnswer(`${what}: ${[...new Set(paths)].slice(0, 10).join(', ')}`);
}

export const invalidAnswer = (detail: string, options?: ErrorOptions): UpstreamInvalidAnswerError =>
  new UpstreamInvalidAnswerError('INVESTSUITE', detail, options);

/** A member of an object, undefined where there is no object or no such member. */
export function member(value: ExactJson | undefined, name: string): ExactJson | undefined {
  if (!isObject(value)) return undefined;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

export function isObject(value: ExactJson | undefined): value is { readonly [key: string]: ExactJson } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
