import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { continueWhenRead } from '../adapters/expect-continue.ts';
import { ignoreUpgrade } from '../adapters/ignore-upgrade.ts';
import { WEBHOOK_PATH } from '../adapters/webhooks.ts';
import { SigningKeyError } from '../datasources/upvest/index.ts';
import { StoreUnavailableError } from '../errors.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../gateway.ts';
import type { Bus } from '../ingest/index.ts';
import { KafkaClientError } from '../ingest/index.ts';
import { optionsOf, type UpstreamSettings } from '../options-from.ts';
import type { Config } from '../settings.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import type { CommandIo } from './command.ts';
import { configOrComplaint } from './config.ts';
import { Drain } from './drain.ts';
import { STANDINS_FILE, sandboxPanel, standinsAt } from './sandbox/index.ts';
import { standinBus } from './standin-bus.ts';
import { loadStaticSite, type StaticSite } from './static-site.ts';

/** Runs the gateway until SIGTERM or SIGINT. */
export async function serve(io: CommandIo): Promise<number> {
  const config = configOrComplaint(io, { openKey: true, listens: true });
  if (config === undefined) return 1;
  const logger = createLogger(config.server.logLevel);
  const standins = config.upstreams === undefined ? await startStandinUpstreams(config.store.dataDir) : undefined;
  const upstreams = config.upstreams ?? standins?.upstreams;
  if (upstreams === undefined) return 1;
  const gateway = await gatewayOrComplaint(
    {
      ...optionsOf(config, upstreams),
      // Stand-ins have no real money: a demonstration may be open to other machines.
      allowAnonymousOperator: config.allowAnonymousOperator || standins !== undefined,
      bus: config.bus ?? standins?.bus,
      portfolioSync: config.portfolioSync ?? standins !== undefined,
      logger,
    },
    io,
  );
  if (gateway === undefined) {
    await standins?.stop();
    return 1;
  }
  gateway.metrics.collectProcess();
  const server = createServer();
  keepAlive(server, config.server.keepAliveSeconds);
  const drain = new Drain(server);
  const site = siteOf(config.server);
  const panel = site && sandboxPanel(standins && standinsAt(standins.urls), io);
  server.on('request', (request, response) => {
    if (site?.(request, response) === true || panel?.(request, response) === true) return;
    gateway.handler(request, response);
  });
  continueWhenRead(server);
  server.on('upgrade', (request, socket, head) => {
    if (!gateway.upgrade(request, socket, head)) ignoreUpgrade(request, socket, head);
  });
  // Before anybody sees that we listen; until then a signal simply ends the process.
  const told = toldToStop();
  const port = await listen(server, config.server);
  if (port === undefined) {
    io.stderr.write(
      `invest-gateway: port ${config.server.port} of ${config.server.host} is taken or not allowed; set PORT\n`,
    );
    await Promise.all([gateway.stop(), standins?.stop()]);
    return 1;
  }
  standins?.begin(`http://127.0.0.1:${port}${WEBHOOK_PATH}`);
  io.stderr.write(banner(config, port, site));
  logger.info({ port, host: config.server.host }, 'listening');
  await told;
  logger.info({}, 'stopping');
  endWhateverHappens(logger);
  await drain.run(() => gateway.drain());
  await gateway.stop();
  await standins?.stop();
  return 0;
}

/** Longer than the limits of all stop steps, and shorter than the wait of supervisors before they kill. */
const STOP_MS = 29_000;

/** All work is on disk: it is safe to end a process that neither serves nor stops. */
function endWhateverHappens(logger: Logger): void {
  const end = (): void => {
    logger.error({ afterMs: STOP_MS }, 'the gateway did not stop in time: the process is ended');
    process.exit(1);
  };
  setTimeout(end, STOP_MS).unref();
}

/** Margin for requests that arrive while client and server close an idle connection. */
const KEEP_ALIVE_MARGIN_MS = 5_000;

/**
 * A balancer sends a request over a connection that it takes for open: the side that is asked must be the one that waits
 * longer. The time for the head of a request begins with the connection, so it has to be longer still.
 */
function keepAlive(server: Server, seconds: number): void {
  server.keepAliveTimeout = seconds * 1_000;
  server.headersTimeout = server.keepAliveTimeout + KEEP_ALIVE_MARGIN_MS;
  server.requestTimeout = Math.max(server.requestTimeout, server.headersTimeout);
}

