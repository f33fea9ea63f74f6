import { randomUUID } from 'node:crypto';
import { force } from './force.ts';
import { book } from './lines.ts';
import { addPortfolio, brokerIdsOf, objectIn, textIn } from './portfolio.ts';
import { type Json, type JsonObject, SandboxError, type Standins, SYSTEMS, type System } from './standins.ts';

/** Options of all acts; an act that lacks one says so. */
const NAMES = [
  ...(['portfolio', 'kind', 'cash', 'holding', 'times', 'object', 'amount', 'taxes', 'isin', 'type', 'side'] as const),
  ...(['quantity', 'flow', 'reference', 'how', 'status', 'form', 'ms', 'method', 'path', 'body', 'skip'] as const),
  ...(['last', 'user', 'scope'] as const),
];
type Name = (typeof NAMES)[number];
export const OPTIONS = Object.fromEntries(NAMES.map((name) => [name, { type: 'string' } as const]));

/** Arguments of an act. */
export interface Given {
  readonly words: readonly string[];
  /** By `Name`. */
  readonly options: Readonly<Record<string, string | undefined>>;
}

/** An act on the stand-ins; resolves to what is printed. `words`: how many it takes, at least and at most. */
export interface Act {
  readonly words: readonly [least: number, most: number];
  readonly run: (standins: Standins, given: Given) => Promise<string>;
}

/** The option, or an error that names it. */
function needed({ options }: Given, name: Name): string {
  const value = options[name];
  if (value === undefined) throw new SandboxError(`--${name} is missing`);
  return value;
}

const countOf = ({ options }: Given, name: Name, preset: number): number => {
  const text = options[name];
  if (text === undefined) return preset;
  if (!/^\d{1,6}$/.test(text)) throw new SandboxError(`--${name} must be a number`);
  return Number(text);
};

function systemOf(word: string | undefined): System {
  const found = SYSTEMS.find((system) => system === word);
  if (found === undefined) throw new SandboxError(`which one: ${SYSTEMS.join(' or ')}?`);
  return found;
}

const settingsText = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('');

const printed = (value: Json): string => `${JSON.stringify(value)}\n`;

const holdingOf = (text: string): Readonly<Record<string, string>> => {
  const [isin = '', units = ''] = text.split('=');
  if (isin === '' || !/^-?\d+(\.\d+)?$/.test(units)) throw new SandboxError('--holding is ISIN=UNITS');
  return { [isin]: units };
};

const DURATION = /^(\d{1,5})([hd])$/;
const HOUR_MS = 3_600_000;

async function clock({ control }: Standins, text: string | undefined): Promise<string> {
  const [, count = '0', unit = 'd'] = DURATION.exec(text ?? '0d') ?? [];
  if (text !== undefined && !DURATION.test(text)) throw new SandboxError('how far: 36h, or 30d');
  const ms = Number(count) * HOUR_MS * (unit === 'd' ? 24 : 1);
  if (ms === 0) return `${textIn(await control('upvest', 'GET', 'clock'), 'now')}\n`;
  const { now = '', nights = 0, steps = 0 } = await control('upvest', 'POST', 'clock', { ms });
  await control('investsuite', 'POST', 'clock', { ms });
  return `it is ${now}: ${nights} nights, ${steps} steps of payments and orders\n`;
}

async function trigger(standins: Standins, type: string, given: Given): Promise<string> {
  const object = given.options['object'] === undefined ? undefined : jsonOf(given.options['object']);
  const [subject = '', action] = type.split('/');
  if (action !== undefined) {
    const id = given.options['portfolio'];
    const data = object ?? (id === undefined ? {} : { id, external_id: null });
    await standins.control('investsuite', 'POST', 'bus-events', { subject, action, data });
    return '';
  }
  const { id } = await standins.control('upvest', 'POST', 'events', {
    type,
    object: object ?? (await presentOf(standins, type, needed(given, 'portfolio'))),
  });
  return settingsText({ EVENT: String(id) });
}

/** The object of an event as it is now; one with the ids of the portfolio, where the type has none. */
async function presentOf(standins: Standins, type: string, portfolio: string): Promise<JsonObject> {
  const { group, account } = await brokerIdsOf(standins, portfolio);
  const { balances = [] } = await standins.control('upvest', 'GET', `groups/${group}`);
  const [balance = null] = Array.isArray(balances) ? balances : [];
  const common = { id: randomUUID(), account_group_id: group, account_id: account };
  return type.startsWith('CASH_BALANCE.') && isObject(balance) ? balance : common;
}

