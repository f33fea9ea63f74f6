import type { InvestSuite } from '../datasources/investsuite/index.ts';
import type { Upvest, UpvestListings } from '../datasources/upvest/index.ts';
import type { BrokerLink } from '../domain/broker.ts';
import type { AccountGroupId, PortfolioId } from '../domain/ids.ts';
import { type UnreadableRow, wholeOf } from '../domain/listing.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Store } from '../store/index.ts';
import type { Bus } from './bus.ts';
import {
  type FollowOptimization,
  type FollowOrder,
  type InboxOutcome,
  InboxWorker,
  type Synchronize,
} from './inbox-worker.ts';
import { createIntake } from './intake.ts';
import type { Claiming } from './log-pieces.ts';
import { PortfolioFinder } from './portfolio-finder.ts';
import { takeFromBus } from './take-bus.ts';
import { createWebhookReceiver, type WebhookReceiver } from './webhook.ts';

export interface IngestOptions {
  readonly store: Store;
  /** Polling interval of the inbox without a wake-up. Default 1,000 ms. */
  readonly pollMs?: number | undefined;
  readonly investSuite: Pick<InvestSuite, 'portfolio' | 'portfoliosOfAccountGroup' | 'portfoliosPage'>;
  readonly upvest: Pick<Upvest, 'verifyHead' | 'account' | 'order'> & {
    readonly listings: Pick<UpvestListings, 'accountsOfUser'>;
  };
  /** An embedder's own link from a portfolio to the broker; undefined: InvestSuite's. */
  readonly link?: ((portfolio: Portfolio) => BrokerLink | null) | undefined;
  /** {@link link}, or else InvestSuite's link. */
  readonly linkOf: (portfolio: Portfolio) => BrokerLink | null;
  /** Addresses of the webhook for Upvest, where a proxy changes host or path. */
  readonly publicWebhookUrls?: readonly string[] | undefined;
  /** Undefined where InvestSuite has no event bus. */
  readonly bus?: Bus | undefined;
  /** Makes a transaction follow the broker's order; without it, order events change no transaction. */
  readonly followOrder?: FollowOrder | undefined;
  /** Has InvestSuite follow the broker; without it, events of ledgers and positions are only logged. */
  readonly synchronize?: Synchronize | undefined;
  /** Carries out what an event recommends; without it, nothing but `executeOptimization` does. */
  readonly followOptimization?: FollowOptimization | undefined;
  /** Lets an ended request take a matching event; without it, such an event belongs to no request. */
  readonly claim?: Claiming | undefined;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
  readonly onWorked?: ((outcome: InboxOutcome, count: number) => void) | undefined;
}

/** Intake of webhooks and bus events. */
export interface Ingest {
  readonly receiveWebhook: WebhookReceiver;
  /** False while the bus is unavailable; true without a bus. */
  readonly busConnected: boolean;
  stop(): Promise<void>;
}

export function startIngest(options: IngestOptions): Ingest {
  const { store, upvest, pollMs, onTrouble } = options;
  const finder = new PortfolioFinder({
    store,
    upvest,
    linkOf: (id, withinMs) => linkedGroup(options, id, withinMs),
    linkedPortfolios: (group) => linkedPortfolios(options, group),
    onAmbiguous: (group, ids) => onTrouble?.(`portfolios ${ids.join(', ')} share account group ${group}`, undefined),
  });
  const worker = new InboxWorker({
    store,
    finder,
    pollMs,
    followOrder: options.followOrder,
    followOptimization: options.followOptimization,
    synchronize: options.synchronize,
    claim: options.claim,
    onTrouble,
    onWorked: options.onWorked,
  });
  worker.start();
  const intake = createIntake(store);
  const taking = options.bus && takeFromBus(options.bus, { intake, runtime: store.runtime, onTrouble });
  return {
    receiveWebhook: createWebhookReceiver({ upvest, intake, publicUrls: options.publicWebhookUrls }),
    get busConnected() {
      return options.bus?.connected ?? true;
    },
    stop: async () => {
      await taking?.stop();
      await worker.stop();
    },
  };
}

async function linkedGroup(
  { investSuite, linkOf, store }: IngestOptions,
  id: PortfolioId,
  withinMs: number,
): Promise<AccountGroupId | null> {
  const portfolio = await investSuite.portfolio(id, { deadlineAt: store.runtime.monotonicMs() + withinMs });
  return portfolio === null ? null : (linkOf(portfolio)?.accountGroupId ?? null);
}

/**
 * Portfolios of an account group. InvestSuite can filter by its own link only; an embedder's link is tried on every
 * portfolio.
 */
async function linkedPortfolios(
  { investSuite, link }: IngestOptions,
  group: AccountGroupId,
): Promise<readonly Portfolio[]> {
  if (link === undefined) return await investSuite.portfoliosOfAccountGroup(group);
  const found: Portfolio[] = [];
  const unreadable: UnreadableRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await investSuite.portfoliosPage({ limit: 100, cursor });
    unreadable.push(...page.unreadable);
    found.push(...page.portfolios.filter((portfolio) => link(portfolio)?.accountGroupId === group));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  // An unreadable portfolio may have the link.
  return found.length > 0 ? found : wholeOf({ rows: found, unreadable });
}
