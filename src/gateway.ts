import type { Readiness } from './adapters/http.ts';
import { LiveConnections } from './adapters/live-connections.ts';
import { parseBasePath, webhookUrlsOf } from './adapters/paths.ts';
import { Admission } from './callers/admission.ts';
import { createInvestSuite, type InvestSuite } from './datasources/investsuite/index.ts';
import type { AttemptRecord } from './datasources/upstream/client.ts';
import type { DroppedRows } from './datasources/upstream/rows.ts';
import type { TenantProfile } from './datasources/upstream/tenant-profile.ts';
import { createUpvest, type Upvest } from './datasources/upvest/index.ts';
import { directoryFor } from './directory.ts';
import type { Runtime } from './domain/runtime.ts';
import { Turn } from './domain/turn.ts';
import { isOperator, type Viewer } from './domain/viewer.ts';
import { doorsFor } from './doors.ts';
import type { UpstreamSystem } from './errors.ts';
import { callerLimitOf, Fleet } from './fleet.ts';
import type { Gateway, GatewayOptions } from './gateway-options.ts';
import { isShared, runtimeOf, storeOf } from './given-store.ts';
import { type Ingest, KafkaBus, requireKafkaClient, startIngest } from './ingest/index.ts';
import type { WebhookReceiver } from './ingest/webhook.ts';
import type { InstrumentDirectory } from './instruments/index.ts';
import { Hub, Retention } from './live/index.ts';
import type { Operations } from './operations/core.ts';
import { moneySettings, orderingOf, rebalancingPortsOf, rebalancingSettings } from './ordering.ts';
import { schemaOf } from './own-schema.ts';
import { degraded, whyNotReady } from './readiness.ts';
import type { Services } from './resolvers/context.ts';
import { CursorCodec } from './resolvers/cursors.ts';
import { Lookups } from './resolvers/lookups.ts';
import { defaultLink } from './resolvers/portfolios.ts';
import { SeenTransactions } from './resolvers/seen-transactions.ts';
import { TransactionOrder } from './resolvers/transaction-order.ts';
import { HEADS_MESSAGE, HeadsLog, type HeadsSigner, headsSigner, readFigures, type Store } from './store/index.ts';
import { sweeperFor, synchronizationPorts } from './synchronization.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { Metrics } from './telemetry/metrics.ts';
import { observeState } from './telemetry/state-metrics.ts';
import { Tracing } from './telemetry/tracing.ts';
import { Tenant } from './tenant.ts';
import {
  allWorkflows,
  type CashServices,
  claimForEnded,
  Engine,
  followOptimization,
  followOrder,
  type RebalancingPorts,
  rebalancingWorkflows,
  type SynchronizationPorts,
  synchronizeEvents,
} from './workflows/index.ts';

export type { Gateway, GatewayOptions } from './gateway-options.ts';

/**
 * Puts everything together. Rejects with a StoreUnavailableError where the database can't be had,
 * with a SigningKeyError or an AuditKeyError where a key can't be used, with a KafkaClientError where
 * the client of Kafka is not installed.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  return (await assemble(options)).gateway;
}

/** A gateway, and what its doors call: for doors that are not HTTP. */
export interface Assembly {
  readonly gateway: Gateway;
  readonly operations: Operations;
  readonly receiveWebhook: WebhookReceiver;
}

