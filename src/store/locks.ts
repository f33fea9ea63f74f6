import { type AccountGroupId, oneSpelling, type PortfolioId, type TransactionId } from '../domain/ids.ts';
import type { Writing } from './store.ts';
import type { LockName } from './tables.ts';

/**
 * Serialises what only one may do at a time, among all gateways. The owner is the work that needs it (a workflow's id, an
 * operation's), not the process: work that is taken over still holds its lock.
 */
export interface Lock {
  readonly name: LockName;
  readonly owner: string;
  /** Rises with every new owner. */
  readonly fence: number;
  /** What was last written under it, whoever the owner was; null where that is not known. */
  readonly written: WrittenVersion | null;
}

/** The version that a write made of what a lock is for, and when we were told. */
export interface WrittenVersion {
  readonly version: number;
  readonly at: number;
}

/** For read, compute, write on a portfolio in InvestSuite: its holdings, its transactions, its reservations. */
export const portfolioLock = (id: PortfolioId): LockName => `portfolio:${id}` as LockName;

/** For read, compute, write on one transaction's movements in InvestSuite. */
export const transactionLock = (id: TransactionId): LockName => `transaction:${id}` as LockName;

/** For making a transaction under an id of the client's own, which InvestSuite does not keep unique. */
export const externalIdLock = (portfolioId: PortfolioId, externalId: string): LockName =>
  `external-id:${portfolioId}/${externalId}` as LockName;

/** For looking whether the cash is there and asking for it at the broker. */
export const cashLock = (id: AccountGroupId): LockName => `cash:${oneSpelling(id)}` as LockName;

/** For promising an account group's cash to a request. Held within one transaction only. */
export const promiseLock = (id: AccountGroupId): LockName => `promise:${oneSpelling(id)}` as LockName;

/** Waits for the lock and keeps it until this transaction ends: what others have committed under it is then seen. */
export async function lockInTransaction(writing: Writing, name: LockName): Promise<void> {
  await writing.db
    .insertInto('locks')
    .values({ name, owner: null, until: null, fence: 0 })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  await writing.dialect.lock(writing.db.selectFrom('locks').select('fence').where('name', '=', name)).execute();
}

/** What a workflow that waits for a lock has in `waiting_for`. */
export const waitingForLock = (name: LockName): `lock:${string}` => `lock:${name}`;

/** Takes or keeps the lock until a time; undefined while another owner has it. */
export async function takeLock(
  writing: Writing,
  name: LockName,
  owner: string,
  until: number,
): Promise<Lock | undefined> {
  await writing.db
    .insertInto('locks')
    .values({ name, owner: null, until: null, fence: 0 })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const taken = await writing.db
    .updateTable('locks')
    .set((set) => ({
      owner,
      until,
      fence: set
        .case()
        .when('owner', '=', owner)
        .then(set.ref('fence'))
        .else(set('fence', '+', 1))
        .end(),
    }))
    .where('name', '=', name)
    .where((where) =>
      where.or([where('owner', 'is', null), where('owner', '=', owner), where('until', '<=', writing.now())]),
    )
    .returning(['fence', 'written_version', 'written_at'])
    .executeTakeFirst();
  if (taken === undefined) return undefined;
  const { fence, written_version: version, written_at: at } = taken;
  return { name, owner, fence, written: version === null || at === null ? null : { version, at } };
}

/** Remembers what was written under the lock, for whoever computes from what it reads next. Only its owner may. */
export async function rememberWritten(writing: Writing, name: LockName, owner: string, version: number): Promise<void> {
  await writing.db
    .updateTable('locks')
    .set({ written_version: version, written_at: writing.now() })
    .where('name', '=', name)
    .where('owner', '=', owner)
    .execute();
}

/**
 * How many of those who wait are woken. Only one can have the lock: to wake all of fifty is fifty commits for one. A second
 * one in case the first no longer needs it; should neither, the others look by the clock.
 */
const WOKEN_AT_ONCE = 2;

/** Gives back all that an owner holds, and lets those who have waited for it longest look at once. */
export async function releaseLocks(writing: Writing, owner: string): Promise<void> {
  const released = await writing.db
    .updateTable('locks')
    .set({ owner: null, until: null })
    .where('owner', '=', owner)
    .returning('name')
    .execute();
  for (const { name } of released) await wakeWaiting(writing, name);
}

async function wakeWaiting(writing: Writing, name: LockName): Promise<void> {
  const waiting = await writing.db
    .updateTable('workflows')
    .set((set) => ({ due_at: writing.now(), nudges: set('nudges', '+', 1) }))
    .where(
      'id',
      'in',
      writing.db
        .selectFrom('workflows')
        .select('id')
        .where('waiting_for', '=', waitingForLock(name))
        .orderBy('created_at')
        .orderBy('id')
        .limit(WOKEN_AT_ONCE),
    )
    .returning('id')
    .execute();
  if (waiting.length > 0) writing.wake('work');
}
