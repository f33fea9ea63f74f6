import { z } from 'zod';
import { isLoopbackAddress } from './callers/loopback.ts';
import { loadSigningKey, SigningKeyError } from './datasources/upvest/signing-key.ts';
import { file, pem } from './setting-kinds.ts';
import { type Config, PARTS, SETTINGS, type Setting, settingsIn, settingsOf } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

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
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const production = given('NODE_ENV') === 'production';
  const authenticated = production || ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'].some(given);
  const reader = new Reader(given, production);
  const table = settingsOf({ production, authenticated });
  const read = table.safeParse(reader.inputOf(table));
  for (const issue of read.error?.issues ?? []) reader.tell(issue);
  checkTogether(reader);
  if (listens) checkAnonymousOperator(reader, authenticated);
  if (openKey) checkSigningKey(reader);
  return read.success && reader.problems.length === 0
    ? { ok: true, config: read.data }
    : { ok: false, problems: reader.problems };
}

/** Finds the texts of a table in the environment, and collects what is wrong, so that a person sees everything at once. */
class Reader {
  readonly problems: string[] = [];
  readonly given: (name: string) => string | undefined;
  readonly #production: boolean;
  readonly #settings = new Map<string, { readonly setting: Setting; readonly why: string }>();
  /** Texts by name of their setting, those of files too. */
  readonly texts = new Map<string, string | undefined>();

  constructor(given: (name: string) => string | undefined, production: boolean) {
    this.given = given;
    this.#production = production;
  }

  problem(name: string, what: string): void {
    this.problems.push(`${name} ${what}`);
  }

  tell({ path, code, message }: z.core.$ZodIssue): void {
    const found = this.#settings.get(path.join('.'));
    if (found === undefined) throw new Error(`no setting is at ${path.join('.')}: ${message}`);
    const { setting, why } = found;
    if (code === 'custom') this.problem(setting.name, message);
    else this.problem(setting.name, `${setting.orFile ? `(or ${setting.orFile.name}) ` : ''}is required ${why}`);
  }

  /** Input of the parser of a part of the table. `why`: the reason for which it is required. */
  inputOf(type: z.core.$ZodType, path: readonly string[] = [], why = ''): unknown {
    const setting = SETTINGS.get(type);
    if (setting !== undefined) {
      this.#settings.set(path.join('.'), { setting, why });
      this.texts.set(setting.name, this.#textOf(setting));
      return this.texts.get(setting.name);
    }
    if (type instanceof z.ZodOptional) {
      const { others = '', needed = false } = PARTS.get(type) ?? {};
      const isThere = (this.#production && needed) || settingsIn(type).some((each) => this.#isGiven(each));
      const whyHere = this.#production ? 'in production' : `with ${others}`;
      return isThere ? this.inputOf(type.unwrap(), path, whyHere) : undefined;
    }
    if (type instanceof z.ZodPipe) return this.inputOf(type.in, path, why);
    if (!(type instanceof z.ZodObject)) throw new Error(`${path.join('.')} is no setting and no group`);
    const shape: Readonly<Record<string, z.core.$ZodType>> = type.shape;
    return Object.fromEntries(
      Object.entries(shape).map(([key, each]) => [key, this.inputOf(each, [...path, key], why)]),
    );
  }

  #isGiven({ required, name, orFile }: Setting): boolean {
    return required === true && [name, orFile?.name ?? name].some(this.given);
  }

  #textOf({ name, orFile }: Setting): string | undefined {
    const path = orFile && this.given(orFile.name);
    if (this.given(name) !== undefined || orFile === undefined || path === undefined) return this.given(name);
    return file()(path, (what) => this.problem(orFile.name, what)) ?? '';
  }
}

/** A requirement of one setting on another. */
function checkTogether(reader: Reader): void {
  if (reader.texts.get('KAFKA_SASL_MECHANISM') !== undefined) {
    for (const name of ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD']) {
      if (reader.given(name) === undefined) reader.problem(name, 'is required with KAFKA_SASL_MECHANISM');
    }
  }
  if (reader.given('PORTFOLIO_SYNC') === 'on' && reader.given('UPVEST_FUNDING') === 'none') {
    reader.problem(
      'PORTFOLIO_SYNC',
      "books what the broker's ledger shows; with UPVEST_FUNDING=none deposits would be booked twice",
    );
  }
  const isQuiet = ['warn', 'error', 'silent'].includes(reader.given('LOG_LEVEL') ?? '');
  if (isQuiet && reader.given('AUDIT_KEY_FILE') !== undefined) {
    reader.problem('AUDIT_KEY_FILE', 'signs lines of the log of level info; LOG_LEVEL must be info, debug or trace');
  }
}

/** Real money without a token is for one machine only, unless a setting allows it by name. */
function checkAnonymousOperator(reader: Reader, authenticated: boolean): void {
  const host = reader.given('HOST');
  const isAllowed = authenticated || reader.given('ALLOW_ANONYMOUS_OPERATOR') === 'on';
  if (!reader.texts.has('UPVEST_URL') || isAllowed || host === undefined || isLoopbackAddress(host)) return;
  reader.problem(
    'AUTH_JWKS_URL',
    `and the other AUTH settings are required with real upstreams where HOST is ${JSON.stringify(host)}: everybody who reaches it could move money; ALLOW_ANONYMOUS_OPERATOR=on allows that`,
  );
}

/** Which of the settings of a key is to be looked at. Nothing of the key is told. */
function checkSigningKey(reader: Reader): void {
  const privateKey = pem(reader.texts.get('UPVEST_PRIVATE_KEY') ?? '', () => undefined);
  if (privateKey === undefined || privateKey === '') return;
  try {
    loadSigningKey(privateKey, reader.given('UPVEST_PRIVATE_KEY_PASSPHRASE'));
  } catch (error) {
    if (!(error instanceof SigningKeyError)) throw error;
    const aboutPassphrase = error.problem === 'passphrase-missing' || error.problem === 'passphrase-wrong';
    const key = reader.given('UPVEST_PRIVATE_KEY') === undefined ? 'UPVEST_PRIVATE_KEY_FILE' : 'UPVEST_PRIVATE_KEY';
    reader.problem(aboutPassphrase ? 'UPVEST_PRIVATE_KEY_PASSPHRASE' : key, `can't be used: ${error.message}`);
  }
}