/** As {@link createGateway}. */
export async function assemble(options: GatewayOptions): Promise<Assembly> {
  const basePath = parseBasePath(options.basePath ?? '');
  if (options.bus !== undefined && !('start' in options.bus)) await requireKafkaClient();
  const logger = options.logger ?? createLogger('info');
  const metrics = new Metrics();
  const tracing = new Tracing(options.tracer);
  const runtime = runtimeOf(options);
  const fleet = new Fleet({
    runtime,
    isShared: isShared(options.store),
    onTrouble: (what, error) => logger.warn({ err: error }, what),
  });
  const tenant = new Tenant({ ...options, runtime, onTrouble: (what, error) => logger.warn({ err: error }, what) });
  const upstreams = connect(options, { logger, metrics, tracing }, { fleet, runtime, profile: tenant.profile });
  const schema = schemaOf(options);
  const auditKey = options.audit?.privateKey;
  const signer = auditKey === undefined ? undefined : await headsSigner(auditKey);
  const store = await storeOf(options, runtime, (what, error) => logger.warn({ err: error }, what));
  await Promise.all([fleet.join(store), tenant.join(store)]);
  const heads = headsLogFor(options, store, signer, logger);
  const sync = synchronizationPorts(options, { upstreams, logger, metrics });
  const instruments = directoryFor(options, { upstreams, store, logger });
  const rebalancing = rebalancingPortsOf(sync, upstreams, instruments);
  const engine = new Engine({
    store,
    ports: upstreams,
    definitions: [
      ...allWorkflows(sync, (ms) => metrics.orderAtBroker(ms / 1_000)),
      ...rebalancingWorkflows(rebalancing, rebalancingSettings(options)),
    ],
    onTrouble: (what, error) => logger.error({ err: error }, what),
    onReview: ({ id, kind, step, portfolio_id: portfolioId, reason }) =>
      logger.error({ id, kind, step, portfolioId, reason }, `a person is needed: invest-gateway reviews show ${id}`),
    probe: options.onMoneyPoint,
    isAway: (system) => (system === 'UPVEST' ? upstreams.upvest : upstreams.investSuite).refusesCalls,
    lateArrivalMs: options.lateArrivalMs,
    pollMs: options.pollMs,
    inSpan: (row, work) => tracing.step(row, work),
  });
  const seen = new SeenTransactions(store, (what, error) => logger.warn({ err: error }, what));
  const live = liveFor(options, { upstreams, store, logger, metrics });
  const perMinute = options.rateLimitPerMinute;
  const rateLimit = perMinute === undefined ? undefined : callerLimitOf(store, perMinute);
  const lookups = new Lookups(rateLimit);
  const parts = { upstreams, store, engine, seen, lookups, instruments, rebalancing, hub: live.hub, sync };
  const services = createServices(options, parts);
  const ingest = ingestFor(options, { upstreams, store, logger, metrics });
  const admission = admissionFor(options, metrics);
  observeState(metrics.registry, {
    read: () => store.read(readFigures),
    kinds: [...engine.definitions.keys()],
    circuits: { INVESTSUITE: () => upstreams.investSuite.circuitOpen, UPVEST: () => upstreams.upvest.circuitOpen },
  });
  let stopping = false;
  const readiness = async (): Promise<Readiness> => {
    const reason = stopping ? 'stopping' : await whyNotReady(store, admission);
    return { ready: reason === undefined, reason, degraded: degraded(upstreams, ingest) };
  };
  const { operations, ...doors } = doorsFor(options, {
    store,
    basePath,
    schema,
    services,
    live,
    ingest,
    admission,
    rateLimit,
    readiness,
    logger,
    metrics,
    tracing,
  });
  const sweeper = sweeperFor(options, { store, ports: sync, logger });
  await engine.start();
  sweeper.start();
  instruments.start();
  // In the background: a gateway does not wait for an upstream to be ready.
  const probed = options.tenantProfile?.probe === true && tenant.profile.isEmpty ? tenant.learn(upstreams) : undefined;
  const drain = async (): Promise<void> => {
    stopping = true;
    live.hub.close();
    await live.connections.endAll(options.farewellMs ?? 3_000);
  };
  const gateway: Gateway = {
    schema,
    ...doors,
    metrics,
    readiness,
    store,
    drain,
    async stop() {
      await drain();
      // Upstream calls have deadlines. A database that is paused, or behind a network that is gone, says nothing for ever.
      const cancelTimer = runtime.after(STORE_FAREWELL_MS, () => store.abandon());
      try {
        await sweeper.stop();
        await Promise.all([engine.stop(), instruments.stop(), ingest.stop(), live.hub.stop(), live.retention.stop()]);
        await Promise.all([upstreams.investSuite.close(), upstreams.upvest.close()]);
        await probed;
        await Promise.all([seen.flush(), tenant.flush()]);
        await heads.stop();
        await store.close();
      } finally {
        cancelTimer();
      }
    },
  };
  return { gateway, operations, receiveWebhook: ingest.receiveWebhook };
}

