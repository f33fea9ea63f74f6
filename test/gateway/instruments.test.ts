import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { seedPortfolio, type UpvestEntities } from '../../src/standins/index.ts';
import { startWorld, type World, type WorldOptions } from '../helpers/world.ts';

let world: World | undefined;

afterEach(async () => {
  await world?.stop();
  world = undefined;
});

const DIRECTORY = '/instruments';

async function start(options: WorldOptions = {}): Promise<World> {
  world = await startWorld({ seed: [], instruments: true, ...options });
  return world;
}

const instrument = (fields: Partial<UpvestEntities.InstrumentDetails>): UpvestEntities.InstrumentDetails => ({
  id: randomUUID(),
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  name: '',
  fractional_trading: true,
  trading_status: 'ACTIVE',
  ...fields,
});

const directoryCalls = ({ upvest }: World) => upvest.calls.list().filter(({ path }) => path.startsWith(DIRECTORY));

const namesOf = async ({ ask }: World, search: string, more = ''): Promise<readonly string[]> => {
  const query = `query ($search: String) { instruments(search: $search ${more}) { edges { node { name } } } }`;
  const { data, errors } = await ask(query, { search });
  expect(errors).toBeUndefined();
  const { instruments } = data as { instruments: { edges: { node: { name: string } }[] } };
  return instruments.edges.map(({ node }) => node.name);
};

