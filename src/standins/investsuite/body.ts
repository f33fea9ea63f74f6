import { type Exchange, header } from '../server/exchange.ts';
import { type Json, readJson } from '../values/json.ts';
import type { Check } from '../values/shape.ts';
import { badRequest } from './errors.ts';

/** The JSON of a request; 400 without JSON or with another content type. */
export function jsonOf(exchange: Exchange): Json {
  const type = (header(exchange, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json')
    throw badRequest([{ loc: ['header', 'content-type'], msg: 'application/json expected', type: 'value_error' }]);
  try {
    return readJson(exchange.body.toString('utf8'));
  } catch {
    throw badRequest([{ loc: ['body'], msg: 'Expecting value', type: 'value_error.jsondecode' }]);
  }
}

/** The JSON of a request, once it has passed the check. A refusal echoes the whole body, as theirs do. */
export function bodyOf<T>(exchange: Exchange, check: Check<T>): T {
  return checked(jsonOf(exchange), check);
}

export function checked<T>(body: Json, check: Check<T>): T {
  const found = check(body, ['body']);
  if ('problems' in found) throw badRequest(found.problems, body);
  return found.value;
}