function headsLogFor(
  { audit }: GatewayOptions,
  store: Store,
  signer: HeadsSigner | undefined,
  logger: Logger,
): HeadsLog {
  return new HeadsLog({
    store,
    signer,
    everyMs: audit?.headsEveryMs,
    log: (line) => logger.info(line, HEADS_MESSAGE),
    onTrouble: (error) => logger.warn({ err: error }, 'where the audit stands could not be logged'),
  });
}

function ingestFor(
  { link, publicUrl, bus, orderSync, optimizations, ...options }: GatewayOptions,
  { upstreams, store, logger, metrics }: Pick<Parts, 'upstreams' | 'store'> & Telemetry,
): Ingest {
  return startIngest({
    ...upstreams,
    store,
    pollMs: options.pollMs,
    link,
    linkOf: link ?? defaultLink,
    publicWebhookUrls:
      publicUrl === undefined ? undefined : webhookUrlsOf(publicUrl, parseBasePath(options.basePath ?? '')),
    followOrder: orderSync === false ? undefined : followOrder,
    synchronize: options.portfolioSync === true ? synchronizeEvents : undefined,
    followOptimization: optimizations === 'auto' ? followOptimization : undefined,
    claim: claimForEnded,
    bus:
      bus === undefined || 'start' in bus
        ? bus
        : new KafkaBus({ ...bus, onTrouble: (what, error) => logger.warn({ err: error }, what) }),
    onTrouble: (what, error) => logger.warn({ err: error }, what),
    onWorked: (outcome, count) => metrics.inboxEvents(outcome, count),
  });
}

function liveFor(
  options: GatewayOptions,
  { upstreams, store, logger, metrics }: Pick<Parts, 'upstreams' | 'store'> & { logger: Logger; metrics: Metrics },
) {
  const onTrouble = (what: string, error: unknown): void => logger.warn({ err: error }, what);
  const hub = new Hub({ store, investSuite: upstreams.investSuite, pollMs: options.pollMs, onTrouble });
  const connections = new LiveConnections();
  metrics.gauge('gateway_live_connections', 'WebSockets and event streams.', () => connections.size);
  metrics.gauge('gateway_live_subscribers', 'Subscriptions being served.', () => hub.figures.subscribers);
  metrics.gauge('gateway_live_groups', 'Groups of alike subscriptions.', () => hub.figures.groups);
  metrics.gauge('gateway_live_deliveries', 'Events sent to subscribers since the start.', () => hub.figures.deliveries);
  metrics.gauge('gateway_live_executions', 'Executions for that since the start.', () => hub.figures.executions);
  return {
    hub,
    connections,
    pingMs: options.pingMs ?? 12_000,
    retention: new Retention({ store, days: options.notificationsRetentionDays ?? 30, onTrouble }),
  };
}

/** Subscriptions that one caller may have at this gateway. */
const MAX_SUBSCRIPTIONS = 1_000;
/** An operator may be a server that fans out further; without authentication everybody is the same operator. */
const MAX_OPERATOR_SUBSCRIPTIONS = 100_000;

const allowanceOf = (viewer: Viewer): number => (isOperator(viewer) ? MAX_OPERATOR_SUBSCRIPTIONS : MAX_SUBSCRIPTIONS);

interface Upstreams {
  readonly investSuite: InvestSuite;
  readonly upvest: Upvest;
}

