import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { rawSocket } from '../live/clients.ts';

/** First attacks on anything that moves money: rounding, keys that differ slightly, deep fragments. */
const one = seedPortfolio({ key: 'negative', manager: 'USER_MANAGED', brokerCash: '1000.00' });
const other = seedPortfolio({ key: 'negative-other', manager: 'USER_MANAGED', brokerCash: '1000.00' });

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [one, other] });
});
afterAll(() => world.stop());

interface Input {
  readonly portfolioId?: string;
  readonly amount?: unknown;
  readonly currency?: string;
  readonly idempotencyKey?: unknown;
}

const DEPOSIT = `mutation ($input: RegisterDepositInput!) { registerDeposit(input: $input) {
  __typename ... on RegisterDepositSuccess { replayed deposit { id amount } } ... on InvalidInputError { field } } }`;

async function deposit(input: Input) {
  const whole = { portfolioId: one.portfolioId, amount: '1', currency: 'EUR', idempotencyKey: 'k', ...input };
  const { data, errors } = await world.ask(DEPOSIT, { input: whole });
  const { registerDeposit = null } = (data ?? {}) as {
    registerDeposit?: { __typename: string; field?: string } | null;
  };
  return { result: registerDeposit, refused: errors !== undefined };
}

const rows = () => world.gateway.store.read(({ db }) => db.selectFrom('workflows').select(['id', 'amount']).execute());

describe('an amount', () => {
  beforeEach(async () => {
    // The requests of other tests are done: nothing else calls upstream.
    await eventually(async () => {
      const open = await world.gateway.store.read(({ db }) =>
        db.selectFrom('workflows').select('id').where('state', 'not in', ['COMPLETED', 'FAILED']).execute(),
      );
      expect(open).toEqual([]);
    });
  });

  it.each<unknown>([
    ...['0', '-1', '-0', '0.00', '0.001', '1.005', '0.009', '1.0000001', '1e-3', '9e-9'],
    ...[
      '',
      ' 1',
      '1 ',
      '1,00',
      '1.',
      '.5',
      '+1',
      '0x10',
      '1_000',
      '１',
      '١',
      'NaN',
      'Infinity',
      '1e400',
      '--1',
      '1.2.3',
      '1\n',
    ],
    ...[1.5, 0.1, -1, 0, 1e21, null, true, [], {}, ['1']],
  ])('of %j is refused, and nothing comes of it', async (amount) => {
    const before = await rows();
    world.investSuite.calls.reset();
    world.upvest.calls.reset();
    const { result, refused } = await deposit({
      amount,
      idempotencyKey: `amount ${JSON.stringify(amount)}`.replace('\n', ''),
    });
    if (!refused) expect(result).toEqual({ __typename: 'InvalidInputError', field: 'amount' });
    expect(await rows()).toEqual(before);
    expect(world.upvest.calls.count({ method: 'POST' })).toBe(0);
  });

  it('written as a fraction in the document is refused: it could have been a float', async () => {
    const input = `portfolioId: "${one.portfolioId}", amount: 1.10, currency: "EUR", idempotencyKey: "literal"`;
    const answer = await world.ask(`mutation { registerDeposit(input: { ${input} }) { __typename } }`);
    expect(answer.errors?.length).toBe(1);
    expect(answer.data).toBeUndefined();
  });

  it('keeps every digit that it has, and no more', async () => {
    const { result } = await deposit({ amount: '98765432.10', idempotencyKey: 'digits' });
    expect(result).toMatchObject({
      __typename: 'RegisterDepositSuccess',
      deposit: { amount: '98765432.10' },
    });
  });
});

describe('an idempotency key', () => {
  it.each<unknown>(['', ' ', '\t', 'a\nb', 'a\u0000b', '\u200b', 'x'.repeat(256), null, 7.5, [], {}])(
    'of %j is refused',
    async (idempotencyKey) => {
      const before = await rows();
      const { result, refused } = await deposit({ idempotencyKey });
      if (!refused) expect(result).toEqual({ __typename: 'InvalidInputError', field: 'idempotencyKey' });
      expect(await rows()).toEqual(before);
    },
  );

  it.each<readonly [string, Input]>([
    ['another amount', { amount: '2' }],
    ['another amount by a cent', { amount: '1.01' }],
    ['another portfolio', { portfolioId: other.portfolioId }],
    ['another currency', { currency: 'USD' }],
  ])('that was used is not to be had for %s', async (_what, change) => {
    await deposit({ idempotencyKey: 'used' });
    const before = await rows();
    expect((await deposit({ idempotencyKey: 'used', ...change })).result?.__typename).toBe('IdempotencyKeyReusedError');
    expect(await rows()).toEqual(before);
  });

  it('that was used is not to be had for another mutation', async () => {
    await deposit({ idempotencyKey: 'used' });
    const input = `portfolioId: "${one.portfolioId}", amount: "1", currency: "EUR", idempotencyKey: "used"`;
    for (const mutation of ['requestWithdrawal', 'increaseVirtualCash', 'decreaseVirtualCash']) {
      const { text } = await world.ask(`mutation { ${mutation}(input: { ${input} }) { __typename } }`);
      expect(text, mutation).toContain('IdempotencyKeyReusedError');
    }
  });

  it('sent twenty times at once has one effect', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => deposit({ idempotencyKey: 'at once' })));
    const ids = new Set(answers.map(({ result }) => JSON.stringify((result as { deposit?: object }).deposit)));
    expect(ids.size).toBe(1);
    expect(answers.filter(({ result }) => (result as { replayed?: boolean }).replayed === false)).toHaveLength(1);
  });
});

