import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isLoopbackAddress } from './callers/loopback.ts';
import { type ProfileValues, parseProfileValues } from './datasources/upstream/tenant-profile.ts';
import { loadSigningKey, SigningKeyError } from './datasources/upvest/signing-key.ts';
import { parseTrustedDocuments } from './operations/trusted-documents.ts';
import { type Environment, isWebAddress, SettingsReader } from './settings-reader.ts';
import { AuditKeyError, checkAuditKey } from './store/audit-key.ts';

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
  readonly passphrase: string | undefined;
}

export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
  readonly tls: { readonly ca: string | undefined } | undefined;
  readonly sasl:
    | {
        readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
}

/** What tokens must be like. */
export interface AuthSettings {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly userClaim: string;
  /**
   * The `typ` that a token's header must have, such as `at+jwt` (RFC 9068): a media type, compared without case and
   * without `application/`. Default: any, none too.
   */
  readonly tokenType?: string | undefined;
  readonly clockToleranceSeconds: number;
}

/** All settings, checked. Made by {@link readConfig}. */
export interface Config {
  readonly production: boolean;
  readonly port: number;
  readonly host: string;
  readonly publicUrl: string | undefined;
  readonly logLevel: LogLevel;
  /** Undefined: the stand-ins. Both are set or neither is. */
  readonly upstreams: { readonly investSuite: InvestSuiteSettings; readonly upvest: UpvestSettings } | undefined;
  readonly batching: 'auto' | 'on' | 'off';
  /** Which forms of calls the tenant takes; see docs/upstreams.md. */
  readonly tenantProfile: { readonly set: ProfileValues; readonly probe: boolean };
  readonly booking: 'investsuite' | 'gateway';
  readonly funding: 'virtual-cash' | 'none';
  readonly payout: 'withdrawal' | 'virtual-cash';
  readonly upvestRequestsPerSecond: number;
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** PEM; content of the file. */
  readonly auditKey: string | undefined;
  readonly kafka: KafkaSettings | undefined;
  /** Undefined: no token is asked for, and everybody is an operator. */
  readonly auth: AuthSettings | undefined;
  /** Also of connections from other machines, with real upstreams. */
  readonly allowAnonymousOperator: boolean;
  readonly rateLimitPerMinute: number | undefined;
  /** Origins such as https://app.bank.example. */
  readonly corsOrigins: readonly string[];
  /** Request headers that their pages may send besides the usual ones. */
  readonly corsHeaders: readonly string[];
  readonly keepAliveSeconds: number;
  readonly graphiql: boolean;
  /** Folder of the page at /, where there may be none; undefined: no page. */
  readonly webDir: string | undefined;
  readonly introspection: boolean;
  readonly federation: boolean;
  /** Content of the file. */
  readonly trustedDocuments: string | undefined;
  readonly notificationsRetentionDays: number;
  readonly orderSync: boolean;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The settings, or every problem with them, each naming its variable and never a secret's value. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads and checks all settings; an empty variable counts as not set. Files named by settings are read here.
 * `openKey`: the signing key is opened as well, so that a wrong one is told with all the rest. Default: createGateway
 * tells it. `listens`: HOST will be listened on, so who may be an operator there is checked as well.
 */
export function readConfig(environment: Environment, { openKey = false, listens = false } = {}): ConfigResult {
  const reader = new SettingsReader(environment);
  const config = readAll(reader);
  if (listens) checkAnonymousOperator(reader, config);
  if (openKey && config.upstreams !== undefined) checkSigningKey(reader, config.upstreams.upvest);
  return reader.problems.length === 0 ? { ok: true, config } : { ok: false, problems: reader.problems };
}

function readAll(read: SettingsReader): Config {
  const production = read.text('NODE_ENV') === 'production';
  const auth = readAuth(read, production);
  return {
    production,
    port: read.integer('PORT', { min: 0, max: 65_535, otherwise: 4000 }),
    host: read.text('HOST') ?? '127.0.0.1',
    publicUrl: read.url('PUBLIC_URL', { httpsOnly: false }),
    logLevel: read.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
    upstreams: readUpstreams(read, production),
    batching: read.choice('INVESTSUITE_BATCHING', ['auto', 'on', 'off'], 'auto'),
    tenantProfile: {
      set: readProfile(read),
      probe: read.choice('TENANT_PROBE', ['on', 'off'], 'off') === 'on',
    },
    booking: read.choice('INVESTSUITE_BOOKING', ['investsuite', 'gateway'], 'investsuite'),
    funding: read.choice('UPVEST_FUNDING', ['virtual-cash', 'none'], 'virtual-cash'),
    payout: read.choice('UPVEST_PAYOUT', ['withdrawal', 'virtual-cash'], 'withdrawal'),
    upvestRequestsPerSecond: read.integer('UPVEST_REQUESTS_PER_SECOND', { min: 1, max: 100_000, otherwise: 250 }),
    databaseUrl: readDatabaseUrl(read),
    dataDir: read.text('DATA_DIR') ?? './data',
    auditKey: readAuditKey(read),
    kafka: readKafka(read),
    auth,
    allowAnonymousOperator: read.choice('ALLOW_ANONYMOUS_OPERATOR', ['on', 'off'], 'off') === 'on',
    rateLimitPerMinute: readRateLimit(read, auth !== undefined),
    keepAliveSeconds: read.integer('KEEP_ALIVE_SECONDS', { min: 1, max: 3_600, otherwise: 75 }),
    corsOrigins: read.list('CORS_ORIGINS', isOrigin, 'origins such as https://app.example'),
    corsHeaders: read.list('CORS_HEADERS', isHeaderName, 'names of headers such as x-app-version'),
    graphiql: read.choice('GRAPHIQL', ['on', 'off'], production ? 'off' : 'on') === 'on',
    webDir: readWebDir(read, production),
    introspection: read.choice('INTROSPECTION', ['on', 'off'], production ? 'off' : 'on') === 'on',
    federation: read.choice('FEDERATION', ['on', 'off'], 'off') === 'on',
    trustedDocuments: readTrustedDocuments(read),
    notificationsRetentionDays: read.integer('NOTIFICATIONS_RETENTION_DAYS', { min: 1, max: 36_500, otherwise: 30 }),
    orderSync: read.choice('ORDER_SYNC', ['on', 'off'], 'on') === 'on',
  };
}

const INVESTSUITE_NAMES = ['INVESTSUITE_URL', 'INVESTSUITE_ACCESS_KEY_ID', 'INVESTSUITE_SECRET_ACCESS_KEY'] as const;
const UPVEST_NAMES = ['UPVEST_URL', 'UPVEST_CLIENT_ID', 'UPVEST_CLIENT_SECRET', 'UPVEST_KEY_ID'] as const;
const KEY_NAMES = ['UPVEST_PRIVATE_KEY', 'UPVEST_PRIVATE_KEY_FILE'] as const;

function readUpstreams(read: SettingsReader, production: boolean): Config['upstreams'] {
  const any = [...INVESTSUITE_NAMES, ...UPVEST_NAMES, ...KEY_NAMES].some((name) => read.text(name) !== undefined);
  if (!any && !production) return undefined;
  const why = production ? 'is required in production' : 'is required with the other upstream settings';
  for (const name of [...INVESTSUITE_NAMES, ...UPVEST_NAMES]) read.require(name, why);
  for (const name of ['UPVEST_CLIENT_ID', 'UPVEST_KEY_ID'] as const) read.requireHeaderText(name);
  const privateKey = read.text('UPVEST_PRIVATE_KEY') ?? read.file('UPVEST_PRIVATE_KEY_FILE');
  if (KEY_NAMES.every((name) => read.text(name) === undefined)) {
    read.problem('UPVEST_PRIVATE_KEY', `(or UPVEST_PRIVATE_KEY_FILE) ${why}`);
  }
  return {
    investSuite: {
      url: read.url('INVESTSUITE_URL', { httpsOnly: production }) ?? '',
      accessKeyId: read.text('INVESTSUITE_ACCESS_KEY_ID') ?? '',
      secretAccessKey: read.text('INVESTSUITE_SECRET_ACCESS_KEY') ?? '',
    },
    upvest: {
      url: read.url('UPVEST_URL', { httpsOnly: production }) ?? '',
      clientId: read.text('UPVEST_CLIENT_ID') ?? '',
      clientSecret: read.text('UPVEST_CLIENT_SECRET') ?? '',
      keyId: read.text('UPVEST_KEY_ID') ?? '',
      // A PEM in one line of an env file has its line ends written as \n.
      privateKey: (privateKey ?? '').replaceAll('\\n', '\n'),
      passphrase: read.text('UPVEST_PRIVATE_KEY_PASSPHRASE'),
    },
  };
}

/** Which of the settings of a key is to be looked at. Nothing of the key is told. */
function checkSigningKey(read: SettingsReader, { privateKey, passphrase }: UpvestSettings): void {
  if (privateKey === '') return;
  try {
    loadSigningKey(privateKey, passphrase);
  } catch (error) {
    if (!(error instanceof SigningKeyError)) throw error;
    const aboutPassphrase = error.problem === 'passphrase-missing' || error.problem === 'passphrase-wrong';
    const given = KEY_NAMES.find((name) => read.text(name) !== undefined) ?? 'UPVEST_PRIVATE_KEY';
    read.problem(aboutPassphrase ? 'UPVEST_PRIVATE_KEY_PASSPHRASE' : given, `can't be used: ${error.message}`);
  }
}

function readTrustedDocuments(read: SettingsReader): string | undefined {
  const json = read.file('TRUSTED_DOCUMENTS');
  if (json === undefined) return undefined;
  try {
    parseTrustedDocuments(json);
  } catch {
    // The parser's message quotes the file.
    read.problem('TRUSTED_DOCUMENTS', 'must name a JSON file with an object of hash: document');
  }
  return json;
}

const AUTH_NAMES = ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'] as const;

function readAuth(read: SettingsReader, production: boolean): AuthSettings | undefined {
  const any = AUTH_NAMES.some((name) => read.text(name) !== undefined);
  if (!any && !production) return undefined;
  for (const name of AUTH_NAMES) {
    read.require(name, production ? 'is required in production' : 'is required with the other AUTH settings');
  }
  return {
    jwksUrl: read.url('AUTH_JWKS_URL', { httpsOnly: production }) ?? '',
    issuer: read.text('AUTH_ISSUER') ?? '',
    audience: read.text('AUTH_AUDIENCE') ?? '',
    userClaim: read.text('AUTH_USER_CLAIM') ?? 'sub',
    tokenType: read.mediaType('AUTH_TOKEN_TYPE'),
    clockToleranceSeconds: read.integer('AUTH_CLOCK_TOLERANCE_SECONDS', { min: 0, max: 600, otherwise: 30 }),
  };
}

/** Real money without a token is for one machine only, unless a setting allows it by name. */
function checkAnonymousOperator(read: SettingsReader, { upstreams, auth, host, allowAnonymousOperator }: Config): void {
  if (upstreams === undefined || auth !== undefined || allowAnonymousOperator || isLoopbackAddress(host)) return;
  read.problem(
    'AUTH_JWKS_URL',
    `and the other AUTH settings are required with real upstreams where HOST is ${JSON.stringify(host)}: everybody who reaches it could move money; ALLOW_ANONYMOUS_OPERATOR=on allows that`,
  );
}

function readRateLimit(read: SettingsReader, authenticated: boolean): number | undefined {
  const limit = read.integer('RATE_LIMIT_PER_MINUTE', { min: 0, max: 10_000_000, otherwise: authenticated ? 6000 : 0 });
  return limit === 0 ? undefined : limit;
}

const isOrigin = (text: string): boolean => isWebAddress(text) && new URL(text).origin === text;

const isHeaderName = (text: string): boolean => /^[a-z][\w-]*$/i.test(text);

/** The front end of a checkout; a published package has none. */
const BUILT_WEB = fileURLToPath(new URL('../examples/web/dist', import.meta.url));

function readWebDir(read: SettingsReader, production: boolean): string | undefined {
  const folder = read.text('WEB_DIR');
  if (folder === undefined) return production ? undefined : BUILT_WEB;
  if (folder === 'off') return undefined;
  if (!existsSync(join(folder, 'index.html'))) read.problem('WEB_DIR', 'must be off or a folder with an index.html');
  return folder;
}

function readProfile(read: SettingsReader): ProfileValues {
  const values = parseProfileValues(read.text('TENANT_PROFILE') ?? '{}');
  if (!('wrong' in values)) return values;
  read.problem('TENANT_PROFILE', `must be JSON of the fields in docs/upstreams.md: ${values.wrong}`);
  return {};
}

function readDatabaseUrl(read: SettingsReader): string | undefined {
  const value = read.text('DATABASE_URL');
  if (value !== undefined && !/^postgres(ql)?:\/\//.test(value)) {
    read.problem('DATABASE_URL', 'must start with postgres://');
  }
  return value;
}

function readAuditKey(read: SettingsReader): string | undefined {
  const pem = read.file('AUDIT_KEY_FILE');
  if (pem === undefined) return undefined;
  try {
    checkAuditKey(pem);
  } catch (error) {
    if (!(error instanceof AuditKeyError)) throw error;
    read.problem('AUDIT_KEY_FILE', `names a key that can't be used: ${error.message}`);
  }
  if (['warn', 'error', 'silent'].includes(read.text('LOG_LEVEL') ?? '')) {
    read.problem('AUDIT_KEY_FILE', 'signs lines of the log of level info; LOG_LEVEL must be info, debug or trace');
  }
  return pem;
}

function readKafka(read: SettingsReader): KafkaSettings | undefined {
  const tls = read.choice('KAFKA_TLS', ['true', 'false'], 'false') === 'true';
  const mechanism = read.choice('KAFKA_SASL_MECHANISM', ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', ''], '');
  const brokers = (read.text('KAFKA_BROKERS') ?? '').split(',').map((broker) => broker.trim());
  if (read.text('KAFKA_BROKERS') === undefined) return undefined;
  for (const broker of brokers) {
    if (!/^[^\s:]+:\d{1,5}$/.test(broker))
      read.problem('KAFKA_BROKERS', `must be host:port,host:port; got ${JSON.stringify(broker)}`);
  }
  if (mechanism !== '') {
    read.require('KAFKA_SASL_USERNAME', 'is required with KAFKA_SASL_MECHANISM');
    read.require('KAFKA_SASL_PASSWORD', 'is required with KAFKA_SASL_MECHANISM');
  }
  return {
    brokers,
    topic: read.text('KAFKA_TOPIC') ?? 'investsuite.events',
    groupId: read.text('KAFKA_GROUP_ID') ?? 'invest-gateway',
    tls: tls ? { ca: read.file('KAFKA_TLS_CA_FILE') } : undefined,
    sasl:
      mechanism === ''
        ? undefined
        : {
            mechanism,
            username: read.text('KAFKA_SASL_USERNAME') ?? '',
            password: read.text('KAFKA_SASL_PASSWORD') ?? '',
          },
  };
}
