import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { CompactSign, type CompactVerifyResult, calculateJwkThumbprint, compactVerify, exportJWK } from 'jose';
import { z } from 'zod';
import type { AuditHead } from './audit.ts';

/** A key for the audit's heads can't be used. The message carries nothing of the key. */
export class AuditKeyError extends Error {}

/** Where all chains stood at one moment. */
export interface AuditHeads {
  /** RFC 3339, by the store's clock. */
  readonly at: string;
  readonly heads: readonly AuditHead[];
}

export interface HeadsSigner {
  /** Thumbprint of the public key (RFC 7638). */
  readonly keyId: string;
  /** A compact JWS (RFC 7515) of the heads. */
  sign(heads: AuditHeads): Promise<string>;
}

export interface HeadsVerifier {
  /**
   * The signed heads; undefined where no key has signed the line, `no heads` where the signature is of something else.
   */
  verify(signature: string): Promise<AuditHeads | 'no heads' | undefined>;
}

const headSchema = z.object({ chain: z.int(), sequence: z.int().positive(), hash: z.string() });
export const headsSchema = z.object({ at: z.string(), heads: z.array(headSchema) });

/** Type of the signature, so that no other signature of the same key counts as heads (RFC 8725 3.11). */
const HEADS_TYPE = 'audit-heads+jws';

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

/** Ed25519, ECDSA on P-256, P-384 or P-521, or RSA of 2,048 bits and more (signed with PSS). */
function algorithmOf(key: KeyObject): string {
  const { namedCurve = '', modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const type = key.asymmetricKeyType;
  if (type === 'ed25519') return 'EdDSA';
  const ecdsa = type === 'ec' ? CURVES[namedCurve] : undefined;
  if (ecdsa !== undefined) return ecdsa;
  if (type === 'rsa' && modulusLength >= 2_048) return 'PS256';
  throw new AuditKeyError('it is of a kind that is not used here: Ed25519, ECDSA on P-256, P-384 or P-521, or RSA');
}

const keyIdOf = async (key: KeyObject): Promise<string> => await calculateJwkThumbprint(await exportJWK(key));

/** Throws an AuditKeyError. @param pem a private key, not encrypted. */
export function checkAuditKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    algorithmOf(key);
    return key;
  } catch (error) {
    if (error instanceof AuditKeyError) throw error;
    const encrypted = /ENCRYPTED/.test(pem);
    // The library's message may quote the file.
    throw new AuditKeyError(
      encrypted ? 'it is encrypted; give it without a passphrase' : 'it is no private key in PEM',
    );
  }
}

/** Signer of heads with a private key in PEM. Rejects with an AuditKeyError. */
export async function headsSigner(pem: string): Promise<HeadsSigner> {
  const key = checkAuditKey(pem);
  const alg = algorithmOf(key);
  const keyId = await keyIdOf(createPublicKey(key));
  return {
    keyId,
    sign: ({ at, heads }) =>
      new CompactSign(Buffer.from(JSON.stringify({ at, heads })))
        .setProtectedHeader({ alg, kid: keyId, typ: HEADS_TYPE })
        .sign(key),
  };
}

/** Verifier of heads with public keys in PEM (private keys and certificates work too). Throws an AuditKeyError. */
export function headsVerifier(pems: readonly string[]): HeadsVerifier {
  const keys = pems.map((pem) => {
    const key = openPublicKey(pem);
    return { key, alg: algorithmOf(key) };
  });
  return {
    verify: async (signature) => {
      for (const { key, alg } of keys) {
        const verified = await compactVerify(signature, key, { algorithms: [alg] }).catch(() => undefined);
        if (verified !== undefined) return headsIn(verified);
      }
      return undefined;
    },
  };
}

function headsIn({ payload, protectedHeader }: CompactVerifyResult): AuditHeads | 'no heads' {
  if (protectedHeader.typ !== HEADS_TYPE) return 'no heads';
  try {
    return headsSchema.safeParse(JSON.parse(Buffer.from(payload).toString())).data ?? 'no heads';
  } catch {
    return 'no heads';
  }
}

function openPublicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw new AuditKeyError('it is no public key in PEM');
  }
}
