import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSchema } from '../../src/schema/index.ts';
import {
  combineSeeds,
  type Emission,
  type Standins,
  seedMovement,
  seedPortfolio,
  seedUser,
  startStandins,
} from '../../src/standins/index.ts';
import { type Ingredients, randomRequest } from '../helpers/fuzz/documents.ts';
import { Random } from '../helpers/fuzz/random.ts';
import { overSocket, overWebSocket, randomFrames, randomRawRequests } from '../helpers/fuzz/wire.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { type ServingProgram, serveProgram, settingsFor } from '../helpers/production.ts';

/**
 * How long to go on. `node scripts/fuzz.mjs --minutes 30` sets it for longer runs; a seed repeats a run's choices (not
 * its timing).
 */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? '5');
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);
/** The requests made at the same time. */
const WORKERS = 12;

const owner = seedUser({ key: 'fuzz' });
const mine = seedPortfolio({
  key: 'fuzz',
  owner,
  manager: 'USER_MANAGED',
  transactions: [{ movements: [seedMovement()] }],
});
const robo = seedPortfolio({ key: 'fuzz-robo', transactions: [{ movements: [seedMovement()] }] });
const schema = buildSchema();
const ids = [mine.portfolioId, robo.portfolioId, owner.id, ...mine.transactionIds, ...robo.transactionIds];

let standins: Standins;
let issuer: TestIssuer;
let program: ServingProgram;
let tokens: readonly string[];

beforeAll(async () => {
  issuer = await startIssuer();
  standins = await startStandins({ seed: combineSeeds(mine, robo) });
  program = await serveProgram({
    ...settingsFor(standins, issuer),
    RATE_LIMIT_PER_MINUTE: '0',
    // Unbounded growth reaches this limit and ends the process.
    NODE_OPTIONS: '--max-old-space-size=256',
  });
  const exp = Math.floor(Date.now() / 1000) + SECONDS + 600;
  tokens = await Promise.all([
    issuer.token({ sub: 'ops', scope: 'operator', exp }),
    issuer.token({ sub: owner.id, scope: 'portfolios:read cash:withdraw', exp }),
    issuer.token({ sub: owner.id, scope: 'portfolios:read', exp }),
    issuer.token({ sub: owner.id, exp }),
  ]);
}, 120_000);
afterAll(async () => {
  await program.end();
  await standins.stop();
  await issuer.stop();
});

const url = (path: string): string => `${program.url}${path}`;

interface Said {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly text: string;
}

/** An answer, or as much of one as comes in a short while where it is a stream. */
async function read(response: Response): Promise<Said> {
  const said = { status: response.status, retryAfter: response.headers.get('retry-after') };
  if (response.headers.get('content-type')?.startsWith('text/event-stream') !== true) {
    return { ...said, text: await response.text() };
  }
  const reader = response.body?.getReader();
  const late = setTimeout(() => void reader?.cancel().catch(() => undefined), 150);
  let text = '';
  for (;;) {
    const chunk = await reader?.read();
    if (chunk === undefined || chunk.done) break;
    text += Buffer.from(chunk.value).toString();
  }
  clearTimeout(late);
  return { ...said, text };
}

