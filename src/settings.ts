/**
 * What each environment variable means: the one table that `--help`, the checks at start and the README are made from.
 */
export interface Setting {
  readonly name: string;
  /** What it does, with units and the default, in one line. */
  readonly help: string;
  /** Never printed, logged or told in an error. */
  readonly secret?: true;
}

export interface SettingGroup {
  readonly title: string;
  readonly settings: readonly Setting[];
}

export const SETTING_GROUPS = [
  {
    title: 'Server',
    settings: [
      { name: 'PORT', help: 'TCP port; 0 takes a free one. Default 4000.' },
      { name: 'HOST', help: 'Address to listen on. Default 127.0.0.1; 0.0.0.0 in a container.' },
      {
        name: 'PUBLIC_URL',
        help: "The gateway's address as clients and Upvest's webhooks see it. Default http://localhost:PORT.",
      },
      {
        name: 'WEB_DIR',
        help: 'Folder with a page to serve at /, or off. Default examples/web/dist where it is built, off in production.',
      },
      {
        name: 'KEEP_ALIVE_SECONDS',
        help: 'How long an idle connection is kept open; longer than what stands in front keeps it. Default 75.',
      },
      { name: 'LOG_LEVEL', help: 'trace, debug, info, warn, error or silent. Default info.' },
      {
        name: 'NODE_ENV',
        help: 'production: upstreams and authentication must be set, GraphiQL and introspection are off.',
      },
    ],
  },
  {
    title: 'InvestSuite (without any upstream setting, outside production: stand-ins)',
    settings: [
      { name: 'INVESTSUITE_URL', help: "Base URL of InvestSuite's API, e.g. https://api.sandbox.investsuite.com." },
      { name: 'INVESTSUITE_ACCESS_KEY_ID', help: 'Access key for its login.' },
      { name: 'INVESTSUITE_SECRET_ACCESS_KEY', help: 'Secret of that key.', secret: true },
      {
        name: 'INVESTSUITE_BATCHING',
        help: 'auto, on or off: ask for many ids in one query. auto falls back when it is refused. Default auto.',
      },
      {
        name: 'INVESTSUITE_BOOKING',
        help: 'investsuite: its deposit and withdraw events book cash; gateway: we book, its events only notify. Default investsuite.',
      },
    ],
  },
  {
    title: 'Upvest',
    settings: [
      { name: 'UPVEST_URL', help: "Base URL of Upvest's Investment API, e.g. https://sandbox.upvest.co." },
      { name: 'UPVEST_CLIENT_ID', help: 'Client id of the tenant (a UUID).' },
      { name: 'UPVEST_CLIENT_SECRET', help: 'Its secret.', secret: true },
      { name: 'UPVEST_KEY_ID', help: 'Id that Upvest gave the public part of the signing key.' },
      { name: 'UPVEST_PRIVATE_KEY', help: 'Signing key as PEM: ECDSA P-521 or Ed25519.', secret: true },
      { name: 'UPVEST_PRIVATE_KEY_FILE', help: 'File with the signing key, instead of UPVEST_PRIVATE_KEY.' },
      { name: 'UPVEST_PRIVATE_KEY_PASSPHRASE', help: 'Passphrase of an encrypted signing key.', secret: true },
      { name: 'UPVEST_FUNDING', help: 'virtual-cash or none: how a deposit reaches the broker. Default virtual-cash.' },
      { name: 'UPVEST_PAYOUT', help: 'withdrawal or virtual-cash: how money leaves the broker. Default withdrawal.' },
      {
        name: 'UPVEST_REQUESTS_PER_SECOND',
        help: 'Most calls a second to Upvest, by all gateways together. Default 250 (its sandbox allows 300).',
      },
    ],
  },
  {
    title: 'Both upstreams',
    settings: [
      {
        name: 'TENANT_PROFILE',
        help: 'JSON: which forms of calls this tenant takes, see docs/upstreams.md. Default {}: found out and kept.',
      },
      {
        name: 'TENANT_PROBE',
        help: 'on or off: at the first start, try each form by reads in the background. Default off: calls find it out.',
      },
    ],
  },
  {
    title: 'Store',
    settings: [
      {
        name: 'DATABASE_URL',
        help: 'postgres://… (14 or newer). Without it an embedded SQLite database in DATA_DIR.',
        secret: true,
      },
      { name: 'DATA_DIR', help: 'Folder of the embedded database. Default ./data.' },
      {
        name: 'AUDIT_KEY_FILE',
        help: "PEM file of a private key (Ed25519, ECDSA or RSA) that signs the audit's heads in the log. Default none.",
      },
    ],
  },
  {
    title: "InvestSuite's event bus (off without KAFKA_BROKERS)",
    settings: [
      { name: 'KAFKA_BROKERS', help: 'host:port,host:port of the Kafka brokers.' },
      { name: 'KAFKA_TOPIC', help: 'Topic of the events. Default investsuite.events.' },
      {
        name: 'KAFKA_GROUP_ID',
        help: 'Consumer group, shared by all gateways of one database. Default invest-gateway.',
      },
      { name: 'KAFKA_TLS', help: 'true or false. Default false.' },
      { name: 'KAFKA_TLS_CA_FILE', help: 'PEM file of the authority to trust.' },
      { name: 'KAFKA_SASL_MECHANISM', help: 'PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.' },
      { name: 'KAFKA_SASL_USERNAME', help: 'User for SASL.' },
      { name: 'KAFKA_SASL_PASSWORD', help: 'Password for SASL.', secret: true },
    ],
  },
  {
    title: 'Callers (outside production, without these: one operator, no token asked)',
    settings: [
      { name: 'AUTH_JWKS_URL', help: "Address of the token issuer's public keys (JWKS)." },
      { name: 'AUTH_ISSUER', help: 'The iss that tokens must have.' },
      { name: 'AUTH_AUDIENCE', help: 'The aud that tokens must have.' },
      {
        name: 'ALLOW_ANONYMOUS_OPERATOR',
        help: 'on: with real upstreams, everybody who reaches HOST may move money without a token. Default off.',
      },
      { name: 'AUTH_USER_CLAIM', help: 'Claim with the InvestSuite user id. Default sub.' },
      { name: 'AUTH_TOKEN_TYPE', help: 'The typ that tokens must have, e.g. at+jwt (RFC 9068). Default any.' },
      { name: 'AUTH_CLOCK_TOLERANCE_SECONDS', help: 'How far clocks may differ, in seconds. Default 30.' },
      {
        name: 'RATE_LIMIT_PER_MINUTE',
        help: 'Requests a minute per caller, at all gateways together. Default none without the AUTH settings, else 6000.',
      },
    ],
  },
  {
    title: 'Graph',
    settings: [
      { name: 'CORS_ORIGINS', help: 'Browser origins that may call, separated by commas. Default none but its own.' },
      {
        name: 'CORS_HEADERS',
        help: 'Request headers that they may send besides the usual ones, separated by commas. Default none.',
      },
      { name: 'GRAPHIQL', help: 'on or off. Default on, off in production.' },
      { name: 'INTROSPECTION', help: 'on or off. Default on, off in production.' },
      { name: 'TRUSTED_DOCUMENTS', help: 'JSON file of registered operations; nothing else is then executed.' },
      { name: 'FEDERATION', help: 'on: a subgraph of Apollo Federation 2. Default off.' },
      { name: 'NOTIFICATIONS_RETENTION_DAYS', help: 'Days that notifications can be read back. Default 30.' },
      { name: 'ORDER_SYNC', help: "on or off: the broker's order events move InvestSuite's transactions. Default on." },
    ],
  },
] as const satisfies readonly SettingGroup[];

export type SettingName = (typeof SETTING_GROUPS)[number]['settings'][number]['name'];

/** The text of `--help` about settings. */
export function settingsHelp(): string {
  const width = Math.max(...SETTING_GROUPS.flatMap((group) => group.settings.map((setting) => setting.name.length)));
  return SETTING_GROUPS.map((group) =>
    [`${group.title}:`, ...group.settings.map((setting) => `  ${setting.name.padEnd(width)}  ${setting.help}`)].join(
      '\n',
    ),
  ).join('\n\n');
}
