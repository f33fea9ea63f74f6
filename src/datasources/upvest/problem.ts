import type { WireAnswer } from '../upstream/client.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import type { Problem } from '../upstream/outcome.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Upvest's own id of a request, which its support asks for; null where the header is not one. */
export function upvestRequestId(answer: WireAnswer): string | null {
  const id = answer.headers['upvest-request-id'];
  return id !== undefined && UUID.test(id) ? id : null;
}

/**
 * What an answer of 4xx says. Upvest documents problem+json, with `type` as a URL in the docs and as a bare word in its
 * specification (`bad_request`): the last path part serves for both. The token call may speak OAuth instead (`error`,
 * `error_description`). A body of another kind (a proxy's page) gives nulls.
 */
export function parseProblem(answer: WireAnswer): Problem {
  const body = bodyOf(answer);
  return {
    type:
      text(body['type'] ?? body['error'])
        ?.split('#')[0]
        ?.split('/')
        .filter(Boolean)
        .at(-1)
        ?.toLowerCase() ?? null,
    title: text(body['title']),
    detail: text(body['detail'] ?? body['error_description']),
    requestId: text(body['request_id']) ?? upvestRequestId(answer),
  };
}

function bodyOf(answer: WireAnswer): { readonly [key: string]: ExactJson } {
  try {
    const body = answer.json();
    return isObject(body) ? body : {};
  } catch {
    return {};
  }
}

export const isObject = (value: ExactJson | undefined): value is { readonly [key: string]: ExactJson } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: ExactJson | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
