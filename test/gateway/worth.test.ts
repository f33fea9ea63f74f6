import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { problem } from '../datasources/upvest/fake-upvest.ts';
import { type BrokerWorld, haveCash, startBrokerWorld } from '../helpers/broker-world.ts';
import type { GraphqlAnswer } from '../helpers/gateway.ts';
import {
  APPLE,
  accountOf,
  askPortfolio,
  CARMIGNAC,
  codesOf as codes,
  worthIs as isWorth,
  nowPath,
  UNPRICED,
} from '../helpers/valuations.ts';

const one = seedPortfolio({ key: 'one' });
const two = seedPortfolio({ key: 'two', accounts: 2 });
const dollars = seedPortfolio({ key: 'dollars', baseCurrency: 'USD' });
const unlinked = seedPortfolio({ key: 'unlinked', linked: false });

let world: BrokerWorld;
beforeAll(async () => {
  world = await startBrokerWorld([one, two, dollars, unlinked]);
});
afterAll(() => world.stop());
beforeEach(() => {
  world.upvest.calls.length = 0;
});

const worthIs = (account: string, more: object = {}): void => isWorth(world, account, more);
const ask = (portfolio: typeof one, fields: string): Promise<GraphqlAnswer> => askPortfolio(world, portfolio, fields);
async function read(portfolio: typeof one, fields: string): Promise<Record<string, unknown>> {
  const answer = await ask(portfolio, fields);
  expect(answer.errors).toBeUndefined();
  return (answer.data as { portfolio: Record<string, unknown> }).portfolio;
}

const FIELDS = `currency total securities cash cashCurrency at priceQuality unpriced
  lines { accountId isin quantity value currency pricedAt priceQuality weight }`;

const worth = async (portfolio: typeof one, args = '') =>
  (await read(portfolio, `valuation${args} { ${FIELDS} }`))['valuation'] as Record<string, unknown> | null;
interface ShownLine {
  readonly accountId: string;
  readonly priceQuality: string;
  readonly weight: string | null;
}
const linesOf = (found: Record<string, unknown> | null) => found?.['lines'] as readonly ShownLine[];

