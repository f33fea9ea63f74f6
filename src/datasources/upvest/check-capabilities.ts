import { z } from 'zod';
import { systemRuntime } from '../../domain/runtime.ts';
import { UpstreamUnavailableError } from '../../errors.ts';
import type { Connection } from '../upstream/connection.ts';
import { CAPABILITY_SCOPES, type Capability } from './capabilities.ts';
import { type Outcome, refusal, unavailable } from './check-outcomes.ts';
import { tryScopes } from './check-token.ts';
import { connectUpvest, type UpvestConnection } from './connection.ts';

/** Whether the tenant has a capability; undefined where that is not known, see `problem`. */
export interface CapabilityFinding extends Outcome {
  readonly capability: Capability;
  readonly granted: boolean | undefined;
}

/** The segment of a path that stands for the id of one of the tenant's accounts. */
const ACCOUNT = '{account}';
const DAY_MS = 86_400_000;
const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** A read for each capability. Any answer but 403 means that it is granted. */
const TRIAL_PATHS: Readonly<Record<Capability, () => string>> = {
  valuations: () => `/accounts/${ACCOUNT}/valuations/current?price_quality=EOD`,
  returns: () =>
    `/accounts/${ACCOUNT}/returns?start_date=${dateOf(systemRuntime.now() - 7 * DAY_MS)}&end_date=${dateOf(systemRuntime.now())}&limit=1`,
  instruments: () => '/instruments?limit=1',
  // Any instrument will do.
  prices: () => '/instruments/isin:US0378331005/venues',
  orders: () => `/accounts/${ACCOUNT}/orders?limit=1`,
  ledger: () => '/transactions/cash?limit=1',
};

/**
 * Asks for a token of each of these capabilities, and makes a call with it: where one is about an account, about the first that the
 * tenant has. Throws a SigningKeyError where the private key can't be used.
 */
export async function checkCapabilities(
  connection: UpvestConnection,
  capabilities: readonly Capability[],
): Promise<readonly CapabilityFinding[]> {
  if (capabilities.length === 0) return [];
  const account = await withScope(connection, 'accounts:read', firstAccount);
  return await Promise.all(
    capabilities.map(async (capability) => {
      const scope = CAPABILITY_SCOPES[capability];
      const found = await withScope(connection, scope, (clients) => tryCapability(clients, capability, account));
      return { capability, ...found };
    }),
  );
}

type Clients = Connection & { readonly connection: UpvestConnection };

async function withScope<T>(
  given: UpvestConnection,
  scope: string,
  work: (clients: Clients) => Promise<T>,
): Promise<T> {
  const connection = { ...given, readAttempts: 1, scopes: { read: scope } };
  const clients = connectUpvest(connection);
  try {
    return await work({ ...clients, connection });
  } finally {
    await clients.close();
  }
}

const accountsWire = z.object({ data: z.array(z.object({ id: z.uuid() })) });

/** The id of any account; undefined where none can be had, which other checks explain. */
async function firstAccount({ client }: Clients): Promise<string | undefined> {
  const request = { method: 'GET', path: '/accounts?limit=1', headers: {}, operation: 'upvest.check' } as const;
  try {
    return accountsWire.safeParse((await client.read(request)).json()).data?.data[0]?.id;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof UpstreamUnavailableError) return undefined;
    throw error;
  }
}

async function tryCapability(
  { client, authClient, connection }: Clients,
  capability: Capability,
  account: string | undefined,
): Promise<Omit<CapabilityFinding, 'capability'>> {
  const scope = CAPABILITY_SCOPES[capability];
  const outcome = await tryScopes(authClient, connection, scope);
  if (outcome.problem !== null) return outcome.problem === 'missing-scope' ? notGranted(scope) : cannotTell(outcome);
  const trial = TRIAL_PATHS[capability]();
  if (trial.includes(ACCOUNT) && account === undefined) {
    return granted(`a token is granted (${scope}); no call was tried, as it needs an account and none was found`);
  }
  try {
    const path = trial.replace(ACCOUNT, account ?? '');
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
