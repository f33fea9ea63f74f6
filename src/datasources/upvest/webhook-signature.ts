import type { KeyObject } from 'node:crypto';
import { type Runtime, systemRuntime } from '../../domain/runtime.ts';
import { Semaphore } from '../upstream/semaphore.ts';
import { type ClaimedDigest, claimedDigests, digestsHold } from './delivery-digest.ts';
import { MAX_READINGS, type Reading, readingsOf } from './delivery-readings.ts';
import {
  type Delivery,
  type DeliveryHead,
  type DeliverySignature,
  MalformedSignatureError,
  parseDeliverySignatures,
} from './delivery-signature.ts';
import type { SignatureForm } from './signature-base.ts';

/**
 * Result of verifying a delivery. Only `valid` may be processed. `unknownKey` may become valid once Upvest's keys are
 * read again, which {@link verifyDelivery} has already tried.
 */
export type Verdict =
  | { readonly kind: 'valid'; readonly keyId: string; readonly form: SignatureForm }
  | { readonly kind: 'malformed'; readonly detail: string }
  /** A signature without the required components proves nothing. */
  | { readonly kind: 'notCovered'; readonly missing: readonly string[] }
  | { readonly kind: 'expired' }
  | { readonly kind: 'notYetValid' }
  | { readonly kind: 'unknownKey'; readonly keyId: string }
  | { readonly kind: 'tampered'; readonly detail: 'digest' | 'signature' };

export interface VerificationPolicy {
  /** Default: this process's own. */
  readonly runtime?: Runtime | undefined;
  /** Our clock: Unix time in seconds. Default: now. */
  readonly nowSeconds?: number | undefined;
  /** How far the two clocks may be apart. Default 60: a repeated event does no harm, a refused one blocks the queue. */
  readonly clockToleranceSeconds?: number | undefined;
  /**
   * Maximum validity of a signature, from `created`, whatever its `expires` is: a delivery that was copied must not
   * be good for years. Default 900: above Upvest's longest wait between two attempts, 600.
   */
  readonly maxAgeSeconds?: number | undefined;
}

/**
 * Returns the public key of an id; undefined where Upvest has none. May throw when Upvest is unavailable. `atHand`:
 * from the cache only.
 */
export type KeyLookup = (keyId: string, atHand?: 'at-hand') => Promise<KeyObject | undefined>;

/** Result of verifying a delivery's headers. */
export type HeadVerdict =
  | Refusal
  | {
      readonly kind: 'open';
      /**
       * Whether the signature holds, so that only the digest of the body is left to check. False where the length of the
       * body is covered and has not come: then this may still be anybody's.
       */
      readonly signed: boolean;
      /** The verdict on the whole. */
      readonly finish: (body: Uint8Array) => Promise<Verdict>;
    };

export type Refusal = Exclude<Verdict, { readonly kind: 'valid' }>;

/**
 * Checks a webhook delivery by its headers, before its body is read: signature version 6, and version 15 where that is what
 * came. Which components Upvest signs on a delivery is not published: they are taken from `signature-input`, and method,
 * path and a digest of the body must be among them; the digest is what ties the body to the signature. Of several
 * signatures one has to hold. Throws only what `keyOf` throws: then nothing is known of the delivery and it should come
 * again.
 */
export async function verifyHead(
  head: DeliveryHead,
  keyOf: KeyLookup,
  policy: VerificationPolicy = {},
): Promise<HeadVerdict> {
  const { candidates, refusals } = candidatesOf(head, policy);
  const checks = new Checks(policy.runtime ?? systemRuntime);
  const unknown: Candidate[] = [];
  const keyed: Keyed[] = [];
  // Known keys first: a proxy's own signature must not trigger a read of Upvest's keys.
  for (const candidate of candidates) {
    const key = await keyOf(candidate.signature.keyId, 'at-hand');
    if (key === undefined) unknown.push(candidate);
    else keyed.push({ ...candidate, key });
  }
  const opened = await open(head, keyed, checks);
  if (opened.kind === 'open') return opened;
  if (keyed.length > 0) refusals.push(opened);
  for (const candidate of unknown) {
    const { keyId } = candidate.signature;
    const key = await keyOf(keyId);
    const opened: HeadVerdict =
      key === undefined ? { kind: 'unknownKey', keyId } : await open(head, [{ ...candidate, key }], checks);
    if (opened.kind === 'open') return opened;
    refusals.push(opened);
  }
  return nearest(refusals);
}

/** Checks a delivery as a whole. */
export async function verifyDelivery(
  { body, ...head }: Delivery,
  keyOf: KeyLookup,
  policy: VerificationPolicy = {},
): Promise<Verdict> {
  const verdict = await verifyHead(head, keyOf, policy);
  return verdict.kind === 'open' ? await verdict.finish(body) : verdict;
}

/** A signature that may be valid, before its key is known. */
interface Candidate {
  readonly signature: DeliverySignature;
  readonly digests: readonly ClaimedDigest[];
  /** Undefined until the length of the body is known. */
  readonly readings: readonly Reading[] | undefined;
}

interface Keyed extends Candidate {
  readonly key: KeyObject;
}

function candidatesOf(
  head: DeliveryHead,
  policy: VerificationPolicy,
): { readonly candidates: readonly Candidate[]; readonly refusals: Refusal[] } {
  const candidates: Candidate[] = [];
  const refusals: Refusal[] = [];
  try {
    for (const signature of parseDeliverySignatures(head)) {
      const checked = checkedCandidate(head, signature, policy);
      if ('kind' in checked) refusals.push(checked);
      else candidates.push(checked);
    }
  } catch (error) {
    refusals.push(malformed(error));
  }
  return { candidates, refusals };
}