describe('the worth of a portfolio', () => {
  it('is the broker’s value, and cash, digit for digit', async () => {
    worthIs(accountOf(one));
    expect(await worth(one)).toEqual({
      currency: 'EUR',
      total: '1142.29',
      securities: '142.29',
      cash: '1000.00',
      cashCurrency: 'EUR',
      at: '2023-01-10T14:15:22Z',
      priceQuality: 'END_OF_DAY',
      unpriced: 1,
      lines: [
        {
          accountId: accountOf(one),
          isin: 'US0378331005',
          quantity: '0.65',
          value: '104.81',
          currency: 'EUR',
          pricedAt: '2023-01-09T09:20:00Z',
          priceQuality: 'END_OF_DAY',
          weight: '0.736595',
        },
        {
          accountId: accountOf(one),
          isin: 'FR0010524777',
          quantity: '1.00',
          value: '37.48',
          currency: 'EUR',
          pricedAt: '2023-01-09T09:20:00Z',
          priceQuality: 'END_OF_DAY',
          weight: '0.263405',
        },
        {
          accountId: accountOf(one),
          isin: 'SE0019889775',
          quantity: '5.00',
          value: null,
          currency: null,
          pricedAt: null,
          priceQuality: 'UNKNOWN',
          weight: null,
        },
      ],
    });
    expect(world.upvest.callsTo('GET', nowPath(accountOf(one)))).toMatchObject([{ scope: 'valuations:read' }]);
    expect(world.upvest.refused).toEqual([]);
  });

  it.each([
    [
      '12345678901234.123456789012345678901234567',
      '-0.000000000000000000000000001',
      '12345678901234.123456789012345678901234566',
    ],
    ['-12.50', '12.5', '0'],
    [12345.67, 0.01, '12345.68'],
    ['1e3', '0.5', '1000.5'],
    [
      '123456789012345678901234567890123456789012345678901234567890123.1',
      '0.9',
      '123456789012345678901234567890123456789012345678901234567890124',
    ],
  ])('is the exact sum of %s and %s, written as text or number', async (securities, cash, total) => {
    worthIs(accountOf(one), { total_security_value: { amount: securities, currency: 'EUR' } });
    haveCash(world.upvest, one.broker.accountGroupId, cash);
    expect(await worth(one)).toMatchObject({ total });
    haveCash(world.upvest, one.broker.accountGroupId, '1000.00');
  });

  it('asks for the given quality, and refuses those that cannot be asked for', async () => {
    worthIs(accountOf(one), { price_quality: 'REALTIME' });
    const asked = () =>
      world.upvest.callsTo('GET', nowPath(accountOf(one))).map(({ query }) => query.get('price_quality'));
    expect(await worth(one, '(priceQuality: HIGHEST_AVAILABLE)')).toMatchObject({ priceQuality: 'REALTIME' });
    await worth(one, '(priceQuality: null)');
    expect(asked()).toEqual(['HIGHEST_AVAILABLE', 'EOD']);
    for (const quality of ['REALTIME', 'DELAYED', 'UNKNOWN']) {
      const answer = await ask(one, `valuation(priceQuality: ${quality}) { total }`);
      expect(codes(answer)).toEqual([['portfolio.valuation', 'BAD_USER_INPUT']]);
    }
    expect(asked()).toHaveLength(2);
  });

  it('is the broker’s where it is known, else UNKNOWN', async () => {
    const lines = ['EOD', 'REALTIME', 'DELAYED', 'NA', 'WEEKLY', undefined].map((quality) => ({
      ...APPLE,
      price_quality: quality,
    }));
    worthIs(accountOf(one), { price_quality: 'INDICATIVE', security_positions: lines });
    const found = await worth(one);
    expect(found).toMatchObject({ priceQuality: 'UNKNOWN' });
    expect(linesOf(found).map(({ priceQuality }) => priceQuality)).toEqual([
      'END_OF_DAY',
      'REALTIME',
      'DELAYED',
      'UNKNOWN',
      'UNKNOWN',
      'UNKNOWN',
    ]);
    // Older versions have no quality on a line.
    worthIs(accountOf(one), {
      security_positions: [
        { ...APPLE, price_quality: undefined },
        { ...APPLE, price_quality: null },
        { ...UNPRICED, price_quality: undefined },
      ],
    });
    expect(linesOf(await worth(one)).map(({ priceQuality }) => priceQuality)).toEqual([
      'END_OF_DAY',
      'END_OF_DAY',
      'UNKNOWN',
    ]);
  });

  it('has no total where currencies differ', async () => {
    worthIs(accountOf(dollars));
    expect(await worth(dollars)).toMatchObject({
      total: null,
      securities: '142.29',
      currency: 'EUR',
      cash: '1000.00',
      cashCurrency: 'USD',
    });
    worthIs(accountOf(one), { security_positions: [{ ...APPLE, value: { ...APPLE.value, currency: 'USD' } }] });
    expect(await worth(one)).toMatchObject({
      total: null,
      currency: 'EUR',
      lines: [{ currency: 'USD', value: '104.81' }],
    });
  });

  it('counts positions without a value, in each form of the broker', async () => {
    const without = [
      ...[null, undefined, {}, { amount: null, currency: 'EUR' }],
      ...[
        { amount: '', currency: 'EUR', price_time: '' },
        { amount: '', currency: '' },
      ],
    ];
    worthIs(accountOf(one), { security_positions: [APPLE, ...without.map((value) => ({ ...UNPRICED, value }))] });
    expect(await worth(one)).toMatchObject({ unpriced: 6 });
    worthIs(accountOf(one), { total_security_value: { amount: '0', currency: 'EUR' }, security_positions: null });
    expect(await worth(one)).toMatchObject({ unpriced: 0, lines: [], total: '1000' });
  });

  it('is cash alone in a currency that the broker has no balance of: none', async () => {
    worthIs(accountOf(one));
    haveCash(world.upvest, one.broker.accountGroupId, '5.00', 'USD');
    expect(await worth(one)).toMatchObject({ cash: '0', total: '142.29' });
    haveCash(world.upvest, one.broker.accountGroupId, '1000.00');
  });

  it('is null without a link, without a call', async () => {
    const fields = `valuation { total } valuations(from: "2026-01-01", to: "2026-01-02") { on } returns(from: "2026-01-01", to: "2026-01-02") { cumulative }`;
    expect(await read(unlinked, fields)).toMatchObject({ valuation: null, valuations: null, returns: null });
    expect(world.upvest.calls).toEqual([]);
  });
});

