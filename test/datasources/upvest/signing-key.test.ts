import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadSigningKey, SigningKeyError } from '../../../src/datasources/upvest/signing-key.ts';
import { vectorKey } from './vectors.ts';

const spki = { type: 'spki', format: 'pem' } as const;

function problemOf(pem: string, passphrase?: string): SigningKeyError {
  try {
    loadSigningKey(pem, passphrase);
  } catch (error) {
    if (error instanceof SigningKeyError) return error;
    throw error;
  }
  throw new Error('the key was taken');
}

const encrypted = (passphrase: string): string =>
  generateKeyPairSync('ec', {
    namedCurve: 'P-521',
    privateKeyEncoding: { type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase },
    publicKeyEncoding: spki,
  }).privateKey;

describe('the private key', () => {
  it('is read from PKCS#8, and from the older encrypted form that openssl makes', () => {
    const {
      private_pkcs8_pem,
      private_legacy_encrypted_pem = '',
      private_legacy_passphrase,
    } = vectorKey('client-p521');
    expect(loadSigningKey(private_pkcs8_pem).algorithm).toBe('ecdsa-sha512');
    expect(loadSigningKey(private_legacy_encrypted_pem, private_legacy_passphrase).algorithm).toBe('ecdsa-sha512');
    expect(loadSigningKey(vectorKey('client-ed25519').private_pkcs8_pem).algorithm).toBe('ed25519');
  });

  it('is read from encrypted PKCS#8', () => {
    const { privateKey } = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' },
      publicKeyEncoding: spki,
    });
    expect(loadSigningKey(privateKey, 'p').algorithm).toBe('ed25519');
    expect(problemOf(privateKey, 'q').problem).toBe('passphrase-wrong');
  });

  it('may be P-256, as the readme of the vendor makes it', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(loadSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()).algorithm).toBe(
      'ecdsa-sha512',
    );
  });

  it('reports the problem', () => {
    expect(problemOf(encrypted('a'))).toMatchObject({ problem: 'passphrase-missing' });
    expect(problemOf(encrypted('a'), '')).toMatchObject({ problem: 'passphrase-missing' });
    expect(problemOf(encrypted('a'), 'b')).toMatchObject({ problem: 'passphrase-wrong' });
    expect(problemOf('')).toMatchObject({ problem: 'not-a-private-key' });
    expect(problemOf(vectorKey('client-p521').public_spki_pem).message).toContain('a public key was given');
    expect(problemOf('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')).toMatchObject({
      problem: 'not-a-private-key',
      message: 'The private key is damaged or of an unknown kind.',
    });
  });

  it.each([
    ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'secp384r1'],
    ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 1024 }), 'rsa'],
    ['X25519', () => generateKeyPairSync('x25519'), 'x25519'],
  ] as const)('of a kind that Upvest does not take is refused: %s', (_name, make, named) => {
    const pem = make().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(problemOf(pem).problem).toBe('unsupported-key');
    expect(problemOf(pem).message).toContain(named);
  });

  it('and its passphrase are in no error', () => {
    const pem = encrypted('the-right-one');
    const error = problemOf(pem, 'the-wrong-one');
    const told = `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
    expect(told).not.toContain('the-wrong-one');
    expect(told).not.toContain(pem.split('\n')[5]);
  });
});
