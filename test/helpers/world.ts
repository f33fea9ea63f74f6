import { expect } from 'vitest';
import { CAPABILITIES } from '../../src/datasources/upvest/index.ts';
import type { GatewayOptions } from '../../src/gateway.ts';
import {
  combineSeeds,
  type PartialSeed,
  type Standins,
  type StandinsOptions,
  startStandins,
} from '../../src/standins/index.ts';
import type { Store } from '../../src/store/index.ts';
import { eventually, type RunningGateway, startGateway } from './gateway.ts';

/** Both upstreams as stand-ins and a gateway in front of them, all behind real sockets. */
export interface World extends RunningGateway {
  readonly investSuite: Standins['investSuite'];
  readonly upvest: Standins['upvest'];
}

export interface WorldOptions {
  readonly seed?: readonly PartialSeed[];
  readonly standins?: StandinsOptions;
  readonly gateway?: Partial<GatewayOptions>;
  /**
   * With the copy of the broker's instruments, which is complete when this resolves. Default false: its calls in the background would
   * be among those that a test counts.
   */
  readonly instruments?: boolean;
  /** Begins what stands between the gateway and InvestSuite, which it gets the address of. */
  readonly between?: ((investSuiteUrl: string) => Promise<Between>) | undefined;
}

export interface Between {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { seed, standins: standinsOptions, gateway, instruments = false, between: begin } = options;
  const standins = await startStandins({
    seed: seed === undefined ? 'demo' : combineSeeds(...seed),
    ...standinsOptions,
  });
  const between = await begin?.(standins.investSuite.url);
  const settings = gatewaySettings(standins);
  const investSuite = { ...settings.investSuite, ...(between && { url: between.url }) };
  const capabilities = instruments ? CAPABILITIES : settings.upvest.capabilities;
  const upvest = { ...settings.upvest, capabilities };
  const running = await startGateway({ ...settings, investSuite, upvest, auth: 'local-operator', ...gateway });
  if (instruments) await instrumentsCopied(running.gateway.store, standins.upvest.instruments().length);
  return {
    ...running,
    investSuite: standins.investSuite,
    upvest: standins.upvest,
    stop: async () => {
      await running.stop();
      await between?.stop();
      await standins.stop();
    },
  };
}

/** Until the copy in the store has so many instruments, and is as new as the broker's directory. */
export async function instrumentsCopied(store: Store, count: number): Promise<void> {
  const state = (): Promise<unknown> =>
    store.read(async ({ db }) => ({
      count: (await db.selectFrom('instruments').select('isin').execute()).length,
      isCurrent: (await db.selectFrom('instrument_copy').select('checked_at').executeTakeFirst())?.checked_at != null,
    }));
  await eventually(async () => expect(await state()).toEqual({ count, isCurrent: true }), 20_000);
}

/** How a gateway reaches these stand-ins; without the copy of the instruments. */
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
      capabilities: CAPABILITIES.filter((each) => each !== 'instruments'),
    },
  };
}
