import { systemRuntime } from '../../domain/runtime.ts';
import { CapabilityNotGrantedError, UpstreamUnavailableError } from '../../errors.ts';
import type { WireAnswer } from '../upstream/client.ts';
import { type Connection, type ConnectionOptions, connectTo } from '../upstream/connection.ts';
import { type ScopeSet, SignedWithToken, signatureOnly, type UpvestIdentity } from './auth.ts';
import { CAPABILITIES, CAPABILITY_SCOPES, Capabilities, type Capability, checkedCapabilities } from './capabilities.ts';
import { refusal } from './check-outcomes.ts';
import { parseProblem } from './problem.ts';
import { loadSigningKey } from './signing-key.ts';
import { TokenSource, type TokenSourceOptions } from './tokens.ts';

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
  /** Those that are used, see {@link Capability}. Default: all. */
  readonly capabilities?: readonly Capability[] | undefined;
  /** Scopes of the tokens, separated by spaces; see {@link DEFAULT_SCOPES}. */
  readonly scopes?: Partial<Readonly<Record<ScopeSet, string>>> | undefined;
}

/** The scopes of the gateway's calls (Upvest's list of scopes). Balances belong to positions. */
export const DEFAULT_SCOPES: Readonly<Record<ScopeSet, string>> = {
  read: 'accounts:read positions:read orders:read payments:read reference_accounts:read transactions:read',
  write: 'payments:admin virtual_cash_balances:admin',
  webhooks: 'webhooks:read',
};

/** The path of all calls to Upvest, with the capabilities of the tenant. */
export interface UpvestClients extends Connection {
  readonly capabilities: Capabilities;
}

/**
 * Connects nothing yet. Throws a SigningKeyError where the private key can't be used, a TypeError for capabilities that there
 * are not.
 */
export function connectUpvest(options: UpvestConnection): UpvestClients {
  const { clientId, clientSecret, keyId, privateKeyPem, passphrase, scopes, capabilities, ...connection } = options;
  const { runtime = systemRuntime } = connection;
  const identity: UpvestIdentity = { clientId, keyId, key: loadSigningKey(privateKeyPem, passphrase), runtime };
  const used = checkedCapabilities(capabilities ?? CAPABILITIES);
  const auth = { credentials: signatureOnly(identity), maxConcurrentCalls: 3 };
  const clients = connectTo('UPVEST', { ...connection, problemOf: parseProblem }, auth, (client) => {
    const source = (scope: string, more: Partial<TokenSourceOptions> = {}): TokenSource =>
      new TokenSource({ client, secret: { clientId, clientSecret }, scope, runtime, ...more });
    const ofSet = (set: ScopeSet): TokenSource => source(scopes?.[set] ?? DEFAULT_SCOPES[set]);
    const of = (capability: Capability): TokenSource =>
      source(CAPABILITY_SCOPES[capability], { refused: (answer) => refusedCapability(capability, answer) });
    return new SignedWithToken(identity, {
      read: ofSet('read'),
      write: ofSet('write'),
      webhooks: ofSet('webhooks'),
      valuations: of('valuations'),
      returns: of('returns'),
      instruments: of('instruments'),
      prices: of('prices'),
      orders: of('orders'),
      ledger: of('ledger'),
    });
  });
  return Object.assign(clients, { capabilities: new Capabilities(used, clients.credentials.tokens) });
}

/** Upvest does not document how it refuses a scope: every refusal counts that is neither of the signature nor of the address. */
function refusedCapability(capability: Capability, answer: WireAnswer): UpstreamUnavailableError {
  const { problem } = refusal(answer, CAPABILITY_SCOPES[capability]);
  const isOurs = problem === 'wrong-key' || problem === 'clock-skew' || problem === 'unexpected-answer';
  if (!isOurs) return new CapabilityNotGrantedError(capability);
  return new UpstreamUnavailableError('UPVEST', 'unauthenticated', { status: answer.status });
}