function jsonOf(text: string): JsonObject {
  try {
    const value: Json = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Told below.
  }
  throw new SandboxError('--object must be a JSON object');
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const OUTAGES: Readonly<Record<string, JsonObject>> = {
  reset: { kind: 'reset-before' },
  hang: { kind: 'hang' },
  '503': { kind: 'status', status: 503 },
};

async function cut({ control }: Standins, what: string, how = 'reset'): Promise<string> {
  if (what === 'webhooks') {
    await control('upvest', 'POST', 'pause');
    return '';
  }
  const outage = OUTAGES[how];
  if (outage === undefined) throw new SandboxError(`--how is one of ${Object.keys(OUTAGES).join(', ')}`);
  await control(systemOf(what), 'POST', 'faults', outage);
  return '';
}

async function fault({ control }: Standins, system: System, kind: string, given: Given): Promise<string> {
  const { method, path, body, status, times, form } = given.options;
  const named = Object.entries({ method, path, body }).filter(([, value]) => value !== undefined);
  await control(system, 'POST', 'faults', {
    kind,
    ...(status === undefined ? {} : { status: countOf(given, 'status', 500) }),
    ...(form === undefined ? {} : { form }),
    ...(kind === 'delay' ? { ms: countOf(given, 'ms', 1_000) } : {}),
    ...(times === undefined ? {} : { times: countOf(given, 'times', 1) }),
    skip: countOf(given, 'skip', 0),
    match: Object.fromEntries(named.map(([name, value]) => [name, value ?? ''])),
  });
  return '';
}

async function set({ control }: Standins, system: System, text: string | undefined): Promise<string> {
  if (text === undefined) return printed(await control(system, 'GET', 'settings'));
  const [name = '', ...rest] = text.split('=');
  const value = rest.join('=');
  await control(system, 'PATCH', 'settings', { [name]: wordOf(value) });
  // Tokens were given for what the settings were.
  if (name === 'scopesNotGranted') await control(system, 'POST', 'expire-tokens');
  return '';
}

const WORDS: Readonly<Record<string, Json>> = { true: true, false: false, null: null };
const wordOf = (text: string): Json =>
  Object.hasOwn(WORDS, text) ? (WORDS[text] ?? null) : /^\d+$/.test(text) ? Number(text) : text;

async function restore({ control }: Standins): Promise<string> {
  for (const system of SYSTEMS) await control(system, 'DELETE', 'faults');
  await control('upvest', 'DELETE', 'outcomes');
  await control('upvest', 'POST', 'resume');
  return '';
}

async function hold({ control }: Standins, given: Given): Promise<string> {
  const path = `portfolios/${encodeURIComponent(needed(given, 'portfolio'))}`;
  const { portfolio = null } = await control('investsuite', 'GET', path);
  const held = objectIn(portfolio, 'portfolio');
  const holdings = { ...(isObject(held) ? held : {}), ...holdingOf(needed(given, 'holding')) };
  await control('investsuite', 'PATCH', path, { holdings });
  return '';
}

async function settings({ urls, control }: Standins): Promise<string> {
  const { credentials = null } = await control('investsuite', 'GET', 'credentials');
  const upvest = await control('upvest', 'GET', 'credentials');
  return settingsText({
    INVESTSUITE_URL: urls.investsuite,
    INVESTSUITE_ACCESS_KEY_ID: textIn(credentials, 'accessKeyId'),
    INVESTSUITE_SECRET_ACCESS_KEY: textIn(credentials, 'secretAccessKey'),
    UPVEST_URL: urls.upvest,
    UPVEST_CLIENT_ID: textIn(upvest, 'clientId'),
    UPVEST_CLIENT_SECRET: textIn(upvest, 'clientSecret'),
    UPVEST_KEY_ID: textIn(upvest, 'keyId'),
    UPVEST_PRIVATE_KEY: textIn(upvest, 'privateKeyPem').trim().replaceAll('\n', '\\n'),
  });
}

async function order(standins: Standins, given: Given): Promise<string> {
  const { account } = await brokerIdsOf(standins, needed(given, 'portfolio'));
  const { id = '' } = await standins.control('upvest', 'POST', `accounts/${account}/orders`, {
    side: needed(given, 'side'),
    instrument_id: needed(given, 'isin'),
    quantity: needed(given, 'quantity'),
    initiation_flow: given.options['flow'] ?? 'UPVEST_OPERATIONS',
    client_reference: given.options['reference'] ?? '',
  });
  return settingsText({ ORDER: String(id) });
}

async function auth({ urls, control }: Standins): Promise<string> {
  const issuer = await control('investsuite', 'GET', 'issuer');
  return settingsText({
    AUTH_JWKS_URL: `${urls.investsuite}/__standin/jwks`,
    AUTH_ISSUER: textIn(issuer, 'issuer'),
    AUTH_AUDIENCE: textIn(issuer, 'audience'),
  });
}

const quiet = async (act: Promise<unknown>): Promise<string> => {
  await act;
  return '';
};

/** All acts by name. docs/sandbox.md says what each does. */
export const ACTS: Readonly<Record<string, Act>> = {
  portfolio: {
    words: [0, 0],
    run: async (standins, { options }) => {
      const { kind = 'self', cash = '1000.00', holding = 'US0378331005=10' } = options;
      const made = await addPortfolio(standins, { kind, cash, holding: holdingOf(holding) });
      return settingsText({ ...made });
    },
  },
  clock: { words: [0, 1], run: (standins, { words: [text] }) => clock(standins, text) },
  force: {
    words: [2, 2],
    run: (standins, given) => {
      const { words, options } = given;
      const forced = { portfolio: options['portfolio'], times: countOf(given, 'times', 1) };
      return quiet(force(standins, words[0] ?? '', words[1] ?? '', forced));
    },
  },
  trigger: { words: [1, 1], run: (standins, given) => trigger(standins, given.words[0] ?? '', given) },
  book: {
    words: [1, 1],
    run: async (standins, given) => {
      const { taxes, isin, type } = given.options;
      const line = { portfolio: needed(given, 'portfolio'), amount: needed(given, 'amount'), taxes, isin, type };
      return settingsText({ LINE: await book(standins, given.words[0] ?? '', line) });
    },
  },
  'cancel-line': {
    words: [1, 1],
    run: async ({ control }, { words: [id = ''] }) => {
      const line = await control('upvest', 'POST', `lines/${encodeURIComponent(id)}/cancel`);
      return settingsText({ LINE: textIn(line, 'id') });
    },
  },
  order: { words: [0, 0], run: order },
  plan: {
    words: [0, 0],
    run: async (standins, given) => {
      const { account } = await brokerIdsOf(standins, needed(given, 'portfolio'));
      const plan = { accountId: account, isin: needed(given, 'isin'), amount: needed(given, 'amount') };
      return await quiet(standins.control('upvest', 'POST', 'plans', plan));
    },
  },
  recommend: {
    words: [0, 0],
    run: async ({ control }, given) => {
      const path = `portfolios/${encodeURIComponent(needed(given, 'portfolio'))}/recommendation`;
      const wanted = { isin: needed(given, 'isin'), quantity: needed(given, 'quantity') };
      return settingsText({ OPTIMIZATION: textIn(await control('investsuite', 'POST', path, wanted), 'id') });
    },
  },
  hold: { words: [0, 0], run: hold },
  spoil: {
    words: [0, 0],
    run: async (standins, given) => {
      const { group } = await brokerIdsOf(standins, needed(given, 'portfolio'));
      return await quiet(standins.control('upvest', 'POST', 'spoil', { accountGroupId: group }));
    },
  },
  instrument: {
    words: [1, 1],
    run: ({ control }, given) => {
      const path = `instruments/${encodeURIComponent(given.words[0] ?? '')}`;
      return quiet(control('upvest', 'PATCH', path, { trading_status: needed(given, 'status') }));
    },
  },
  cut: { words: [1, 1], run: (standins, { words: [what = ''], options: { how } }) => cut(standins, what, how) },
  fault: {
    words: [2, 2],
    run: (standins, given) => fault(standins, systemOf(given.words[0]), given.words[1] ?? '', given),
  },
  set: { words: [1, 2], run: (standins, { words: [system, text] }) => set(standins, systemOf(system), text) },
  restore: { words: [0, 0], run: restore },
  resend: {
    words: [0, 0],
    run: async ({ control }, given) => {
      const { type } = given.options;
      const which = { ...(type === undefined ? {} : { type }), last: countOf(given, 'last', 1) };
      const { resent = 0 } = await control('upvest', 'POST', 'resend', which);
      return `${resent} sent again\n`;
    },
  },
  'rotate-keys': {
    words: [0, 1],
    run: async ({ control }, { words: [word] }) => {
      const { keyId = '' } = await control('upvest', 'POST', 'rotate-key', { dropOld: word === 'drop-old' });
      return settingsText({ KEY: String(keyId) });
    },
  },
  auth: { words: [0, 0], run: auth },
  token: {
    words: [0, 0],
    run: async ({ control }, given) => {
      const asked = { user: needed(given, 'user'), scope: given.options['scope'] ?? 'portfolios:read' };
      return settingsText({ TOKEN: textIn(await control('investsuite', 'POST', 'tokens', asked), 'token') });
    },
  },
  settings: { words: [0, 0], run: settings },
};
