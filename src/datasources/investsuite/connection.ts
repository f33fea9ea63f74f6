import { UpstreamClient, type UpstreamClientOptions } from '../upstream/client.ts';
import { RateLimitPause } from '../upstream/rate-limit-pause.ts';
import { InvestSuiteCalls } from './calls.ts';
import { InvestSuiteCredentials, NO_CREDENTIALS } from './credentials.ts';
import type { InvestSuiteOptions } from './investsuite.ts';
import type { ReadSettings } from './read-settings.ts';

/** What all calls to one InvestSuite go through. */
export interface Connection {
  readonly client: UpstreamClient;
  readonly credentials: InvestSuiteCredentials;
  readonly calls: InvestSuiteCalls;
  readonly settings: ReadSettings;
  readonly circuitOpen: () => boolean;
  readonly outOfReach: () => boolean;
  readonly close: () => Promise<void>;
}

const AN_HOUR_MS = 3_600_000;

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
  const maxConcurrentCalls = options.maxConcurrentCalls ?? 64;
  const loginClient = new UpstreamClient({ ...shared, credentials: NO_CREDENTIALS, maxConcurrentCalls: 2 });
  const credentials = new InvestSuiteCredentials(loginClient, options, options.loginRetryMs ?? 5_000);
  const client = new UpstreamClient({
    ...shared,
    credentials,
    maxConcurrentCalls,
    requestsPerSecond: options.requestsPerSecond,
  });
  return {
    client,
    credentials,
    calls: new InvestSuiteCalls(client),
    settings: {
      batching: options.batching ?? 'auto',
      reprobeAfterMs: options.reprobeAfterMs ?? AN_HOUR_MS,
      deadlineMs: options.deadlineMs ?? 10_000,
      maxConcurrentCalls,
      onShared: options.onShared,
      onDropped: options.onDropped,
    },
    // Without a token nothing else is sent, so the login tells as much as all other calls.
    circuitOpen: () => client.circuitOpen || loginClient.circuitOpen,
    outOfReach: () => client.outOfReach || loginClient.outOfReach,
    close: async () => {
      await Promise.all([client.close(), loginClient.close()]);
    },
  };
}
