import { type Dispatcher, Pool } from 'undici';
import { type Runtime, systemRuntime } from '../../domain/runtime.ts';
import { type UnavailableReason, type UpstreamSystem, UpstreamUnavailableError } from '../../errors.ts';
import type { Askers } from './askers.ts';
import {
  type Attempt,
  backoffMs,
  cameFromCredentials,
  failedAttempt,
  isRetryable,
  notSentBecauseOf,
  outcomeOf,
  RETRYABLE_STATUS,
  TIMED_OUT,
} from './attempt.ts';
import { type CallRate, LocalCallRate } from './call-rate.ts';
import { Circuit } from './circuit.ts';
import { Exchange, type Received } from './exchange.ts';
import { type Explanation, explanationOf } from './explanation.ts';
import { FENCED, fenced } from './fenced-dispatch.ts';
import { onAbort } from './on-abort.ts';
import type { NotSentReason, Problem, UnknownReason } from './outcome.ts';
import { pause } from './pause.ts';
import { RateLimitPause, retryAfterMs } from './rate-limit-pause.ts';
import { DEADLINE_PASSED, Semaphore } from './semaphore.ts';
import { WireAnswer } from './wire-answer.ts';

export { WireAnswer } from './wire-answer.ts';

/** A request as it goes on the wire, but for the credentials. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path with query, from the base URL on: `/users/?limit=20`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Name of the token that the call needs, where it does not follow from method and path. */
  readonly token?: string | undefined;
  /** Metric label and span name of the call: `investsuite.portfolios.list`. Without ids. */
  readonly operation: string;
}

export interface CallOptions {
  /** Fires when no caller waits for the answer any more. Never given for writes. */
  readonly signal?: AbortSignal | undefined;
  /** When the caller stops waiting, by the runtime's monotonic clock; 10 s from now when left out. */
  readonly deadlineAt?: number | undefined;
  /** The callers that wait for the answer; the gateway itself when left out. They are served round robin. */
  readonly askers?: Askers | undefined;
  /** Asked right before the bytes leave, for each attempt. False: this attempt is not made (`fenced`). */
  readonly maySend?: (() => boolean) | undefined;
}

/** A write is never aborted by its caller: it has a deadline and a fence, but no signal. */
export type WriteOptions = Pick<CallOptions, 'deadlineAt' | 'maySend'>;

/**
 * Adds the credentials. Called for every attempt, so that signatures and tokens are current. The request holds its slot
 * meanwhile, so a token must be fetched by another client: else all slots could be taken by requests that wait for it.
 */
export interface Credentials {
  /**
   * All headers to send: those of the request plus the credentials. `path` is the whole path on the wire, with the base
   * URL's own. May ask for a token, and throws UpstreamUnavailableError when it can't have one.
   */
  sign(request: WireRequest, path: string, options: CallOptions): Promise<Readonly<Record<string, string>>>;
  /** Called after a 401 or 403. True when its credentials have been replaced: the call is tried once more. */
  renew?(answer: WireAnswer, sentHeaders: Readonly<Record<string, string>>): Promise<boolean> | boolean;
}

/** One attempt, for metrics, logs and spans. */
export interface AttemptRecord {
  readonly system: UpstreamSystem;
  readonly operation: string;
  readonly method: string;
  readonly attempt: number;
  readonly durationMs: number;
  /** HTTP status, or why none came. */
  readonly outcome: number | UnavailableReason;
  /** Why the upstream refused (4xx), where it said so. */
  readonly explanation?: Explanation | undefined;
}

