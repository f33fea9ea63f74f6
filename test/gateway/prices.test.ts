import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { problem } from '../datasources/upvest/fake-upvest.ts';
import { type BrokerWorld, startBrokerWorld } from '../helpers/broker-world.ts';
import { accountOf, askPortfolio, codesOf, worthIs } from '../helpers/valuations.ts';

const APPLE = 'US0378331005';
const OTHER = 'FR0010524777';
const one = seedPortfolio({ key: 'one' });

let world: BrokerWorld;
beforeAll(async () => {
  world = await startBrokerWorld([one], { instruments: [APPLE, OTHER] });
});
afterAll(() => world.stop());
beforeEach(() => {
  world.upvest.calls.length = 0;
  venuesAre(['v1', 'v2']);
});

const at = (isin = APPLE): string => `/instruments/isin:${isin}/venues`;
function venuesAre(ids: readonly string[], isin = APPLE): void {
  const data = ids.map((id) => ({ id, name: `Venue ${id}`, price_qualities: ['EOD', 'REALTIME'] }));
  world.upvest.on('GET', at(isin), () => ({ body: { data } }));
}
const quote = (price: unknown, time: unknown = '2023-01-09T13:02:15Z') => ({ time, price, size: '100' });
/** The example of Upvest's reference, without a trade. */
const latest = (more: object = {}) => ({
  price_quality: 'REALTIME',
  currency: 'EUR',
  bids: [quote('210.01')],
  asks: [quote('212.32')],
  last_trade: null,
  ...more,
});
const latestIs = (venue: string, body: unknown): void =>
  world.upvest.on('GET', `${at()}/${venue}/prices/latest`, () =>
    body === undefined ? problem(404, 'not_found', 'not there') : { body },
  );
const ohlcIs = (venue: string, data: unknown): void =>
  world.upvest.on('GET', `${at()}/${venue}/prices/ohlc`, () => ({ body: { data, meta: { count: 2 } } }));

const ask = (fields: string, isin = APPLE) => world.ask(`{ instrument(isin: "${isin}") { name ${fields} } }`);
async function price(): Promise<unknown> {
  const answer = await ask('price { amount currency at quality }');
  expect(answer.errors).toBeUndefined();
  return (answer.data as { instrument: { price: unknown } }).instrument.price;
}
const pathsOf = () =>
  world.upvest.calls.map(({ path }) => path.replace(at(), '')).filter((path) => path.startsWith('/v') || path === '');

