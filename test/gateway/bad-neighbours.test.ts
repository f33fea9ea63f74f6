import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedMovement, seedPortfolio } from '../../src/standins/index.ts';
import { type RewrittenWorld, startRewrittenWorld } from '../helpers/rewritten-world.ts';

const portfolios = ['bad', 'good', 'other'].map((key) =>
  seedPortfolio({
    key: `neighbour-${key}`,
    name: 'NaN, "-Infinity": Infinity',
    transactions: [{ movements: [seedMovement()] }],
  }),
);
const ids = portfolios.map(({ portfolioId }) => portfolioId);
const [bad = ''] = ids;

let world: RewrittenWorld;
beforeEach(async () => {
  world = await startRewrittenWorld(portfolios);
});
afterEach(() => world.stop());

const QUERY = `{ nodes(ids: ${JSON.stringify(ids)}) { id ... on Portfolio { name divestment { amount } } } }`;
const readable = (id: string) => ({ id, name: 'NaN, "-Infinity": Infinity', divestment: null });

/** Puts members into the bad portfolio, as they are. */
const withMembers = (members: string) => (body: string) =>
  body.replace(/"id":\s*"(P\w{26})"/g, (found, id) => (id === bad ? `${found},${members}` : found));

const pathsAndCodes = ({ errors }: Awaited<ReturnType<RewrittenWorld['ask']>>) =>
  errors?.map(({ path, extensions }) => [path?.join('.'), extensions['code'], extensions['system']]);

describe('what Python writes for numbers that are none', () => {
  it.each(['NaN', 'Infinity', '-Infinity', '[NaN, {"deep": -Infinity}]'])(
    'does not matter in a field that is not read: %s',
    async (value) => {
      world.rewrite({ investSuite: withMembers(`"score": ${value}`) });
      const answer = await world.ask(QUERY);
      expect(answer.errors).toBeUndefined();
      expect(answer.data).toEqual({ nodes: ids.map(readable) });
      // One call for the three, and none again.
      expect(world.asked.investSuite).toHaveLength(1);
    },
  );

  it.each([
    ['"funded_since": NaN'],
    ['"base_currency": NaN'],
    ['"config": {"manager_settings": {"divest_amount": NaN}}'],
    ['"config": Infinity'],
    ['"portfolio": NaN'],
  ])('costs only its own portfolio in a field that is read: %s', async (member) => {
    const name = /"(\w+)"/.exec(member)?.[1] ?? '';
    world.rewrite({ investSuite: (body) => replaceMember(body, member, name) });
    const answer = await world.ask(QUERY);
    expect(answer.data).toEqual({ nodes: [null, ...ids.slice(1).map(readable)] });
    expect(pathsAndCodes(answer)).toEqual([['nodes.0', 'UPSTREAM_INVALID_ANSWER', 'INVESTSUITE']]);
  });

  it('counts as no text where a text may be absent', async () => {
    world.rewrite({ investSuite: (body) => replaceMember(body, '"name": NaN', 'name') });
    const answer = await world.ask(QUERY);
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toEqual({ nodes: [{ ...readable(bad), name: null }, ...ids.slice(1).map(readable)] });
  });

  it('costs only its own position of the broker', async () => {
    world.rewrite({
      upvest: (body, path) =>
        path.includes('/positions') ? body.replaceAll('"quantity":', '"risk":NaN,"quantity":') : body,
    });
    const answer = await world.ask(`{ portfolio(id: "${ids[1]}") { positions { isin } cashBalance { balance } } }`);
    expect(answer.errors).toBeUndefined();
    expect((answer.data as { portfolio: { positions: readonly object[] } }).portfolio.positions).toHaveLength(2);
  });
});

describe('a portfolio whose bytes are no JSON', () => {
  const broken = (body: string, path: string): string =>
    path.includes(bad) || body.includes(bad) ? withMembers('"score": tru')(body) : body;

  it('fails alone, and the others are batched from then on', async () => {
    world.rewrite({ investSuite: broken });
    const expected = { nodes: [null, ...ids.slice(1).map(readable)] };
    const first = await world.ask(QUERY);
    expect(first.data).toEqual(expected);
    expect(pathsAndCodes(first)).toEqual([['nodes.0', 'UPSTREAM_INVALID_ANSWER', 'INVESTSUITE']]);
    world.asked.investSuite.length = 0;
    expect((await world.ask(QUERY)).data).toEqual(expected);
    expect(world.asked.investSuite.map((path) => [path.includes(bad), path.includes('query=')])).toEqual(
      expect.arrayContaining([
        [true, false],
        [false, true],
      ]),
    );
    expect(world.asked.investSuite).toHaveLength(2);
  });

  it('travels with the others again once it can be read', async () => {
    world.rewrite({ investSuite: broken });
    await world.ask(QUERY);
    world.rewrite({});
    expect((await world.ask(QUERY)).data).toEqual({ nodes: ids.map(readable) });
    world.asked.investSuite.length = 0;
    expect((await world.ask(QUERY)).data).toEqual({ nodes: ids.map(readable) });
    expect(world.asked.investSuite).toHaveLength(1);
  });
});

/** Gives the bad portfolio another member of this name, as it is written. */
function replaceMember(body: string, member: string, name: string): string {
  const text = JSON.stringify(JSON.parse(body), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('id' in value) || value.id !== bad) return value;
    return { ...value, [name]: 'put in here' };
  });
  return text.replace(`"${name}":"put in here"`, member);
}
