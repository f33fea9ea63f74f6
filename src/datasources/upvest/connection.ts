import { type AttemptRecord, UpstreamClient, type UpstreamClientOptions } from '../upstream/client.ts';
import { RateLimitPause } from '../upstream/rate-limit-pause.ts';
import type { Turns } from '../upstream/turns.ts';
import { type ScopeSet, SignedWithToken, signatureOnly, type UpvestIdentity } from './auth.ts';
import { loadSigningKey } from './signing-key.ts';
import { TokenSource } from './tokens.ts';

/** How to reach Upvest, who we are there, and how much we ask of it. */
export interface UpvestConnection {
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
  /** Upvest's sandbox takes 300. No limit when left out. */
  readonly requestsPerSecond?: number | undefined;
  /** Instead of `requestsPerSecond`, where the rate is shared with other processes. */
  readonly turns?: Turns | undefined;
  /** Where other processes are told of it. */
  readonly pause?: RateLimitPause | undefined;
  /** Most calls under way at once; one caller has half of them at most. Default 64. */
  readonly maxConcurrentCalls?: number | undefined;
  /** Per attempt. Default 5,000. */
  readonly attemptTimeoutMs?: number | undefined;
  /** For a whole read with its pages and retries, or a write. Default 10,000. */
  readonly deadlineMs?: number | undefined;
  /** Attempts of a read. Default 3. */
  readonly readAttempts?: number | undefined;
  readonly breakerFailures?: number | undefined;
  readonly breakerResetMs?: number | undefined;
  readonly onAttempt?: ((record: AttemptRecord) => void) | undefined;
}

/** What this gateway calls, and nothing else (Upvest's list of scopes). Balances fall under positions. */
export const DEFAULT_SCOPES: Readonly<Record<ScopeSet, string>> = {
  read: 'accounts:read positions:read orders:read payments:read reference_accounts:read transactions:read',
  write: 'payments:admin virtual_cash_balances:admin',
  webhooks: 'webhooks:read',
};

export interface UpvestClients {
  readonly client: UpstreamClient;
  /** Of its own: were tokens fetched through the client above, all its places could be taken by calls that wait for one. */
  readonly tokenClient: UpstreamClient;
  readonly tokens: Readonly<Record<ScopeSet, TokenSource>>;
}

/** Connects nothing yet. Throws a SigningKeyError where the private key can't be used. */
export function createClients(connection: UpvestConnection): UpvestClients {
  const identity: UpvestIdentity = {
    clientId: connection.clientId,
    keyId: connection.keyId,
    key: loadSigningKey(connection.privateKeyPem, connection.passphrase),
  };
  const common: Omit<UpstreamClientOptions, 'credentials'> = {
    system: 'UPVEST',
    baseUrl: connection.baseUrl,
    attemptTimeoutMs: connection.attemptTimeoutMs,
    deadlineMs: connection.deadlineMs,
    readAttempts: connection.readAttempts,
    breakerFailures: connection.breakerFailures,
    breakerResetMs: connection.breakerResetMs,
    onAttempt: connection.onAttempt,
    // Upvest counts calls by client id, those for tokens among them.
    pause: connection.pause ?? new RateLimitPause(),
  };
  const tokenClient = new UpstreamClient({
    ...common,
    credentials: signatureOnly(identity),
    maxConcurrentCalls: 3,
  });
  const secret = { clientId: connection.clientId, clientSecret: connection.clientSecret };
  const source = (set: ScopeSet): TokenSource =>
    new TokenSource({ client: tokenClient, secret, scope: connection.scopes?.[set] ?? DEFAULT_SCOPES[set] });
  const tokens = { read: source('read'), write: source('write'), webhooks: source('webhooks') };
  const client = new UpstreamClient({
    ...common,
    credentials: new SignedWithToken(identity, tokens),
    maxConcurrentCalls: connection.maxConcurrentCalls,
    requestsPerSecond: connection.requestsPerSecond,
    turns: connection.turns,
  });
  return { client, tokenClient, tokens };
}
