// Starts an engine on a database full of open rows, and says how long it took to look at them all, and what it weighs.
import { openStore } from '../../dist/store/index.js';
import { CASH_WORKFLOWS, Engine } from '../../dist/workflows/index.js';

const [dataDir, total] = process.argv.slice(2);
const seen = new Set();
const nothing = async () => [];
const unknown = async () => ({ kind: 'unknown', reason: 'timeout' });
// Upstreams that answer at once: what is measured is us.
const upvest = {
  cashBalance: async () => null,
  cashTransactions: nothing,
  withdrawal: async () => null,
  withdrawalsOfGroup: nothing,
  createVirtualCashIncrease: unknown,
  createWithdrawal: unknown,
};
const investSuite = { portfolioFresh: async () => null, sendDepositEvent: unknown, sendWithdrawEvent: unknown };

const startedAt = performance.now();
const store = await openStore({ dataDir });
const done = new Promise((resolve) => {
  const engine = new Engine({
    store,
    ports: { upvest, investSuite },
    definitions: CASH_WORKFLOWS,
    probe: (point, row) => {
      if (point !== 'committed') return;
      seen.add(row.id);
      if (seen.size === Number(total)) resolve();
    },
  });
  engine.start();
});
await done;
const ms = performance.now() - startedAt;
const { user, system } = process.cpuUsage();
const cpuMs = (user + system) / 1000;
process.stdout.write(JSON.stringify({ ms, cpuMs, rssMb: process.memoryUsage.rss() / 2 ** 20 }));
process.exit(0);
