import type { InvestSuiteCredentials } from './investsuite/auth.ts';
import { type InvestSuiteStandin, startInvestSuiteStandin } from './investsuite/server.ts';
import type { InvestSuiteSettings } from './investsuite/settings.ts';
import { sellForPayouts } from './payouts.ts';
import { demoSeed } from './seed/demo.ts';
import { combineSeeds, emptySeed, type PartialSeed, type SeedData } from './seed/seed-data.ts';
import type { SettleDelay } from './server/schedule.ts';
import { type ClientKey, startUpvestStandin, type UpvestStandin } from './upvest/server.ts';
import type { UpvestSettings } from './upvest/settings.ts';
import type { Clock } from './values/clock.ts';

export interface StandinsOptions {
  readonly host?: '127.0.0.1';
  /** Default 0: the system picks a free one. */
  readonly investSuitePort?: number;
  readonly upvestPort?: number;
  /** Default 'demo'. */
  readonly seed?: 'demo' | 'empty' | PartialSeed;
  /** How many portfolios the demo has; default 300. */
  readonly portfolios?: number;
  /** Where Upvest's events go, from the start. */
  readonly webhookUrl?: string;
  /** Of every answer of both. */
  readonly latencyMs?: number;
  /** How fast things move on by themselves; 'manual': only when advanced. Default 50 ms. */
  readonly settleDelayMs?: SettleDelay;
  /**
   * Whether what the adviser wants sold for a payout is sold at the broker, so that the cash for a withdrawal comes by
   * itself. Default: in the demo only.
   */
  readonly sellsForPayouts?: boolean;
  readonly clock?: Clock;
  /** Made up when left out. */
  readonly investSuiteCredentials?: InvestSuiteCredentials;
  readonly upvestClient?: { readonly clientId: string; readonly clientSecret: string };
  /** Public keys of clients that keep their private key to themselves. */
  readonly upvestClientKeys?: readonly ClientKey[];
  readonly investSuiteSettings?: Partial<InvestSuiteSettings>;
  readonly upvestSettings?: Partial<UpvestSettings>;
}

export interface Standins {
  readonly investSuite: InvestSuiteStandin;
  readonly upvest: UpvestStandin;
  stop(): Promise<void>;
}

/** Starts both stand-ins on the loopback interface, with seeds that fit each other. */
export async function startStandins(options: StandinsOptions = {}): Promise<Standins> {
  const seed = seedOf(options);
  const shared = {
    ...(options.latencyMs === undefined ? {} : { latencyMs: options.latencyMs }),
    ...(options.settleDelayMs === undefined ? {} : { settleDelayMs: options.settleDelayMs }),
  };
  const common = {
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  };
  const investSuite = await startInvestSuiteStandin({
    ...common,
    port: options.investSuitePort ?? 0,
    seed: seed.investSuite,
    settings: { ...shared, ...options.investSuiteSettings },
    ...(options.investSuiteCredentials === undefined ? {} : { credentials: options.investSuiteCredentials }),
  });
  try {
    const upvest = await startUpvestStandin({
      ...common,
      port: options.upvestPort ?? 0,
      seed: seed.upvest,
      settings: { ...shared, ...options.upvestSettings },
      ...options.upvestClient,
      ...(options.upvestClientKeys === undefined ? {} : { clientKeys: options.upvestClientKeys }),
      ...(options.webhookUrl === undefined ? {} : { webhookUrl: options.webhookUrl }),
    });
    if (options.sellsForPayouts ?? (options.seed ?? 'demo') === 'demo') sellForPayouts(investSuite, upvest);
    return {
      investSuite,
      upvest,
      async stop() {
        await Promise.all([investSuite.stop(), upvest.stop()]);
      },
    };
  } catch (error) {
    await investSuite.stop();
    throw error;
  }
}

function seedOf({ seed = 'demo', portfolios, clock }: StandinsOptions): SeedData {
  if (seed === 'demo')
    return demoSeed({
      ...(portfolios === undefined ? {} : { portfolios }),
      ...(clock === undefined ? {} : { now: clock() }),
    });
  return seed === 'empty' ? emptySeed() : combineSeeds(seed);
}
