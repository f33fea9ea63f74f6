import Libsql from 'libsql';
import { afterEach, expect, it, vi } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import { nudge, type Store } from '../../src/store/index.ts';
import { WalSync } from '../../src/store/wal-sync.ts';
import { registerDeposit, requestWithdrawal } from '../../src/workflows/index.ts';
import { OPERATOR, P1, worlds } from './world.ts';

const open = worlds();
const stores: Store[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const store of stores.splice(0)) await store.close();
});

/** Texts of the statements that the embedded database has run. */
function ranStatements(): string[] {
  const ran: string[] = [];
  const exec = Libsql.prototype.exec;
  vi.spyOn(Libsql.prototype, 'exec').mockImplementation(function (this: Libsql.Database, text) {
    ran.push(text);
    return exec.call(this, text);
  });
  const prepare = Libsql.prototype.prepare;
  vi.spyOn(Libsql.prototype, 'prepare').mockImplementation(function (this: Libsql.Database, text) {
    const statement = prepare.call(this, text);
    for (const how of ['run', 'all'] as const) {
      const run = statement[how].bind(statement);
      Object.assign(statement, {
        [how]: (...values: unknown[]) => {
          ran.push(text.replace(/\s+/g, ' ').replaceAll('"', '').trim());
          return Reflect.apply(run, statement, values);
        },
      });
    }
    return statement;
  });
  return ran;
}

async function statementsOf(command: typeof registerDeposit | typeof requestWithdrawal) {
  const ran = ranStatements();
  const synced = vi.spyOn(WalSync.prototype, 'made');
  const { store, world } = await open();
  stores.push(store);
  world.upvest.fund('1000');
  ran.length = 0;
  synced.mockClear();
  const input = { portfolioId: P1, amount: decimal('10'), currency: 'EUR', idempotencyKey: 'key' };
  expect(await command(world.services, OPERATOR, input)).toMatchObject({ kind: 'success' });
  await world.settle();
  return { ran, synced: synced.mock.calls.length };
}

const count = (ran: readonly string[], text: string): number => ran.filter((each) => each.includes(text)).length;

it.each([
  ['deposit', registerDeposit, { history: 1, locks: 1, waits: 2 }, 80],
  ['withdrawal', requestWithdrawal, { history: 2, locks: 5, waits: 3 }, 132],
] as const)('a %s needs few statements, and none to learn what is known', async (_kind, command, needed, most) => {
  const { ran, synced } = await statementsOf(command);
  const history = count(ran, 'from workflow_history');
  const locks = count(ran, ' locks ');
  // Commits that need not be on disk. Claims are the test's own here.
  const waits = ran.filter((each) => each === 'commit').length - synced;
  expect({ history, locks: locks - count(ran, 'set owner = null'), waits }).toEqual(needed);
  // Those that look for due rows are as many as the test looks.
  expect(ran.length - count(ran, 'order by due_at') - count(ran, 'pragma')).toBeLessThanOrEqual(most);
});

it('a step goes on with the lock that was taken with the commit before', async () => {
  const { store, world } = await open({ booking: 'gateway' });
  stores.push(store);
  const input = { portfolioId: P1, amount: decimal('10'), currency: 'EUR', idempotencyKey: 'key' };
  await registerDeposit(world.services, OPERATOR, input);
  const held: string[] = [];
  world.onPoint = async (point, row) => {
    if (point !== 'begun') return;
    const locks = await store.read(({ db }) =>
      db.selectFrom('locks').selectAll().where('owner', '=', row.id).execute(),
    );
    if (locks.length > 0) held.push(row.step ?? '');
  };
  await world.settle();
  expect(held).toEqual(['book-holdings']);
});

it('a decision and the mark of the step after it are one commit, unless the row was nudged meanwhile', async () => {
  const commits: string[] = [];
  const { store, world } = await open();
  stores.push(store);
  const input = (idempotencyKey: string) => ({
    portfolioId: P1,
    amount: decimal('10'),
    currency: 'EUR',
    idempotencyKey,
  });
  let isNudged = false;
  world.onPoint = async (point, row) => {
    if (point === 'prepared' && row.step === 'book' && isNudged) {
      isNudged = false;
      await store.write((writing) => nudge(writing, { workflowId: row.id }));
    }
    if (point === 'committed' || point === 'marked') commits.push(`${point} ${row.step} ${row.state}`);
  };
  await registerDeposit(world.services, OPERATOR, input('one'));
  await world.settle();
  expect(commits.filter((each) => each.includes('book'))).toEqual(['marked book BOOKING']);
  commits.length = 0;
  isNudged = true;
  await registerDeposit(world.services, OPERATOR, input('two'));
  await world.settle();
  expect(commits.filter((each) => each.includes('book'))).toEqual(['committed book FUNDED', 'marked book BOOKING']);
  expect(world.investSuite.depositEvents).toHaveLength(2);
});
