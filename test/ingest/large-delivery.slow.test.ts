import { expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { cashEvent, wholeLog } from '../helpers/log.ts';
import { startWorld } from '../helpers/world.ts';

it('takes ten thousand events in one delivery, and logs them in their order', async () => {
  const portfolio = seedPortfolio({ key: 'one' });
  const world = await startWorld({ seed: [portfolio] });
  const events = Array.from({ length: 10_000 }, (_, index) =>
    cashEvent(portfolio.broker.accountGroupId ?? '', `${index}.00`),
  );
  const { status } = await world.upvest.webhooks.emit({ events, url: `${world.url}/webhooks/upvest` });
  expect(status).toBe(200);
  await eventually(async () => expect(await wholeLog(world.gateway)).toHaveLength(10_000), 100_000);
  const balances = (await wholeLog(world.gateway)).map((row) => JSON.parse(row.payload).balance);
  expect(balances).toEqual(events.map((event) => event.object.balance));
  await world.stop();
}, 120_000);
