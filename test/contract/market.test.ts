import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { add, compare, decimal, sum } from '../../src/domain/decimal.ts';
import { combineSeeds, demoSeed, seedPortfolio, startUpvestStandin } from '../../src/standins/index.ts';
import { FakeUpvest } from '../datasources/upvest/fake-upvest.ts';
import { instrumentRows } from '../helpers/broker-world.ts';
import { nowPath, valuation } from '../helpers/valuations.ts';
import { type UpvestClient, upvestClient } from '../standins/support/upvest-client.ts';
import { must } from './brokers.ts';

/*
 * Instruments, prices and valuations of Upvest (docs/upstream-contract.md, "Market of Upvest"), asked over a socket of all
 * that play them, by a client that shares no code with the gateway. A new player is a new line in MARKETS.
 */

interface Market {
  readonly client: (scope: string) => Promise<UpvestClient>;
  /** An account that holds something. */
  readonly account: string;
  /** An instrument of the directory. */
  readonly isin: string;
  readonly stop: () => Promise<void>;
}

const APPLE = 'US0378331005';
const UNQUOTED = 'BE92189F1066';

async function standIn(): Promise<Market> {
  const one = seedPortfolio({ key: 'market', holdings: { $EUR: '100.00', [APPLE]: '3', [UNQUOTED]: '2' } });
  const standin = await startUpvestStandin({ seed: combineSeeds(demoSeed(), one).upvest });
  const { broker } = one;
  return {
    client: (scope) => upvestClient(standin, scope),
    account: broker.accountId ?? '',
    isin: APPLE,
    stop: () => standin.stop(),
  };
}

/** Answers as the tests of the gateway tell it to. */
async function told(): Promise<Market> {
  const fake = await new FakeUpvest().start();
  const account = '5d5ff1ae-0000-4000-8000-000000000001';
  const rows = instrumentRows([APPLE]);
  fake.onList('/instruments', rows);
  fake.on('GET', `/instruments/isin:${APPLE}`, () => ({ body: rows[0] }));
  fake.on('GET', nowPath(account), () => ({ body: valuation(account) }));
  const { baseUrl: url, ...credentials } = fake.options;
  return {
    client: (scope) => upvestClient({ url, credentials }, scope),
    account,
    isin: APPLE,
    stop: () => fake.stop(),
  };
}

const MARKETS = { 'the stand-in': standIn, 'the fake that a test tells what to answer': told } as const;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;
const NUMBER = /^-?\d+(\.\d+)?$/;
const aNumber = expect.stringMatching(NUMBER);
const aTime = expect.stringMatching(TIME);

interface Position {
  readonly value: { readonly amount: string } | null;
  readonly weight: string | null;
}

describe.each(Object.entries(MARKETS))('the market, played by %s', (_name, start) => {
  let market: Market;
  beforeAll(async () => {
    market = await start();
  });
  afterAll(() => market.stop());

  it('has a directory whose rows have id, times, name, and whether they can be traded', async () => {
    const { data, meta } = (await (await market.client('instruments:read')).get('/instruments?limit=1000')).json();
    expect(meta).toMatchObject({ offset: 0, count: data.length });
    for (const row of data) {
      expect(row).toMatchObject({
        id: expect.stringMatching(UUID),
        created_at: aTime,
        updated_at: aTime,
        name: expect.stringMatching(/^.{1,100}$/),
        fractional_trading: expect.any(Boolean),
        trading_status: expect.stringMatching(/^(ACTIVE|INACTIVE)$/),
      });
    }
  });

  it('has an instrument by its ISIN as the directory has it; one that is unknown is 404', async () => {
    const client = await market.client('instruments:read');
    const { data } = (await client.get('/instruments?limit=1000')).json();
    const one = (await client.get(`/instruments/isin:${market.isin}`)).json();
    expect(data).toContainEqual(one);
    expect((await client.get('/instruments/isin:XX0000000000')).status).toBe(404);
  });

  it('values an account by its positions: the sum of those that have a price, whose weights are 1', async () => {
    const client = await market.client('valuations:read');
    const found = (await client.get(`${nowPath(market.account)}?price_quality=EOD`)).json();
    expect(found).toMatchObject({
      id: expect.stringMatching(UUID),
      account_id: market.account,
      valuation_time: aTime,
      price_quality: expect.any(String),
      total_security_value: { amount: aNumber, currency: expect.stringMatching(/^[A-Z]{3}$/) },
    });
    const positions: readonly Position[] = found.security_positions;
    const priced = positions.filter(({ value }) => value !== null);
    expect(priced.length).toBeGreaterThan(0);
    expect(positions.length).toBeGreaterThan(priced.length);
    const total = sum(priced.map(({ value }) => decimal(must(value?.amount))));
    expect(compare(total, decimal(found.total_security_value.amount))).toBe(0);
    expect(positions.filter(({ value, weight }) => (value === null) !== (weight === null))).toEqual([]);
    const weights = sum(priced.map(({ weight }) => decimal(must(weight ?? undefined))));
    expect(Math.abs(Number(add(weights, decimal('-1'))))).toBeLessThan(1e-5);
  });
});

describe('the market, played by the stand-in', () => {
  let market: Market;
  beforeAll(async () => {
    market = await standIn();
  });
  afterAll(() => market.stop());

  it.each([
    ['instruments:read', () => '/instruments'],
    ['prices:read', () => `/instruments/isin:${APPLE}/venues`],
    ['valuations:read', () => `${nowPath(market.account)}?price_quality=EOD`],
    ['account_returns:read', () => `/accounts/${market.account}/returns`],
  ])('asks for the scope %s', async (scope, path) => {
    expect((await (await market.client(scope)).get(path())).status).toBe(200);
    expect((await (await market.client('accounts:read')).get(path())).status).toBe(403);
  });

  it('sorts the directory by the time of change, newest first', async () => {
    const client = await market.client('instruments:read');
    const { data } = (await client.get('/instruments?sort=updated_at&order=DESC&limit=1000')).json();
    const times: readonly string[] = data.map((row: { updated_at: string }) => row.updated_at);
    expect(times).toEqual([...times].sort().reverse());
  });

  it('values only for a quality that is named', async () => {
    const client = await market.client('valuations:read');
    expect((await client.get(nowPath(market.account))).status).toBe(400);
  });

  it('has prices at venues; days without a trade have a close alone', async () => {
    const client = await market.client('prices:read');
    const { data: venues } = (await client.get(`/instruments/isin:${APPLE}/venues`)).json();
    const venue = `/instruments/isin:${APPLE}/venues/${venues[0].id}/prices`;
    const latest = (await client.get(`${venue}/latest`)).json();
    expect(latest).toMatchObject({ price_quality: expect.any(String), currency: expect.stringMatching(/^[A-Z]{3}$/) });
    const { data } = (await client.get(`${venue}/ohlc?start_date=2026-01-01&end_date=2026-01-31&interval=1d`)).json();
    expect(data.length).toBeGreaterThan(0);
    for (const { open, high, low, close } of data) {
      expect(close).toMatch(NUMBER);
      expect(
        [open, high, low].every((text) => text === '') || [open, high, low].every((text) => NUMBER.test(text)),
      ).toBe(true);
    }
  });
});
