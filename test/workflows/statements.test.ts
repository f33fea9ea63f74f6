import Libsql from 'libsql';
import { afterEach, expect, it, vi } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import { portfolioLock, type Store } from '../../src/store/index.ts';
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

async function statementsOf(command: typeof registerDeposit | typeof requestWithdrawal): Promise<readonly string[]> {
  const ran = ranStatements();
  const { store, world } = await open();
  stores.push(store);
  world.upvest.fund('1000');
  ran.length = 0;
  const input = { portfolioId: P1, amount: decimal('10'), currency: 'EUR', idempotencyKey: 'key' };
  expect(await command(world.services, OPERATOR, input)).toMatchObject({ kind: 'success' });
  await world.settle();
  return ran;
}

const count = (ran: readonly string[], text: string): number => ran.filter((each) => each.includes(text)).length;

it.each([
  ['deposit', registerDeposit, { history: 1, locks: 2 }, 88],
  ['withdrawal', requestWithdrawal, { history: 2, locks: 5 }, 132],
] as const)('a %s needs few statements, and none to learn what is known', async (_kind, command, needed, most) => {
  const ran = await statementsOf(command);
  const history = count(ran, 'from workflow_history');
  const locks = count(ran, ' locks ');
  expect({ history, locks: locks - count(ran, 'set owner = null') }).toEqual(needed);
  // Those that look for due rows are as many as the test looks.
  expect(ran.length - count(ran, 'order by due_at')).toBeLessThanOrEqual(most);
});

it('a step goes on with the lock that was taken with the commit before', async () => {
  const { store, world } = await open();
  stores.push(store);
  const input = { portfolioId: P1, amount: decimal('10'), currency: 'EUR', idempotencyKey: 'key' };
  await registerDeposit(world.services, OPERATOR, input);
  const owners: (string | null)[] = [];
  const ids: string[] = [];
  world.onPoint = async (point, row) => {
    if (point !== 'begun' || row.step !== 'book') return;
    const lock = store.read(({ db }) =>
      db.selectFrom('locks').selectAll().where('name', '=', portfolioLock(P1)).execute(),
    );
    owners.push(...(await lock).map(({ owner }) => owner));
    ids.push(row.id);
  };
  await world.settle();
  expect(ids).not.toEqual([]);
  expect(owners).toEqual(ids);
});
