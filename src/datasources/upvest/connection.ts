import { type Connection, type ConnectionOptions, connectTo } from '../upstream/connection.ts';
import { type ScopeSet, SignedWithToken, signatureOnly, type UpvestIdentity } from './auth.ts';
import { loadSigningKey } from './signing-key.ts';
import { TokenSource } from './tokens.ts';

/** Address, identity and limits for Upvest. */
export interface UpvestConnection extends ConnectionOptions {
  /** `https://sandbox.upvest.co`, `https://api.upvest.co`. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The id that Upvest gave to the public key. */
  readonly keyId: string;
  readonly privateKeyPem: string;
  readonly passphrase?: string | undefined;
  /** Scopes of the tokens, separated by spaces; see {@link DEFAULT_SCOPES}. */
  readonly scopes?: Partial<Readonly<Record<ScopeSet, string>>> | undefined;
}

/** The scopes of the gateway's calls (Upvest's list of scopes). Balances belong to positions. */
export const DEFAULT_SCOPES: Readonly<Record<ScopeSet, string>> = {
  read: 'accounts:read positions:read orders:read payments:read reference_accounts:read transactions:read',
  write: 'payments:admin virtual_cash_balances:admin',
  webhooks: 'webhooks:read',
};

/** Connects nothing yet. Throws a SigningKeyError where the private key can't be used. */
export function connectUpvest(options: UpvestConnection): Connection {
  const { clientId, clientSecret, keyId, privateKeyPem, passphrase, scopes, ...connection } = options;
  const identity: UpvestIdentity = { clientId, keyId, key: loadSigningKey(privateKeyPem, passphrase) };
  const auth = { credentials: signatureOnly(identity), maxConcurrentCalls: 3 };
  return connectTo('UPVEST', connection, auth, (client) => {
    const source = (set: ScopeSet): TokenSource =>
      new TokenSource({ client, secret: { clientId, clientSecret }, scope: scopes?.[set] ?? DEFAULT_SCOPES[set] });
    return new SignedWithToken(identity, {
      read: source('read'),
      write: source('write'),
      webhooks: source('webhooks'),
    });
  });
}
