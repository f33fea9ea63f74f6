import { createPrivateKey, type KeyObject } from 'node:crypto';

export type SigningKeyProblem = 'not-a-private-key' | 'passphrase-missing' | 'passphrase-wrong' | 'unsupported-key';

/** The private key can't be used. The message is for the operator and carries nothing of the key. */
export class SigningKeyError extends Error {
  readonly problem: SigningKeyProblem;
  constructor(problem: SigningKeyProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

export interface SigningKey {
  readonly key: KeyObject;
  /** Both sign the same text: ECDSA as SHA-512 in ASN.1 DER, Ed25519 as 64 raw bytes. */
  readonly algorithm: 'ecdsa-sha512' | 'ed25519';
}

/**
 * Upvest's guide makes P-521 keys. P-256 is what the readme of Upvest's own signing proxy makes, so a tenant may have
 * registered one; nothing else is documented.
 */
const CURVES: readonly (string | undefined)[] = ['secp521r1', 'prime256v1'];

/**
 * Parses the tenant's private key: PKCS#8 or `EC PRIVATE KEY`, encrypted or not. Throws a {@link SigningKeyError} with
 * the problem.
 */
export function loadSigningKey(pem: string, passphrase?: string): SigningKey {
  const key = openPrivateKey(pem, passphrase);
  if (key.asymmetricKeyType === 'ed25519') return { key, algorithm: 'ed25519' };
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === 'ec' && CURVES.includes(curve)) return { key, algorithm: 'ecdsa-sha512' };
  throw new SigningKeyError(
    'unsupported-key',
    `Upvest takes ECDSA keys on curve P-521 and Ed25519 keys; this one is ${curve ?? key.asymmetricKeyType ?? 'of another kind'}.`,
  );
}

function openPrivateKey(pem: string, passphrase: string | undefined): KeyObject {
  const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED/m.test(pem);
  if (!/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/.test(pem)) {
    const what = pem.includes('PUBLIC KEY') ? 'a public key was given' : 'no such block was found';
    throw new SigningKeyError('not-a-private-key', `Expected a private key in PEM (BEGIN … PRIVATE KEY); ${what}.`);
  }
  if (encrypted && (passphrase === undefined || passphrase === '')) {
    throw new SigningKeyError('passphrase-missing', 'The private key is encrypted and no passphrase was given.');
  }
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(encrypted ? { passphrase } : {}) });
  } catch (cause) {
    // A wrong passphrase shows as bad padding, or once in 256 times as a key that makes no sense.
    throw encrypted
      ? new SigningKeyError('passphrase-wrong', 'The passphrase does not open the private key.', { cause })
      : new SigningKeyError('not-a-private-key', 'The private key is damaged or of an unknown kind.', { cause });
  }
}
