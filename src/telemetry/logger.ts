import { pino } from 'pino';

/** The gateway's logger: pino's loggers fit, and an embedder may pass its own. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

/**
 * Keys whose values are redacted in the log, up to four levels deep. The code logs none of them; this is a second
 * safeguard.
 */
const SECRET_KEYS = [
  'authorization',
  'access_token',
  'refresh_token',
  'client_secret',
  'secret_access_key',
  'secretAccessKey',
  'clientSecret',
  'privateKey',
  'passphrase',
  'password',
  'token',
  'iban',
  'bank_account_number',
  'bankAccountNumber',
];

export function createLogger(level: string): Logger {
  const depths = ['', '*.', '*.*.', '*.*.*.'];
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: depths.flatMap((prefix) => SECRET_KEYS.map((key) => `${prefix}${key}`)), censor: '[redacted]' },
    serializers: { err: describeError },
  });
}

/** Name, message, code and stack of an error and of its causes; no other property, since those may contain bodies. */
export function describeError(error: unknown, depth = 0): object {
  if (typeof error === 'object' && error !== null && described.has(error)) return error;
  if (!(error instanceof Error)) return { message: 'not an Error', type: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  const detail = 'detail' in error && typeof error.detail === 'string' ? { detail: error.detail } : {};
  const cause = error.cause === undefined || depth > 3 ? {} : { cause: describeError(error.cause, depth + 1) };
  const description = { name: error.name, message: error.message, ...code, ...detail, stack: error.stack, ...cause };
  described.add(description);
  return description;
}

/**
 * The gateway's own logger describes errors itself; objects that a caller has described for other loggers stay
 * unchanged.
 */
const described = new WeakSet<object>();
