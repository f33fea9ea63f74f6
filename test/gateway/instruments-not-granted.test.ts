import { afterEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually, startGateway } from '../helpers/gateway.ts';
import { gatewaySettings, startWorld, type World } from '../helpers/world.ts';

let world: World | undefined;
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
  await world?.stop();
  world = undefined;
});

const SEED = [
  seedPortfolio({
    key: 'not granted',
    holdings: { $EUR: '10', US0378331005: '1', DE0007164600: '2', FR0000120321: '1' },
  }),
];
const QUERY = `{ portfolios(first: 1) { edges { node { cashBalance { balance }
  holdings { ... on InstrumentHolding { isin instrument { name } } } } } } instruments(search: "apple") { edges { cursor } } }`;

const directoryCalls = ({ upvest }: World) => upvest.calls.count({ path: /^\/instruments/ });

/** A second gateway on the same upstreams, with all capabilities. */
async function gatewayWithInstruments(on: World) {
  const settings = gatewaySettings(on);
  const upvest = { ...settings.upvest, capabilities: undefined };
  const gateway = await startGateway({ ...settings, upvest, auth: 'local-operator' });
  stops.push(gateway.stop);
  return gateway;
}

describe('instruments of a tenant', () => {
  it.each(['token', 'call'] as const)(
    'whose %s is refused are null with one error, and all else is there',
    async (what) => {
      world = await startWorld({ seed: SEED });
      if (what === 'token') world.upvest.settings.scopesNotGranted = 'instruments:read';
      else world.upvest.faults.add({ kind: 'status', match: { path: '^/instruments' }, status: 403 });
      const gateway = await gatewayWithInstruments(world);
      const { data, errors } = await gateway.ask(QUERY);
      expect(errors?.map(({ extensions }) => [extensions['code'], extensions['capability']])).toEqual([
        ['CAPABILITY_NOT_GRANTED', 'instruments'],
      ]);
      expect(JSON.stringify(data).match(/"instrument":null/g)).toHaveLength(3);
      expect(data).toMatchObject({ portfolios: { edges: [{ node: { cashBalance: { balance: '10' } } }] } });
      expect(data).toMatchObject({ instruments: { edges: [] } });
      const tokens = world.upvest.calls.count({ path: /^\/auth\/token/ });
      for (let times = 0; times < 3; times += 1) await gateway.ask(QUERY);
      expect(world.upvest.calls.count({ path: /^\/auth\/token/ })).toBe(tokens);
      expect(directoryCalls(world)).toBeLessThanOrEqual(1);
    },
  );

  it('that is set to do without are null, without error and call', async () => {
    world = await startWorld({ seed: SEED });
    const { data, errors } = await world.ask(QUERY);
    expect(errors).toBeUndefined();
    expect(JSON.stringify(data).match(/"instrument":null/g)).toHaveLength(3);
    expect(data).toMatchObject({ instruments: { edges: [] } });
    expect(directoryCalls(world)).toBe(0);
  });

  it('have a changed name soon after its event', async () => {
    world = await startWorld({ seed: SEED, instruments: true });
    const on = world;
    on.upvest.webhooks.register(`${on.url}/webhooks/upvest`);
    on.upvest.putInstrument({ isin: 'US0378331005', name: 'Apple Computer' });
    await eventually(async () => {
      const { data } = await on.ask(
        '{ instrument(isin: "US0378331005") { name } instruments(search: "computer") { edges { node { isin } } } }',
      );
      expect(data).toEqual({
        instrument: { name: 'Apple Computer' },
        instruments: { edges: [{ node: { isin: 'US0378331005' } }] },
      });
    });
  });
});