describe('the worth of several accounts', () => {
  const [first, second] = [accountOf(two, 0), accountOf(two, 1)];

  it('is their sum, with the oldest time and the worst quality; weights are unknown', async () => {
    worthIs(first, { total_security_value: { amount: '0.1', currency: 'EUR' }, price_quality: 'REALTIME' });
    worthIs(second, {
      total_security_value: { amount: '0.20', currency: 'EUR' },
      valuation_time: '2023-01-10T15:15:22+02:00',
      security_positions: [{ ...APPLE, weight: '1' }],
    });
    const found = await worth(two);
    expect(found).toMatchObject({
      securities: '0.3',
      total: '1000.3',
      at: '2023-01-10T15:15:22+02:00',
      priceQuality: 'END_OF_DAY',
      unpriced: 1,
    });
    const lines = linesOf(found);
    expect(lines.map(({ accountId }) => accountId)).toEqual([first, first, first, second]);
    expect(lines.map(({ weight }) => weight)).toEqual([null, null, null, null]);
    expect(world.upvest.calls.filter(({ path }) => path.includes('/valuations'))).toHaveLength(2);
  });

  it('keeps the broker’s digits and weights where only one account holds anything', async () => {
    worthIs(first, { total_security_value: { amount: '0', currency: 'EUR' }, security_positions: [] });
    worthIs(second);
    expect(await worth(two)).toMatchObject({
      securities: '142.29',
      lines: [{ weight: '0.736595' }, { weight: '0.263405' }, { weight: null }],
    });
  });

  it('is not known where one account’s is not', async () => {
    worthIs(first);
    world.upvest.on('GET', nowPath(second), () => problem(404, 'not_found', 'not there'));
    expect(codes(await ask(two, 'valuation { total }'))).toEqual([['portfolio.valuation', 'UPSTREAM_REFUSED']]);
    world.upvest.on('GET', nowPath(second), () => problem(500, 'internal', 'oops'));
    expect(codes(await ask(two, 'valuation { total }'))).toEqual([['portfolio.valuation', 'UPSTREAM_UNAVAILABLE']]);
    world.upvest.on('GET', nowPath(first), () => problem(404, 'not_found', 'not there'));
    world.upvest.on('GET', nowPath(second), () => problem(404, 'not_found', 'not there'));
    expect(await worth(two)).toBeNull();
  });

  it('is not known where they are of several currencies, but for what is worth nothing', async () => {
    worthIs(first);
    worthIs(second, { total_security_value: { amount: '5', currency: 'USD' }, security_positions: [] });
    expect(codes(await ask(two, 'valuation { total }'))).toEqual([['portfolio.valuation', 'UPSTREAM_INVALID_ANSWER']]);
    worthIs(second, { total_security_value: { amount: '0.00', currency: 'USD' }, security_positions: [] });
    expect(await worth(two)).toMatchObject({ currency: 'EUR', securities: '142.29' });
  });

  it('has no returns', async () => {
    expect(await read(two, 'returns(from: "2026-01-01", to: "2026-01-31") { cumulative }')).toMatchObject({
      returns: null,
    });
    expect(world.upvest.calls.filter(({ path }) => path.includes('/returns'))).toEqual([]);
  });
});