function connect(
  { investSuite, upvest }: GatewayOptions,
  telemetry: Telemetry & { tracing: Tracing },
  { fleet, ...common }: { readonly fleet: Fleet; readonly runtime: Runtime; readonly profile: TenantProfile },
): Upstreams {
  const { requestsPerSecond = 250, clientId } = upvest;
  const name = `upvest:${clientId}`;
  return {
    investSuite: createInvestSuite({
      ...investSuite,
      ...upstreamHooks('INVESTSUITE', telemetry),
      baseUrl: investSuite.url,
      pause: fleet.pauseOf(`investsuite:${investSuite.accessKeyId}`),
      ...common,
    }),
    upvest: createUpvest({
      ...upvest,
      ...upstreamHooks('UPVEST', telemetry),
      baseUrl: upvest.url,
      privateKeyPem: upvest.privateKey,
      callRate: fleet.callRateOf(name, requestsPerSecond),
      pause: fleet.pauseOf(name),
      ...common,
    }),
  };
}

function upstreamHooks(system: UpstreamSystem, { logger, metrics, tracing }: Telemetry & { tracing: Tracing }) {
  return {
    onAttempt: (record: AttemptRecord) => {
      metrics.upstreamAttempt(record);
      tracing.attempt(record);
      const { outcome, method } = record;
      if (typeof outcome !== 'number' || outcome >= 500) logger.warn({ ...record }, 'an upstream call failed');
      // That something is not there is an answer, not a refusal.
      else if (outcome >= 400 && !(outcome === 404 && method === 'GET'))
        logger.warn({ ...record }, 'an upstream refused a call');
    },
    onShared: () => metrics.sharedRead(system),
    onDropped: ({ resource, count, details }: DroppedRows) => {
      metrics.droppedRow(system, resource, count);
      logger.error({ system, resource, count, details }, 'rows of an upstream answer were left out');
    },
  };
}

interface Telemetry {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Parts {
  readonly upstreams: Upstreams;
  readonly store: Store;
  readonly engine: Engine;
  readonly seen: SeenTransactions;
  readonly lookups: Lookups;
  readonly instruments: InstrumentDirectory;
  readonly rebalancing: RebalancingPorts;
  readonly hub: Hub;
  readonly sync: SynchronizationPorts;
}

function createServices(
  options: GatewayOptions,
  { upstreams, store, engine, seen, lookups, instruments, rebalancing, hub, sync }: Parts,
): Services {
  const link = options.link ?? defaultLink;
  const money: CashServices = { store, engine, ports: upstreams, link, settings: moneySettings(options) };
  const turn = new Turn(store.runtime);
  const ordering = orderingOf(money, upstreams.upvest, instruments, options.orderSubmitWithin);
  return {
    ...upstreams,
    runtime: store.runtime,
    link,
    transactionIndex: seen,
    transactionOrder: new TransactionOrder(seen, turn),
    turn,
    instruments,
    lookups,
    // Every gateway of one deployment has this secret, so a cursor of one holds at the others.
    cursors: new CursorCodec(options.investSuite.secretAccessKey),
    money,
    orders: { store, engine, investSuite: upstreams.investSuite },
    synchronization: { store, engine, ports: sync },
    ordering,
    rebalancing: { ...ordering, rebalancing, rebalancingSettings: rebalancingSettings(options) },
    live: { hub, allowance: allowanceOf },
  };
}

/** Of all requests under way together. */
const MAX_BODIES_BYTES = 256 * 1024 * 1024;

function admissionFor({ maxConcurrentRequests }: GatewayOptions, metrics: Metrics): Admission {
  const admission = new Admission({ requests: maxConcurrentRequests ?? 2_000, bytes: MAX_BODIES_BYTES });
  metrics.gauge('gateway_requests_in_progress', 'GraphQL requests under way.', () => admission.requests);
  metrics.gauge(
    'gateway_request_body_bytes',
    'Bytes taken by bodies of GraphQL requests that are arriving or under way.',
    () => admission.bytes,
  );
  return admission;
}

/** How long work that is under way may wait for the store when the gateway stops: longer than for an upstream. */
const STORE_FAREWELL_MS = 12_000;