function check(what: string, { status, retryAfter, text }: Said): void {
  const deliberate = status < 500 || (status === 503 && retryAfter !== null);
  const fault = /INTERNAL_SERVER_ERROR|Internal server error|at \S+ \(?(file|node):|node_modules|\.ts:\d+/.exec(text);
  if (!deliberate || fault !== null)
    throw new Error(`seed ${SEED}: ${status} ${text.slice(0, 2_000)}\nfor ${what.slice(0, 5_000)}`);
}

type Attack = (ingredients: Ingredients) => Promise<void>;

const graphqlByPost: Attack = async ({ random, ...rest }) => {
  const { query, variables, kind } = randomRequest({ random, ...rest });
  const body = JSON.stringify({
    query,
    variables,
    ...(random.chance(0.1) ? { operationName: random.of(['Random', 'x', null, 7]) } : {}),
  });
  const accept =
    kind === 'subscription'
      ? 'text/event-stream'
      : random.of(['application/json', '*/*', 'text/html', 'application/graphql-response+json']);
  const response = await fetch(url('/graphql'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${random.of(tokens)}` },
    body,
    signal: random.chance(0.05) ? AbortSignal.timeout(random.below(30) + 1) : AbortSignal.timeout(60_000),
  });
  check(body, await read(response));
};

const graphqlByGet: Attack = async (ingredients) => {
  const { random } = ingredients;
  const { query, variables } = randomRequest(ingredients);
  const text = JSON.stringify(variables);
  const search = new URLSearchParams({ query, variables: random.chance(0.1) ? random.spoil(text) : text });
  if (search.toString().length > 12_000) return;
  const headers = {
    accept: random.of(['application/json', 'text/event-stream']),
    authorization: `Bearer ${random.of(tokens)}`,
  };
  check(search.toString(), await read(await fetch(url(`/graphql?${search}`), { headers })));
};

const anyBody: Attack = async ({ random }) => {
  const body = random.of<string | Buffer<ArrayBufferLike>>([
    random.bytes(5_000),
    '['.repeat(random.below(100_000)),
    `{"query":${'{"a":'.repeat(random.below(5_000))}`,
    JSON.stringify(
      random.of<unknown>([
        null,
        7,
        [],
        [[]],
        { query: null },
        { query: '{viewer{id}}', variables: 'x' },
        { __proto__: 1 },
      ]),
    ),
    JSON.stringify({ query: '{ viewer { id } }', extensions: random.of<unknown>([7, [], 'x', { persistedQuery: 7 }]) }),
    JSON.stringify({ documentId: random.of<unknown>([7, '', {}, 'sha256:']), query: '{ viewer { id } }' }),
    random.spoil('{"query":"{ viewer { id } }","variables":{}}'),
    `\ufeff{"query":"{ viewer { id } }"}`,
    Buffer.from('{"query":"{ viewer { id } } # J\xf6rg"}', 'latin1'),
    Buffer.from('{"query":"{ viewer { id } }"}', 'utf16le'),
    `{"query":"query ($x: ID!) { portfolio(id: $x) { id } }","variables":${'{"x":'.repeat(random.below(3_000))}"\\ud800"`,
    '{"query":"query ($x: ID!) { portfolio(id: $x) { id } }","variables":{"x":"\\ud800","y":["\\udc00"]}}',
    '{"id":"\\ud800","extensions":{"persistedQuery":{"version":1,"sha256Hash":"\\ud800"}}}',
  ]);
  const type = random.of([
    'application/json',
    'application/json;charset=latin1',
    'application/json; charset="UTF-8"',
    'application/json; charset="',
    'text/plain',
    'multipart/form-data',
    '',
  ]);
  const path = random.of(['/graphql', '/graphql', '/webhooks/upvest', '/nowhere']);
  const headers = {
    'content-type': type,
    authorization: `Bearer ${random.of([...tokens, 'x', '..'])}`,
    ...(random.chance(0.1) ? { 'content-encoding': random.of(['gzip', 'br', 'identity']) } : {}),
  };
  const response = await fetch(url(path), { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) });
  check(`${path} ${type} ${Buffer.from(body).toString('latin1')}`, await read(response));
};

/** Signed by Upvest, so that it is looked into; what is in it is anything. */
const signedWebhook: Attack = async ({ random }) => {
  const anything = (): unknown =>
    random.of<unknown>([
      null,
      7,
      '',
      'x',
      [],
      {},
      true,
      '1e400',
      mine.broker.accountGroupId,
      random.bytes(20).toString('latin1'),
    ]);
  const object = Object.fromEntries(
    random
      .some(['id', 'account_group_id', 'account_id', 'order_id', 'status', 'currency', 'balance', 'cash_amount'], 8)
      .map((name) => [name, anything()]),
  );
  const type = random.of([
    'CASH_BALANCE.UPDATED',
    'ORDER.FILLED',
    'WITHDRAWAL.CONFIRMED',
    'EXECUTION.SETTLED',
    'X',
    '',
    'VIRTUAL_CASH_INCREASE.CONFIRMED',
  ]);
  const event = random.of<object>([
    { type, object },
    { type, object, id: anything(), created_at: anything() },
    { type: anything(), object: anything() },
  ]);
  const emission: Omit<Emission, 'url'> = { events: random.some([event], 3) as never };
  const { status } = await standins.upvest.webhooks.emit({ url: url('/webhooks/upvest'), ...emission });
  check(JSON.stringify(emission), { status: status ?? 0, retryAfter: null, text: '' });
};

const rawSocket: Attack = async ({ random }) => {
  const chunks = randomRawRequests(random);
  const text = await overSocket(program.port, chunks, random.chance(0.1));
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? '0');
  check(Buffer.concat(chunks.map((chunk) => Buffer.from(chunk))).toString('latin1'), {
    status,
    retryAfter: /retry-after: (\d+)/i.exec(text)?.[1] ?? null,
    text,
  });
};

const webSocket: Attack = async (ingredients) => {
  const text = await overWebSocket(
    `ws://127.0.0.1:${program.port}/graphql`,
    ingredients.random.of(tokens),
    ingredients,
  );
  check('a WebSocket', { status: 0, retryAfter: null, text });
};

/** The frames below the messages: cut, too long, out of order, of kinds that do not exist. */
const rawFrames: Attack = async ({ random }) => {
  const text = await overSocket(program.port, randomFrames(random), random.chance(0.1));
  check('frames of a WebSocket', {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? '0'),
    retryAfter: null,
    text,
  });
};

/** A token that is nearly one. */
const spoiltToken: Attack = async ({ random }) => {
  const token = random.spoil(random.of(tokens)).replace(/[^\x20-\x7e]/g, '_');
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(url('/graphql'), { method: 'POST', headers, body: '{"query":"{ viewer { id } }"}' });
  check(token, await read(response));
};

const ATTACKS: readonly Attack[] = [
  ...[graphqlByPost, graphqlByPost, graphqlByPost, graphqlByPost, graphqlByGet],
  ...[anyBody, signedWebhook, rawSocket, rawSocket, rawFrames, webSocket, spoiltToken],
];

/** Bytes of live objects, as the gateway itself tells. */
async function heapUsed(): Promise<number> {
  const text = await (await fetch(url('/metrics'))).text();
  return Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(text)?.[1] ?? Number.NaN);
}

async function lowestHeap(): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    samples.push(await heapUsed());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return Math.min(...samples);
}

const faultsLogged = (): readonly string[] =>
  program
    .stdout()
    .split('\n')
    .filter((line) => line.includes('"level":"error"'));

/** The least that lived at any moment of a stretch of time: what is freed sooner or later does not count. */
async function leastHeapUntil(end: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  while (performance.now() < end && program.process.exitCode === null) {
    least = Math.min(least, await heapUsed().catch(() => Number.POSITIVE_INFINITY));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return least;
}

const MEBIBYTE = 1024 * 1024;
/** A run of minutes tells where it is: a line for each stretch of a tenth of it. */
const STRETCHES = SECONDS >= 60 ? 10 : 1;

/** Attacks for some seconds, and until there were `least` of them, however slow the machine is. */
async function attackFor(seconds: number, firstSeed: number, least = 0): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let count = 0;
  const worker = async (index: number): Promise<void> => {
    const random = new Random(firstSeed * 1_000 + index);
    while ((performance.now() < end || count < least) && program.process.exitCode === null) {
      const attack = random.of(ATTACKS);
      await attack({ schema, random, ids }).catch((error: unknown) => {
        const gone = error instanceof Error && /abort|timeout/i.test(`${error.name} ${error.message}`);
        if (!gone) {
          const why = error instanceof Error ? String(error.cause) : '';
          throw new Error(
            `seed ${SEED}, ${attack.name}: ${String(error)} ${why}\nlogged: ${faultsLogged().join('\n')}\nexit code ${program.process.exitCode}: ${program.stderr().slice(0, 4_000)}`,
          );
        }
      });
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, index) => worker(index)));
  return count;
}

