// A process of its own: both upstreams as stand-ins with self-investors' portfolios, and when each order arrived at the broker.
import { combineSeeds, seedPortfolio, startStandins } from '../../dist/standins/index.js';

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
    const { investSuite, upvest } = standins;
    return {
      portfolioIds: portfolios.map(({ portfolioId }) => portfolioId),
      settings: {
        INVESTSUITE_URL: investSuite.url,
        INVESTSUITE_ACCESS_KEY_ID: investSuite.credentials.accessKeyId,
        INVESTSUITE_SECRET_ACCESS_KEY: investSuite.credentials.secretAccessKey,
        UPVEST_URL: upvest.url,
        UPVEST_CLIENT_ID: upvest.credentials.clientId,
        UPVEST_CLIENT_SECRET: upvest.credentials.clientSecret,
        UPVEST_KEY_ID: upvest.credentials.keyId,
        UPVEST_PRIVATE_KEY: upvest.credentials.privateKeyPem,
      },
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
