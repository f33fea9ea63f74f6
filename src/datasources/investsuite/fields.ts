import { z } from 'zod';
import { UpstreamInvalidAnswerError } from '../../errors.ts';
import type { ExactJson } from '../upstream/exact-json.ts';

/*
 * Missing fields stay missing here, and enum values are looked up afterwards: a transform for each field of a row costs
 * more than all the rest of reading it.
 */

/** Text that we pass on when it is there; anything else than text counts as absent. */
export const looseText = z.string().nullish().catch(null);

export const looseBoolean = z.boolean().nullish().catch(null);

/** `version` and the like: a small whole number in either form. */
export const wholeNumber = (text: string | null | undefined): number | null =>
  text !== null && text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;

/** A known value, or UNKNOWN. */
export const known = <T extends string>(values: readonly T[], value: string): T | 'UNKNOWN' =>
  values.find((candidate) => candidate === value) ?? 'UNKNOWN';

/** The same of what may be missing or empty: null then. */
export const knownIfAny = <T extends string>(values: readonly T[], value: string | null | undefined) =>
  value ? known(values, value) : null;

/** An `external_id`; the vendor's examples also have the text "null" for none. */
export const externalId = (text: string | null | undefined): string | null =>
  text === undefined || text === null || text === 'null' || text === '' ? null : text;

/** Reads a value by its shape. Throws an UpstreamInvalidAnswerError that names the paths that are wrong, not their values. */
export function read<S extends z.ZodType>(shape: S, what: string, value: ExactJson): z.output<S> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const paths = result.error.issues.map((issue) => issue.path.map(String).join('.') || '(all of it)');
  throw invalidFields(what, paths);
}

export const invalidFields = (what: string, paths: readonly string[]): UpstreamInvalidAnswerError =>
  invalidAnswer(`${what}: ${[...new Set(paths)].slice(0, 10).join(', ')}`);

export const invalidAnswer = (detail: string): UpstreamInvalidAnswerError =>
  new UpstreamInvalidAnswerError('INVESTSUITE', detail);