describe('a gateway that is sent anything', () => {
  it(
    'answers what it can, refuses the rest, and neither falls over nor grows',
    async () => {
      let done = await attackFor(SECONDS / 4, SEED, 100);
      const before = await lowestHeap();
      const heaps: number[] = [];
      for (let stretch = 1; stretch <= STRETCHES; stretch += 1) {
        const seconds = (SECONDS * 3) / 4 / STRETCHES;
        const least = leastHeapUntil(performance.now() + seconds * 1_000);
        done += await attackFor(seconds, SEED + stretch);
        heaps.push(await least);
        if (STRETCHES > 1) {
          process.stderr.write(
            `seed ${SEED}, ${stretch}/${STRETCHES}: ${done} attacks, ${Math.round((heaps.at(-1) ?? 0) / MEBIBYTE)} MiB\n`,
          );
        }
      }
      expect(program.process.exitCode).toBeNull();
      expect((await fetch(url('/readyz'))).status).toBe(200);
      const grown = (await lowestHeap()) - before;
      expect(grown, `heap after ${done} attacks`).toBeLessThan(120 * MEBIBYTE);
      // Growth by a little with each attack shows over minutes.
      const [first = 0, last = 0] = [Math.min(...heaps.slice(0, 3)), Math.min(...heaps.slice(-3))];
      expect(last - first, `least heaps ${heaps.join(' ')}`).toBeLessThan(40 * MEBIBYTE);
      expect(done).toBeGreaterThanOrEqual(100);
      expect(faultsLogged(), `seed ${SEED}`).toEqual([]);
      expect(
        program
          .stderr()
          .split('\n')
          .filter((line) => !/^[+|]/.test(line))
          .join(''),
      ).toBe('');
    },
    (SECONDS + 60) * 1_000,
  );
});
