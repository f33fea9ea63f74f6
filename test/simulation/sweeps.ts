import { createInvestSuite } from '../../src/datasources/investsuite/index.ts';
import { createUpvest } from '../../src/datasources/upvest/index.ts';
import type { Store } from '../../src/store/index.ts';
import { portsFor } from '../../src/synchronization.ts';
import { Sweeper } from '../../src/workflows/synchronization/index.ts';
import type { SimulatedDispatcher } from './network.ts';
import type { SimulatedProcess } from './process.ts';

/** Settings of gateways in whose world InvestSuite follows the broker. Each look at the clock finds a sweep due. */
export const FOLLOWING = { portfolioSync: true, syncQuietSeconds: 2, syncSweepHours: 0.001 } as const;
/** A sweep by the clock begins within two looks of it. */
export const SWEPT_WITHIN_MS = 70_000;

export const UPSTREAMS = {
  investSuite: { url: 'https://investsuite.test', accessKeyId: 'access', secretAccessKey: 'secret' },
  upvest: {
    url: 'https://upvest.test',
    clientId: '00000000-0000-4000-8000-0000000000c1',
    clientSecret: 'secret',
    keyId: '00000000-0000-4000-8000-0000000000c2',
    // Without the copy of the instruments, which has nothing to do with money.
    capabilities: ['orders', 'ledger'],
    privateKey:
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n',
  },
} as const;

interface Place {
  readonly runtime: SimulatedProcess;
  readonly dispatcher: (name: 'investsuite' | 'upvest') => SimulatedDispatcher;
}

function portsIn({ runtime, dispatcher }: Place) {
  const { investSuite, upvest } = UPSTREAMS;
  return portsFor(FOLLOWING, {
    investSuite: createInvestSuite({
      ...investSuite,
      ...{ baseUrl: investSuite.url, runtime, dispatcher: dispatcher('investsuite') },
    }),
    upvest: createUpvest({
      ...upvest,
      ...{ baseUrl: upvest.url, privateKeyPem: upvest.privateKey, runtime, dispatcher: dispatcher('upvest') },
    }),
  });
}

/** `invest-gateway sync`, in the process of a gateway. */
export async function sweep(store: Store, place: Place): Promise<string> {
  const onTrouble = (): void => undefined;
  const sweeper = new Sweeper({ store, ports: portsIn(place), callsPerSecond: 100, everyHours: 0, onTrouble });
  return await sweeper.sweep({});
}
