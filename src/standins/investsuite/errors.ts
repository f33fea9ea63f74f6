import { randomUUID } from 'node:crypto';
import { type Answer, Refusal } from '../server/exchange.ts';
import type { Json } from '../values/json.ts';
import type { Problem } from '../values/shape.ts';

/** The error bodies of the vendor's pages on errors and embedding. There is no common schema: that is theirs. */

export const TENANT = 'standin.example.com';

export function badRequest(problems: readonly Problem[], body?: Json): Refusal {
  const detail = problems.map(({ loc, msg, type }) => ({ loc: [...loc], msg, type }));
  const echo = body === undefined ? {} : { body };
  return new Refusal(
    { status: 400, body: { title: 'Bad request', detail, status: 400, ...echo } },
    problems.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; '),
  );
}

export function badQuery(parameter: string, msg: string): Refusal {
  return badRequest([{ loc: ['query', parameter], msg, type: 'value_error.exception' }]);
}

/** No "status" and no "detail" in this one. */
export function unauthorized(description: string, at: Date): Answer {
  return {
    status: 401,
    body: {
      title: 'Unauthorized',
      description,
      request_id: randomUUID(),
      timestamp: at.toISOString().replace('Z', '000+00:00'),
    },
  };
}

export function forbidden(detail: string): Refusal {
  return new Refusal({ status: 403, body: { title: 'Access forbidden', detail, status: 403 } }, detail);
}

export const accessForbidden: Answer = {
  status: 403,
  body: { title: 'Access Forbidden', detail: 'Access Forbidden', status: 403 },
};

export function notFound(id: string): Refusal {
  const detail = `Entity '${id}' (version=0) not found for tenant '${TENANT}'`;
  return new Refusal({ status: 404, body: { title: 'Resource not found', detail, status: 404 } }, detail);
}

export function noSuchPath(path: string): Answer {
  return { status: 404, body: { title: 'Resource not found', detail: `No route for ${path}`, status: 404 } };
}

export function conflict(detail: string): Refusal {
  return new Refusal({ status: 409, body: { title: 'Business logic error', detail, status: 409 } }, detail);
}

/** A field that may not be changed. The shape of 2021: neither status nor type. */
export function notMutable(fields: readonly string[]): Refusal {
  const detail = fields.map((field) => ({
    loc: ['body', 'entity', ...field.split('.')],
    msg: `${field} may not be updated because it is marked with allow_mutation=False`,
  }));
  return new Refusal({ status: 422, body: { title: 'Bad request', detail } }, `not mutable: ${fields.join(', ')}`);
}

export function invalidValue(field: string, msg: string): Refusal {
  const detail = [{ loc: ['body', 'entity', ...field.split('.')], msg }];
  return new Refusal({ status: 422, body: { title: 'Bad request', detail } }, `${field}: ${msg}`);
}

export function errorAnswer(status: number): Answer {
  const titles: Readonly<Record<number, string>> = {
    400: 'Bad request',
    403: 'Access forbidden',
    404: 'Resource not found',
    409: 'Business logic error',
    413: 'Payload too large',
    422: 'Validation error',
    500: 'Internal server error',
  };
  if (status === 401) return unauthorized('JWT invalid', new Date());
  const title = titles[status] ?? 'Error';
  // Contains an invented host, as real errors do: it must not reach a client of the gateway.
  return { status, body: { title, detail: `upstream internal-host-17 for tenant '${TENANT}'`, status } };
}
