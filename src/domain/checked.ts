/** Input that cannot be right: which field (as the graph names it, `movements[3].quantity`) and what was expected. */
export interface InvalidInput {
  readonly kind: 'invalid';
  readonly field: string;
  readonly message: string;
}

/** What a check of input ends with: the value, to be trusted from here on, or the first thing that is wrong. */
export type Checked<T> = { readonly kind: 'valid'; readonly value: T } | InvalidInput;

export const valid = <T>(value: T): Checked<T> => ({ kind: 'valid', value });

export const invalid = (field: string, message: string): InvalidInput => ({ kind: 'invalid', field, message });

/** The first problem, in the order of the rules. */
export function firstProblem(rules: Iterable<InvalidInput | undefined>): InvalidInput | undefined {
  for (const problem of rules) if (problem !== undefined) return problem;
  return undefined;
}