export interface UpstreamClientOptions {
  readonly system: UpstreamSystem;
  /** Where the upstream lives; a path in it is kept. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  /** Default: this process's own. */
  readonly runtime?: Runtime | undefined;
  /**
   * Makes the requests instead of a pool of connections, e.g. undici's `ProxyAgent` or `MockAgent`, or an upstream in memory. It
   * is not closed with the gateway. Default: a pool of keep-alive connections.
   */
  readonly dispatcher?: Dispatcher | undefined;
  /** Maximum of calls in flight; one caller has at most half of them. Default 64. */
  readonly maxConcurrentCalls?: number | undefined;
  /** No limit when left out. */
  readonly requestsPerSecond?: number | undefined;
  /** Instead of `requestsPerSecond`, where the rate is shared with other processes. */
  readonly callRate?: CallRate | undefined;
  /** Shared by all clients of one tenant at this upstream; one of its own when left out. */
  readonly pause?: RateLimitPause | undefined;
  /** Per attempt. Default 5,000. */
  readonly attemptTimeoutMs?: number | undefined;
  /** For a whole call with its retries. Default 10,000. */
  readonly deadlineMs?: number | undefined;
  /** Attempts of a read. Default 3. */
  readonly readAttempts?: number | undefined;
  /** Attempts in a row that time out, lose their connection or end in 5xx before the circuit opens. Default 20. */
  readonly breakerFailures?: number | undefined;
  /** How long an open circuit waits before it tries again. Default 5,000. */
  readonly breakerResetMs?: number | undefined;
  readonly onAttempt?: ((record: AttemptRecord) => void) | undefined;
  /** Reads the body of a refusal. */
  readonly problemOf?: ((answer: WireAnswer) => Problem) | undefined;
}

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** Outcome of a write before its answer is parsed; two of the four have the raw answer. */
export type WriteAttempt =
  | { readonly kind: 'answered'; readonly answer: WireAnswer }
  | { readonly kind: 'notSent'; readonly reason: NotSentReason; readonly retryAfterMs?: number | undefined }
  | { readonly kind: 'unknown'; readonly reason: UnknownReason };

/**
 * The calls to one upstream: bounded in number, rate and time, retried where that is safe, cut short by a circuit
 * breaker while the upstream is down.
 */
export class UpstreamClient {
  readonly system: UpstreamSystem;
  readonly #options: UpstreamClientOptions;
  readonly #runtime: Runtime;
  #pool: Pool | undefined;
  readonly #origin: string;
  readonly #basePath: string;
  readonly #slots: Semaphore;
  readonly #callRate: CallRate | undefined;
  readonly #pause: RateLimitPause;
  readonly circuit: Circuit;
  #closed = false;

