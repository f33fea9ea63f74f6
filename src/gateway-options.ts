import type { Tracer } from '@opentelemetry/api';
import type { GraphQLSchema } from 'graphql';
import type { Dispatcher } from 'undici';
import type { Fetch, Readiness } from './adapters/http.ts';
import type { NodeHandler } from './adapters/node.ts';
import type { Upgrade } from './adapters/websocket.ts';
import type { Authenticate, AuthSettings } from './callers/authenticate.ts';
import type { ProfileValues } from './datasources/upstream/tenant-profile.ts';
import type { Capability } from './datasources/upvest/index.ts';
import type { BrokerLink } from './domain/broker.ts';
import type { Portfolio } from './domain/portfolio.ts';
import type { Runtime } from './domain/runtime.ts';
import type { LedgerMapping } from './domain/synchronization/line.ts';
import type { Bus, KafkaBusOptions } from './ingest/index.ts';
import type { QueryLimits } from './operations/limits.ts';
import type { Extend } from './schema/index.ts';
import type { Store } from './store/index.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { EngineOptions, MoneySettings } from './workflows/index.ts';

/** How to reach InvestSuite. */
export interface InvestSuiteSettings {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** How to reach Upvest. */
export interface UpvestSettings {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly keyId: string;
  /** PEM. */
  readonly privateKey: string;
  readonly passphrase?: string | undefined;
}

/** Options of a gateway. Only the two upstreams are required; the rest has defaults fit for production. */
export interface GatewayOptions {
  readonly investSuite: InvestSuiteSettings & {
    /** Ask for many ids in one query. Default auto: until InvestSuite refuses it. */
    readonly batching?: 'auto' | 'on' | 'off' | undefined;
    /** Most calls under way at once. Default 32. */
    readonly maxConcurrentCalls?: number | undefined;
    /**
     * Makes the requests, e.g. undici's `ProxyAgent`, or in a test its `MockAgent`. It is not closed with the gateway. Default: a
     * pool of connections.
     */
    readonly dispatcher?: Dispatcher | undefined;
  };
  readonly upvest: UpvestSettings & {
    /** Capabilities of the tenant that are used, see docs/upstreams.md. Default: all. */
    readonly capabilities?: readonly Capability[] | undefined;
    /** Default 250; Upvest's sandbox allows 300. */
    readonly requestsPerSecond?: number | undefined;
    /** Most calls under way at once. Default 32. */
    readonly maxConcurrentCalls?: number | undefined;
    /** As InvestSuite's. */
    readonly dispatcher?: Dispatcher | undefined;
  };
  /**
   * Authentication of callers: how tokens are checked, a function of your own, or `local-operator` (everybody may do everything;
   * for development on one machine, so it answers to local host names and to that of `publicUrl` only, and `handler` and
   * `upgrade` refuse connections that did not arrive at a loopback address).
   */
  readonly auth: AuthSettings | Authenticate | 'local-operator';
  /**
   * With `local-operator`: also answer connections from other machines, so that everybody who reaches the server may move
   * money. Default false.
   */
  readonly allowAnonymousOperator?: boolean | undefined;
  /** The broker's side of a portfolio. Default: InvestSuite's `brokerage_account`. */
  readonly link?: ((portfolio: Portfolio) => BrokerLink | null) | undefined;
  /**
   * Adds types and fields of your own to the graph. `types` are those of the graph, to add fields to and to use; guarded
   * ones stay guarded: an object that was not found for this viewer (portfolioById and its like) is refused.
   */
  readonly extend?: Extend | undefined;
  /** Be a subgraph of Apollo Federation 2, whose entities have ids (`@key(fields: "id")`). Default false. */
  readonly federation?: boolean | undefined;
  /** Serve GraphiQL. Default false. */
  readonly graphiql?: boolean | undefined;
  /** Answer introspection. Default false. */
  readonly introspection?: boolean | undefined;
  readonly limits?: Partial<QueryLimits> | undefined;
  /** GraphQL requests under way at once; beyond it they are answered 503 with Retry-After. Default 2,000. */
  readonly maxConcurrentRequests?: number | undefined;
  /** Requests a minute and caller. Default: no limit. */
  readonly rateLimitPerMinute?: number | undefined;
  /** JSON of registered operations (hash: text); nothing else is then executed. */
  readonly trustedDocuments?: string | undefined;
  /** The gateway's address as Upvest calls it with webhooks, where a proxy rewrites paths: signatures cover the path. */
  readonly publicUrl?: string | undefined;
  /** Where InvestSuite publishes its events: Kafka, or a bus of your own. Default none. */
  readonly bus?: Omit<KafkaBusOptions, 'onTrouble'> | Bus | undefined;
  /**
   * Where the gateway remembers: PostgreSQL, an embedded database in a folder, or a store of your own, e.g. one in memory for a
   * test. It is closed with the gateway. Default: the folder `./data`.
   */
  readonly store?:
    | { readonly databaseUrl?: string | undefined; readonly dataDir?: string | undefined }
    | Store
    | undefined;
  /**
   * Time, timers and chance, for tests that run on a clock of their own: see docs/proof.md. Default: the store's, which is this
   * process's own.
   */
  readonly runtime?: Runtime | undefined;
  /**
   * Where the audit's chains stand is logged at the start, every hour and at the end. `privateKey`: signs these lines; PEM,
   * not encrypted, Ed25519, ECDSA or RSA. Default: they are not signed. `headsEveryMs`: default 3,600,000.
   */
  readonly audit?: { readonly privateKey?: string | undefined; readonly headsEveryMs?: number | undefined } | undefined;
  /**
   * Which forms of calls this tenant's upstreams take, where that is known: see docs/upstreams.md. `probe`: try each at the
   * start, in the background, where nothing is kept of the tenant yet. Default false: the first calls find it out.
   */
  readonly tenantProfile?:
    | { readonly set?: ProfileValues | undefined; readonly probe?: boolean | undefined }
    | undefined;
  /** How money moves with this tenant. Defaults: InvestSuite's events book, virtual cash funds, withdrawals pay out. */
  readonly money?: Partial<MoneySettings> | undefined;
  /**
   * How long after an attempt whose answer was lost the request may still reach an upstream, in milliseconds: only what is not there
   * after that is taken for not done. Default 30,000; shorter only for tests.
   */
  readonly lateArrivalMs?: number | undefined;
  /**
   * How often a gateway looks by the clock for work, events and rows of the log: wake-ups come sooner, so this is for those that
   * are lost. Default 1,000 ms.
   */
  readonly pollMs?: number | undefined;
  /** Called between any two things of a request that a crash could part; for tests of crashes. */
  readonly onMoneyPoint?: EngineOptions['probe'];
  /** Have InvestSuite's transactions follow the broker's orders. Default true. */
  readonly orderSync?: boolean | undefined;
  /** Seconds after its acceptance within which an order must reach the broker; after that it is never sent. Default 60. */
  readonly orderSubmitWithin?: number | undefined;
  /** `auto`: InvestSuite's event has a recommended optimization carried out. Default off: only `executeOptimization` does. */
  readonly optimizations?: 'off' | 'auto' | undefined;
  /** Percent by which a price may be worse than the robo advisor expected; the order is skipped otherwise. Default 5. */
  readonly optimizationPriceTolerance?: number | undefined;
  /** Have InvestSuite's transactions and holdings follow the broker: docs/synchronization.md. Default false. */
  readonly portfolioSync?: boolean | undefined;
  /**
   * Maps a line of the broker's ledger to a transaction in InvestSuite; undefined for a line that the gateway's own table is to map. One that
   * throws makes the line a problem.
   */
  readonly ledger?: LedgerMapping | undefined;
  /** Hours between two sweeps of all portfolios; 0 for none. Default 24. */
  readonly syncSweepHours?: number | undefined;
  /** Seconds for which nothing may have happened to a robo portfolio before its holdings are written. Default 10. */
  readonly syncQuietSeconds?: number | undefined;
  /** How long notifications can be read back. Default 30 days. */
  readonly notificationsRetentionDays?: number | undefined;
  /** How often a quiet WebSocket or event stream is pinged. Default 12,000 ms. */
  readonly pingMs?: number | undefined;
  /** Over how long subscribers are sent away when the gateway stops, so that they do not all come back at once. Default 3,000 ms. */
  readonly farewellMs?: number | undefined;
  /** Browser origins other than the gateway's own that may call. Default none. */
  readonly corsOrigins?: readonly string[] | undefined;
  /** Request headers that pages of these origins may send, besides those of the usual clients. Default none. */
  readonly corsHeaders?: readonly string[] | undefined;
  /** Default: JSON lines on standard output, level info. */
  readonly logger?: Logger | undefined;
  /** Tracer of the spans. Default: the tracer `invest-gateway` of the process's OpenTelemetry SDK, where it has one. */
  readonly tracer?: Tracer | undefined;
  /** Prefix of the gateway's paths, such as `/bank`: for several gateways on one server. Default: none. */
  readonly basePath?: string | undefined;
}

/** A running graph over both systems. */
export interface Gateway {
  readonly schema: GraphQLSchema;
  /** For any server that speaks fetch. */
  readonly fetch: Fetch;
  /**
   * For node:http and what is built on it. As a middleware (Express) it passes on what is not its own; it has to come
   * before body parsers, since webhooks are checked over the bytes as they came.
   */
  readonly handler: NodeHandler;
  /** The paths that `fetch` and `handler` serve, for a host that routes by path. */
  readonly paths: readonly string[];
  /**
   * For the `upgrade` event of a node:http server: opens WebSockets, and answers what asks for another upgrade on a path of
   * the gateway's as if it asked for none. False where the request is for somebody else: see `ignoreUpgrade`.
   */
  readonly upgrade: Upgrade;
  readonly metrics: Metrics;
  readonly readiness: () => Promise<Readiness>;
  readonly store: Store;
  /** Sends subscribers away, so that they resume elsewhere. Requests are still answered. */
  drain(): Promise<void>;
  /** Drains, ends what is under way and closes all connections. */
  stop(): Promise<void>;
}
