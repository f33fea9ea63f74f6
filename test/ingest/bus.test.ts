import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { inboxLag, parkedEvents } from '../../src/store/index.ts';
import { eventually, startGateway } from '../helpers/gateway.ts';
import { wholeLog } from '../helpers/log.ts';
import { MemoryBus } from '../helpers/memory-bus.ts';
import { gatewaySettings, startWorld, type World } from '../helpers/world.ts';

const portfolio = seedPortfolio({ key: 'one' });
const { portfolioId } = portfolio;
const bus = new MemoryBus();

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [portfolio], gateway: { bus } });
});
afterAll(() => world.stop());

const event = (subject: string, action: string, data: object, more: object = {}) => ({
  id: randomUUID(),
  created: '2022-08-30T10:00:00Z',
  version: '1.0.0',
  subject,
  action,
  data,
  ...more,
});
const logged = async (count: number) => {
  const before = (await wholeLog(world.gateway)).length;
  return async () => {
    await eventually(async () => expect((await wholeLog(world.gateway)).length).toBe(before + count));
    return (await wholeLog(world.gateway)).slice(before);
  };
};

describe("InvestSuite's events", () => {
  it('become notifications of the kinds that the graph has', async () => {
    const rows = await logged(5);
    const id = 'O01F8ZSNV0J45R9DFZ3D7D8C26F';
    bus.publish(
      event('portfolios', 'creation', { id: portfolioId, external_id: null, owned_by_user_id: 'U' }),
      event('portfolios', 'divest-amount-update', { id: portfolioId, divest_amount: 1.234, currency: 'USD' }),
      event('optimizations', 'status-update', {
        id,
        portfolio_id: portfolioId,
        is_recommended: true,
        value: 'SUCCESS',
      }),
      event('optimizations', 'owner-choice-update', { id, portfolio_id: portfolioId, value: 'ACCEPT' }),
      event('users', 'status-update', { id: 'U1', value: 1.5 }, { created: '-1000000000-01-01T00:00:00Z' }),
    );
    const [created, divested, computed, chosen, other] = await rows();
    expect([created, divested]).toMatchObject([
      { shape: 'portfolio.v1', type: 'portfolios.creation', source: 'INVESTSUITE', portfolio_id: portfolioId },
      { shape: 'portfolio.v1', type: 'portfolios.divest-amount-update', occurred_at: '2022-08-30T10:00:00Z' },
    ]);
    expect(computed).toMatchObject({ shape: 'optimization.v1', portfolio_id: portfolioId });
    expect(JSON.parse(computed?.payload ?? '')).toEqual({ optimizationId: id, value: 'SUCCESS', isRecommended: true });
    expect(JSON.parse(chosen?.payload ?? '')).toEqual({ optimizationId: id, value: 'ACCEPT', isRecommended: null });
    expect(other).toMatchObject({ shape: 'other.v1', type: 'users.status-update', portfolio_id: null });
    expect(JSON.parse(other?.payload ?? '')).toMatchObject({ data: { value: '1.5' } });
    expect(Date.parse(other?.occurred_at ?? '')).toBe(other?.received_at);
  });

  it('are logged once, however often the bus brings them', async () => {
    const rows = await logged(3);
    const from = bus.committed;
    bus.publish(...Array.from({ length: 3 }, () => event('portfolios', 'status-update', { id: portfolioId })));
    await eventually(() => expect(bus.committed).toBe(from + 3));
    bus.rewind(from);
    await eventually(() => expect(bus.committed).toBe(from + 3));
    await rows();
    expect(await world.gateway.store.read(inboxLag)).toMatchObject({ waiting: 0 });
  });

  it('that are malformed are parked, and what follows is logged', async () => {
    const rows = await logged(1);
    const from = bus.committed;
    bus.publish(
      'no json',
      null,
      '[]',
      event('', 'x', {}),
      { id: 'i' },
      `{"id":"deep","subject":"a","action":"b","data":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
      event('portfolios', 'creation', { id: portfolioId }),
    );
    await rows();
    expect(bus.committed).toBe(from + 7);
    const parked = await world.gateway.store.read((reading) => parkedEvents(reading, 0, 10));
    expect(parked.map(({ reason }) => reason)).toEqual([
      'the message is not JSON in UTF-8',
      'the message is not JSON in UTF-8',
      'not an object',
      'no subject',
      'no subject',
      'more than 100 levels deep',
    ]);
  });

  it('that are not UTF-8 are parked with their bytes, each of them', async () => {
    const before = (await world.gateway.store.read(inboxLag)).parked;
    const from = bus.committed;
    const latin = [0xf6, 0xfc].map((letter) =>
      Buffer.from([...Buffer.from('{"id":"J'), letter, ...Buffer.from('rg"}')]),
    );
    const half = (which: string) => `{"id":"x\\ud${which}","subject":"portfolios","action":"creation","data":{}}`;
    bus.publish(...latin, half('800'), half('801'));
    await eventually(() => expect(bus.committed).toBe(from + 4));
    const parked = await world.gateway.store.read((reading) => parkedEvents(reading, 0, 100));
    expect((await world.gateway.store.read(inboxLag)).parked).toBe(before + 4);
    expect(parked.slice(-4).map(({ payload }) => JSON.parse(payload))).toEqual([
      ...latin.map((bytes) => ({ bodyBase64: bytes.toString('base64') })),
      expect.objectContaining({ id: 'x\ud800' }),
      expect.objectContaining({ id: 'x\ud801' }),
    ]);
  });

  it('framed by a schema registry are read: a zero byte and a schema id of four or eight bytes before the JSON', async () => {
    const rows = await logged(3);
    const framed = (id: readonly number[], content: object) =>
      Buffer.concat([Buffer.from([0, ...id]), Buffer.from(JSON.stringify(content))]);
    const schemaId = [0x00, 0x01, 0x86, 0xff];
    const twice = event('portfolios', 'creation', { id: portfolioId });
    bus.publish(
      framed(schemaId, twice),
      twice,
      framed([0, 0, 0, 0, ...schemaId], event('portfolios', 'status-update', { id: portfolioId })),
      framed([0x7b, 0x22, 0x7d, 0x0a], event('portfolios', 'divest-amount-update', { id: portfolioId })),
    );
    expect((await rows()).map(({ type }) => type)).toEqual([
      'portfolios.creation',
      'portfolios.status-update',
      'portfolios.divest-amount-update',
    ]);
  });

  it('framed by a schema registry that are not JSON are parked with their bytes, and logged', async () => {
    const rows = await logged(1);
    const avro = Buffer.from([0, 0, 0, 0, 7, 0x48, 0x02, 0xff, 0x10]);
    bus.publish(avro, Buffer.from([0, 0, 0]), event('portfolios', 'creation', { id: portfolioId }));
    await rows();
    const parked = await world.gateway.store.read((reading) => parkedEvents(reading, 0, 100));
    expect(parked.slice(-2).map(({ reason, payload }) => [reason, JSON.parse(payload)])).toEqual([
      ['framed by a schema registry, and not JSON behind it', { bodyBase64: avro.toString('base64') }],
      ['framed by a schema registry, and not JSON behind it', { body: '\u0000\u0000\u0000' }],
    ]);
    const told = world.log.filter((line) => line.includes('could not be read and were parked'));
    expect(told.at(-1)).toContain('2 of the messages of the bus could not be read and were parked');
    expect(told.at(-1)).toContain('framed by a schema registry');
  });

  it('are shown in the graph, with the portfolio as it is now', async () => {
    const rows = await logged(2);
    bus.publish(
      event('portfolios', 'status-update', { id: portfolioId }),
      event('optimizations', 'status-update', { id: 'O1', portfolio_id: portfolioId, value: 'PENDING' }),
    );
    await rows();
    const { data } = await world.ask(`{ notifications(first: 100) { edges { node {
      type ... on PortfolioNotification { portfolio { id name } } ... on OptimizationNotification { optimizationId value isRecommended }
    } } } }`);
    expect((data as { notifications: { edges: { node: object }[] } }).notifications.edges.slice(-2)).toEqual([
      { node: { type: 'portfolios.status-update', portfolio: { id: portfolioId, name: "Child's education" } } },
      { node: { type: 'optimizations.status-update', optimizationId: 'O1', value: 'PENDING', isRecommended: null } },
    ]);
  });
});

describe('a bus out of reach', () => {
  it('is reported as degraded, with 200', async () => {
    const away = new MemoryBus();
    away.connected = false;
    const gateway = await startGateway({ ...gatewaySettings(world), auth: 'local-operator', bus: away });
    const ready = await fetch(`${gateway.url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { degraded: [expect.stringContaining('bus')] }]);
    await gateway.stop();
  });
});
