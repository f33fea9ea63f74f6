import { type Exchange, header } from '../server/exchange.ts';
import { isObject, type Json, type JsonObject, readJson } from '../values/json.ts';
import type { Check } from '../values/shape.ts';
import { badRequest } from './errors.ts';

/** The JSON of a request; 400 where there is none or it is called something else. */
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

/** The JSON object of a request, once it has passed the check. A refusal echoes the whole body, as theirs do. */
export function bodyOf(exchange: Exchange, check: Check): JsonObject {
  return checked(jsonOf(exchange), check);
}

export function checked(body: Json, check: Check): JsonObject {
  const problems = check(body, ['body']);
  if (problems.length > 0) throw badRequest(problems, body);
  // Every check of a body is one of an object.
  return isObject(body) ? body : {};
}
