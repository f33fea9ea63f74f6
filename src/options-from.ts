import { readConfig } from './config.ts';
import type { GatewayOptions } from './gateway-options.ts';
import type { Config } from './settings.ts';
import { createLogger } from './telemetry/logger.ts';

export type UpstreamSettings = NonNullable<Config['upstreams']>;

/**
 * The environment variables of `invest-gateway serve` as options of createGateway: the shortest way to embed.
 * Throws an Error that names every missing or wrong setting; the upstreams must be set.
 */
export function optionsFrom(environment: Readonly<Record<string, string | undefined>>): GatewayOptions {
  const result = readConfig(environment, { openKey: true });
  const problems = result.ok ? [] : result.problems;
  if (result.ok && result.config.upstreams !== undefined) {
    const { config } = result;
    return { ...optionsOf(config, result.config.upstreams), logger: createLogger(config.server.logLevel) };
  }
  const what = problems.length === 0 ? ['INVESTSUITE_URL and the other upstream settings are required'] : problems;
  throw new Error(`these settings are missing or wrong:\n  ${what.join('\n  ')}`);
}

/** Checked settings as options; without the logger. */
export function optionsOf(config: Config, { investSuite, upvest }: UpstreamSettings): GatewayOptions {
  const { server: _server, upstreams: _upstreams, ...options } = config;
  return {
    ...options,
    investSuite: { ...investSuite, ...options.investSuite },
    upvest: { ...upvest, ...options.upvest },
    auth: options.auth ?? 'local-operator',
  };
}
