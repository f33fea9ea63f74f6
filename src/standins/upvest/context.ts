import type { Answer, Exchange } from '../server/exchange.ts';
import type { IdempotentAnswers } from '../server/idempotency.ts';
import type { PathParameters, Route } from '../server/router.ts';
import type { Schedule } from '../server/schedule.ts';
import type { Clock } from '../values/clock.ts';
import { type Json, type JsonObject, readJson } from '../values/json.ts';
import type { Check } from '../values/shape.ts';
import { refusal } from './errors.ts';
import type { UpvestSettings } from './settings.ts';
import type { UpvestLedgerEntry, UpvestStore } from './store.ts';

/** Context of the handlers. */
export interface UpvestContext {
  readonly store: UpvestStore;
  readonly settings: UpvestSettings;
  /** The calendar, for dates. */
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly idempotent: IdempotentAnswers;
  /** Sends an event to all webhooks; the object as its GET returns it. */
  emit(type: string, object: JsonObject): void;
}

/** A call of the API: who may make it, whether it needs an idempotency key, what it does. */
export interface Operation {
  /** One of them is enough. */
  readonly scopes: readonly string[];
  readonly needsKey?: true;
  handle(exchange: Exchange, parameters: PathParameters): Answer;
}

export const operation = (
  call: `${'GET' | 'POST' | 'PATCH' | 'DELETE'} ${string}`,
  scopes: readonly string[],
  handle: Operation['handle'],
  needsKey?: 'needs-key',
): Route<Operation> => {
  const [method = '', pattern = ''] = call.split(' ');
  return { method, pattern, slash: 'without', handler: { scopes, handle, ...(needsKey ? { needsKey: true } : {}) } };
};

/** The JSON of a request, once it has passed the check. The error names all problems in one text. */
export function bodyOf<T>(exchange: Exchange, check: Check<T>): T {
  let body: Json;
  try {
    body = readJson(exchange.body.toString('utf8'));
  } catch {
    throw refusal(400, 'The request body is not valid JSON');
  }
  const found = check(body, []);
  if ('value' in found) return found.value;
  throw refusal(400, found.problems.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; '));
}

export function enterLedger(
  context: UpvestContext,
  entry: Omit<UpvestLedgerEntry, 'at' | 'idempotencyKey'>,
  exchange?: Exchange,
): void {
  const key = exchange?.headers['idempotency-key'];
  context.store.ledger.push({
    at: context.clock().toISOString(),
    ...entry,
    idempotencyKey: typeof key === 'string' ? key : null,
  });
}