  constructor(options: UpstreamClientOptions) {
    const url = new URL(options.baseUrl);
    this.system = options.system;
    this.#options = options;
    this.#runtime = options.runtime ?? systemRuntime;
    this.#origin = url.origin;
    this.#basePath = url.pathname.replace(/\/+$/, '');
    const connections = options.maxConcurrentCalls ?? 64;
    if (options.dispatcher === undefined)
      this.#pool = poolOf(url.origin, connections, options.attemptTimeoutMs ?? 5_000);
    this.#slots = new Semaphore(connections, this.#runtime);
    const { requestsPerSecond } = options;
    this.#callRate =
      options.callRate ??
      (requestsPerSecond === undefined ? undefined : new LocalCallRate(requestsPerSecond, this.#runtime));
    this.#pause = options.pause ?? new RateLimitPause(undefined, this.#runtime);
    this.circuit = new Circuit({
      failures: options.breakerFailures ?? 20,
      resetMs: options.breakerResetMs ?? 5_000,
      runtime: this.#runtime,
    });
  }

  /**
   * A read: tried up to three times on lost connections, timeouts, 429, 502, 503 and 504, with full jitter, honouring
   * `Retry-After`, inside the deadline. Answers any other status as it is.
   * Throws UpstreamUnavailableError, or the signal's reason.
   */
  async read(request: WireRequest, options: CallOptions = {}): Promise<WireAnswer> {
    const deadlineAt = this.#deadlineAt(options);
    const attempts = this.#options.readAttempts ?? 3;
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#attemptRenewing(request, { ...options, deadlineAt }, attempt);
      if (result.kind === 'aborted') throw options.signal?.reason ?? result.cause;
      if (result.kind === 'answered' && !RETRYABLE_STATUS.has(result.answer.status)) {
        if (result.answer.status >= 500) throw this.#unavailable('server-error', { status: result.answer.status });
        return result.answer;
      }
      const waitMs = backoffMs(result, attempt, this.#runtime.random);
      const final = attempt >= attempts || !isRetryable(result) || this.#runtime.monotonicMs() + waitMs >= deadlineAt;
      if (final) throw this.#failedRead(result);
      await pause(this.#runtime, waitMs, options.signal);
    }
  }

  /**
   * A write: one attempt (and another with new credentials after a 401). The caller handles the outcome; nothing is
   * repeated here. Not sent during a pause.
   */
  async write(request: WireRequest, options: WriteOptions = {}): Promise<WriteAttempt> {
    const { maySend } = options;
    const pauseMs = this.#pause.leftMs();
    if (pauseMs > 0) return { kind: 'notSent', reason: 'rate-limited', retryAfterMs: Math.ceil(pauseMs) };
    const result = await this.#attemptRenewing(request, { deadlineAt: this.#deadlineAt(options), maySend }, 1);
    switch (result.kind) {
      case 'answered': {
        const { status, retryAfterMs } = result.answer;
        if (status === 429) return { kind: 'notSent', reason: 'rate-limited', retryAfterMs };
        if (status === 401) return { kind: 'notSent', reason: 'unauthenticated' };
        if (status >= 500) return { kind: 'unknown', reason: 'server-error' };
        return { kind: 'answered', answer: result.answer };
      }
      case 'notSent':
        return { kind: 'notSent', reason: result.reason, ...this.#retryAfter(result.reason) };
      case 'unknown':
        return { kind: 'unknown', reason: result.reason };
      case 'aborted':
        return { kind: 'unknown', reason: 'timeout' };
      default:
        return result satisfies never;
    }
  }

  /** Aborts running calls: the outcome of a write is then unknown. Later calls are not sent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool?.destroy();
  }

  #deadlineAt(options: CallOptions): number {
    return options.deadlineAt ?? this.#runtime.monotonicMs() + (this.#options.deadlineMs ?? 10_000);
  }

  #retryAfter(reason: NotSentReason): { readonly retryAfterMs?: number } {
    return reason === 'rate-limited' ? { retryAfterMs: Math.ceil(this.#pause.leftMs()) } : {};
  }

  #unavailable(reason: UnavailableReason, options?: ErrorOptions & { status?: number }): UpstreamUnavailableError {
    return new UpstreamUnavailableError(this.system, reason, options);
  }

  #failedRead(result: Exclude<Attempt, { kind: 'aborted' }>): UpstreamUnavailableError {
    if (result.kind === 'answered') {
      const { status } = result.answer;
      return this.#unavailable(status === 429 ? 'rate-limited' : 'server-error', { status });
    }
    if (cameFromCredentials(result.cause)) return result.cause;
    const reason = result.reason === 'connection-lost' ? 'connection' : result.reason;
    return this.#unavailable(reason === 'invalid-answer' ? 'server-error' : reason, { cause: result.cause });
  }

  /** One attempt, and one more when its token or signature had run out. */
  async #attemptRenewing(request: WireRequest, options: CallOptions, attempt: number): Promise<Attempt> {
    const first = await this.#guarded(request, options, attempt);
    if (first.kind !== 'answered' || (first.answer.status !== 401 && first.answer.status !== 403)) return first;
    const renewed = await this.#options.credentials.renew?.(first.answer, first.sentHeaders);
    return renewed === true ? await this.#guarded(request, options, attempt) : first;
  }

  async #guarded(request: WireRequest, options: CallOptions, attempt: number): Promise<Attempt> {
    const startedAt = this.#runtime.monotonicMs();
    const result = await this.circuit.run(() => this.#settled(request, options));
    this.#options.onAttempt?.({
      system: this.system,
      operation: request.operation,
      method: request.method,
      attempt,
      durationMs: this.#runtime.monotonicMs() - startedAt,
      outcome: outcomeOf(result),
      explanation: this.#explanationOf(request, result),
    });
    return result;
  }

  #explanationOf(request: WireRequest, result: Attempt): Explanation | undefined {
    const { problemOf } = this.#options;
    if (problemOf === undefined || result.kind !== 'answered') return undefined;
    const { status } = result.answer;
    return status >= 400 && status < 500 ? explanationOf(problemOf(result.answer), request) : undefined;
  }

