import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { StoreUnavailableError } from '../errors.ts';
import { KafkaClientError, requireKafkaClient } from '../ingest/index.ts';
import type { Config } from '../settings.ts';
import { EmptyDatabaseError, logHead, openForReading } from '../store/index.ts';

/** Result of one check; `problem` is null where it passes. */
export interface Tried {
  readonly tried: string;
  readonly problem: string | null;
  readonly message: string;
}

const PATIENCE_MS = 5_000;

const isThere = ({ databaseUrl, dataDir }: Config['store']): boolean =>
  databaseUrl !== undefined || existsSync(join(dataDir, 'gateway.db'));

/** The database can be read. One that is empty, or not there yet, is made by the gateway when it starts. */
export async function checkDatabase(config: Config['store']): Promise<Tried> {
  const kind = config.databaseUrl === undefined ? 'embedded' : 'PostgreSQL';
  const tried = `database (${kind})`;
  if (!isThere(config))
    return { tried, problem: null, message: `none in ${config.dataDir} yet; the first start makes it` };
  try {
    const store = await openForReading(config);
    await store.read(logHead).finally(() => store.close());
    return { tried, problem: null, message: 'can be read' };
  } catch (error) {
    if (error instanceof EmptyDatabaseError) return { tried, problem: null, message: error.message };
    if (!(error instanceof StoreUnavailableError)) throw error;
    return { tried, problem: 'unavailable', message: error.message };
  }
}

/** The issuer of tokens shows keys. */
export async function checkIssuer({ jwksUrl }: Pick<NonNullable<Config['auth']>, 'jwksUrl'>): Promise<Tried> {
  const tried = "the token issuer's keys";
  try {
    const answer = await fetch(jwksUrl, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) return { tried, problem: 'refused', message: `AUTH_JWKS_URL answers ${answer.status}` };
    const body: unknown = await answer.json();
    const keys = typeof body === 'object' && body !== null && 'keys' in body ? body.keys : undefined;
    if (Array.isArray(keys) && keys.length > 0) return { tried, problem: null, message: `${keys.length} found` };
    return { tried, problem: 'no-keys', message: 'AUTH_JWKS_URL answers, but with no keys' };
  } catch {
    return { tried, problem: 'unreachable', message: 'AUTH_JWKS_URL gives no answer that can be read' };
  }
}

/** Whether each broker accepts connections. Credentials are checked when the gateway runs: see `/readyz`. */
export async function checkBrokers({ brokers }: Pick<NonNullable<Config['bus']>, 'brokers'>): Promise<Tried[]> {
  return await Promise.all([
    ...(await missingClient()),
    ...brokers.map(async (broker) => {
      const tried = `Kafka broker ${broker}`;
      return (await takesConnections(broker))
        ? { tried, problem: null, message: 'takes connections' }
        : { tried, problem: 'unreachable', message: 'takes no connection' };
    }),
  ]);
}

async function missingClient(): Promise<Tried[]> {
  try {
    await requireKafkaClient();
    return [];
  } catch (error) {
    if (!(error instanceof KafkaClientError)) throw error;
    return [{ tried: 'Kafka client', problem: 'not-installed', message: error.message }];
  }
}

function takesConnections(broker: string): Promise<boolean> {
  const at = broker.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({ host: broker.slice(0, at), port: Number(broker.slice(at + 1)), timeout: PATIENCE_MS });
    const end = (works: boolean) => (): void => {
      socket.destroy();
      resolve(works);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
