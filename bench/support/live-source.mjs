// A process of its own: both upstreams as stand-ins, and the events that the subscribers are to get.
// The gateway gets them as Upvest sends them, in signed webhooks; a peer gets the same as plain JSON.
import { combineSeeds, seedPortfolio, seedUser, startStandins } from '../../dist/standins/index.js';

/** Events that Upvest gathers into one delivery. */
const EVENTS_A_DELIVERY = 5;
const MOST_A_DELIVERY = 500;

let standins;
let portfolios = [];
/** The number of the last event of each portfolio. */
const sent = new Map();

const COMMANDS = { start, renumber, events, latencies };

process.on('message', ({ id, command, ...options }) => {
  COMMANDS[command](options).then(
    (answer) => process.send({ id, answer }),
    (error) => process.send({ id, error: String(error?.stack ?? error) }),
  );
});

async function start({ count, webhookUrl }) {
  const seeds = Array.from({ length: count }, (_, index) => {
    const owner = seedUser({ key: `owner-${index}` });
    return seedPortfolio({ key: `portfolio-${index}`, owner, manager: 'USER_MANAGED' });
  });
  standins = await startStandins({ seed: combineSeeds(...seeds), webhookUrl });
  portfolios = seeds.map((seed) => ({
    portfolioId: seed.portfolioId,
    accountGroupId: seed.broker.accountGroupId,
    userId: seed.ownerId,
  }));
  const { investSuite, upvest } = standins;
  return {
    portfolios,
    settings: {
      INVESTSUITE_URL: investSuite.url,
      INVESTSUITE_ACCESS_KEY_ID: investSuite.credentials.accessKeyId,
      INVESTSUITE_SECRET_ACCESS_KEY: investSuite.credentials.secretAccessKey,
      UPVEST_URL: upvest.url,
      UPVEST_CLIENT_ID: upvest.credentials.clientId,
      UPVEST_CLIENT_SECRET: upvest.credentials.clientSecret,
      UPVEST_KEY_ID: upvest.credentials.keyId,
      UPVEST_PRIVATE_KEY: upvest.credentials.privateKeyPem.trim().replaceAll('\n', '\\n'),
    },
  };
}

/** The next event of each portfolio is its first again. */
async function renumber() {
  sent.clear();
}

/**
 * Sends events, so many a second; those of each portfolio are numbered from 1 on, all of them with 0 where `numbered` is
 * false. `spread`: each about another portfolio; else all about the first.
 */
async function events({ count, perSecond, spread, url, peer, numbered = true, batch = EVENTS_A_DELIVERY }) {
  const startedAt = Date.now();
  let told = 0;
  while (told < count) {
    const dueMs = startedAt + (told * 1000) / perSecond - Date.now();
    if (dueMs > 1) await new Promise((resolve) => setTimeout(resolve, dueMs));
    // One delivery after the other, as Upvest does: what has come up while one was on its way goes with the next.
    const due = Math.floor(((Date.now() - startedAt) * perSecond) / 1000) - told;
    const size = Math.min(Math.max(due, batch), MOST_A_DELIVERY, count - told);
    const from = told;
    const together = Array.from({ length: size }, (_, index) => next(spread ? from + index : 0, numbered));
    await (peer ? publish(url, together) : deliver(url, together));
    told += size;
  }
  return { startedAt, endedAt: Date.now() };
}

function next(index, numbered) {
  const portfolio = portfolios[index % portfolios.length];
  const number = numbered ? (sent.get(portfolio.portfolioId) ?? 0) + 1 : 0;
  if (numbered) sent.set(portfolio.portfolioId, number);
  return { ...portfolio, balance: `${number}.00` };
}

async function deliver(url, told) {
  const events = told.map(({ accountGroupId, balance }) => ({
    type: 'CASH_BALANCE.UPDATED',
    object: {
      account_group_id: accountGroupId,
      currency: 'EUR',
      balance,
      locked_for_trading: '0',
      pending_settlement: '0',
      available_for_withdrawal: '0',
      available_for_trading: '0',
    },
  }));
  const { status } = await standins.upvest.webhooks.emit({ url, events });
  if (status !== 200) throw new Error(`a webhook was answered ${status}`);
}

async function publish(url, told) {
  const body = JSON.stringify(told);
  const response = await fetch(url, { method: 'POST', body });
  if (response.status !== 200) throw new Error(`the peer answered ${response.status}`);
}

/** How long each of some webhooks with one event took to be answered, in milliseconds. */
async function latencies({ count, perSecond, url }) {
  const startedAt = Date.now();
  const took = [];
  for (let index = 0; index < count; index += 1) {
    const dueMs = startedAt + (index * 1000) / perSecond - Date.now();
    if (dueMs > 1) await new Promise((resolve) => setTimeout(resolve, dueMs));
    const sentAt = performance.now();
    await deliver(url, [next(index, true)]);
    took.push(performance.now() - sentAt);
  }
  return took;
}
