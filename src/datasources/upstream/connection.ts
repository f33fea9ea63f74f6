import type { UpstreamSystem } from '../../errors.ts';
import { type Credentials, UpstreamClient, type UpstreamClientOptions } from './client.ts';
import { RateLimitPause } from './rate-limit-pause.ts';

/** How to reach an upstream, and how much is asked of it. */
export type ConnectionOptions = Omit<UpstreamClientOptions, 'system' | 'credentials'>;

/** The path of all calls to one upstream. */
export interface Connection<C extends Credentials = Credentials> {
  readonly client: UpstreamClient;
  readonly credentials: C;
  /** For logins and tokens. Separate: all slots of the other may be taken by calls that wait for a token. */
  readonly authClient: UpstreamClient;
  /** True while calls fail at once because the upstream has been failing. */
  readonly circuitOpen: boolean;
  /** True while a call would fail without an attempt. */
  readonly refusesCalls: boolean;
  /** True while the upstream's last attempts failed; calls may still be made. */
  readonly outOfReach: boolean;
  close(): Promise<void>;
}

/** Connects nothing yet. `auth.maxConcurrentCalls`: how many logins may be in flight. */
export function connectTo<C extends Credentials>(
  system: UpstreamSystem,
  { requestsPerSecond, callRate, maxConcurrentCalls, ...options }: ConnectionOptions,
  auth: { readonly credentials: Credentials; readonly maxConcurrentCalls: number },
  credentialsBy: (authClient: UpstreamClient) => C,
): Connection<C> {
  // An upstream counts all calls of a tenant, those for tokens among them.
  const common = { ...options, system, pause: options.pause ?? new RateLimitPause(undefined, options.runtime) };
  const authClient = new UpstreamClient({ ...common, ...auth });
  const credentials = credentialsBy(authClient);
  const client = new UpstreamClient({ ...common, credentials, maxConcurrentCalls, requestsPerSecond, callRate });
  return {
    client,
    credentials,
    authClient,
    // Nothing is sent without a token, so the login's state counts for all calls.
    get circuitOpen() {
      return client.circuit.isOpen || authClient.circuit.isOpen;
    },
    get refusesCalls() {
      return client.circuit.refusesCalls || authClient.circuit.refusesCalls;
    },
    get outOfReach() {
      return client.circuit.hearsOnlyFailures || authClient.circuit.hearsOnlyFailures;
    },
    close: async () => {
      await Promise.all([client.close(), authClient.close()]);
    },
  };
}