describe('answers that are not as documented', () => {
  it.each([
    ['another account', { account_id: accountOf(two) }],
    ['no account', { account_id: undefined }],
    ['no time', { valuation_time: '' }],
    ['a day that does not exist', { valuation_time: '2023-02-30T00:00:00Z' }],
    ['no total', { total_security_value: null }],
    ['an empty total', { total_security_value: { amount: '', currency: 'EUR' } }],
    ['a total of no number', { total_security_value: { amount: '1,000.00', currency: 'EUR' } }],
    ['a total without currency', { total_security_value: { amount: '1' } }],
    ['no positions', { security_positions: undefined }],
    ['positions that are none', { security_positions: {} }],
  ])('make the worth unknown: %s', async (_what, more) => {
    worthIs(accountOf(one), more);
    const answer = await ask(one, 'name cashBalance { balance } valuation { total }');
    expect(codes(answer)).toEqual([['portfolio.valuation', 'UPSTREAM_INVALID_ANSWER']]);
    expect(answer.data).toMatchObject({ portfolio: { valuation: null, cashBalance: { balance: '1000.00' } } });
  });

  it.each([
    ['a quantity that is none', { ...APPLE, quantity: 'many' }],
    ['no quantity', { ...APPLE, quantity: undefined }],
    ['a value without currency', { ...APPLE, value: { amount: '1.00' } }],
    ['a value of no number', { ...APPLE, value: { amount: 'NaN', currency: 'EUR' } }],
    ['a weight of no number', { ...APPLE, weight: 'all' }],
    ['no instrument', { ...APPLE, instrument: undefined }],
    ['nothing', null],
  ])('make the worth unknown where a line can’t be read: %s', async (_what, line) => {
    worthIs(accountOf(one), { security_positions: [CARMIGNAC, line] });
    const answer = await ask(one, 'valuation { total }');
    expect(codes(answer)).toEqual([['portfolio.valuation', 'UPSTREAM_ROW_UNREADABLE']]);
    expect(answer.text).not.toMatch(/many|all"/);
  });

  it('are nothing where the broker has no valuation', async () => {
    world.upvest.on('GET', nowPath(accountOf(one)), () => problem(404, 'not_found', 'not there'));
    expect(await worth(one)).toBeNull();
  });

  it('are not what cash would need: a balance that can’t be read makes the worth unknown', async () => {
    worthIs(accountOf(one));
    haveCash(world.upvest, one.broker.accountGroupId, 'a lot');
    expect(codes(await ask(one, 'valuation { total }'))).toEqual([['portfolio.valuation', 'UPSTREAM_ROW_UNREADABLE']]);
    haveCash(world.upvest, one.broker.accountGroupId, '1000.00');
  });
});

describe('a tenant', () => {
  const FIELDS_OF_ALL =
    'name cashBalance { balance } valuation { total } valuations(from: "2026-01-01", to: "2026-01-02") { on } returns(from: "2026-01-01", to: "2026-01-02") { cumulative }';

  it('without the scopes loses the worth alone, with one error a capability', async () => {
    const refusing = await startBrokerWorld([one, two]);
    const { upvest } = refusing;
    upvest.tokenAnswer = (call) =>
      /valuations|account_returns/.test(call.body) ? problem(403, 'forbidden', 'not yours') : upvest.grantToken(call);
    for (let round = 0; round < 3; round += 1) {
      const answer = await refusing.ask(`{ portfolios(first: 10) { edges { node { ${FIELDS_OF_ALL} } } } }`);
      expect(answer.errors?.map(({ extensions }) => [extensions['code'], extensions['capability']]).sort()).toEqual([
        ['CAPABILITY_NOT_GRANTED', 'returns'],
        ['CAPABILITY_NOT_GRANTED', 'valuations'],
      ]);
      const rest = { cashBalance: { balance: '1000.00' }, valuation: null, valuations: null, returns: null };
      expect(answer.data).toMatchObject({ portfolios: { edges: [{ node: rest }, { node: rest }] } });
    }
    expect(upvest.tokenCalls.filter(({ body }) => /valuations/.test(body))).toHaveLength(1);
    await refusing.stop();
  });

  it('that is set not to use them has none, without an error or a call', async () => {
    const without = await startBrokerWorld([one], { capabilities: [] });
    const answer = await without.ask(
      `{ portfolio(id: "${one.portfolioId}") { valuation { total } valuations(from: "2026-01-01", to: "2026-01-02") { on } returns(from: "2026-01-01", to: "2026-01-02") { cumulative } } }`,
    );
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toEqual({ portfolio: { valuation: null, valuations: null, returns: null } });
    expect(without.upvest.calls).toEqual([]);
    await without.stop();
  });
});
