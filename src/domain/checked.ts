/** Invalid input: the field, named as in the schema (`movements[3].quantity`), and what was expected. */
export interface InvalidInput {
  readonly kind: 'invalid';
  readonly field: string;
  readonly message: string;
}

/** Result of an input check: the valid value, or the first problem. */
export type Checked<T> = { readonly kind: 'valid'; readonly value: T } | InvalidInput;

export const valid = <T>(value: T): Checked<T> => ({ kind: 'valid', value });

export const invalid = (field: string, message: string): InvalidInput => ({ kind: 'invalid', field, message });

export function firstProblem(rules: Iterable<InvalidInput | undefined>): InvalidInput | undefined {
  for (const problem of rules) if (problem !== undefined) return problem;
  return undefined;
}
