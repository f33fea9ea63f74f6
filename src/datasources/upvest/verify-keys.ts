import { createPublicKey, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type Runtime, sleep, systemRuntime } from '../../domain/runtime.ts';
import { bucketOf, take, waitFor } from '../../domain/token-bucket.ts';
import { OverloadedError, UpstreamInvalidAnswerError } from '../../errors.ts';
import { type ExactJson, isObject } from '../upstream/exact-json.ts';

export interface VerifyKeysOptions {
  /** Asks Upvest (`GET /auth/verify_keys`); throws where it can't. */
  readonly fetch: () => Promise<ExactJson>;
  /** Called with the keys of an answer that could not be read, by their index. */
  readonly onInvalidKeys?: ((places: readonly string[]) => void) | undefined;
  /** Default: this process's own. */
  readonly runtime?: Runtime | undefined;
}

/**
 * Rate limit of reads for unknown key ids: five at once, then one in two seconds, however many deliveries have one.
 * Each answer has all keys, so a flood of invented ids can't hide a rotated key.
 */
const ASKS = bucketOf(0.5, 5);
/** An id that Upvest did not have is not asked for again before this; it may be a key that is served a moment later. */
const MISSED_MS = 2_000;
/** Ids that are remembered as missed. */
const MAX_MISSED = 1_000;
/** Deliveries with unknown ids that wait for Upvest's keys, all for one call: a bound on memory only. More are answered 503, and come again. */
const MAX_WAITING = 4_096;
/** After a failed call: deliveries that arrive meanwhile get the same failure. */
const FAILURE_INTERVAL_MS = 2_000;
/** So that a key that Upvest has withdrawn does not serve for ever. */
const REFRESH_MS = 3_600_000;

/**
 * Upvest's public keys for webhooks, by key id. Upvest rotates them without notice, so an unknown id triggers one read
 * for all waiting deliveries.
 */
export class VerifyKeys {
  readonly #options: VerifyKeysOptions;
  readonly #runtime: Runtime;
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #fetchedAt: number | undefined;
  #inFlight: Promise<void> | undefined;
  /** The next call for unknown ids, which waits for its turn. */
  #scheduled: Promise<void> | undefined;
  #waiting = 0;
  /** State of {@link ASKS}. */
  #asksFullAt = 0;
  /** When an answer of Upvest's did not have an id. */
  readonly #missed = new LRUCache<string, number>({ max: MAX_MISSED });
  #failed: { readonly at: number; readonly error: unknown } | undefined;

  constructor(options: VerifyKeysOptions) {
    this.#options = options;
    this.#runtime = options.runtime ?? systemRuntime;
  }

  /**
   * The key of an id, or undefined where Upvest has none (`at-hand`: where it is not here). Throws when there is no such key
   * here and Upvest can't be asked, and an OverloadedError when too many wait for that.
   */
  readonly get = async (keyId: string, atHand?: 'at-hand'): Promise<KeyObject | undefined> => {
    const known = this.#keys.get(keyId);
    if (known !== undefined) {
      this.#refreshBehind();
      return known;
    }
    if (atHand !== undefined || this.#missedLately(keyId)) return undefined;
    if (this.#waiting >= MAX_WAITING) throw new OverloadedError('Too many deliveries wait for keys.', 1);
    this.#waiting += 1;
    try {
      return await this.#askFor(keyId);
    } finally {
      this.#waiting -= 1;
    }
  };

  async #askFor(keyId: string): Promise<KeyObject | undefined> {
    // The call in flight may bring it, though it was made for another id.
    if (this.#inFlight !== undefined) {
      await this.#inFlight;
      const brought = this.#keys.get(keyId);
      if (brought !== undefined) return brought;
    }
    await (this.#scheduled ?? this.#schedule());
    const key = this.#keys.get(keyId);
    if (key === undefined) this.#missed.set(keyId, this.#runtime.monotonicMs());
    return key;
  }

  /**
   * One read for all waiting deliveries. It begins after each of them has arrived, so its answer is current for all.
   */
  #schedule(): Promise<void> {
    const now = this.#runtime.monotonicMs();
    const waitMs = waitFor(ASKS, this.#asksFullAt, now);
    this.#asksFullAt = take(ASKS, this.#asksFullAt, now);
    this.#scheduled = sleep(this.#runtime, waitMs).then(() => {
      // Later deliveries may have a newer key.
      this.#scheduled = undefined;
      return this.#fetchOnce();
    });
    return this.#scheduled;
  }

  #missedLately(keyId: string): boolean {
    const at = this.#missed.get(keyId);
    return at !== undefined && this.#runtime.monotonicMs() - at < MISSED_MS;
  }

  #refreshBehind(): void {
    if (this.#fetchedAt !== undefined && this.#runtime.monotonicMs() - this.#fetchedAt < REFRESH_MS) return;
    // The cached keys serve; a failure is reported to deliveries that need a new key.
    this.#fetchOnce().catch(() => {});
  }

  async #fetchOnce(): Promise<void> {
    if (this.#failed !== undefined && this.#runtime.monotonicMs() - this.#failed.at < FAILURE_INTERVAL_MS)
      throw this.#failed.error;
    this.#inFlight ??= this.#fetch().finally(() => {
      this.#inFlight = undefined;
    });
    await this.#inFlight;
  }

  async #fetch(): Promise<void> {
    try {
      this.#keys = parseKeys(await this.#options.fetch(), this.#options.onInvalidKeys);
      this.#fetchedAt = this.#runtime.monotonicMs();
      this.#failed = undefined;
    } catch (error) {
      this.#failed = { at: this.#runtime.monotonicMs(), error };
      throw error;
    }
  }
}

/** EC keys have x and y, Ed25519 keys x only; no other member is needed. */
const publicJwk = z.object({
  kid: z.string().min(1),
  kty: z.enum(['EC', 'OKP']),
  crv: z.enum(['P-521', 'P-384', 'P-256', 'Ed25519']),
  x: z.string(),
  y: z.string().optional(),
});

/** The keys of an answer by their ids, without those that can't be read. Throws where it is no list of keys. */
export function parseKeys(
  body: ExactJson,
  onInvalidKeys: VerifyKeysOptions['onInvalidKeys'],
): ReadonlyMap<string, KeyObject> {
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