describe('the newest price', () => {
  it('is the last trade at the first venue, with the broker’s digits', async () => {
    latestIs('v1', latest({ last_trade: quote('211.3200', '2023-01-09T12:59:04Z') }));
    expect(await price()).toEqual({
      amount: '211.3200',
      currency: 'EUR',
      at: '2023-01-09T12:59:04Z',
      quality: 'REALTIME',
    });
    expect(pathsOf()).toEqual(['', '/v1/prices/latest']);
    const [call] = world.upvest.callsTo('GET', `${at()}/v1/prices/latest`);
    expect([call?.scope, call?.query.get('price_quality')]).toEqual(['prices:read', 'HIGHEST_AVAILABLE']);
    expect(world.upvest.refused).toEqual([]);
  });

  it.each([
    ['one of each', [quote('210.01')], [quote('212.32')], '211.165'],
    ['several, in any order', [quote('1'), quote('210.01'), quote('209')], [quote('999'), quote('212.32')], '211.165'],
    ['an odd last digit', [quote('0.0000000001')], [quote('0.0000000002')], '0.00000000015'],
    ['numbers', [quote(10.1)], [quote(10.2)], '10.15'],
    [
      'some that are none',
      [quote(''), quote('0'), quote('-1'), quote('10', ''), quote('8')],
      [null, quote('9')],
      '8.5',
    ],
  ])('is the exact middle of bid and ask without a trade: %s', async (_what, bids, asks, amount) => {
    latestIs('v1', latest({ bids, asks }));
    expect(await price()).toMatchObject({ amount });
  });

  it('is as old as the older of bid and ask', async () => {
    latestIs(
      'v1',
      latest({ bids: [quote('1', '2023-01-09T13:00:00Z')], asks: [quote('2', '2023-01-09T14:30:00+02:00')] }),
    );
    expect(await price()).toMatchObject({ amount: '1.5', at: '2023-01-09T14:30:00+02:00' });
  });

  it.each([
    ['no quotes', latest({ bids: [], asks: [], currency: '' })],
    ['no quotes, as null', latest({ bids: null, asks: null })],
    ['one side alone', latest({ asks: [] })],
    ['empty texts', latest({ bids: [], last_trade: quote('', '') })],
    ['a trade at 0', latest({ bids: [], last_trade: quote('0') })],
    ['none there (404)', undefined],
  ])('is of the next venue where the first has none: %s', async (_what, body) => {
    latestIs('v1', body);
    latestIs('v2', latest({ price_quality: 'DELAYED', last_trade: quote('5.00') }));
    expect(await price()).toMatchObject({ amount: '5.00', quality: 'DELAYED' });
    expect(pathsOf()).toEqual(['', '/v1/prices/latest', '/v2/prices/latest']);
  });

  it('is null where no venue has one, and without venues', async () => {
    latestIs('v1', undefined);
    latestIs('v2', latest({ bids: [] }));
    expect(await price()).toBeNull();
    venuesAre([]);
    expect(await price()).toBeNull();
    world.upvest.on('GET', at(), () => problem(404, 'not_found', 'not there'));
    expect(await price()).toBeNull();
  });

  it('is of the venues that can be read, and not known where none can', async () => {
    const venuesOf = (data: readonly unknown[]) => world.upvest.on('GET', at(), () => ({ body: { data } }));
    venuesOf([null, { name: 'no id' }, { id: '' }, 'text', { id: 'v1', name: 'Venue v1' }]);
    latestIs('v1', latest());
    expect(await price()).toMatchObject({ amount: '211.165' });
    venuesOf([{ id: '' }]);
    expect(codesOf(await ask('price { amount }'))).toEqual([['instrument.price', 'UPSTREAM_INVALID_ANSWER']]);
  });

  it('is of a quality that the broker names, or UNKNOWN', async () => {
    for (const [word, quality] of [
      ['EOD', 'END_OF_DAY'],
      ['HIGHEST_AVAILABLE', 'HIGHEST_AVAILABLE'],
      ['WEEKLY', 'UNKNOWN'],
      [undefined, 'UNKNOWN'],
    ]) {
      latestIs('v1', latest({ price_quality: word }));
      expect(await price()).toMatchObject({ quality });
    }
  });

  it.each([
    ['a price of no number', latest({ last_trade: quote('much') })],
    ['no currency', latest({ currency: '' })],
    ['quotes that are no list', latest({ bids: 'none' })],
  ])('is not known where the answer is not as documented: %s', async (_what, body) => {
    latestIs('v1', body);
    const answer = await ask('price { amount }');
    expect(codesOf(answer)).toEqual([['instrument.price', 'UPSTREAM_INVALID_ANSWER']]);
    expect(answer.data).toEqual({ instrument: { name: `Name of ${APPLE}`, price: null } });
  });

  it('is read once, however often the instrument is named', async () => {
    latestIs('v1', latest());
    const line = { instrument: { isin: APPLE }, quantity: '1', value: null };
    worthIs(world, accountOf(one), { security_positions: [line, line, line] });
    const answer = await askPortfolio(world, one, 'valuation { lines { instrument { name price { amount } } } }');
    expect(answer.errors).toBeUndefined();
    const shown = { instrument: { name: `Name of ${APPLE}`, price: { amount: '211.165' } } };
    expect(answer.data).toMatchObject({ portfolio: { valuation: { lines: [shown, shown, shown] } } });
    expect(pathsOf()).toEqual(['', '/v1/prices/latest']);
  });
});

