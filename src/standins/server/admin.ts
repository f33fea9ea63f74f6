import {
  isArray,
  isObject,
  type Json,
  type JsonObject,
  NumberText,
  readJson,
  withNumbersAsStrings,
} from '../values/json.ts';
import type { CallRecorder } from './calls.ts';
import { type Answer, type Exchange, header, Refusal } from './exchange.ts';
import type { FaultRule, FaultRules } from './faults.ts';
import { createRouter, type Route } from './router.ts';
import type { Schedule } from './schedule.ts';

/**
 * The control API under /__standin/, for tests in other processes: state, faults, settings. It is not part of
 * the vendor's API. Amounts in its answers are strings, so that any JSON reader keeps their digits; counts are numbers.
 */
export interface AdminOptions {
  readonly name: string;
  readonly calls: CallRecorder;
  readonly faults: FaultRules;
  readonly schedule: Schedule;
  readonly settings: object;
  /** The vendor's own part. */
  readonly routes: readonly Route[];
}

export const ok = (body: Json): Answer => ({ status: 200, body: withNumbersAsStrings(body) });

const refused = (status: number, error: string): Refusal => new Refusal({ status, body: { error } });

export function createAdmin(options: AdminOptions): (exchange: Exchange) => Answer | Promise<Answer> {
  const router = createRouter([...commonRoutes(options), ...options.routes]);
  return (exchange) => {
    refuseBrowsers(exchange);
    const found = router.find(exchange.method, exchange.path);
    if (found.kind === 'route') return found.route.handler(exchange, found.parameters);
    return { status: found.kind === 'no-such-path' ? 404 : 405, body: { error: 'no such control' } };
  };
}

/** A page in a browser on this machine must not reach the controls, by its own origin or by a name that resolves here. */
function refuseBrowsers(exchange: Exchange): void {
  const host = header(exchange, 'host') ?? '';
  if (header(exchange, 'origin') !== undefined || !/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host))
    throw refused(403, 'only for programs on this machine');
}

function commonRoutes({ name, calls, faults, schedule, settings }: AdminOptions): readonly Route[] {
  return [
    route('GET', 'health', () => ok({ name, ready: true })),
    route('GET', 'calls', ({ query }) => {
      const method = query.get('method');
      const path = query.get('path');
      const list = calls.list({ ...(method ? { method } : {}), ...(path ? { path: new RegExp(path) } : {}) });
      const { total, maxConcurrent, inFlight } = calls;
      return ok({ count: list.length, total, maxConcurrent, inFlight, calls: list.map((call) => ({ ...call })) });
    }),
    route('DELETE', 'calls', () => {
      calls.reset();
      return { status: 204 };
    }),
    route('GET', 'faults', () => ok(plain(faults.list()))),
    route('POST', 'faults', (exchange) => {
      const body = adminJson(exchange);
      const rules = isArray(body) ? body : [body];
      return ok({ ids: faults.add(...rules.map(faultOf)) });
    }),
    route('DELETE', 'faults', () => {
      faults.clear();
      return { status: 204 };
    }),
    route('GET', 'settings', () => ok(plain(settings))),
    route('PATCH', 'settings', (exchange) => {
      changeSettings(settings, adminBody(exchange));
      return ok(plain(settings));
    }),
    route('GET', 'pending', () => ok(plain(schedule.pending))),
    route('POST', 'advance', (exchange) => {
      const { kind, id, all } = adminBody(exchange);
      const filter = { ...(typeof kind === 'string' ? { kind } : {}), ...(typeof id === 'string' ? { id } : {}) };
      return ok({ moved: all === true ? schedule.advanceAll(filter) : schedule.advance(filter) });
    }),
  ];
}

export function route(method: string, path: string, handler: Route['handler']): Route {
  return { method, pattern: `/__standin/${path}`, slash: 'either', handler };
}

/** The JSON of a control request; an empty body is an empty object. */
export function adminJson(exchange: Exchange): Json {
  if (exchange.body.length === 0) return {};
  try {
    return readJson(exchange.body.toString('utf8'));
  } catch {
    throw refused(400, 'not JSON');
  }
}

export function adminBody(exchange: Exchange): JsonObject {
  const body = adminJson(exchange);
  if (!isObject(body)) throw refused(400, 'an object is expected');
  return body;
}

export function adminText(body: JsonObject, field: string): string {
  const value = body[field];
  if (value instanceof NumberText) return value.text;
  if (typeof value !== 'string') throw refused(400, `"${field}" is missing`);
  return value;
}

/** A member that is one of some words. */
export function oneOfThese<T extends string>(words: readonly T[], body: JsonObject, field: string): T {
  const found = words.find((word) => word === body[field]);
  if (found === undefined) throw refused(400, `"${field}" is one of ${words.join(', ')}`);
  return found;
}

const MAX_MS = 400 * 86_400_000;

/** `ms` of a request. */
export function durationOf(body: JsonObject): number {
  const ms = Number(adminText(body, 'ms'));
  if (!(ms >= 0 && ms <= MAX_MS)) throw refused(400, '"ms" is between 0 and 400 days');
  return ms;
}

/** Plain data of ours as JSON: counts stay numbers, amounts become strings. */
export function plain(value: unknown): Json {
  const text = JSON.stringify(value, (_, member) => (member instanceof RegExp ? member.source : member));
  // The platform's own reader returns JSON.
  return JSON.parse(text) as Json;
}

/** Control data as JavaScript values: numbers in it are counts and milliseconds, never amounts. */
export function asPlainValue(value: Json): unknown {
  if (value instanceof NumberText) return Number(value.text);
  if (isArray(value)) return value.map(asPlainValue);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asPlainValue(member ?? null)]));
}

const FAULT_KINDS = ['delay', 'status', 'reset-before', 'reset-after', 'garbage', 'hang'];

function faultOf(value: Json): FaultRule {
  const rule = asPlainValue(value);
  if (!isObject(value) || !FAULT_KINDS.includes(String(value['kind'])))
    throw refused(400, `kind is one of ${FAULT_KINDS.join(', ')}`);
  // Written by tests of ours; the kind has been checked, the rest is taken as it is.
  return rule as FaultRule;
}

function changeSettings(settings: object, changes: JsonObject): void {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(settings, name)) throw refused(400, `no setting "${name}"`);
    Reflect.set(settings, name, asPlainValue(value ?? null));
  }
}
