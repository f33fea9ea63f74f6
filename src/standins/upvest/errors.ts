import { randomUUID } from 'node:crypto';
import { type Answer, Refusal } from '../server/exchange.ts';

const SLUGS: Readonly<Record<number, readonly [slug: string, title: string]>> = {
  400: ['bad_request', 'Bad request'],
  401: ['unauthorised', 'Unauthorised'],
  403: ['forbidden', 'Forbidden'],
  404: ['not_found', 'Not found'],
  405: ['method_not_allowed', 'Method not allowed'],
  406: ['not_acceptable', 'Not acceptable'],
  409: ['conflict', 'Conflict'],
  413: ['payload_too_large', 'Payload too large'],
  422: ['unprocessable_entity', 'Unprocessable entity'],
  429: ['too_many_requests', 'Too many requests'],
  500: ['internal_server_error', 'Internal server error'],
  503: ['service_unavailable', 'Service unavailable'],
  504: ['gateway_timeout', 'Gateway timeout'],
};

/** A problem in the form of the API errors page (RFC 9457). */
export function problem(status: number, detail: string, override?: readonly [slug: string, title: string]): Answer {
  const [slug, title] = override ?? SLUGS[status] ?? ['error', 'Error'];
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: {
      type: `https://docs.upvest.co/errors/${slug}`,
      status,
      title,
      detail,
      request_id: randomUUID(),
    },
  };
}

/** `note` is for the record of calls; the client does not get it. */
export const refusal = (status: number, detail: string, note?: string): Refusal =>
  new Refusal(problem(status, detail), note ?? detail);

/** The client gets the same answer for all problems of a signature. */
export const badSignature = (note: string): Refusal => refusal(401, 'Signature is incorrect', `signature: ${note}`);

export const missing = (parameter: 'client_id' | 'idempotency_key'): Refusal => {
  const title = parameter === 'client_id' ? 'Missing client ID' : 'Missing idempotency key';
  return new Refusal(problem(400, `${title} header`, [`missing_${parameter}`, title]), title);
};

export const notFound = (what: string, id: string): Refusal => refusal(404, `${what} ${id} not found`);

/** Contains an invented host, as real errors do: it must not reach a client of the gateway. */
export const errorAnswer = (status: number): Answer => problem(status, 'upstream internal-host-17 did not answer');