  /** The attempt, with everything that it may throw turned into an outcome. */
  async #settled(request: WireRequest, options: CallOptions): Promise<Attempt> {
    try {
      return await this.#limited(request, options);
    } catch (error) {
      if (options.signal?.aborted) return { kind: 'aborted', cause: error };
      if (error === DEADLINE_PASSED) return { kind: 'notSent', reason: 'deadline' };
      if (error instanceof UpstreamUnavailableError) return notSentBecauseOf(error);
      throw error;
    }
  }

  /** Waits for the end of a pause, for a slot and for the rate limit, then sends. */
  async #limited(request: WireRequest, options: CallOptions): Promise<Attempt> {
    const deadlineAt = this.#deadlineAt(options);
    // Before it takes a slot, so that a call that can't be sent before its deadline fails at once. Again after a pause
    // that began while it waited, was signed or connected.
    while (await this.#pause.over(deadlineAt, options.signal)) {
      const result = await this.#inPlace(request, { ...options, deadlineAt });
      if (result !== PAUSED) return result;
    }
    return PAUSED;
  }

  async #inPlace(request: WireRequest, options: Timed): Promise<Attempt> {
    const { deadlineAt } = options;
    const release = await this.#slots.acquire(options.signal, deadlineAt, options.askers);
    try {
      const inTime =
        this.#callRate === undefined
          ? this.#runtime.monotonicMs() < deadlineAt
          : await this.#callRate.take(deadlineAt, options.signal, options.askers);
      if (this.#pause.leftMs() > 0) return PAUSED;
      if (!inTime) return { kind: 'notSent', reason: 'deadline' };
      const path = this.#basePath + request.path;
      const headers = await this.#options.credentials.sign(request, path, options);
      return await this.#send(request, path, headers, options);
    } finally {
      release();
    }
  }

  async #send(
    request: WireRequest,
    path: string,
    headers: Readonly<Record<string, string>>,
    options: Timed,
  ): Promise<Attempt> {
    const leftMs = options.deadlineAt - this.#runtime.monotonicMs();
    const timeoutMs = Math.min(this.#options.attemptTimeoutMs ?? 5_000, leftMs);
    if (timeoutMs <= 0) return { kind: 'notSent', reason: 'deadline' };
    if (this.#closed) return { kind: 'notSent', reason: 'connection' };
    if (this.#pause.leftMs() > 0) return PAUSED;
    let exchange: Exchange | undefined;
    try {
      options.signal?.throwIfAborted();
      exchange = new Exchange(
        this.#dispatcher(options.maySend),
        { origin: this.#origin, method: request.method, path, headers: { ...headers }, body: request.body ?? null },
        (status, of) => {
          if (status === 429) this.#pause.begin(retryAfterMs(of, this.#runtime) ?? 0);
        },
      );
      const { status, headers: answered, body } = await this.#within(timeoutMs, options.signal, exchange);
      return {
        kind: 'answered',
        answer: new WireAnswer(status, answered, body, this.#runtime),
        sentHeaders: headers,
      };
    } catch (error) {
      if (options.signal?.aborted) return { kind: 'aborted', cause: error };
      if (error === FENCED) {
        return options.maySend?.() === false ? { kind: 'notSent', reason: 'fenced', cause: error } : PAUSED;
      }
      return failedAttempt(error, exchange?.aborted === TIMED_OUT);
    }
  }

  async #within(timeoutMs: number, signal: AbortSignal | undefined, exchange: Exchange): Promise<Received> {
    const cancelTimer = this.#runtime.after(timeoutMs, () => exchange.abort(TIMED_OUT));
    const stopListening = onAbort(signal, () => exchange.abort(signal?.reason));
    try {
      return await exchange.received;
    } finally {
      cancelTimer();
      stopListening();
    }
  }

  /** Looks once more when the bytes leave, where that may be later than now: for a fence, and while it has to connect. */
  #dispatcher(maySend: (() => boolean) | undefined): Dispatcher {
    const pool = this.#pool;
    if (maySend === undefined && pool !== undefined && pool.stats.free > 0) return pool;
    const dispatcher = this.#options.dispatcher ?? pool;
    if (dispatcher === undefined) throw new TypeError('there is neither a dispatcher nor a pool');
    return fenced(dispatcher, () => this.#pause.leftMs() === 0 && maySend?.() !== false);
  }
}

const poolOf = (origin: string, connections: number, attemptTimeoutMs: number): Pool =>
  new Pool(origin, {
    connections,
    pipelining: 1,
    // Below the keep-alive time of common servers, so that we seldom write into a socket they are closing.
    keepAliveTimeout: 4_000,
    maxResponseSize: MAX_ANSWER_BYTES,
    // Shorter than an attempt: a host that does not even take the connection has not been sent anything.
    connect: { timeout: attemptTimeoutMs / 2 },
  });

type Timed = CallOptions & { readonly deadlineAt: number };

/** The upstream wants no calls for now, and this one has not left. */
const PAUSED: Attempt = { kind: 'notSent', reason: 'rate-limited' };
