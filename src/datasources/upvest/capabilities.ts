import type { Outcome } from './check-outcomes.ts';
import { tryScopes } from './check-token.ts';
import { createClients, type UpvestClients, type UpvestConnection } from './connection.ts';

/**
 * What a tenant of Upvest's may or may not have, with the scopes of its calls. Each has a token of its own, so that a scope
 * that is not granted costs nothing else.
 */
export const CAPABILITY_SCOPES = {
  valuations: 'valuations:read',
  returns: 'account_returns:read',
  instruments: 'instruments:read',
  prices: 'prices:read',
  orders: 'orders:admin',
  ledger: 'transactions:read',
} as const satisfies Readonly<Record<string, string>>;

export type Capability = keyof typeof CAPABILITY_SCOPES;

/** Whether the tenant has a capability; undefined where that can't be told, see `problem`. */
export interface CapabilityFinding extends Outcome {
  readonly capability: Capability;
  readonly granted: boolean | undefined;
}

const CAPABILITIES = ['valuations', 'returns', 'instruments', 'prices', 'orders', 'ledger'] as const;

/** Asks for a token of each capability. Throws a SigningKeyError where the private key can't be used. */
export async function checkCapabilities(connection: UpvestConnection): Promise<readonly CapabilityFinding[]> {
  const clients = createClients({ ...connection, readAttempts: 1 });
  try {
    return await Promise.all(CAPABILITIES.map((capability) => tryCapability(clients, connection, capability)));
  } finally {
    await Promise.all([clients.client.close(), clients.tokenClient.close()]);
  }
}

async function tryCapability(
  { tokenClient }: UpvestClients,
  connection: UpvestConnection,
  capability: Capability,
): Promise<CapabilityFinding> {
  const scope = CAPABILITY_SCOPES[capability];
  const outcome = await tryScopes(tokenClient, connection, scope);
  if (outcome.problem === null) return { capability, granted: true, problem: null, message: `granted (${scope})` };
  if (outcome.problem !== 'missing-scope') return { capability, granted: undefined, ...outcome };
  return { capability, granted: false, problem: null, message: `not granted to this tenant (${scope})` };
}
