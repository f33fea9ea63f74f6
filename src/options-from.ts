import { type Config, readConfig } from './config.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { createLogger } from './telemetry/logger.ts';

export type UpstreamSettings = NonNullable<Config['upstreams']>;

/**
 * What the environment variables of `invest-gateway serve` say, as options of createGateway: the shortest way to embed.
 * Throws an Error that names every missing or wrong setting; the upstreams must be set.
 */
export function optionsFrom(environment: Readonly<Record<string, string | undefined>>): GatewayOptions {
  const result = readConfig(environment, { openKey: true });
  const problems = result.ok ? [] : result.problems;
  if (result.ok && result.config.upstreams !== undefined) {
    const { config } = result;
    return { ...optionsOf(config, result.config.upstreams), bus: config.kafka, logger: createLogger(config.logLevel) };
  }
  const what = problems.length === 0 ? ['INVESTSUITE_URL and the other upstream settings are required'] : problems;
  throw new Error(`these settings are missing or wrong:\n  ${what.join('\n  ')}`);
}

/** Checked settings as options; without the logger and the bus. */
export function optionsOf(config: Config, { investSuite, upvest }: UpstreamSettings): GatewayOptions {
  return {
    investSuite: { ...investSuite, batching: config.batching },
    upvest: { ...upvest, requestsPerSecond: config.upvestRequestsPerSecond },
    tenantProfile: config.tenantProfile,
    auth: config.auth ?? 'local-operator',
    allowAnonymousOperator: config.allowAnonymousOperator,
    store: { databaseUrl: config.databaseUrl, dataDir: config.dataDir },
    audit: { privateKey: config.auditKey },
    publicUrl: config.publicUrl,
    notificationsRetentionDays: config.notificationsRetentionDays,
    money: { booking: config.booking, funding: config.funding, payout: config.payout },
    orderSync: config.orderSync,
    graphiql: config.graphiql,
    introspection: config.introspection,
    federation: config.federation,
    corsOrigins: config.corsOrigins,
    corsHeaders: config.corsHeaders,
    rateLimitPerMinute: config.rateLimitPerMinute,
    trustedDocuments: config.trustedDocuments,
  };
}
