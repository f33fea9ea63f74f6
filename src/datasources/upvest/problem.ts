import { bodyIfAny } from '../upstream/answers.ts';
import type { WireAnswer } from '../upstream/client.ts';
import { textMember } from '../upstream/exact-json.ts';
import type { Problem } from '../upstream/outcome.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Upvest's own id of a request, which its support asks for; null where the header is not one. */
export function upvestRequestId(answer: WireAnswer): string | null {
  const id = answer.headers['upvest-request-id'];
  return id !== undefined && UUID.test(id) ? id : null;
}

/**
 * Problem of a 4xx. Upvest documents problem+json, with `type` as a URL in the docs and as a word in its specification
 * (`bad_request`): the last path segment covers both. The token call may answer with OAuth errors (`error`,
 * `error_description`). Another body (a proxy's page) gives nulls.
 */
export function parseProblem(answer: WireAnswer): Problem {
  const body = bodyIfAny(answer);
  const type = textMember(body, 'type') ?? textMember(body, 'error');
  return {
    type: type?.split('#')[0]?.split('/').filter(Boolean).at(-1)?.toLowerCase() ?? null,
    title: textMember(body, 'title'),
    detail: textMember(body, 'detail') ?? textMember(body, 'error_description'),
    requestId: textMember(body, 'request_id') ?? upvestRequestId(answer),
  };
}
