import { createHash } from 'node:crypto';
import { type DeliveryHead, headerText, MalformedSignatureError } from './delivery-signature.ts';

/** A digest of the body, from a header. */
export interface ClaimedDigest {
  readonly algorithm: 'sha256' | 'sha512';
  readonly bytes: Uint8Array;
}

const ALGORITHMS: ReadonlyMap<string, ClaimedDigest['algorithm']> = new Map([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
]);

/**
 * The signed digests, of `digest` (`SHA-256=…`) and `content-digest` (`sha-512=:…:`). Unknown algorithms are ignored;
 * throws a MalformedSignatureError where a signed header has no known one.
 */
export function claimedDigests(head: DeliveryHead, covered: readonly string[]): readonly ClaimedDigest[] {
  return ['digest', 'content-digest']
    .filter((name) => covered.includes(name))
    .flatMap((name) => {
      const claimed = (headerText(head, name) ?? '').split(',').flatMap(claimOf);
      if (claimed.length === 0) throw new MalformedSignatureError(`the ${name} is not of a known kind`);
      return claimed;
    });
}

/** One algorithm with its value: in colons as structured fields have bytes, or bare as `Digest` has them. */
function claimOf(member: string): readonly ClaimedDigest[] {
  const [, name = '', base64 = ''] = /^\s*([a-z0-9-]+)=:?([a-z0-9+/]*={0,2}):?\s*$/i.exec(member) ?? [];
  const algorithm = ALGORITHMS.get(name.toLowerCase());
  // A value that is no digest stays: it does not fit, as it should not.
  return algorithm === undefined ? [] : [{ algorithm, bytes: Buffer.from(base64, 'base64') }];
}

/** Every digest that is claimed must be that of the body. */
export const digestsHold = (claimed: readonly ClaimedDigest[], body: Uint8Array): boolean =>
  claimed.every(({ algorithm, bytes }) => createHash(algorithm).update(body).digest().equals(bytes));