describe('daily prices', () => {
  const day = (time: string, more: object = {}) => ({
    currency: 'EUR',
    time,
    open: '213.32',
    high: '215.320',
    low: '210.32',
    close: '213.22',
    volume: '277973',
    ...more,
  });
  const PRICES = 'prices(from: "2023-01-09", to: "2023-01-11") { on open high low close volume currency }';

  it('are those of the first venue with prices, oldest first; empty texts are null', async () => {
    ohlcIs('v1', []);
    ohlcIs('v2', [
      day('2023-01-10T00:00:00Z', { open: '', high: '', low: '', volume: '0', close: '213.2200' }),
      day('2023-01-09T00:00:00Z'),
      day('2023-01-12T00:00:00Z'),
    ]);
    const answer = await ask(PRICES);
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toMatchObject({
      instrument: {
        prices: [
          {
            on: '2023-01-09',
            open: '213.32',
            high: '215.320',
            low: '210.32',
            close: '213.22',
            volume: '277973',
            currency: 'EUR',
          },
          { on: '2023-01-10', open: null, high: null, low: null, close: '213.2200', volume: '0', currency: 'EUR' },
        ],
      },
    });
    const [call] = world.upvest.callsTo('GET', `${at()}/v2/prices/ohlc`);
    const asked = ['start_date', 'end_date', 'interval'].map((name) => call?.query.get(name));
    expect(asked).toEqual(['2023-01-09', '2023-01-12', '1d']);
  });

  it('of a thousand days are asked for in two parts, as the broker answers no more points at once', async () => {
    const days = (from: string, to: string): readonly string[] => {
      const [first, last] = [Date.parse(from), Date.parse(to)];
      return Array.from({ length: (last - first) / 86_400_000 + 1 }, (_, i) =>
        new Date(first + i * 86_400_000).toISOString(),
      );
    };
    world.upvest.on('GET', `${at()}/v1/prices/ohlc`, ({ query }) => {
      const asked = days(query.get('start_date') ?? '', query.get('end_date') ?? '');
      if (asked.length > 1_000) return problem(400, 'bad_request', 'too many points');
      return { body: { data: asked.map((time) => day(time)), meta: { count: asked.length } } };
    });
    const answer = await ask('prices(from: "2020-04-07", to: "2023-01-01") { on }');
    expect(answer.errors).toBeUndefined();
    const { prices } = (answer.data as { instrument: { prices: { on: string }[] } }).instrument;
    expect(prices.map(({ on }) => on)).toEqual(days('2020-04-07', '2023-01-01').map((time) => time.slice(0, 10)));
    expect(prices).toHaveLength(1_000);
    expect(codesOf(await ask('prices(from: "2020-04-06", to: "2023-01-01") { on }'))).toEqual([
      ['instrument.prices', 'BAD_USER_INPUT'],
    ]);
  });

  it('reach to the last day that can be written', async () => {
    ohlcIs('v1', [day('9999-12-31T00:00:00Z')]);
    for (const from of ['9999-12-31', '9999-01-01', '9997-04-06'])
      expect((await ask(`prices(from: "${from}", to: "9999-12-31") { on }`)).data).toMatchObject({
        instrument: { prices: [{ on: '9999-12-31' }] },
      });
  });

  it('leave out and tell a day that can’t be read', async () => {
    ohlcIs('v1', [day('2023-01-09T00:00:00Z'), day('2023-01-10T00:00:00Z', { close: '' }), day('soon')]);
    const answer = await ask(PRICES);
    expect(codesOf(answer)).toEqual([['instrument.prices', 'UPSTREAM_ROW_UNREADABLE']]);
    expect(answer.data).toMatchObject({ instrument: { prices: [{ on: '2023-01-09' }] } });
  });

  it('are null without a venue', async () => {
    venuesAre([], OTHER);
    expect((await ask(PRICES, OTHER)).data).toMatchObject({ instrument: { prices: null } });
  });
});

describe('a tenant without prices', () => {
  const both = `{ instruments(first: 10) { edges { node { name price { amount } prices(from: "2023-01-09", to: "2023-01-10") { on } } } } }`;

  it('that may not read them has names, one coded error and one token call', async () => {
    const refusing = await startBrokerWorld([one], { instruments: [APPLE, OTHER] });
    const { upvest } = refusing;
    upvest.tokenAnswer = (call) =>
      /prices/.test(call.body) ? problem(403, 'forbidden', 'not yours') : upvest.grantToken(call);
    for (let round = 0; round < 3; round += 1) {
      const answer = await refusing.ask(both);
      expect(answer.errors?.map(({ extensions }) => [extensions['code'], extensions['capability']])).toEqual([
        ['CAPABILITY_NOT_GRANTED', 'prices'],
      ]);
      const nothing = { price: null, prices: null };
      expect(answer.data).toEqual({
        instruments: { edges: [OTHER, APPLE].map((isin) => ({ node: { name: `Name of ${isin}`, ...nothing } })) },
      });
    }
    expect(upvest.tokenCalls.filter(({ body }) => /prices/.test(body))).toHaveLength(1);
    await refusing.stop();
  });

  it('that answers its calls with 403 is asked no more', async () => {
    const refusing = await startBrokerWorld([one], { instruments: [APPLE] });
    refusing.upvest.on('GET', at(), () => problem(403, 'forbidden', 'not yours'));
    for (let round = 0; round < 3; round += 1) {
      const answer = await refusing.ask(both);
      expect(answer.errors?.map(({ extensions }) => extensions['code'])).toEqual(['CAPABILITY_NOT_GRANTED']);
    }
    expect(refusing.upvest.callsTo('GET', at())).toHaveLength(1);
    await refusing.stop();
  });

  it('that is set not to use them has none, without an error or a call', async () => {
    const without = await startBrokerWorld([one], { instruments: [APPLE], capabilities: ['instruments'] });
    const answer = await without.ask(both);
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toEqual({
      instruments: { edges: [{ node: { name: `Name of ${APPLE}`, price: null, prices: null } }] },
    });
    expect(without.upvest.calls.filter(({ path }) => path.includes('/venues'))).toEqual([]);
    await without.stop();
  });
});
