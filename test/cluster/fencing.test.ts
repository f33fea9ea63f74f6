import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BOOKED_BY_GATEWAY, BOOKED_BY_INVESTSUITE, checkLedgers } from '../crash/ledgers.ts';
import { build } from '../helpers/build.ts';
import { eventually } from '../helpers/eventually.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { Cluster } from './cluster.ts';

/** Each stop costs the time after which a write without a key is taken for lost: all of them are for CI. */
const full = process.env['CI'] === 'true';
/** Where the bytes of a write are about to leave, and where its row has just been marked. */
const STOPS = {
  keyed: ['deposit fund sending', 'withdrawal submit sending', ...(full ? ['deposit book sending'] : [])],
  keyless: [
    'deposit book-transaction sending',
    'withdrawal reserve sending',
    ...(full
      ? ['deposit book-holdings sending', 'deposit book-holdings marked', 'withdrawal book-transaction sending']
      : []),
  ],
};

describe.skipIf(!hasPostgres)('a gateway that was stopped while it sent, and goes on', { timeout: 300_000 }, () => {
  let server: TestPostgres;
  let cluster: Cluster | undefined;
  beforeAll(async () => {
    build();
    server = await startPostgres();
  }, 120_000);
  afterAll(() => server.stop(), 180_000);
  afterEach(() => cluster?.stop());

  it.each([
    ['with a key', STOPS.keyed, BOOKED_BY_INVESTSUITE],
    ['without a key', STOPS.keyless, BOOKED_BY_GATEWAY],
  ] as const)('sends nothing more of what was taken from it (%s)', async (_, stopAt, money) => {
    const databaseUrl = await server.createDatabase();
    // One more than there are stops: it takes over everything.
    const started = await Cluster.start({ gateways: stopAt.length + 1, databaseUrl, money, stopAt });
    cluster = started;
    const moves = { deposits: [] as string[], withdrawals: [] as string[] };
    const ids: string[] = [];
    const ask = async (round: number): Promise<void> => {
      const [deposit, withdrawal] = [`1${round}.01`, `3${round}.03`];
      const portfolio = round % 2 === 0 ? started.robo : started.self;
      ids.push(await started.move('registerDeposit', portfolio, deposit));
      ids.push(await started.move('requestWithdrawal', portfolio, withdrawal));
      moves.deposits.push(deposit);
      moves.withdrawals.push(withdrawal);
    };
    for (let round = 0; round < 20 && stopAt.some((point) => !started.hasStoppedAt(point)); round += 1) {
      await ask(round);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    // Where one stops, others wait for its lock, and stop later.
    await eventually(() => expect(stopAt.filter((point) => !started.hasStoppedAt(point))).toEqual([]), 120_000);
    // Somebody who runs finishes what they have left.
    for (const id of ids) expect(await started.end(id)).toBe('COMPLETED');
    checkLedgers(started, money, moves);
    for (const member of started.members) member.resume();
    await eventually(async () => {
      for (const { url } of started.members) expect((await fetch(`${url}/readyz`)).status).toBe(200);
    });
    await ask(50);
    for (const id of ids) expect(await started.end(id)).toBe('COMPLETED');
    // Writes that they would still send are sent within moments.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    checkLedgers(started, money, moves);
    const made = started.standins.investSuite.ledger().filter(({ kind }) => kind === 'transaction-created');
    if (money.booking === 'gateway') expect(made.length).toBe(ids.length);
  });
});
