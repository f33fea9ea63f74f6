import type { CombinedError } from 'urql';

/** Outcome of a mutation, as far as it is known. */
export type Failure =
  /** Refused: nothing has happened. */
  | { readonly kind: 'refused'; readonly message: string; readonly field: string | undefined }
  /** No answer came, or one that does not tell: it may have happened. */
  | { readonly kind: 'unanswered'; readonly message: string };

/** Codes that the gateway answers before it has recorded anything. */
const NOTHING_RECORDED: ReadonlySet<unknown> = new Set([
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'OVERLOADED',
  'UPSTREAM_UNAVAILABLE',
]);

/** An error beside the data. */
export function failureOf(error: CombinedError | undefined): Failure {
  const [first] = error?.graphQLErrors ?? [];
  if (first === undefined) return { kind: 'unanswered', message: 'No answer came.' };
  const known = NOTHING_RECORDED.has(first.extensions['code']);
  return known
    ? { kind: 'refused', message: first.message, field: undefined }
    : { kind: 'unanswered', message: first.message };
}

/** An error that is data: a member of the mutation's result. */
export interface ErrorMember {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly field?: string | null;
}

export function failureOfMember({ code, message, field }: ErrorMember): Failure {
  // The gateway has recorded it and waits for an upstream: the same key gives the result later.
  if (code === 'OUTCOME_PENDING') return { kind: 'unanswered', message };
  return { kind: 'refused', message, field: field ?? undefined };
}
