import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

export interface IssuerKeysOptions {
  /** Milliseconds that only grow. Default: performance.now. */
  readonly now?: (() => number) | undefined;
}

const TIMEOUT_MS = 5_000;
/** Age after which keys are refreshed in the background. */
const REFRESH_MS = 600_000;
/** Keys that could not be read anew for so long serve no more: one of them may have been withdrawn. */
const MAX_AGE_MS = 3_600_000;
/** Minimum interval between reads for unknown key ids, however many tokens have one. */
const UNKNOWN_KEY_INTERVAL_MS = 30_000;
/** After a failed call: tokens that come meanwhile hear of that failure. */
const FAILURE_INTERVAL_MS = 1_000;

/**
 * Public keys of the token issuer (JWKS). An unknown key id triggers one read for all waiting tokens: that finds a
 * rotated key. A short outage of the issuer has no effect.
 */
export class IssuerKeys {
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #now: () => number;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #unknownAskedAt = Number.NEGATIVE_INFINITY;
  #failed: { readonly at: number; readonly error: unknown } | undefined;
  #read: object = {};

  constructor(jwksUrl: string, { now }: IssuerKeysOptions = {}) {
    this.#now = now ?? (() => performance.now());
    // When to ask is decided here.
    this.#keys = createRemoteJWKSet(new URL(jwksUrl), {
      cooldownDuration: Number.POSITIVE_INFINITY,
      cacheMaxAge: Number.POSITIVE_INFINITY,
      timeoutDuration: TIMEOUT_MS,
    });
  }

  /** Another object after each read of the keys; undefined where they are due to be read. */
  get read(): object | undefined {
    return this.#now() - this.#fetchedAt > REFRESH_MS ? undefined : this.#read;
  }

  /** The key of a token. Throws a JOSEError where there is none, another error where the issuer can't be asked. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const asked = await this.#ensure();
    try {
      return await this.#keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (asked) this.#unknownAskedAt = this.#now();
      if (asked || !this.#mayAskForUnknown()) throw error;
    }
    if (this.#keys.reloading) {
      await this.#fetch();
      return await this.#keys(header, token);
    }
    const before = this.#unknownAskedAt;
    this.#unknownAskedAt = this.#now();
    await this.#fetch();
    const key = await this.#keys(header, token);
    // A key that was there does not keep the next one waiting.
    this.#unknownAskedAt = before;
    return key;
  };

  /** Resolves to true where the issuer was asked for it just now. */
  async #ensure(): Promise<boolean> {
    const age = this.#now() - this.#fetchedAt;
    if (age > MAX_AGE_MS) {
      await this.#fetch();
      return true;
    }
    // The cached keys serve; a failure is reported to requests that need a new key.
    if (age > REFRESH_MS) this.#fetch().catch(() => undefined);
    return false;
  }

  /** A call that is under way may bring it, though it was made for another id. */
  #mayAskForUnknown(): boolean {
    return this.#keys.reloading || this.#now() - this.#unknownAskedAt >= UNKNOWN_KEY_INTERVAL_MS;
  }

  async #fetch(): Promise<void> {
    if (this.#failed !== undefined && this.#now() - this.#failed.at < FAILURE_INTERVAL_MS) throw this.#failed.error;
    try {
      await this.#keys.reload();
      this.#fetchedAt = this.#now();
      this.#read = {};
      this.#failed = undefined;
    } catch (error) {
      this.#failed = { at: this.#now(), error };
      throw error;
    }
  }
}
