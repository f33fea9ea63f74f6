import { createHash, type KeyObject, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { parseDictionary } from 'structured-headers';
import {
  type Delivery,
  type DeliverySignature,
  headerText,
  MalformedSignatureError,
  parseDeliverySignature,
} from './delivery-signature.ts';
import { type SignatureForm, type SignedComponent, signatureBase } from './signature-base.ts';

/**
 * What came of checking a delivery. Only `valid` may be acted on. `unknownKey` may become valid once Upvest's keys have
 * been read anew, which {@link verifyDelivery} has already tried.
 */
export type Verdict =
  | { readonly kind: 'valid'; readonly keyId: string; readonly form: SignatureForm }
  | { readonly kind: 'malformed'; readonly detail: string }
  /** A signature that leaves out what we rely on proves nothing. */
  | { readonly kind: 'notCovered'; readonly missing: readonly string[] }
  | { readonly kind: 'expired' }
  | { readonly kind: 'notYetValid' }
  | { readonly kind: 'unknownKey'; readonly keyId: string }
  | { readonly kind: 'tampered'; readonly detail: 'digest' | 'signature' };

export interface VerificationPolicy {
  /** Our clock: Unix time in seconds. Default: now. */
  readonly nowSeconds?: number | undefined;
  /** How far the two clocks may be apart. Default 60: a repeated event does no harm, a refused one blocks the queue. */
  readonly clockToleranceSeconds?: number | undefined;
  /**
   * How long a signature holds at most, from `created`, whatever its `expires` says: a delivery that was copied must not
   * be good for years. Default 900: above Upvest's longest wait between two attempts, 600.
   */
  readonly maxAgeSeconds?: number | undefined;
}

/** Answers the public key of an id; undefined where Upvest knows no such key. May throw when Upvest can't be asked. */
export type KeyLookup = (keyId: string) => Promise<KeyObject | undefined>;

/**
 * Checks a webhook delivery: signature version 6 over the raw bytes, and version 15 where that is what came. Which
 * components Upvest signs on a delivery is not published: they are taken from `signature-input`, and method, path and a
 * digest of the body must be among them. The key is looked up last, so that a forgery costs no call to Upvest unless it is
 * well made. Throws only what `keyOf` throws: then nothing is known of the delivery and it should come again.
 */
export async function verifyDelivery(
  delivery: Delivery,
  keyOf: KeyLookup,
  policy: VerificationPolicy = {},
): Promise<Verdict> {
  let signature: DeliverySignature;
  let components: readonly SignedComponent[];
  try {
    signature = parseDeliverySignature(delivery);
    const missing = missingComponents(signature.components);
    if (missing.length > 0) return { kind: 'notCovered', missing };
    components = signature.components.map((name) => [name, componentValue(delivery, name)]);
    if (!digestsMatch(delivery, signature.components)) return { kind: 'tampered', detail: 'digest' };
  } catch (error) {
    if (error instanceof MalformedSignatureError) return { kind: 'malformed', detail: error.message };
    throw error;
  }
  const untimely = timeVerdict(signature, policy);
  if (untimely !== undefined) return untimely;
  const key = await keyOf(signature.keyId);
  if (key === undefined) return { kind: 'unknownKey', keyId: signature.keyId };
  for (const form of ['v6', 'v15'] as const) {
    const base = signatureBase(components, signature.parameters, form);
    if (await holds(base, key, signature.signature)) return { kind: 'valid', keyId: signature.keyId, form };
  }
  return { kind: 'tampered', detail: 'signature' };
}

function missingComponents(covered: readonly string[]): readonly string[] {
  const missing = ['@method', '@path'].filter((name) => !covered.includes(name));
  return covered.includes('digest') || covered.includes('content-digest') ? missing : [...missing, 'digest'];
}

function componentValue(delivery: Delivery, name: string): string {
  switch (name) {
    case '@method':
      return delivery.method.toUpperCase();
    case '@path':
      return delivery.path;
    case '@query':
      return delivery.query === '' ? '?' : delivery.query;
    case '@authority':
      return (headerText(delivery, 'host') ?? '').toLowerCase();
  }
  const value = name.startsWith('@') ? undefined : headerText(delivery, name.toLowerCase());
  if (value === undefined) throw new MalformedSignatureError('a signed component is missing or of an unknown kind');
  return value;
}

/** Every digest that is signed must be that of the body. */
function digestsMatch(delivery: Delivery, covered: readonly string[]): boolean {
  const sameBytes = (algorithm: 'sha256' | 'sha512', claimed: Uint8Array): boolean =>
    createHash(algorithm).update(delivery.body).digest().equals(claimed);
  const checks: boolean[] = [];
  if (covered.includes('digest')) {
    const claimed = /^sha-(256|512)=([A-Za-z0-9+/]+={0,2})$/i.exec(headerText(delivery, 'digest') ?? '');
    if (claimed === null) throw new MalformedSignatureError('the digest is not of a known kind');
    const [, bits, base64 = ''] = claimed;
    checks.push(sameBytes(bits === '512' ? 'sha512' : 'sha256', Buffer.from(base64, 'base64')));
  }
  if (covered.includes('content-digest')) {
    for (const [algorithm, claimed] of contentDigests(headerText(delivery, 'content-digest') ?? '')) {
      checks.push(sameBytes(algorithm, claimed));
    }
  }
  return checks.every(Boolean);
}

function contentDigests(text: string): readonly (readonly ['sha256' | 'sha512', Uint8Array])[] {
  const found: (readonly ['sha256' | 'sha512', Uint8Array])[] = [];
  try {
    for (const [name, [value]] of parseDictionary(text)) {
      if ((name === 'sha-256' || name === 'sha-512') && value instanceof ArrayBuffer) {
        found.push([name === 'sha-256' ? 'sha256' : 'sha512', new Uint8Array(value)]);
      }
    }
  } catch (cause) {
    throw new MalformedSignatureError("the content-digest can't be parsed", { cause });
  }
  if (found.length === 0) throw new MalformedSignatureError('the content-digest is not of a known kind');
  return found;
}

function timeVerdict({ created, expires }: DeliverySignature, policy: VerificationPolicy): Verdict | undefined {
  const now = policy.nowSeconds ?? Date.now() / 1000;
  const tolerance = policy.clockToleranceSeconds ?? 60;
  if (created === undefined && expires === undefined) return { kind: 'malformed', detail: 'no created and no expires' };
  const longest = policy.maxAgeSeconds ?? 900;
  // One that does not say when it was made counts as made `longest` before its end.
  const begin = created ?? (expires ?? 0) - longest;
  if (begin > now + tolerance) return { kind: 'notYetValid' };
  const end = Math.min(expires ?? Number.POSITIVE_INFINITY, begin + longest);
  return now > end + tolerance ? { kind: 'expired' } : undefined;
}

// Checking on P-521 takes over a millisecond: done in the thread pool, never on the event loop.
const verifyInThreadPool = promisify(
  (
    algorithm: 'sha512' | null,
    data: Uint8Array,
    key: { readonly key: KeyObject; readonly dsaEncoding: 'der' },
    signature: Uint8Array,
    done: (error: Error | null, valid: boolean) => void,
  ): void => verify(algorithm, data, key, signature, done),
);

async function holds(base: string, key: KeyObject, signature: Uint8Array): Promise<boolean> {
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha512';
  try {
    return await verifyInThreadPool(algorithm, Buffer.from(base), { key, dsaEncoding: 'der' }, signature);
  } catch {
    // Bytes that are no signature at all: some versions of OpenSSL throw there instead of saying no.
    return false;
  }
}
