import { expect, it } from 'vitest';
import { eventually, startGateway } from '../helpers/gateway.ts';
import { MemoryBus } from '../helpers/memory-bus.ts';
import { describeStores } from '../helpers/stores.ts';
import { gatewaySettings, startWorld } from '../helpers/world.ts';
import { Advised, EXECUTE, units } from './advised.ts';
import { mutate } from './graph.ts';

const APPLE = 'US0378331005';
const ROUNDS = 2;

describeStores('an optimization', (kind, name) => {
  it('is carried out once, asked for by operators of every gateway and told by the event at once', async () => {
    const [bus, store] = [new MemoryBus(), await kind.open()];
    const world = await startWorld({ seed: [], gateway: { portfolioSync: true, optimizations: 'auto', bus, store } });
    world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
    const other =
      name === 'SQLite'
        ? undefined
        : await startGateway({
            ...gatewaySettings(world),
            ...{ auth: 'local-operator', portfolioSync: true, optimizations: 'auto', store: await kind.openAgain() },
          });
    const told: object[] = [];
    world.investSuite.onBusEvent((event) => told.push(event));
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const advised = new Advised(world, {
          key: `stores/${name}/${round}`,
          holdings: { $EUR: '100', [APPLE]: '10' },
        });
        const optimizationId = advised.recommend({ [APPLE]: units(APPLE, '-3') });
        bus.publish(...told.splice(0));
        const input = { portfolioId: advised.id, optimizationId };
        const asked = await Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            mutate(index % 2 === 0 || other === undefined ? world : other, EXECUTE, input),
          ),
        );
        const [id, ...more] = new Set(asked.map(({ rebalancing }) => rebalancing.id));
        expect(more).toEqual([]);
        await advised.becomes(id, 'COMPLETED');
        expect(advised.atBroker).toHaveLength(1);
        expect(advised.transactions).toHaveLength(1);
        expect(advised.patches).toHaveLength(1);
      }
    } finally {
      await other?.stop();
      await world.stop();
    }
  });

  it('is not carried out while another one is, asked for at the same moment', async () => {
    const store = await kind.open();
    const standins = { settleDelayMs: 'manual' } as const;
    const world = await startWorld({ seed: [], standins, gateway: { portfolioSync: true, store } });
    try {
      const advised = new Advised(world, { key: `stores/${name}/two`, holdings: { $EUR: '100', [APPLE]: '10' } });
      const asked = [];
      // Each is the latest for a moment.
      for (let round = 0; round < 6; round += 1)
        asked.push(advised.execute(advised.recommend({ [APPLE]: units(APPLE, '-6') })));
      const answers = await Promise.all(asked);
      for (const { code } of answers) expect([undefined, 'OPTIMIZATION_NOT_EXECUTABLE']).toContain(code);
      await eventually(async () => {
        const open = await store.read(({ db }) =>
          db.selectFrom('workflows').select('step').where('kind', '=', 'rebalancing').execute(),
        );
        expect(open.filter(({ step }) => step === 'check')).toEqual([]);
        expect(open.filter(({ step }) => step !== null).length).toBeLessThanOrEqual(1);
      }, 20_000);
      expect(advised.atBroker.length).toBeLessThanOrEqual(1);
    } finally {
      await world.stop();
    }
  });
});
