import { type Selectable, sql } from 'kysely';
import { type AccountGroupId, oneSpelling, type PortfolioId, type TransactionId } from '../domain/ids.ts';
import { fixed } from './fixed-statements.ts';
import type { Writing } from './store.ts';
import type { LockName, Tables } from './tables.ts';

/**
 * Serialises what only one may do at a time, among all gateways. The owner is the work that needs it (a workflow's id, an
 * operation's), not the process: work that is taken over still holds its lock.
 */
export interface Lock {
  readonly name: LockName;
  readonly owner: string;
  /** Rises with every new owner. */
  readonly fence: number;
  /** Version that was last written under the lock, by any owner; null where unknown. */
  readonly written: WrittenVersion | null;
}

/** Version of the locked object after a write, and when the upstream returned it. */
export interface WrittenVersion {
  readonly version: number;
  readonly at: number;
}

/** For read, compute, write on a portfolio in InvestSuite: its holdings, its transactions, its reservations. */
export const portfolioLock = (id: PortfolioId): LockName => `portfolio:${id}`;

/** For read, compute, write on one transaction's movements in InvestSuite. */
export const transactionLock = (id: TransactionId): LockName => `transaction:${id}`;

/** For making a transaction under an id of the client's own, which InvestSuite does not keep unique. */
export const externalIdLock = (portfolioId: PortfolioId, externalId: string): LockName =>
  `external-id:${portfolioId}/${externalId}`;

/** For looking whether the cash is there and asking for it at the broker. */
export const cashLock = (id: AccountGroupId): LockName => `cash:${oneSpelling(id)}`;

/** For promising an account group's cash to a request. Held within one transaction only. */
export const promiseLock = (id: AccountGroupId): LockName => `promise:${oneSpelling(id)}`;

/** For beginning a row of a portfolio that others may begin at the same moment. Held within one transaction only. */
export const beginLock = (id: PortfolioId): LockName => `begin:${id}`;

const inTransaction = fixed((db) => ({
  compile: () =>
    sql`insert into locks (name, fence) values (${''}, 0)
      on conflict (name) do update set fence = locks.fence`.compile(db),
}));

/** Takes the lock until the end of this transaction; earlier commits under it are visible then. */
export async function lockInTransaction(writing: Writing, name: LockName): Promise<void> {
  await writing.db.executeQuery(inTransaction.with(writing, [name]));
}

const taken = fixed<Taken>((db) => ({
  compile: () =>
    sql<Taken>`
      insert into locks (name, owner, until, fence) values (${''}, ${''}, ${0}, 1)
      on conflict (name) do update set
        owner = excluded.owner, until = excluded.until,
        fence = case when locks.owner = excluded.owner then locks.fence else locks.fence + 1 end
      where locks.owner is null or locks.owner = excluded.owner or locks.until <= ${0}
      returning fence, written_version, written_at`.compile(db),
}));

type Taken = Pick<Selectable<Tables['locks']>, 'fence' | 'written_version' | 'written_at'>;

/** `waiting_for` of a workflow that waits for a lock. */
export const waitingForLock = (name: LockName): `lock:${string}` => `lock:${name}`;

/** Takes or keeps the lock until a time; undefined while another owner has it. */
export async function takeLock(
  writing: Writing,
  name: LockName,
  owner: string,
  until: number,
): Promise<Lock | undefined> {
  const { rows } = await writing.db.executeQuery(taken.with(writing, [name, owner, until, writing.now()]));
  const [row] = rows;
  if (row === undefined) return undefined;
  const { fence, written_version: version, written_at: at } = row;
  return { name, owner, fence, written: version === null || at === null ? null : { version, at } };
}

const written = fixed((db) =>
  db
    .updateTable('locks')
    .set({ written_version: 0, written_at: 0 })
    .where('name', '=', 'portfolio:')
    .where('owner', '=', ''),
);

/** Stores the version written under the lock, for the next owner's reads. Only the owner may. */
export async function rememberWritten(writing: Writing, name: LockName, owner: string, version: number): Promise<void> {
  await writing.db.executeQuery(written.with(writing, [version, writing.now(), name, owner]));
}

/**
 * Number of woken waiters. Only one can get the lock, so waking all of fifty would cost fifty commits. The second is a
 * reserve; all others poll.
 */
const WOKEN_AT_ONCE = 2;

const released = fixed<{ name: LockName }>((db) => ({
  compile: () =>
    sql<{ name: LockName }>`update locks set owner = null, until = null where owner = ${''} returning name`.compile(db),
}));

const longestWaiters = fixed<{ id: string }>((db) => ({
  compile: () =>
    sql<{ id: string }>`
      update workflows set due_at = ${0}, nudges = nudges + 1
      where id in (select id from workflows where waiting_for = ${''} order by created_at, id limit ${WOKEN_AT_ONCE})
      returning id`.compile(db),
}));

/** Releases all locks of an owner, and wakes the longest waiters. */
export async function releaseLocks(writing: Writing, owner: string): Promise<void> {
  const { rows } = await writing.db.executeQuery(released.with(writing, [owner]));
  for (const { name } of rows) {
    const values = [writing.now(), waitingForLock(name), WOKEN_AT_ONCE];
    const waiters = await writing.db.executeQuery(longestWaiters.with(writing, values));
    if (waiters.rows.length > 0) writing.wake('work');
  }
}
