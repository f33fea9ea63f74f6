// A process of its own: both upstreams as stand-ins with self-investors' portfolios, fills at the broker, and when InvestSuite has them.
import { setTimeout as sleep } from 'node:timers/promises';
import { combineSeeds, seedPortfolio, startStandins } from '../../dist/standins/index.js';
import { settingsOf } from '../../scripts/standin-settings.mjs';

const ISIN = 'US0378331005';
let standins;
let portfolios;

const COMMANDS = {
  async start({ count, latencyMs, webhookUrl }) {
    portfolios = Array.from({ length: count }, (_, index) =>
      seedPortfolio({
        key: `bench/${index}`,
        manager: 'USER_MANAGED',
        brokerCash: '1000000.00',
        holdings: { $EUR: '1000000' },
      }),
    );
    const upvestSettings = { webhookGatherMs: 100 };
    standins = await startStandins({ seed: combineSeeds(...portfolios), latencyMs, webhookUrl, upvestSettings });
    return { settings: settingsOf(standins) };
  },
  /** Fills an order of each portfolio in turn; resolves with milliseconds from the fill until InvestSuite holds its units. */
  async fills({ each, everyMs }) {
    const latencies = [];
    for (let turn = 0; turn < each * portfolios.length; turn += 1) {
      const { portfolioId, broker } = portfolios[turn % portfolios.length];
      latencies.push(arrival(portfolioId, broker.accountId));
      await sleep(everyMs);
    }
    return await Promise.all(latencies);
  },
};

async function arrival(portfolioId, accountId) {
  const { investSuite, upvest } = standins;
  const order = upvest.placeOrder(accountId, { quantity: '1', instrument_id: ISIN });
  upvest.fillOrder(order.id, { quantity: '1', price: '10.00' });
  const startedAt = performance.now();
  const wanted = Number(upvest.positions(accountId).find(({ instrument }) => instrument.isin === ISIN).quantity);
  while (Number(investSuite.holdings(portfolioId)[ISIN] ?? 0) < wanted) {
    if (performance.now() - startedAt > 120_000) throw new Error(`InvestSuite does not hold the units of ${order.id}`);
    await sleep(10);
  }
  return performance.now() - startedAt;
}

process.on('message', ({ id, command, ...options }) => {
  COMMANDS[command](options).then(
    (answer) => process.send({ id, answer }),
    (error) => process.send({ id, error: String(error?.stack ?? error) }),
  );
});
