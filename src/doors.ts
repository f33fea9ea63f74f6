import type { GraphQLSchema } from 'graphql';
import { GraphiqlPage } from './adapters/graphiql.ts';
import { createGraphqlHttp, GRAPHQL_PATH } from './adapters/graphql-http.ts';
import { createFetch, type Readiness } from './adapters/http.ts';
import type { LiveConnections } from './adapters/live-connections.ts';
import { nodeHandler } from './adapters/node.ts';
import { pathsBelow } from './adapters/paths.ts';
import { createPlainPosts } from './adapters/plain-posts.ts';
import { RefusedOrigins } from './adapters/refused-origins.ts';
import { rememberingLast } from './adapters/remembering-last.ts';
import { WebhookBodies } from './adapters/webhook-bodies.ts';
import { createWebhookEndpoint, WEBHOOK_PATH } from './adapters/webhooks.ts';
import { createUpgrade } from './adapters/websocket.ts';
import type { Admission } from './callers/admission.ts';
import { type Authenticate, tokenAuthentication } from './callers/authenticate.ts';
import { isLocalName } from './callers/local-names.ts';
import { isLoopbackAddress } from './callers/loopback.ts';
import { Newcomers } from './callers/newcomers.ts';
import { ownAuthentication } from './callers/own-authentication.ts';
import type { CallerLimit } from './callers/rate-limit.ts';
import { LOCAL_OPERATOR } from './domain/viewer.ts';
import type { Gateway, GatewayOptions } from './gateway-options.ts';
import type { Ingest } from './ingest/index.ts';
import type { Hub } from './live/index.ts';
import { Operations } from './operations/core.ts';
import { DEFAULT_LIMITS } from './operations/limits.ts';
import { parseTrustedDocuments } from './operations/trusted-documents.ts';
import type { Services } from './resolvers/context.ts';
import type { Store } from './store/index.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { Tracing } from './telemetry/tracing.ts';

/** Dependencies of the doors. */
export interface Inside {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly store: Store;
  readonly basePath: string;
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly live: { readonly hub: Hub; readonly connections: LiveConnections; readonly pingMs: number };
  readonly ingest: Ingest;
  readonly admission: Admission;
  readonly rateLimit: CallerLimit | undefined;
  readonly readiness: () => Promise<Readiness>;
  readonly tracing: Tracing;
}

/** The ways in: HTTP, WebSocket, webhooks. */
export function doorsFor(
  options: GatewayOptions,
  inside: Inside,
): Pick<Gateway, 'fetch' | 'handler' | 'paths' | 'upgrade'> & { readonly operations: Operations } {
  const { rateLimit, basePath, schema, services, live, ingest, admission, readiness, logger, metrics, tracing } =
    inside;
  const path = basePath + GRAPHQL_PATH;
  const newcomers = new Newcomers(services.runtime);
  const { introspection = false, trustedDocuments, corsOrigins = [], corsHeaders = [], publicUrl } = options;
  const refusedOrigins = new RefusedOrigins(logger);
  const onRefused = (origin: string | null | undefined): void => refusedOrigins.tell(origin);
  const cors = { origins: corsOrigins, headers: corsHeaders, onRefused };
  const operations = new Operations({
    ...{ schema, services, admission, newcomers, rateLimit, introspection, logger, metrics, tracing, hub: live.hub },
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    trustedDocuments: trustedDocuments === undefined ? undefined : parseTrustedDocuments(trustedDocuments),
    ownFields: options.extend !== undefined,
    turn: services.turn,
  });
  const mayName = namesOf(options);
  const mayReach = reachOf(options, path);
  const shared = {
    ...{ path, operations, admission, newcomers, rateLimit, logger, cors, ...live },
    authenticate: authentication(options.auth),
    lookups: services.lookups,
  };
  const fetch = createFetch({
    ...{ ...shared, basePath, mayName, readiness, metrics },
    graphql: createGraphqlHttp(shared),
    webhooks: createWebhookEndpoint({
      receive: ingest.receiveWebhook,
      bodies: webhookBodies(metrics),
      logger,
      metrics,
      tracing,
    }),
    graphiql: options.graphiql === true ? new GraphiqlPage(path) : undefined,
  });
  const plainPosts = createPlainPosts(shared);
  const origins = [...corsOrigins, ...(publicUrl === undefined ? [] : [new URL(publicUrl).origin])];
  const paths = pathsBelow(basePath);
  return {
    operations,
    fetch,
    handler: nodeHandler(fetch, plainPosts, {
      ...{ paths, webhookPath: basePath + WEBHOOK_PATH, mayName, mayReach, newcomers, logger },
    }),
    paths,
    upgrade: createUpgrade({ ...shared, paths, mayName, mayReach, schema, origins, onRefused }),
  };
}

function webhookBodies(metrics: Metrics): WebhookBodies {
  const bodies = new WebhookBodies();
  metrics.gauge('gateway_webhook_body_bytes', 'Bytes of webhook bodies that are held.', () => bodies.bytes);
  return bodies;
}

function authentication(auth: GatewayOptions['auth']): Authenticate {
  if (auth === 'local-operator') return () => LOCAL_OPERATOR;
  return typeof auth === 'function' ? ownAuthentication(auth) : tokenAuthentication(auth);
}

/** Any name where callers say who they are; else local ones only. */
function namesOf({ auth, publicUrl, corsOrigins = [] }: GatewayOptions): (host: string | undefined) => boolean {
  if (auth !== 'local-operator') return () => true;
  const ours = [...(publicUrl === undefined ? [] : [publicUrl]), ...corsOrigins].map((url) => new URL(url).host);
  return (host) => isLocalName(host, ours);
}

/**
 * Without authentication the graph answers connections that arrived at a loopback address only, or over a socket that has
 * no address (a Unix one). Health, metrics and webhooks need no operator: every connection may ask for them.
 */
function reachOf(
  { auth, allowAnonymousOperator }: GatewayOptions,
  graphPath: string,
): (path: string, localAddress: string | undefined) => boolean {
  if (auth !== 'local-operator' || allowAnonymousOperator === true) return () => true;
  const isLoopback = rememberingLast(isLoopbackAddress);
  return (path, localAddress) => path !== graphPath || localAddress === undefined || isLoopback(localAddress);
}
