import { z } from 'zod';
import { UpstreamInvalidAnswerError } from '../../errors.ts';
import type { ExactJson } from '../upstream/exact-json.ts';

/** Text that we pass on when it is there; anything else than text is null. */
export const looseText = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

export const looseBoolean = z
  .boolean()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

/** `version` and the like: a small whole number in either form. */
export const wholeNumber = looseText.transform((text) =>
  text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null,
);

/** An `external_id`; the vendor's examples also have the text "null" for none. */
export const externalId = looseText.transform((text) => (text === 'null' || text === '' ? null : text));

/** The value where it is one that we know, UNKNOWN for any other. */
export const known = <T extends string>(values: readonly T[], value: string): T | 'UNKNOWN' =>
  values.find((candidate) => candidate === value) ?? 'UNKNOWN';

/** A word that has to be there. */
export const word = <const T extends string>(values: readonly T[]) =>
  z.string().transform((text) => known<T>(values, text));

/** A word that may be missing or empty: null then. */
export const looseWord = <const T extends string>(values: readonly T[]) =>
  looseText.transform((text) => (text ? known<T>(values, text) : null));

/** Reads a value by its shape. Throws an UpstreamInvalidAnswerError that names the paths that are wrong, not their values. */
export function read<S extends z.ZodType>(shape: S, what: string, value: ExactJson): z.output<S> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const paths = result.error.issues.map((issue) => issue.path.map(String).join('.') || '(all of it)');
  throw invalidAnswer(`${what}: ${[...new Set(paths)].slice(0, 10).join(', ')}`);
}

export const invalidAnswer = (detail: string): UpstreamInvalidAnswerError =>
  new UpstreamInvalidAnswerError('INVESTSUITE', detail);
