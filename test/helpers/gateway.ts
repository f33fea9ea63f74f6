import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGateway, type Gateway, type GatewayOptions } from '../../src/gateway.ts';
import type { Logger } from '../../src/telemetry/logger.ts';
import { listenOnLoopback } from './http.ts';

export { eventually } from './eventually.ts';

/** A GraphQL response as a client reads it. */
export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests say which data they expect; the shape is checked by the comparison.
  readonly data: unknown;
  readonly errors: readonly GraphqlAnswerError[] | undefined;
}

export interface GraphqlAnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

export interface RunningGateway {
  readonly gateway: Gateway;
  readonly url: string;
  /** The folder of its embedded database, unless it was given a store. */
  readonly dataDir: string;
  /** The log, one entry a line. */
  readonly log: readonly string[];
  /** Sends a query over HTTP. */
  ask(query: string, variables?: Record<string, unknown>, headers?: Record<string, string>): Promise<GraphqlAnswer>;
  stop(): Promise<void>;
}

/** A gateway behind a real socket. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const log: string[] = [];
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-'));
  const gateway = await createGateway({
    logger: memoryLogger(log),
    introspection: true,
    store: { dataDir },
    ...options,
  });
  const server = createServer(gateway.handler);
  server.on('upgrade', (request, socket, head) => {
    if (!gateway.upgrade(request, socket, head)) socket.destroy();
  });
  const { url, stop } = await listenOnLoopback(server);
  return {
    gateway,
    url,
    dataDir,
    log,
    async ask(query, variables = {}, headers = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      return await readAnswer(response);
    },
    stop: async () => {
      await stop();
      await gateway.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export async function readAnswer(response: Response): Promise<GraphqlAnswer> {
  const text = await response.text();
  const body: unknown = text.startsWith('{') ? JSON.parse(text) : {};
  const { data, errors } = body as Pick<GraphqlAnswer, 'data' | 'errors'>;
  return { status: response.status, headers: response.headers, text, data, errors };
}

/** Keeps what is logged, as the JSON that would have been printed. */
export function memoryLogger(lines: string[]): Logger {
  const write = (level: string) => (fields: object, message: string) => {
    lines.push(
      JSON.stringify({ level, message, ...fields }, (_key, value: unknown) =>
        value instanceof Error ? String(value.stack) : value,
      ),
    );
  };
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return logger;
}
