import { systemRuntime } from '../../domain/runtime.ts';
import { type Connection, connectTo } from '../upstream/connection.ts';
import type { OnDropped } from '../upstream/rows.ts';
import type { SharingOptions } from '../upstream/shared-resource.ts';
import { TenantProfile } from '../upstream/tenant-profile.ts';
import { InvestSuiteCalls } from './calls.ts';
import { InvestSuiteCredentials, NO_CREDENTIALS } from './credentials.ts';
import type { InvestSuiteOptions } from './investsuite.ts';
import { readProblem } from './problem.ts';

/** Dependencies of InvestSuite's reads. */
export interface Reading {
  readonly calls: InvestSuiteCalls;
  readonly sharing: SharingOptions;
  readonly profile: TenantProfile;
  /** `on`: a refused list of ids is an error, not a reason to ask one by one. */
  readonly batching: 'auto' | 'on' | 'off';
  readonly onDropped: OnDropped;
}

export interface InvestSuiteConnection extends Reading {
  readonly upstream: Connection<InvestSuiteCredentials>;
}

/** Connects nothing yet. */
export function connect({ accessKeyId, secretAccessKey, ...options }: InvestSuiteOptions): InvestSuiteConnection {
  const { runtime = systemRuntime } = options;
  const {
    profile = new TenantProfile({ runtime }),
    batching = 'auto',
    loginRetryMs = 5_000,
    onShared,
    onDropped,
  } = options;
  const keys = { accessKeyId, secretAccessKey };
  const auth = { credentials: NO_CREDENTIALS, maxConcurrentCalls: 2 };
  const upstream = connectTo(
    'INVESTSUITE',
    { ...options, problemOf: readProblem },
    auth,
    (client) => new InvestSuiteCredentials(client, keys, { loginRetryMs, runtime }),
  );
  return {
    upstream,
    calls: new InvestSuiteCalls(upstream.client, profile),
    sharing: { system: 'INVESTSUITE', runtime, deadlineMs: options.deadlineMs ?? 10_000, onShared },
    profile,
    batching,
    onDropped,
  };
}
