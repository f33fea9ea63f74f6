import type { InvestSuite } from '../datasources/investsuite/index.ts';
import type { Upvest, UpvestListings } from '../datasources/upvest/index.ts';
import type { BrokerLink } from '../domain/broker.ts';
import type { AccountGroupId, PortfolioId } from '../domain/ids.ts';
import { type UnreadableRow, wholeOf } from '../domain/listing.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import type { Store } from '../store/index.ts';
import type { Bus } from './bus.ts';
import { type FollowOrder, type InboxOutcome, InboxWorker } from './inbox-worker.ts';
import { createIntake } from './intake.ts';
import type { Claiming } from './log-pieces.ts';
import { PortfolioFinder } from './portfolio-finder.ts';
import { takeFromBus } from './take-bus.ts';
import { createWebhookReceiver, type WebhookReceiver } from './webhook.ts';

export interface IngestOptions {
  readonly store: Store;
  readonly investSuite: Pick<InvestSuite, 'portfolio' | 'portfoliosOfAccountGroup' | 'portfoliosPage'>;
  readonly upvest: Pick<Upvest, 'verifyHead' | 'account' | 'order'> & {
    readonly listings: Pick<UpvestListings, 'accountsOfUser'>;
  };
  /** An embedder's own link from a portfolio to the broker; undefined: InvestSuite's. */
  readonly link?: ((portfolio: Portfolio) => BrokerLink | null) | undefined;
  /** The link that holds: {@link link}, or else InvestSuite's own. */
  readonly linkOf: (portfolio: Portfolio) => BrokerLink | null;
  /** Addresses of the webhook as Upvest may call it, where a proxy changes host or path. */
  readonly publicWebhookUrls?: readonly string[] | undefined;
  /** Where InvestSuite publishes its events; undefined where it does not. */
  readonly bus?: Bus | undefined;
  /** Has a transaction follow the broker's order; left out, the broker's orders move nothing. */
  readonly followOrder?: FollowOrder | undefined;
  /** Has a request that had ended take an event that fits it; left out, such an event is nobody's. */
  readonly claim?: Claiming | undefined;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
  readonly onWorked?: ((outcome: InboxOutcome, count: number) => void) | undefined;
}

/** All events wait for a look at the links: while InvestSuite does not answer, what was seen lately is believed after this long. */
const LOOK_AT_LINKS_MS = 2_000;

/** Everything that takes in what upstreams tell us. */
export interface Ingest {
  readonly receiveWebhook: WebhookReceiver;
  /** False while the bus is out of reach; true where there is none. */
  readonly busConnected: boolean;
  stop(): Promise<void>;
}

/** Starts the work on the inbox. */
export function startIngest(options: IngestOptions): Ingest {
  const { store, upvest, followOrder, claim, onTrouble, onWorked } = options;
  const finder = new PortfolioFinder({
    store,
    upvest,
    linkOf: (id) => linkedGroup(options, id),
    linkedPortfolios: (group) => linkedPortfolios(options, group),
    onAmbiguous: (group, ids) => onTrouble?.(`portfolios ${ids.join(', ')} share account group ${group}`, undefined),
  });
  const worker = new InboxWorker({ store, finder, followOrder, claim, onTrouble, onWorked });
  worker.start();
  const intake = createIntake(store);
  const taking = options.bus && takeFromBus(options.bus, intake, onTrouble);
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

async function linkedGroup({ investSuite, linkOf }: IngestOptions, id: PortfolioId): Promise<AccountGroupId | null> {
  const portfolio = await investSuite.portfolio(id, { deadlineAt: performance.now() + LOOK_AT_LINKS_MS });
  return portfolio === null ? null : (linkOf(portfolio)?.accountGroupId ?? null);
}

/** The portfolios of an account group. Only InvestSuite's own link can be looked for; another one is tried on each. */
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
  // One that can't be read may have the link that is looked for.
  return found.length > 0 ? found : wholeOf({ rows: found, unreadable });
}
