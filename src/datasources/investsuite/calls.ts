import { type UpstreamError, UpstreamRefusedReadError, UpstreamUnavailableError } from '../../errors.ts';
import type { CallOptions, UpstreamClient, WireRequest } from '../upstream/client.ts';
import { type ExactJson, stringifyExactJson, type Writable } from '../upstream/exact-json.ts';
import { accepted, type WriteOutcome } from '../upstream/outcome.ts';
import type { WireAnswer } from '../upstream/wire-answer.ts';
import type { WriteOptions } from './investsuite.ts';
import { readProblem } from './problem-wire.ts';
import { invalidAnswer } from './wire-values.ts';

/** A write in our words: the body is written as JSON with exact numbers. */
export interface WriteRequest {
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly operation: string;
  readonly body: Writable;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls in InvestSuite's manner: JSON both ways, its refusals, its mixed trailing slashes. */
export class InvestSuiteCalls {
  readonly #client: UpstreamClient;
  /** Operations whose path is wanted with the other form of trailing slash than documented. */
  readonly #otherSlash = new Set<string>();

  constructor(client: UpstreamClient) {
    this.#client = client;
  }

  /** An answer of any status below 500. Throws UpstreamUnavailableError, or the signal's reason. */
  async get(path: string, operation: string, options: CallOptions): Promise<WireAnswer> {
    const send = (at: string): Promise<WireAnswer> =>
      this.#client.read({ method: 'GET', path: at, headers: { accept: 'application/json' }, operation }, options);
    return await this.#withSlash(path, operation, send, (answer) => answer);
  }

  /**
   * One attempt. What the body of an acceptance says is read by `readBody`; where it can't be, the outcome is unknown,
   * because something was done and we cannot say what.
   */
  async write<T>(
    request: WriteRequest,
    readBody: (answer: WireAnswer) => T,
    options: WriteOptions = {},
  ): Promise<WriteOutcome<T>> {
    const body = stringifyExactJson(request.body);
    const headers = { ...request.headers, accept: 'application/json', 'content-type': 'application/json' };
    const send = (path: string) => this.#client.write({ ...wire(request), path, headers, body }, options);
    const attempt = await this.#withSlash(request.path, request.operation, send, (result) =>
      result.kind === 'answered' ? result.answer : undefined,
    );
    if (attempt.kind !== 'answered') return attempt;
    const { answer } = attempt;
    // 408 comes from proxies in between, and says nothing about what is behind them.
    if (answer.status === 408) return { kind: 'unknown', reason: 'timeout' };
    if (answer.status >= 400) return { kind: 'refused', status: answer.status, problem: readProblem(answer) };
    // A redirect may follow a write that was done.
    if (!answer.ok) return { kind: 'unknown', reason: 'invalid-answer' };
    try {
      return accepted(readBody(answer));
    } catch {
      return { kind: 'unknown', reason: 'invalid-answer' };
    }
  }

  /**
   * The documented paths mix both forms of trailing slash. A redirect that asks for nothing but the other form has done
   * nothing yet, so the same call is made there, and from then on at once.
   */
  async #withSlash<A>(
    path: string,
    operation: string,
    send: (path: string) => Promise<A>,
    answerOf: (result: A) => WireAnswer | undefined,
  ): Promise<A> {
    const other = otherSlash(path);
    if (this.#otherSlash.has(operation)) return await send(other);
    const result = await send(path);
    const answer = answerOf(result);
    if (answer === undefined || !leadsTo(other, answer)) return result;
    this.#otherSlash.add(operation);
    return await send(other);
  }
}

const wire = (request: WriteRequest): Pick<WireRequest, 'method' | 'operation'> => ({
  method: request.method,
  operation: request.operation,
});

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308]);

function otherSlash(path: string): string {
  const [pathname = '', ...query] = path.split('?');
  const toggled = pathname.endsWith('/') ? pathname.slice(0, -1) : `${pathname}/`;
  return [toggled, ...query].join('?');
}

/** Only the end of the path is compared: behind a proxy a redirect's scheme, host and base path are often wrong. */
function leadsTo(path: string, answer: WireAnswer): boolean {
  const location = answer.headers['location'];
  if (!REDIRECTS.has(answer.status) || location === undefined) return false;
  const [pathname = ''] = path.split('?');
  return (location.split(/[?#]/)[0] ?? '').endsWith(pathname);
}

/** The body of a good answer. Throws an UpstreamInvalidAnswerError where it is not JSON. */
export function bodyOf(answer: WireAnswer, what: string): ExactJson {
  try {
    return answer.json();
  } catch {
    // The parser's message quotes the body, so it is not kept.
    throw invalidAnswer(`${what}: not JSON`);
  }
}

/** The body of an answer that must be good. Throws what a refusal means. */
export function goodBodyOf(answer: WireAnswer, what: string): ExactJson {
  if (!answer.ok) throw refusal(answer);
  return bodyOf(answer, what);
}

/** As {@link goodBodyOf}, in a form that can be written again. */
export function goodWritableBodyOf(answer: WireAnswer, what: string): Writable {
  goodBodyOf(answer, what);
  return writableBodyOf(answer, what);
}

/**
 * The body in a form that can be written again. Throws an UpstreamInvalidAnswerError where it is not JSON, and where it has
 * numbers that are none (`NaN`): they can be read, but there is no JSON to write them in.
 */
export function writableBodyOf(answer: WireAnswer, what: string): Writable {
  try {
    return answer.writableJson();
  } catch {
    throw invalidAnswer(`${what}: has what can't be written again`);
  }
}

/** What a status outside 2xx means for a read. */
export function refusal(answer: WireAnswer): UpstreamError {
  const { status } = answer;
  if (status === 401) return new UpstreamUnavailableError('INVESTSUITE', 'unauthenticated', { status });
  return new UpstreamRefusedReadError('INVESTSUITE', status);
}
