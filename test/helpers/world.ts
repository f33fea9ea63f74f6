import type { GatewayOptions } from '../../src/gateway.ts';
import {
  combineSeeds,
  type PartialSeed,
  type Standins,
  type StandinsOptions,
  startStandins,
} from '../../src/standins/index.ts';
import { type RunningGateway, startGateway } from './gateway.ts';

/** Both upstreams as stand-ins and a gateway in front of them, all behind real sockets. */
export interface World extends RunningGateway {
  readonly investSuite: Standins['investSuite'];
  readonly upvest: Standins['upvest'];
}

export interface WorldOptions {
  readonly seed?: readonly PartialSeed[];
  readonly standins?: StandinsOptions;
  readonly gateway?: Partial<GatewayOptions>;
}

export async function startWorld({ seed, standins: standinsOptions, gateway }: WorldOptions = {}): Promise<World> {
  const standins = await startStandins({
    seed: seed === undefined ? 'demo' : combineSeeds(...seed),
    ...standinsOptions,
  });
  const running = await startGateway({ ...gatewaySettings(standins), auth: 'local-operator', ...gateway });
  return {
    ...running,
    investSuite: standins.investSuite,
    upvest: standins.upvest,
    stop: async () => {
      await running.stop();
      await standins.stop();
    },
  };
}

/** How a gateway reaches these stand-ins. */
export function gatewaySettings({ investSuite, upvest }: Pick<Standins, 'investSuite' | 'upvest'>) {
  return {
    investSuite: { url: investSuite.url, ...investSuite.credentials },
    upvest: {
      url: upvest.url,
      clientId: upvest.credentials.clientId,
      clientSecret: upvest.credentials.clientSecret,
      keyId: upvest.credentials.keyId,
      privateKey: upvest.credentials.privateKeyPem,
      passphrase: undefined,
    },
  };
}