function checkedCandidate(
  head: DeliveryHead,
  signature: DeliverySignature | MalformedSignatureError,
  policy: VerificationPolicy,
): Candidate | Refusal {
  if (signature instanceof MalformedSignatureError) return malformed(signature);
  const missing = missingComponents(signature.components);
  if (missing.length > 0) return { kind: 'notCovered', missing };
  try {
    const digests = claimedDigests(head, signature.components);
    const readings = readingsOf(head, signature, undefined);
    return timeVerdict(signature, policy) ?? { signature, digests, readings };
  } catch (error) {
    return malformed(error);
  }
}

function malformed(error: unknown): Refusal {
  if (error instanceof MalformedSignatureError) return { kind: 'malformed', detail: error.message };
  throw error;
}

/** The refusal of the candidate that is closest to a valid signature is the most useful. */
const NEARNESS: readonly Refusal['kind'][] = [
  'malformed',
  'notCovered',
  'notYetValid',
  'expired',
  'unknownKey',
  'tampered',
];

function nearest(refusals: readonly Refusal[]): Refusal {
  const [first, ...rest] = refusals;
  if (first === undefined) return { kind: 'malformed', detail: 'no signature' };
  return rest.reduce((a, b) => (NEARNESS.indexOf(b.kind) > NEARNESS.indexOf(a.kind) ? b : a), first);
}

/** Checks signatures together: the likeliest text of each, then the next of each. */
async function open(head: DeliveryHead, candidates: readonly Keyed[], checks: Checks): Promise<HeadVerdict> {
  const waiting = candidates.filter(({ readings }) => readings === undefined);
  const known = candidates.filter(({ readings }) => readings !== undefined);
  const held = await firstThatHolds(known, checks);
  if (held !== undefined) {
    const { candidate, form } = held;
    const { signature, digests } = candidate;
    const finish = async (body: Uint8Array): Promise<Verdict> =>
      digestsHold(digests, body)
        ? { kind: 'valid', keyId: signature.keyId, form }
        : { kind: 'tampered', detail: 'digest' };
    return { kind: 'open', signed: true, finish };
  }
  return waiting.length === 0
    ? { kind: 'tampered', detail: 'signature' }
    : { kind: 'open', signed: false, finish: (body) => finishUnsigned(head, waiting, body, checks) };
}

/** The length of the body is part of what is signed, and is known only now. */
async function finishUnsigned(
  head: DeliveryHead,
  candidates: readonly Keyed[],
  body: Uint8Array,
  checks: Checks,
): Promise<Verdict> {
  const right = candidates.filter(({ digests }) => digestsHold(digests, body));
  if (right.length === 0) return { kind: 'tampered', detail: 'digest' };
  const read = right.map((each) => ({ ...each, readings: readingsOf(head, each.signature, body.byteLength) }));
  const held = await firstThatHolds(read, checks);
  return held === undefined
    ? { kind: 'tampered', detail: 'signature' }
    : { kind: 'valid', keyId: held.candidate.signature.keyId, form: held.form };
}

async function firstThatHolds(
  candidates: readonly Keyed[],
  checks: Checks,
): Promise<{ readonly candidate: Keyed; readonly form: SignatureForm } | undefined> {
  const most = Math.max(0, ...candidates.map(({ readings }) => readings?.length ?? 0));
  for (let at = 0; at < most; at += 1) {
    for (const candidate of candidates) {
      const reading = candidate.readings?.[at];
      if (reading === undefined) continue;
      if (await checks.hold(reading.text, candidate.key, candidate.signature.signature)) {
        return { candidate, form: reading.form };
      }
    }
  }
  return undefined;
}

/** Required components of a signature: without them it proves nothing about this delivery. */
function missingComponents(covered: readonly string[]): readonly string[] {
  const covers = (...names: readonly string[]): boolean => names.some((name) => covered.includes(name));
  return [
    ...(covers('@method') ? [] : ['@method']),
    ...(covers('@path', '@target-uri', '@request-target') ? [] : ['@path']),
    ...(covers('digest', 'content-digest') ? [] : ['digest']),
  ];
}

function timeVerdict({ created, expires }: DeliverySignature, policy: VerificationPolicy): Refusal | undefined {
  const now = policy.nowSeconds ?? (policy.runtime ?? systemRuntime).now() / 1000;
  const tolerance = policy.clockToleranceSeconds ?? 60;
  if (created === undefined && expires === undefined) return { kind: 'malformed', detail: 'no created and no expires' };
  const longest = policy.maxAgeSeconds ?? 900;
  // One that does not say when it was made counts as made `longest` before its end.
  const begin = created ?? (expires ?? 0) - longest;
  if (begin > now + tolerance) return { kind: 'notYetValid' };
  const end = Math.min(expires ?? Number.POSITIVE_INFINITY, begin + longest);
  return now > end + tolerance ? { kind: 'expired' } : undefined;
}

/** Of all deliveries, so that strangers' never have the thread pool, which looks up names and reads files, to themselves. */
const atOnce = new Semaphore(2);

/** The checks that one delivery causes, whatever number of signatures and readings of them there is. */
class Checks {
  readonly #runtime: Runtime;
  #left = MAX_READINGS;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** False where it does not hold, and for every one beyond the bound. */
  async hold(base: string, key: KeyObject, signature: Uint8Array): Promise<boolean> {
    if (this.#left === 0) return false;
    this.#left -= 1;
    const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha512';
    const release = await atOnce.acquire();
    try {
      return await this.#runtime.verify(algorithm, Buffer.from(base), { key, dsaEncoding: 'der' }, signature);
    } catch {
      // Bytes that are no signature at all: some versions of OpenSSL throw there instead of saying no.
      return false;
    } finally {
      release();
    }
  }
}
