import { beforeAll, expect, it } from 'vitest';
import { build } from '../helpers/build.ts';
import { arrives, emptyPortfolio } from '../synchronization/world.ts';
import { bookYear, randomOf } from '../synchronization/year.ts';
import { CrashingGateway } from './crashing-gateway.ts';
import { BOOKED_BY_INVESTSUITE } from './ledgers.ts';

/** CRASHES=100 is what is promised; a few of them find what a hundred do, a little later. */
const CRASHES = Number(process.env['CRASHES'] ?? 4);
const SEED = Number(process.env['SEED'] ?? 1);
const DEADLINE_MS = 180_000 + CRASHES * 10_000;

beforeAll(build, 120_000);

it(`a gateway that is killed at ${CRASHES} random moments of a year books each line once`, {
  timeout: 2 * DEADLINE_MS,
}, async () => {
  const following = { portfolioSync: true, syncQuietSeconds: 1, pollMs: 200, lateArrivalMs: 1_000 };
  const gateway = await CrashingGateway.start(BOOKED_BY_INVESTSUITE, undefined, following);
  try {
    const { investSuite, upvest } = gateway.standins;
    await gateway.run();
    const random = randomOf(SEED);
    const path = /\/portfolios\/P\w+\/transactions\//;
    const lines = Math.max(22, CRASHES * 4);
    const years = (['USER_MANAGED', 'ROBO_ADVISOR_DISCRETIONARY'] as const).map((manager, index) => {
      const portfolio = emptyPortfolio({ investSuite, upvest }, manager);
      const booked = bookYear(upvest, portfolio, { lines, seed: SEED + index });
      return { portfolio, ids: [...booked.lines, ...booked.orders] };
    });
    for (let crash = 0; crash < CRASHES; crash += 1) {
      // InvestSuite loses answers and conflicts meanwhile.
      investSuite.faults.add({ kind: 'reset-after', match: { method: 'POST', path }, times: 1 });
      investSuite.faults.add({ kind: 'status', status: 409, match: { method: 'POST', path }, times: 1 });
      await new Promise((resolve) => setTimeout(resolve, random() * 900));
      gateway.kill();
      await gateway.answers();
    }
    investSuite.faults.clear();
    for (const { portfolio, ids } of years) await arrives(gateway.standins, portfolio, ids, DEADLINE_MS);
    expect(gateway.deaths).toBeGreaterThan(0);
  } finally {
    await gateway.stop();
  }
});
