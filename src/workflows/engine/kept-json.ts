import { z } from 'zod';

/**
 * JSON that rows keep: what was asked (`input`), what was computed before a write (`memo`), what is remembered from one step to a
 * later one (`progress`). It outlives the release, so it has a version and is read back by its schema, never by a cast.
 * The version rises when a form changes that an earlier release must not read; what has none was written before there
 * were versions, in the form of the first.
 */
const VERSION = 1;

/** Not `version`, which some have of what they were computed from. */
const versioned = z.object({ v: z.literal(VERSION).optional() }).nullable();

/** Null is kept as it is: a step that has nothing to remember. */
export const keepJson = (value: object | null): string =>
  JSON.stringify(value === null ? null : { v: VERSION, ...value });

/** Throws a ZodError where it is of a later version, or not of the form that it should have. */
export function readKept<T>(schema: z.ZodType<T>, text: string): T {
  const json: unknown = JSON.parse(text);
  versioned.parse(json);
  return schema.parse(json);
}
