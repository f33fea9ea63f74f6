import { expect, it } from 'vitest';
import { describeStores } from '../helpers/stores.ts';
import { startWorld } from '../helpers/world.ts';
import { Advised, units } from './advised.ts';

describeStores('an optimization', (kind, name) => {
  it('is carried out once, asked for by ten at once', async () => {
    const world = await startWorld({ seed: [], gateway: { portfolioSync: true, store: await kind.open() } });
    world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
    try {
      const holdings = { $EUR: '100', US0378331005: '10' };
      const advised = new Advised(world, { key: `stores/${name}`, holdings });
      const id = advised.recommend({ US0378331005: units('US0378331005', '-3') });
      const asked = await Promise.all(Array.from({ length: 10 }, () => advised.execute(id)));
      expect(new Set(asked.map(({ rebalancing }) => rebalancing.id)).size).toBe(1);
      expect(asked.filter(({ replayed }) => !replayed)).toHaveLength(1);
      await advised.becomes(asked[0].rebalancing.id, 'COMPLETED');
      expect(advised.atBroker).toHaveLength(1);
      expect(advised.transactions).toHaveLength(1);
    } finally {
      await world.stop();
    }
  });
});
