import { bodyOf as anyBodyOf, refusal as refusalOf } from '../upstream/answers.ts';
import type { CallOptions, UpstreamClient, WireRequest, WriteOptions } from '../upstream/client.ts';
import { type ExactJson, stringifyExactJson, type Writable } from '../upstream/exact-json.ts';
import { accepted, outcomeOf, type WriteOutcome } from '../upstream/outcome.ts';
import type { TenantProfile } from '../upstream/tenant-profile.ts';
import type { WireAnswer } from '../upstream/wire-answer.ts';
import { invalidAnswer } from './fields.ts';
import { readProblem } from './problem.ts';

/** A write; the body is written as JSON with exact numbers. */
export interface WriteRequest extends Pick<WireRequest, 'method' | 'path' | 'operation'> {
  readonly body: Writable;
  readonly headers?: Readonly<Record<string, string>>;
}

/** InvestSuite's calls: JSON bodies, its error bodies, its mixed trailing slashes. */
export class InvestSuiteCalls {
  readonly #client: UpstreamClient;
  readonly #profile: TenantProfile;
  /** Operations of which an answer of this run has shown how their paths end. */
  readonly #shown = new Set<string>();

  constructor(client: UpstreamClient, profile: TenantProfile) {
    this.#client = client;
    this.#profile = profile;
  }

  /** An answer of any status below 500. Throws UpstreamUnavailableError, or the signal's reason. */
  async get(path: string, operation: string, options: CallOptions): Promise<WireAnswer> {
    const send = (at: string): Promise<WireAnswer> =>
      this.#client.read({ method: 'GET', path: at, headers: { accept: 'application/json' }, operation }, options);
    return await this.#withSlash(path, operation, send, (answer) => answer);
  }

  /** One attempt. `readBody` parses the body of an acceptance: see {@link outcomeOf}. */
  async write<T>(
    { method, path: documented, operation, ...request }: WriteRequest,
    readBody: (answer: WireAnswer) => T,
    options: WriteOptions = {},
  ): Promise<WriteOutcome<T>> {
    const body = stringifyExactJson(request.body);
    const headers = { ...request.headers, accept: 'application/json', 'content-type': 'application/json' };
    const send = (path: string) => this.#client.write({ method, path, operation, headers, body }, options);
    const attempt = await this.#withSlash(documented, operation, send, (result) =>
      result.kind === 'answered' ? result.answer : undefined,
    );
    return outcomeOf(attempt, { path: documented, body }, readProblem, (answer) => accepted(readBody(answer)));
  }

  /**
   * The documented paths mix both forms of the trailing slash. A redirect to the other form has had no effect, so the
   * call is repeated there, and later calls use that form at once.
   */
  async #withSlash<A>(
    path: string,
    operation: string,
    send: (path: string) => Promise<A>,
    answerOf: (result: A) => WireAnswer | undefined,
  ): Promise<A> {
    const others = this.#profile.names(SLASH);
    const isOther = others.has(operation);
    const [first, second] = isOther ? [otherSlash(path), path] : [path, otherSlash(path)];
    const result = await send(first);
    const answer = answerOf(result);
    if (answer?.ok && isOther) this.#shown.add(operation);
    if (answer === undefined || answer.ok) return result;
    if (leadsTo(second, answer)) {
      this.#learn(operation, !isOther);
      return await send(second);
    }
    if (!isOther || this.#shown.has(operation) || !ABSENT.has(answer.status)) return result;
    // That is known from an earlier run or a setting only.
    const documented = await send(second);
    const isThere = answerOf(documented)?.ok === true;
    if (isThere) this.#learn(operation, false);
    return isThere ? documented : result;
  }

  #learn(operation: string, isOther: boolean): void {
    this.#shown.add(operation);
    const others = new Set(this.#profile.names(SLASH));
    if (isOther) others.add(operation);
    else others.delete(operation);
    this.#profile.learnNames(SLASH, others);
  }
}

const SLASH = 'investsuite.slash';

const ABSENT: ReadonlySet<number> = new Set([404, 405]);
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
export const bodyOf = (answer: WireAnswer, what: string): ExactJson => anyBodyOf('INVESTSUITE', answer, what);

/** Error of a read with a status outside 2xx. */
export const refusal = (answer: WireAnswer) => refusalOf('INVESTSUITE', answer);

/** The body of an answer that must be good. Throws what a refusal means. */
export function goodBodyOf(answer: WireAnswer, what: string): ExactJson {
  if (!answer.ok) throw refusal(answer);
  return bodyOf(answer, what);
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
