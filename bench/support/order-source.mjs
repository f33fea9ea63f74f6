// A process of its own: both upstreams as stand-ins with self-investors' portfolios, and when each order arrived at the broker.
import { combineSeeds, seedPortfolio, startStandins } from '../../dist/standins/index.js';
import { settingsOf } from '../../scripts/standin-settings.mjs';

let standins;

const COMMANDS = {
  async start({ count, latencyMs, webhookUrl }) {
    const portfolios = Array.from({ length: count }, (_, index) =>
      seedPortfolio({
        key: `bench/${index}`,
        manager: 'USER_MANAGED',
        brokerCash: '1000000.00',
        holdings: { $EUR: '1000000' },
      }),
    );
    standins = await startStandins({ seed: combineSeeds(...portfolios), latencyMs, webhookUrl });
    return {
      portfolioIds: portfolios.map(({ portfolioId }) => portfolioId),
      settings: settingsOf(standins),
    };
  },
  /** By client reference, in milliseconds since 1970. */
  async arrivals() {
    const calls = standins.upvest.calls.list({ method: 'POST', path: /^\/orders/ });
    return Object.fromEntries(
      calls.map(({ requestBody, at }) => [JSON.parse(requestBody).client_reference, Date.parse(at)]),
    );
  },
};

process.on('message', ({ id, command, ...options }) => {
  COMMANDS[command](options).then(
    (answer) => process.send({ id, answer }),
    (error) => process.send({ id, error: String(error?.stack ?? error) }),
  );
});
