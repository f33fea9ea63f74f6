import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CAPABILITIES } from './datasources/upvest/capabilities.ts';
import { auditKeyProblem, capabilities, profile, trustedDocumentsProblem } from './setting-checks.ts';
import * as kind from './setting-kinds.ts';

/** A setting's description beside its type. */
export interface Setting {
  /** The environment variable. */
  readonly name: string;
  readonly group: string;
  /** One line on its effect, with units. The default is added where there is one. */
  readonly help: string;
  /** As it would be set. */
  readonly otherwise?: string | undefined;
  /** Never printed, logged or told in an error. */
  readonly secret?: true | undefined;
  /** It has to be set, where the part of the table is there that it is in. */
  readonly required?: true | undefined;
  /** Another variable, which names a file with the value. */
  readonly orFile?: { readonly name: string; readonly help: string } | undefined;
}

export const SETTINGS = z.registry<Setting>();
/** Parts that are there only where one of their required settings is; in production always, where it is `needed`. */
export const PARTS = z.registry<{ readonly others: string; readonly needed: boolean }>();

type More = Pick<Setting, 'secret' | 'orFile'>;

function readAs<T>(read: kind.Kind<T>, given: z.ZodType<string, string | undefined>) {
  return given.transform((text, context) => {
    const value = read(text, (message) => context.addIssue({ code: 'custom', message }));
    return value === undefined ? z.NEVER : value;
  });
}

/** The settings of one group of `--help`: those that must be set, that need not be, and that have a default. */
const groupOf = (group: string) => ({
  required: <T>(name: string, read: kind.Kind<T>, help: string, more: More = {}) =>
    readAs(read, z.string()).register(SETTINGS, { name, group, help, ...more, required: true }),
  optional: <T>(name: string, read: kind.Kind<T>, help: string, more: More = {}) =>
    readAs(read, z.string())
      .optional()
      .register(SETTINGS, { name, group, help, ...more }),
  preset: <T>(name: string, otherwise: string, read: kind.Kind<T>, help: string, more: More = {}) =>
    readAs(read, z.string().default(otherwise)).register(SETTINGS, { name, group, help, otherwise, ...more }),
});

function part<T extends z.ZodType>(others: string, needed: boolean, type: T): z.ZodOptional<T> {
  const optional = type.optional();
  PARTS.add(optional, { others, needed });
  return optional;
}

const server = groupOf('Server');
const investSuite = groupOf('InvestSuite (without any upstream setting, outside production: stand-ins)');
const upvest = groupOf('Upvest');
const tenant = groupOf('Both upstreams');
const store = groupOf('Store');
const bus = groupOf("InvestSuite's event bus (off without KAFKA_BROKERS)");
const callers = groupOf('Callers (outside production, without these: every caller is an operator)');
const graph = groupOf('Graph');

/** The app, which is built into the package. */
const BUILT_WEB = fileURLToPath(new URL('../dist/web', import.meta.url));

/**
 * All settings: the one table that `--help`, docs/settings.md, the checks at start and the options of createGateway are made from.
 * Where a setting stands is the option of createGateway that it becomes; those of `server` are for `invest-gateway serve`. A new
 * setting is one entry here.
 */