describe('instruments', () => {
  it('are found by ISIN, and as nodes', async () => {
    const on = await start();
    const { data } = await on.ask(
      `{ a: instrument(isin: "DE0008430026") { id isin wkn name tradable fractional }
         b: instrument(isin: " de0008430026") { id }
         inactive: instrument(isin: "XS2010032618") { tradable fractional }
         node(id: "ins_US0378331005") { __typename id ... on Instrument { name } }
         nodes(ids: ["ins_US0378331005", "ins_XX0000000000", "ins_", "ins_$EUR"]) { id }
         none: instrument(isin: "nonsense") { id } }`,
    );
    expect(data).toEqual({
      a: {
        id: 'ins_DE0008430026',
        isin: 'DE0008430026',
        wkn: '843002',
        name: 'Münchener Rückversicherungs-Gesellschaft AG',
        tradable: true,
        fractional: true,
      },
      b: { id: 'ins_DE0008430026' },
      inactive: { tradable: false, fractional: false },
      node: { __typename: 'Instrument', id: 'ins_US0378331005', name: 'Apple Inc.' },
      nodes: [{ id: 'ins_US0378331005' }, null, null, null],
      none: null,
    });
  });

  it('name what is held, moved, recommended and ordered, without a call more', async () => {
    const seeds = Array.from({ length: 100 }, (_, at) =>
      seedPortfolio({
        key: `named/${at}`,
        manager: 'ROBO_ADVISOR_ADVISORY',
        holdings: { $EUR: '10.00', US0378331005: '1', DE0007164600: '2', ...(at % 2 ? { FR0000120321: '1' } : {}) },
        optimization: { orders: { US0378331005: '2' } },
      }),
    );
    const on = await start({ seed: seeds });
    const query = (names: string): string =>
      `{ portfolios(first: 100) { edges { node { id holdings { instrumentId ... on InstrumentHolding { isin ${names} } }
           positions { isin ${names} } } } } }`;
    const callsOf = async (names: string) => {
      const before = on.upvest.calls.total + on.investSuite.calls.total;
      const { data, errors } = await on.ask(query(names));
      expect(errors).toBeUndefined();
      const calls = on.upvest.calls.total + on.investSuite.calls.total - before;
      return { data, calls };
    };
    // The first one fetches tokens, too.
    await callsOf('');
    const without = await callsOf('');
    const names = await callsOf('instrument { name }');
    expect(names.calls).toBe(without.calls);
    const text = JSON.stringify(names.data);
    expect(text.match(/"L'Oréal S.A."/g)).toHaveLength(100);
    expect(text.match(/"SAP SE"/g)).toHaveLength(200);
    expect(text).not.toContain('"instrument":null');
    const [first] = seeds;
    const { data } = await on.ask(
      'query ($id: ID!) { portfolio(id: $id) { optimization { orders { instrument { name } } } } }',
      { id: first?.portfolioId },
    );
    expect(data).toEqual({ portfolio: { optimization: { orders: [{ instrument: { name: 'Apple Inc.' } }] } } });
  });

  it('read the store once for all that one request names', async () => {
    const seeds = Array.from({ length: 30 }, (_, at) =>
      seedPortfolio({ key: `store/${at}`, holdings: { $EUR: '1', US0378331005: '1', DE0007164600: '2' } }),
    );
    const on = await start({ seed: seeds });
    let reads = 0;
    const { store } = on.gateway;
    const read = store.read.bind(store);
    Object.assign(store, {
      read: (work: Parameters<typeof read>[0]) =>
        read(async (reading) => {
          const watched = new Proxy(reading.db, {
            get: (db, name) => {
              if (name === 'selectFrom') {
                return (table: never) => {
                  if (table === 'instruments') reads += 1;
                  return db.selectFrom(table);
                };
              }
              const value: unknown = Reflect.get(db, name);
              return typeof value === 'function' ? value.bind(db) : value;
            },
          });
          return await work({ ...reading, now: () => reading.now(), db: watched });
        }),
    });
    const query =
      '{ portfolios(first: 30) { edges { node { holdings { ... on InstrumentHolding { instrument { name } } } } } } }';
    const { data, errors } = await on.ask(query);
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).not.toContain('"instrument":null');
    expect(reads).toBe(1);
  });

  it('keep their names while Upvest is down', async () => {
    const on = await start({ seed: [seedPortfolio({ key: 'down', holdings: { $EUR: '1', US0378331005: '1' } })] });
    on.upvest.faults.add({ kind: 'status', match: {}, status: 503 });
    const query =
      '{ portfolios(first: 1) { edges { node { holdings { ... on InstrumentHolding { instrument { name } } } } } } }';
    expect(JSON.stringify((await on.ask(query)).data)).toContain('Apple Inc.');
    expect(await namesOf(on, 'apple')).toEqual(['Apple Inc.']);
  });

  it('are searched by words in any order, cut short, without case and accents', async () => {
    const on = await start();
    expect(await namesOf(on, 'SA loreal')).toEqual(["L'Oréal S.A."]);
    expect(await namesOf(on, "L'Oreal")).toEqual(["L'Oréal S.A."]);
    expect(await namesOf(on, 'ruckvers MUNCH')).toEqual(['Münchener Rückversicherungs-Gesellschaft AG']);
    expect(await namesOf(on, '843002')).toEqual(['Münchener Rückversicherungs-Gesellschaft AG']);
    expect(await namesOf(on, 'us03783')).toEqual(['Apple Inc.']);
    expect(await namesOf(on, 'world core ishares')).toEqual(['iShares Core MSCI World UCITS ETF USD (Acc)']);
    expect((await namesOf(on, 'SAP'))[0]).toBe('SAP SE');
    expect(await namesOf(on, 'apple nonsense')).toEqual([]);
    expect(await namesOf(on, '!?')).toEqual([]);
    expect(await namesOf(on, 'ahold', ', tradable: true')).toEqual([]);
    expect(await namesOf(on, 'ahold', ', tradable: false')).toHaveLength(1);
    // Names that begin with the words come before those that have them elsewhere.
    expect((await namesOf(on, 'siemens')).at(0)).toBe('Siemens AG');
  });

  it('put an exact WKN or ISIN before all others', async () => {
    const instruments = [
      instrument({ isin: 'DE0000000019', wkn: 'DAX', name: 'Zz Certificate' }),
      instrument({ isin: 'DE0000000027', wkn: '', name: 'DAX Aaa' }),
    ];
    const on = await start({ seed: [{ upvest: { instruments } }] });
    expect((await namesOf(on, 'dax')).slice(0, 2)).toEqual(['Zz Certificate', 'DAX Aaa']);
  });

  it('are paged to the end, each once', async () => {
    const on = await start();
    const query = `query ($search: String, $after: String) { instruments(search: $search, first: 40, after: $after) {
      edges { cursor node { isin } } pageInfo { hasNextPage endCursor } } }`;
    for (const search of [null, 'etf']) {
      const found: string[] = [];
      let after: string | null = null;
      for (let isMore = true; isMore; ) {
        const { data } = await on.ask(query, { search, after });
        const { instruments } = data as {
          instruments: { edges: { node: { isin: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
        };
        found.push(...instruments.edges.map(({ node }) => node.isin));
        ({ hasNextPage: isMore, endCursor: after } = instruments.pageInfo);
      }
      const expected = on.upvest.instruments().filter(({ name }) => search === null || /etf/i.test(name));
      expect(new Set(found)).toEqual(new Set(expected.map(({ isin }) => isin)));
      expect(found).toHaveLength(expected.length);
    }
  });

  it('of which the copy lacks one ask for it once, by itself', async () => {
    const on = await start({
      seed: [seedPortfolio({ key: 'new', holdings: { $EUR: '1', DE0000000019: '1', DE0000000027: '1' } })],
    });
    on.upvest.putInstrument({ isin: 'DE0000000019', name: 'Brand new' });
    const query =
      '{ portfolios(first: 1) { edges { node { holdings { ... on InstrumentHolding { isin instrument { name } } } } } } }';
    for (let times = 0; times < 3; times += 1) {
      const text = JSON.stringify((await on.ask(query)).data);
      expect(text).toContain('{"isin":"DE0000000019","instrument":{"name":"Brand new"}}');
      expect(text).toContain('{"isin":"DE0000000027","instrument":null}');
    }
    const asked = directoryCalls(on).filter(({ path }) => path.includes('isin:'));
    expect(asked.map(({ path }) => path).sort()).toEqual([
      '/instruments/isin:DE0000000019',
      '/instruments/isin:DE0000000027',
    ]);
    expect(await namesOf(on, 'brand')).toEqual(['Brand new']);
  });
});
