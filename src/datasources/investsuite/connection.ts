import { UpstreamClient, type UpstreamClientOptions } from '../upstream/client.ts';
import { RateLimitPause } from '../upstream/rate-limit-pause.ts';
import type { OnDropped } from '../upstream/rows.ts';
import type { SharingOptions } from '../upstream/shared-resource.ts';
import { TenantProfile } from '../upstream/tenant-profile.ts';
import { InvestSuiteCalls } from './calls.ts';
import { InvestSuiteCredentials, NO_CREDENTIALS } from './credentials.ts';
import type { InvestSuiteOptions } from './investsuite.ts';

/** What reads of InvestSuite need. */
export interface Reading {
  readonly calls: InvestSuiteCalls;
  readonly sharing: SharingOptions;
  readonly profile: TenantProfile;
  /** `on`: a refused list of ids is an error, not a reason to ask one by one. */
  readonly batching: 'auto' | 'on' | 'off';
  readonly onDropped: OnDropped;
}

/** What all calls to one InvestSuite go through. */
export interface Connection extends Reading {
  readonly client: UpstreamClient;
  readonly credentials: InvestSuiteCredentials;
  readonly circuitOpen: () => boolean;
  readonly outOfReach: () => boolean;
  readonly close: () => Promise<void>;
}

export function connect(options: InvestSuiteOptions): Connection {
  const shared = {
    system: 'INVESTSUITE',
    baseUrl: options.baseUrl,
    attemptTimeoutMs: options.attemptTimeoutMs,
    deadlineMs: options.deadlineMs,
    breakerFailures: options.breakerFailures,
    breakerResetMs: options.breakerResetMs,
    onAttempt: options.onAttempt,
    pause: options.pause ?? new RateLimitPause(),
  } as const satisfies Partial<UpstreamClientOptions>;
  const profile = options.profile ?? new TenantProfile();
  const loginClient = new UpstreamClient({ ...shared, credentials: NO_CREDENTIALS, maxConcurrentCalls: 2 });
  const credentials = new InvestSuiteCredentials(loginClient, options, options.loginRetryMs ?? 5_000);
  const client = new UpstreamClient({
    ...shared,
    credentials,
    maxConcurrentCalls: options.maxConcurrentCalls,
    requestsPerSecond: options.requestsPerSecond,
  });
  return {
    client,
    credentials,
    calls: new InvestSuiteCalls(client, profile),
    sharing: { system: 'INVESTSUITE', deadlineMs: options.deadlineMs ?? 10_000, onShared: options.onShared },
    profile,
    batching: options.batching ?? 'auto',
    onDropped: options.onDropped,
    // Without a token nothing else is sent, so the login tells as much as all other calls.
    circuitOpen: () => client.circuitOpen || loginClient.circuitOpen,
    outOfReach: () => client.outOfReach || loginClient.outOfReach,
    close: async () => {
      await Promise.all([client.close(), loginClient.close()]);
    },
  };
}
