import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { UpstreamInvalidAnswerError } from '../../errors.ts';
import type { ExactJson } from '../http/exact-json.ts';
import { isObject } from './problem.ts';

export interface VerifyKeysOptions {
  /** Asks Upvest (`GET /auth/verify_keys`); throws where it can't. */
  readonly fetch: () => Promise<ExactJson>;
  /** Told which keys of an answer could not be read, by their place in it. */
  readonly onInvalidKeys?: ((places: readonly string[]) => void) | undefined;
  /** Milliseconds that only grow. Default: performance.now. */
  readonly now?: (() => number) | undefined;
}

/** A key id that Upvest does not know makes us ask it at most this often, whoever sends such ids. */
const UNKNOWN_KEY_INTERVAL_MS = 60_000;
/** After a failed call: deliveries that come meanwhile hear of that failure. */
const FAILURE_INTERVAL_MS = 2_000;
/** So that a key that Upvest has withdrawn does not serve for ever. */
const REFRESH_MS = 3_600_000;

/**
 * The public keys that Upvest signs webhooks with, by key id. Upvest rotates them and says nothing of it, so an unknown
 * id makes us ask again, in one call however many deliveries wait for it.
 */
export class VerifyKeys {
  readonly #options: VerifyKeysOptions;
  readonly #now: () => number;
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #fetchedAt: number | undefined;
  #inFlight: Promise<void> | undefined;
  #unknownAskedAt = Number.NEGATIVE_INFINITY;
  #failed: { readonly at: number; readonly error: unknown } | undefined;

  constructor(options: VerifyKeysOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** The key of an id, or undefined where Upvest has none. Throws when there is no such key here and Upvest can't be asked. */
  readonly get = async (keyId: string): Promise<KeyObject | undefined> => {
    const known = this.#keys.get(keyId);
    if (known !== undefined) {
      this.#refreshBehind();
      return known;
    }
    // A call that is under way may bring it, though it was made for another id.
    if (this.#inFlight !== undefined) {
      await this.#inFlight;
      const brought = this.#keys.get(keyId);
      if (brought !== undefined) return brought;
    }
    if (this.#now() - this.#unknownAskedAt < UNKNOWN_KEY_INTERVAL_MS) return undefined;
    return await this.#askFor(keyId);
  };

  /** Counts as an unknown id from the start, so that those who wait for the same call do not make one each after it. */
  async #askFor(keyId: string): Promise<KeyObject | undefined> {
    const askedBefore = this.#unknownAskedAt;
    this.#unknownAskedAt = this.#now();
    let counts = false;
    try {
      await this.#fetchOnce();
      counts = !this.#keys.has(keyId);
    } finally {
      if (!counts) this.#unknownAskedAt = askedBefore;
    }
    return this.#keys.get(keyId);
  }

  #refreshBehind(): void {
    if (this.#fetchedAt !== undefined && this.#now() - this.#fetchedAt < REFRESH_MS) return;
    // The keys at hand still serve; the failure is told to whoever needs a new one.
    this.#fetchOnce().catch(() => {});
  }

  async #fetchOnce(): Promise<void> {
    if (this.#failed !== undefined && this.#now() - this.#failed.at < FAILURE_INTERVAL_MS) throw this.#failed.error;
    this.#inFlight ??= this.#fetch().finally(() => {
      this.#inFlight = undefined;
    });
    await this.#inFlight;
  }

  async #fetch(): Promise<void> {
    try {
      this.#keys = parseKeys(await this.#options.fetch(), this.#options.onInvalidKeys);
      this.#fetchedAt = this.#now();
      this.#failed = undefined;
    } catch (error) {
      this.#failed = { at: this.#now(), error };
      throw error;
    }
  }
}

/** EC keys have x and y, Ed25519 keys x only; whatever else a key says is not needed. */
const publicJwk = z.object({
  kid: z.string().min(1),
  kty: z.enum(['EC', 'OKP']),
  crv: z.enum(['P-521', 'P-384', 'P-256', 'Ed25519']),
  x: z.string(),
  y: z.string().optional(),
});

function parseKeys(body: ExactJson, onInvalidKeys: VerifyKeysOptions['onInvalidKeys']): ReadonlyMap<string, KeyObject> {
  const rows = isObject(body) ? body['keys'] : undefined;
  if (!Array.isArray(rows)) throw new UpstreamInvalidAnswerError('UPVEST', 'upvest.verifyKeys: keys is not a list');
  const keys = new Map<string, KeyObject>();
  const invalid: string[] = [];
  for (const [index, row] of rows.entries()) {
    const parsed = publicJwk.safeParse(row);
    const key = parsed.success ? importKey(parsed.data) : undefined;
    if (parsed.success && key !== undefined) keys.set(parsed.data.kid, key);
    else invalid.push(`keys.${index}`);
  }
  if (invalid.length > 0) onInvalidKeys?.(invalid);
  return keys;
}

function importKey({ kty, crv, x, y }: z.infer<typeof publicJwk>): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty, crv, x, ...(y === undefined ? {} : { y }) }, format: 'jwk' });
  } catch {
    return undefined;
  }
}
