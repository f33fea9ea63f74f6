import { type KeyObject, randomUUID, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';

/** `null` for Ed25519, which has a hash of its own. */
export type HashAlgorithm = 'sha512' | null;

/** A key, and how an ECDSA signature is written. */
export interface KeyForSignatures {
  readonly key: KeyObject;
  readonly dsaEncoding: 'der';
}

/**
 * All that a gateway takes from its process and that no two runs have alike: time, timers, turns of the event loop, chance, and
 * results of the thread pool. Code between the doors and the upstreams takes them from here and nowhere else
 * (test/architecture.test.ts), so that a test can give a gateway a time of its own and run it again exactly: docs/proof.md.
 */
export interface Runtime {
  /** Milliseconds since 1970. May be set back. */
  now(): number;
  /** Milliseconds since some moment, which only grow: for durations and deadlines. */
  monotonicMs(): number;
  /** Calls back once, after so many milliseconds. `background`: this alone does not keep the process running. Returns how to cancel it. */
  after(ms: number, callback: () => void, options?: { readonly background?: boolean }): () => void;
  /** Calls back every so many milliseconds, in the background. Returns how to end it. */
  every(ms: number, callback: () => void): () => void;
  /** Resolves in a later turn of the event loop. */
  nextTurn(): Promise<void>;
  /** At least 0 and less than 1. Spreads retries; no secret may depend on it. */
  random(): number;
  /** A UUID of version 4. */
  uuid(): string;
  /** Signs in the thread pool: on P-521 it takes over a millisecond. */
  sign(algorithm: HashAlgorithm, data: Uint8Array, key: KeyForSignatures): Promise<Uint8Array>;
  /** Verifies in the thread pool. Rejects where the bytes are no signature at all: some versions of OpenSSL throw there. */
  verify(algorithm: HashAlgorithm, data: Uint8Array, key: KeyForSignatures, signature: Uint8Array): Promise<boolean>;
}

/** This process's own. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, callback, options) => {
    const timer = setTimeout(callback, ms);
    if (options?.background === true) timer.unref();
    return () => clearTimeout(timer);
  },
  every: (ms, callback) => {
    const timer = setInterval(callback, ms).unref();
    return () => clearInterval(timer);
  },
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
  random: () => Math.random(),
  uuid: () => randomUUID(),
  sign: promisify(
    (
      algorithm: HashAlgorithm,
      data: Uint8Array,
      key: KeyForSignatures,
      done: (error: Error | null, signature: Buffer) => void,
    ): void => sign(algorithm, data, key, done),
  ),
  verify: promisify(
    (
      algorithm: HashAlgorithm,
      data: Uint8Array,
      key: KeyForSignatures,
      signature: Uint8Array,
      done: (error: Error | null, valid: boolean) => void,
    ): void => verify(algorithm, data, key, signature, done),
  ),
};

export type Timers = Pick<Runtime, 'after'>;

export const sleep = (runtime: Timers, ms: number): Promise<void> =>
  new Promise((resolve) => {
    runtime.after(ms, resolve);
  });