/** A chain of fragments, each in the field of the one before. */
const chain = (links: number): string =>
  `{ portfolio(id: "${one.portfolioId}") { ...F0 } } ${Array.from({ length: links }, (_, i) => `fragment F${i} on Portfolio { transactions(first: 1) { edges { node { portfolio { ...F${i + 1} } } } } }`).join(' ')} fragment F${links} on Portfolio { id }`;

const ROWS = (first: string, declared = ''): string =>
  `query${declared} { portfolios(first: 100) { edges { node { transactions(first: ${first}) { edges { node { portfolio { deposits(first: ${first}) { edges { cursor } } } } } } } } } }`;

const DEAR: readonly (readonly [what: string, query: string, variables: Record<string, unknown>])[] = [
  ['fields 18 deep through fragments', chain(4), {}],
  ['rows by a variable', ROWS('$n', ' ($n: Int)'), { n: 100 }],
  ['rows by a default', ROWS('$n', ' ($n: Int = 100)'), {}],
  ['rows in a skipped part', ROWS('100').replace('deposits(first: 100)', 'deposits(first: 100) @skip(if: true)'), {}],
  [
    'rows in an operation that is one of two',
    `query Cheap { viewer { id } } ${ROWS('100', ' Dear')}`,
    { operationName: 'Dear' },
  ],
];

describe('a query', () => {
  it.each(DEAR)(
    'with %s is refused before anything is asked, over HTTP and WebSocket, first and again',
    async (_what, query, variables) => {
      world.investSuite.calls.reset();
      const { operationName, ...values } = variables;
      const body = { query, variables: values, ...(operationName === undefined ? {} : { operationName }) };
      for (let times = 0; times < 3; times += 1) {
        const response = await fetch(`${world.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('QUERY_TOO_COMPLEX')]);
      }
      const socket = await rawSocket(world.url);
      socket.send({ type: 'connection_init' });
      await eventually(() => expect(socket.messages).toHaveLength(1));
      socket.send({ id: '1', type: 'subscribe', payload: body });
      await eventually(() => expect(JSON.stringify(socket.messages)).toContain('QUERY_TOO_COMPLEX'));
      socket.socket.close();
      // The gateway's own work asks for portfolios by id, never for a list.
      expect(world.investSuite.calls.count({ method: 'GET', path: /^\/portfolios\/?(\?(?!.*\bid(%20|\+)in)|$)/ })).toBe(
        0,
      );
    },
  );

  it('with few rows by the same variable is answered, before and after one that is too dear', async () => {
    const query = ROWS('$n', ' ($n: Int)');
    for (const n of [1, 100, 1, 100, 2]) {
      const answer = await world.ask(query, { n });
      expect(answer.errors?.[0]?.extensions['code'], String(n)).toBe(n === 100 ? 'QUERY_TOO_COMPLEX' : undefined);
    }
  });
});

describe('with trusted documents', () => {
  it('a WebSocket executes no others either', async () => {
    const trusted = '{ viewer { id } }';
    const hash = createHash('sha256').update(trusted).digest('hex');
    const strict = await startWorld({ seed: [], gateway: { trustedDocuments: JSON.stringify({ [hash]: trusted }) } });
    const socket = await rawSocket(strict.url);
    socket.send({ type: 'connection_init' });
    await eventually(() => expect(socket.messages).toHaveLength(1));
    socket.send({ id: 'yes', type: 'subscribe', payload: { query: trusted } });
    socket.send({ id: 'no', type: 'subscribe', payload: { query: '{ viewer { id user { id } } }' } });
    socket.send({ id: 'live', type: 'subscribe', payload: { query: 'subscription { notifications { id } }' } });
    const told = (id: string) =>
      JSON.stringify(socket.messages.filter((each) => JSON.stringify(each).includes(`"id":"${id}"`)));
    await eventually(() => {
      expect(told('yes')).toContain('local-operator');
      expect(told('no')).toContain('DOCUMENT_NOT_TRUSTED');
      expect(told('live')).toContain('DOCUMENT_NOT_TRUSTED');
    });
    socket.socket.close();
    await strict.stop();
  });
});
