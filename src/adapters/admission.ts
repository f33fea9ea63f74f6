import { OverloadedError } from '../errors.ts';

export interface AdmissionLimits {
  /** Requests under way at once. */
  readonly requests: number;
  /** Bytes of their bodies. */
  readonly bytes: number;
}

/** When to try again; most requests are over long before. */
const RETRY_AFTER_SECONDS = 1;

/**
 * How much is under way at once. Whoever comes when it is too much is sent away at once, so that those who are in get
 * their answers and memory does not grow. One caller gets half of the places at most: nobody can shut out the others.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #perCaller = new Map<string, number>();
  #requests = 0;
  #bytes = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Requests under way. */
  get requests(): number {
    return this.#requests;
  }

  /** True while all places are taken. */
  get full(): boolean {
    return this.#requests >= this.#limits.requests;
  }

  /** Does the work if there is a place for it. Throws an OverloadedError where there is none. */
  async run<T>(caller: string, bytes: number, work: () => Promise<T>): Promise<T> {
    const mine = this.#perCaller.get(caller) ?? 0;
    const tooMuch =
      this.full || this.#bytes + bytes > this.#limits.bytes || mine >= Math.ceil(this.#limits.requests / 2);
    if (tooMuch) throw new OverloadedError('Too much is under way; try again in a moment.', RETRY_AFTER_SECONDS);
    this.#requests += 1;
    this.#bytes += bytes;
    this.#perCaller.set(caller, mine + 1);
    try {
      return await work();
    } finally {
      this.#requests -= 1;
      this.#bytes -= bytes;
      const left = (this.#perCaller.get(caller) ?? 1) - 1;
      if (left === 0) this.#perCaller.delete(caller);
      else this.#perCaller.set(caller, left);
    }
  }
}

/** Bytes that a request's body may have: what it says, or the most it may be. */
export function bodyBytes(request: Request, maxBytes: number): number {
  const length = request.headers.get('content-length');
  if (length !== null && /^\d{1,15}$/.test(length)) return Math.min(Number(length), maxBytes);
  return request.body === null ? 0 : maxBytes;
}