/** The gateway, or undefined after it has been told which setting can't be used. */
async function gatewayOrComplaint(options: GatewayOptions, { stderr }: CommandIo): Promise<Gateway | undefined> {
  try {
    return await createGateway(options);
  } catch (error) {
    if (error instanceof SigningKeyError) {
      stderr.write(`invest-gateway: UPVEST_PRIVATE_KEY can't be used: ${error.message}\n`);
    } else if (error instanceof KafkaClientError) {
      stderr.write(`invest-gateway: ${error.message}\n`);
    } else if (error instanceof StoreUnavailableError) {
      stderr.write(`invest-gateway: the database can't be used: ${error.message}\n`);
    } else throw error;
    return undefined;
  }
}

/** The page at /, where one is built. */
const siteOf = ({ webDir }: Config['server']): StaticSite | undefined =>
  webDir !== undefined && existsSync(webDir) ? loadStaticSite(webDir) : undefined;

interface StandinUpstreams {
  readonly upstreams: UpstreamSettings;
  readonly urls: Readonly<Record<'investsuite' | 'upvest', string>>;
  readonly bus: Bus;
  /** Sends webhooks to this address, and tells `invest-gateway sandbox` where the stand-ins are. */
  readonly begin: (webhookUrl: string) => void;
  readonly stop: () => Promise<void>;
}

/** Stand-ins on free ports of this machine, and the settings that reach them. */
async function startStandinUpstreams(dataDir: string): Promise<StandinUpstreams> {
  const { startStandins } = await import('../standins/index.ts');
  const standins = await startStandins({ seed: 'demo' });
  const { investSuite, upvest } = standins;
  const urls = { investsuite: investSuite.url, upvest: upvest.url };
  const file = join(dataDir, STANDINS_FILE);
  let isWritten = false;
  return {
    upstreams: {
      investSuite: { url: investSuite.url, ...investSuite.credentials },
      upvest: {
        url: upvest.url,
        clientId: upvest.credentials.clientId,
        clientSecret: upvest.credentials.clientSecret,
        keyId: upvest.credentials.keyId,
        privateKey: upvest.credentials.privateKeyPem,
        passphrase: undefined,
      },
    },
    urls,
    bus: standinBus((listener) => investSuite.onBusEvent(listener)),
    begin: (url) => {
      upvest.webhooks.register(url);
      try {
        writeFileSync(file, `${JSON.stringify(urls)}\n`, { mode: 0o600 });
        isWritten = true;
      } catch {
        // On PostgreSQL there need not be a folder: then the sandbox has to be told by INVESTSUITE_URL and UPVEST_URL.
      }
    },
    stop: async () => {
      if (isWritten) rmSync(file, { force: true });
      await standins.stop();
    },
  };
}

/** The port taken, or undefined where it can't be had. */
async function listen(server: Server, { port, host }: Config['server']): Promise<number | undefined> {
  return await new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    // Thousands of subscribers reconnect at once when another gateway stops.
    server.listen({ port, host, backlog: 4096 }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function banner(config: Config, port: number, site: StaticSite | undefined): string {
  const address = config.publicUrl ?? `http://localhost:${port}`;
  const lines = [`invest-gateway is at ${address}/graphql`];
  if (config.graphiql) lines.push('Open it in a browser for GraphiQL.');
  if (site !== undefined) lines.push(`A front end on it is at ${address}/`);
  if (config.upstreams === undefined) {
    lines.push('', 'STAND-INS: no upstream is set, so InvestSuite and Upvest are played by stand-ins on this machine.');
    lines.push('Nothing here is real money. Set INVESTSUITE_… and UPVEST_… for the real systems (--help lists them).');
  }
  if (config.auth === undefined) {
    lines.push('', 'NO AUTHENTICATION: everybody who reaches this port is an operator. Set AUTH_… to ask for tokens.');
  }
  const width = Math.max(...lines.map((line) => line.length));
  const frame = `+${'-'.repeat(width + 2)}+`;
  return `${[frame, ...lines.map((line) => `| ${line.padEnd(width)} |`), frame].join('\n')}\n`;
}

async function toldToStop(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}
