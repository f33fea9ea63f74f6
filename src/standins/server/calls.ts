/** One request as it was received. `status` is null while it runs and when the connection was cut instead of answered. */
export interface Call {
  readonly sequence: number;
  readonly method: string;
  /** Path with its query. */
  readonly path: string;
  readonly at: string;
  readonly idempotencyKey: string | undefined;
  /** The body as text; never kept for authentication calls. */
  readonly requestBody: string;
  status: number | null;
  /** Why the stand-in refused it, or the fault that hit it. */
  note: string | undefined;
}

export interface CallFilter {
  readonly method?: string;
  /** Tested against the path with its query. */
  readonly path?: RegExp;
}

/** The calls that a stand-in received, so that tests can count them. */
export interface CallLog {
  /** Since the last reset; oldest first. At most 50,000 are kept, the counters go on. */
  list(filter?: CallFilter): readonly Call[];
  count(filter?: CallFilter): number;
  readonly total: number;
  readonly inFlight: number;
  /** Maximum of requests in flight since the last reset. */
  readonly maxConcurrent: number;
  reset(): void;
}

const MAX_CALLS = 50_000;
const MAX_BODY_CHARS = 65_536;

export class CallRecorder implements CallLog {
  #calls: Call[] = [];
  #sequence = 0;
  #total = 0;
  #inFlight = 0;
  #maxConcurrent = 0;

  get total(): number {
    return this.#total;
  }
  get inFlight(): number {
    return this.#inFlight;
  }
  get maxConcurrent(): number {
    return this.#maxConcurrent;
  }

  list(filter: CallFilter = {}): readonly Call[] {
    return this.#calls.filter(
      ({ method, path }) =>
        (filter.method === undefined || filter.method === method) &&
        (filter.path === undefined || new RegExp(filter.path.source, filter.path.flags.replace('g', '')).test(path)),
    );
  }

  count(filter: CallFilter = {}): number {
    return this.list(filter).length;
  }

  reset(): void {
    this.#calls = [];
    this.#total = 0;
    this.#maxConcurrent = this.#inFlight;
  }

  started(call: Pick<Call, 'method' | 'path' | 'at' | 'idempotencyKey'> & { readonly body: Buffer }): Call {
    this.#total += 1;
    this.#inFlight += 1;
    this.#maxConcurrent = Math.max(this.#maxConcurrent, this.#inFlight);
    const { body, ...rest } = call;
    const requestBody = call.path.startsWith('/auth/') ? '' : body.toString('utf8', 0, MAX_BODY_CHARS);
    const recorded: Call = { sequence: ++this.#sequence, ...rest, requestBody, status: null, note: undefined };
    this.#calls.push(recorded);
    // Dropped in blocks, so that a long-running stand-in does not shift a big array at every call.
    if (this.#calls.length > MAX_CALLS * 1.1) this.#calls = this.#calls.slice(-MAX_CALLS);
    return recorded;
  }

  ended(): void {
    this.#inFlight -= 1;
  }
}
