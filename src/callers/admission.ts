import { OverloadedError } from '../errors.ts';

export interface AdmissionLimits {
  /** Requests under way at once. */
  readonly requests: number;
  /** Bytes of their bodies, those included that are still arriving. */
  readonly bytes: number;
}

/** When to try again; most requests are over long before. */
const RETRY_AFTER_SECONDS = 1;

/** Memory of an arriving body besides its bytes: the buffers of a connection. */
const BODY_OVERHEAD_BYTES = 16 * 1024;
/** Memory of a chunk besides its bytes: a body may arrive as millions of chunks of one byte. */
export const CHUNK_BYTES = 256;

/** The bytes of one body that count. */
export interface BodyRoom {
  /** Counts a chunk that has arrived. Throws an OverloadedError where there is no room for them. */
  add(bytes: number): void;
  /** Gives all of them back. */
  release(): void;
}

/** How much of something is taken, by whom. One caller gets half of it at most. */
class Shared {
  readonly #most: number;
  readonly #perCaller = new Map<string, number>();
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Throws an OverloadedError where there is not so much left, in all or for this caller. */
  take(caller: string, amount: number): void {
    const mine = this.#perCaller.get(caller) ?? 0;
    if (this.#taken + amount > this.#most || mine + amount > Math.ceil(this.#most / 2)) {
      throw new OverloadedError('Too many requests in progress; try again in a moment.', RETRY_AFTER_SECONDS);
    }
    this.#taken += amount;
    this.#perCaller.set(caller, mine + amount);
  }

  give(caller: string, amount: number): void {
    this.#taken -= amount;
    const left = (this.#perCaller.get(caller) ?? amount) - amount;
    if (left <= 0) this.#perCaller.delete(caller);
    else this.#perCaller.set(caller, left);
  }
}

/**
 * How much is under way at once. What is too much is refused at once, so that requests that were accepted are answered and
 * memory does not grow. One caller gets half of the requests and of the bytes at most: no caller can shut out the others.
 *
 * Of a body counts what has arrived, never what was announced, and a request counts once its body is complete. So a
 * connection that sends nothing takes nothing from anybody.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #requests: Shared;
  readonly #bytes: Shared;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
    this.#requests = new Shared(limits.requests);
    this.#bytes = new Shared(limits.bytes);
  }

  /** Requests under way. */
  get requests(): number {
    return this.#requests.taken;
  }

  /** Bytes of bodies that have arrived and are not answered. */
  get bytes(): number {
    return this.#bytes.taken;
  }

  /** True while one more request, or the body of one, would be refused. */
  get full(): boolean {
    return this.requests >= this.#limits.requests || this.bytes + BODY_OVERHEAD_BYTES > this.#limits.bytes;
  }

  /** Room for a body that arrives. Throws an OverloadedError where there is none for even the smallest. */
  body(caller: string): BodyRoom {
    let taken = 0;
    const take = (bytes: number): void => {
      this.#bytes.take(caller, bytes);
      taken += bytes;
    };
    take(BODY_OVERHEAD_BYTES);
    return {
      add: (bytes) => take(bytes + CHUNK_BYTES),
      release: () => {
        this.#bytes.give(caller, taken);
        taken = 0;
      },
    };
  }

  /** Does the work if there is a place for it. Throws an OverloadedError where there is none. */
  async run<T>(caller: string, work: () => Promise<T>): Promise<T> {
    this.#requests.take(caller, 1);
    try {
      return await work();
    } finally {
      this.#requests.give(caller, 1);
    }
  }
}
