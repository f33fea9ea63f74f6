import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, randomUUID } from 'node:crypto';
import type { JsonObject } from '../values/json.ts';
import type { WebhookSigner } from './signature.ts';

/** The keys that deliveries are signed with; their public halves are served at `GET /auth/verify_keys`. */
export interface WebhookKeys {
  current(): WebhookSigner;
  /** Signs with a new key from now on. The older ones stay in the list unless they are dropped. */
  rotate(options?: { readonly dropOld?: boolean }): string;
  asJwks(): JsonObject;
}

const newSigner = (): WebhookSigner => ({
  keyId: randomUUID(),
  privateKey: generateKeyPairSync('ec', { namedCurve: 'secp521r1' }).privateKey,
});

export function createWebhookKeys(): WebhookKeys {
  let signers: readonly [WebhookSigner, ...WebhookSigner[]] = [newSigner()];
  return {
    current: () => signers[0],
    rotate({ dropOld = false } = {}) {
      const signer = newSigner();
      signers = dropOld ? [signer] : [signer, ...signers];
      return signer.keyId;
    },
    asJwks: () => ({ keys: signers.map(({ keyId, privateKey }) => ({ kid: keyId, ...publicJwk(privateKey) })) }),
  };
}

function publicJwk(privateKey: KeyObject): JsonObject {
  const { kty = '', crv = '', x = '', y = '' }: JsonWebKey = createPublicKey(privateKey).export({ format: 'jwk' });
  return { kty, crv, x, y };
}
