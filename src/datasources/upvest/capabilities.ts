import { type Outcome, refusal, unavailable } from './check-outcomes.ts';
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

/**
 * A call of each capability that needs no id of a customer. Upvest documents none for the others: their calls are about one
 * account or one order.
 */
const TRIAL_PATHS: Readonly<Partial<Record<Capability, string>>> = {
  instruments: '/instruments?limit=1',
  // Any instrument will do: 404, too, says that we are let in.
  prices: '/instruments/isin:US0378331005/venues',
  ledger: '/transactions/cash?limit=1',
};

/**
 * Asks for a token of each capability, and makes a call with it where one needs no id of a customer. Throws a SigningKeyError
 * where the private key can't be used.
 */
export async function checkCapabilities(connection: UpvestConnection): Promise<readonly CapabilityFinding[]> {
  return await Promise.all(CAPABILITIES.map((capability) => checkCapability(connection, capability)));
}

async function checkCapability(connection: UpvestConnection, capability: Capability): Promise<CapabilityFinding> {
  const scope = CAPABILITY_SCOPES[capability];
  const clients = createClients({ ...connection, readAttempts: 1, scopes: { read: scope } });
  try {
    return { capability, ...(await tryCapability(clients, connection, capability)) };
  } finally {
    await Promise.all([clients.client.close(), clients.tokenClient.close()]);
  }
}

async function tryCapability(
  { client, tokenClient }: UpvestClients,
  connection: UpvestConnection,
  capability: Capability,
): Promise<Omit<CapabilityFinding, 'capability'>> {
  const scope = CAPABILITY_SCOPES[capability];
  const outcome = await tryScopes(tokenClient, connection, scope);
  if (outcome.problem !== null) return outcome.problem === 'missing-scope' ? notGranted(scope) : cannotTell(outcome);
  const path = TRIAL_PATHS[capability];
  if (path === undefined) return granted(`a token is granted (${scope}); no call was tried, as all need an account`);
  try {
    const answer = await client.read({ method: 'GET', path, headers: {}, operation: 'upvest.check' });
    // Upvest may grant the token and refuse its calls.
    if (answer.status === 403) return notGranted(scope);
    return answer.status === 401 ? cannotTell(refusal(answer, scope)) : granted(`granted (${scope})`);
  } catch (error) {
    return cannotTell(unavailable(error));
  }
}

const granted = (message: string) => ({ granted: true, problem: null, message });
const notGranted = (scope: string) => ({
  granted: false,
  problem: null,
  message: `not granted to this tenant (${scope})`,
});
const cannotTell = (outcome: Outcome) => ({ granted: undefined, ...outcome });