export function settingsOf({ production, authenticated }: { production: boolean; authenticated: boolean }) {
  const httpsOnly = production;
  const inDevelopment = production ? 'off' : 'on';
  return z.object({
    server: z.object({
      port: server.preset('PORT', '4000', kind.integer(0, 65_535), 'TCP port; 0 uses a free one.'),
      host: server.preset('HOST', '127.0.0.1', kind.text, 'Address to listen on; 0.0.0.0 in a container.'),
      webDir: server
        .optional(
          'WEB_DIR',
          kind.page,
          'Folder with a page to serve at /, or off. Default the app that comes with the package, off in production.',
        )
        .transform((page) => (page === undefined ? (production ? undefined : BUILT_WEB) : page.folder)),
      keepAliveSeconds: server.preset(
        'KEEP_ALIVE_SECONDS',
        '75',
        kind.integer(1, 3_600),
        'Seconds that an idle connection stays open; more than the idle timeout of the load balancer.',
      ),
      logLevel: server.preset(
        'LOG_LEVEL',
        'info',
        kind.choice('trace', 'debug', 'info', 'warn', 'error', 'silent'),
        'trace, debug, info, warn, error or silent.',
      ),
      production: server
        .optional(
          'NODE_ENV',
          kind.text,
          'production: upstreams and authentication must be set, GraphiQL and introspection are off.',
        )
        .transform((environment) => environment === 'production'),
    }),
    publicUrl: server.optional(
      'PUBLIC_URL',
      kind.url(),
      "The gateway's address as clients and Upvest's webhooks see it. Default http://localhost:PORT.",
    ),
    upstreams: part(
      'the other upstream settings',
      true,
      z.object({
        investSuite: z.object({
          url: investSuite.required(
            'INVESTSUITE_URL',
            kind.url({ httpsOnly }),
            "Base URL of InvestSuite's API, e.g. https://api.sandbox.investsuite.com.",
          ),
          accessKeyId: investSuite.required('INVESTSUITE_ACCESS_KEY_ID', kind.text, 'Access key id of InvestSuite.'),
          secretAccessKey: investSuite.required(
            'INVESTSUITE_SECRET_ACCESS_KEY',
            kind.text,
            'Secret of the access key.',
            {
              secret: true,
            },
          ),
        }),
        upvest: z.object({
          url: upvest.required(
            'UPVEST_URL',
            kind.url({ httpsOnly }),
            "Base URL of Upvest's Investment API, e.g. https://sandbox.upvest.co.",
          ),
          clientId: upvest.required('UPVEST_CLIENT_ID', kind.headerText, 'Client id of the tenant (a UUID).'),
          clientSecret: upvest.required('UPVEST_CLIENT_SECRET', kind.text, 'Client secret of the tenant.', {
            secret: true,
          }),
          keyId: upvest.required(
            'UPVEST_KEY_ID',
            kind.headerText,
            'Id that Upvest gave the public part of the signing key.',
          ),
          privateKey: upvest.required('UPVEST_PRIVATE_KEY', kind.pem, 'Signing key as PEM: ECDSA P-521 or Ed25519.', {
            secret: true,
            orFile: {
              name: 'UPVEST_PRIVATE_KEY_FILE',
              help: 'File with the signing key, instead of UPVEST_PRIVATE_KEY.',
            },
          }),
          passphrase: upvest.optional(
            'UPVEST_PRIVATE_KEY_PASSPHRASE',
            kind.text,
            'Passphrase of an encrypted signing key.',
            { secret: true },
          ),
        }),
      }),
    ),
    investSuite: z.object({
      batching: investSuite.preset(
        'INVESTSUITE_BATCHING',
        'auto',
        kind.choice('auto', 'on', 'off'),
        'auto, on or off: ask for many ids in one query. auto falls back when it is refused.',
      ),
    }),
    upvest: z.object({
      requestsPerSecond: upvest.preset(
        'UPVEST_REQUESTS_PER_SECOND',
        '250',
        kind.integer(1, 100_000),
        'Maximum calls per second to Upvest, of all gateways together; its sandbox allows 300.',
      ),
      capabilities: upvest.preset(
        'UPVEST_CAPABILITIES',
        CAPABILITIES.join(','),
        capabilities,
        'Capabilities of the tenant to use, separated by commas, or none; see docs/upstreams.md.',
      ),
    }),
    tenantProfile: z.object({
      set: tenant.preset(
        'TENANT_PROFILE',
        '{}',
        profile,
        'JSON: tenant profile, see docs/upstreams.md. Default {}: learned and stored.',
      ),
      probe: tenant.preset(
        'TENANT_PROBE',
        'off',
        kind.onOff,
        'on or off: at the first start, try each form by reads in the background. Default off: calls find it out.',
      ),
    }),
    money: z.object({
      booking: investSuite.preset(
        'INVESTSUITE_BOOKING',
        'investsuite',
        kind.choice('investsuite', 'gateway'),
        'investsuite: its deposit and withdraw events book cash; gateway: we book, its events only notify.',
      ),
      funding: upvest.preset(
        'UPVEST_FUNDING',
        'virtual-cash',
        kind.choice('virtual-cash', 'none'),
        'virtual-cash or none: how a deposit reaches the broker.',
      ),
      payout: upvest.preset(
        'UPVEST_PAYOUT',
        'withdrawal',
        kind.choice('withdrawal', 'virtual-cash'),
        'withdrawal or virtual-cash: how money leaves the broker.',
      ),
    }),
    store: z.object({
      databaseUrl: store.optional(
        'DATABASE_URL',
        kind.postgresUrl,
        'postgres://… (14 or newer). Without it an embedded SQLite database in DATA_DIR.',
        { secret: true },
      ),
      dataDir: store.preset('DATA_DIR', './data', kind.text, 'Folder of the embedded database.'),
    }),
    audit: z.object({
      privateKey: store.optional(
        'AUDIT_KEY_FILE',
        kind.file(auditKeyProblem),
        "PEM file of a private key (Ed25519, ECDSA or RSA) that signs the audit's heads in the log. Default none.",
      ),
    }),
    bus: part(
      'KAFKA_BROKERS',
      false,
      z
        .object({
          brokers: bus.required(
            'KAFKA_BROKERS',
            kind.list('host:port,host:port', kind.isBroker),
            'host:port,host:port of the Kafka brokers.',
          ),
          topic: bus.preset('KAFKA_TOPIC', 'investsuite.events', kind.text, 'Topic of the events.'),
          groupId: bus.preset(
            'KAFKA_GROUP_ID',
            'invest-gateway',
            kind.text,
            'Consumer group, shared by all gateways of one database.',
          ),
          tls: bus.preset('KAFKA_TLS', 'false', kind.choice('true', 'false'), 'true or false.'),
          ca: bus.optional('KAFKA_TLS_CA_FILE', kind.file(), 'PEM file of the authority to trust.'),
          mechanism: bus.optional(
            'KAFKA_SASL_MECHANISM',
            kind.choice('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'),
            'PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.',
          ),
          username: bus.preset('KAFKA_SASL_USERNAME', '', kind.text, 'User for SASL.'),
          password: bus.preset('KAFKA_SASL_PASSWORD', '', kind.text, 'Password for SASL.', { secret: true }),
        })
        .transform(({ tls, ca, mechanism, username, password, ...kafka }) => ({
          ...kafka,
          tls: tls === 'true' ? { ca } : undefined,
          sasl: mechanism && { mechanism, username, password },
        })),
    ),
    auth: part(
      'the other AUTH settings',
      true,
      z.object({
        jwksUrl: callers.required(
          'AUTH_JWKS_URL',
          kind.url({ httpsOnly, query: true }),
          "Address of the token issuer's public keys (JWKS).",
        ),
        issuer: callers.required('AUTH_ISSUER', kind.text, 'The iss that tokens must have.'),
        audience: callers.required('AUTH_AUDIENCE', kind.text, 'The aud that tokens must have.'),
        userClaim: callers.preset('AUTH_USER_CLAIM', 'sub', kind.text, 'Claim with the InvestSuite user id.'),
        tokenType: callers.optional(
          'AUTH_TOKEN_TYPE',
          kind.mediaType,
          'The typ that tokens must have, e.g. at+jwt (RFC 9068). Default any.',
        ),
        clockToleranceSeconds: callers.preset(
          'AUTH_CLOCK_TOLERANCE_SECONDS',
          '30',
          kind.integer(0, 600),
          'How far clocks may differ, in seconds.',
        ),
      }),
    ),
    allowAnonymousOperator: callers.preset(
      'ALLOW_ANONYMOUS_OPERATOR',
      'off',
      kind.onOff,
      'on: with real upstreams, everybody who reaches HOST may move money without a token.',
    ),
    rateLimitPerMinute: callers
      .preset(
        'RATE_LIMIT_PER_MINUTE',
        authenticated ? '6000' : '0',
        kind.integer(0, 10_000_000),
        'Requests a minute per caller, at all gateways together; 0 for no limit. Default 6000 with the AUTH settings, else 0.',
      )
      .transform((limit) => (limit === 0 ? undefined : limit)),
    corsOrigins: graph.preset(
      'CORS_ORIGINS',
      '',
      kind.list('origins such as https://app.example', kind.isOrigin),
      'Browser origins that may call, separated by commas. Default: only its own.',
    ),
    corsHeaders: graph.preset(
      'CORS_HEADERS',
      '',
      kind.list('names of headers such as x-app-version', kind.isHeaderName),
      'Further request headers that these origins may send, separated by commas. Default none.',
    ),
    graphiql: graph.preset('GRAPHIQL', inDevelopment, kind.onOff, 'on or off. Default on, off in production.'),
    introspection: graph.preset(
      'INTROSPECTION',
      inDevelopment,
      kind.onOff,
      'on or off. Default on, off in production.',
    ),
    trustedDocuments: graph.optional(
      'TRUSTED_DOCUMENTS',
      kind.file(trustedDocumentsProblem),
      'JSON file of trusted documents; other documents are refused.',
    ),
    federation: graph.preset('FEDERATION', 'off', kind.onOff, 'on: a subgraph of Apollo Federation 2.'),
    notificationsRetentionDays: graph.preset(
      'NOTIFICATIONS_RETENTION_DAYS',
      '30',
      kind.integer(1, 36_500),
      'Days that notifications can be read back.',
    ),
    orderSync: graph.preset(
      'ORDER_SYNC',
      'on',
      kind.onOff,
      "on or off: the broker's order events move InvestSuite's transactions.",
    ),
    orderSubmitWithin: graph.preset(
      'ORDER_SUBMIT_WITHIN',
      '60',
      kind.integer(1, 3_600),
      'Seconds after which an order that has not reached the broker is not sent any more.',
    ),
    optimizations: graph.preset(
      'OPTIMIZATIONS',
      'off',
      kind.choice('off', 'auto'),
      "off or auto: InvestSuite's event has a recommended optimization carried out.",
    ),
    optimizationPriceTolerance: graph.preset(
      'OPTIMIZATION_PRICE_TOLERANCE',
      '5',
      kind.percent,
      'Percent by which a price may be worse than the robo advisor expected; the order is skipped otherwise.',
    ),
    portfolioSync: graph.optional(
      'PORTFOLIO_SYNC',
      kind.onOff,
      "on or off: InvestSuite's transactions and holdings follow the broker. Default off, on with stand-ins.",
    ),
    syncSweepHours: graph.preset(
      'SYNC_SWEEP_HOURS',
      '24',
      kind.integer(0, 8_760),
      'With PORTFOLIO_SYNC: hours between two sweeps of all portfolios; 0 for none.',
    ),
    syncQuietSeconds: graph.preset(
      'SYNC_QUIET_SECONDS',
      '10',
      kind.integer(0, 3_600),
      "With PORTFOLIO_SYNC: seconds of quiet before a robo portfolio's holdings are written.",
    ),
  });
}

/** All settings, checked. Made by readConfig. */
export type Config = z.output<ReturnType<typeof settingsOf>>;

/** The settings of a part of the table, in its order. */
export function settingsIn(type: z.core.$ZodType): readonly Setting[] {
  const setting = SETTINGS.get(type);
  if (setting !== undefined) return [setting];
  if (type instanceof z.ZodOptional) return settingsIn(type.unwrap());
  if (type instanceof z.ZodPipe) return settingsIn(type.in);
  const shape: Readonly<Record<string, z.core.$ZodType>> = type instanceof z.ZodObject ? type.shape : {};
  return Object.values(shape).flatMap(settingsIn);
}
