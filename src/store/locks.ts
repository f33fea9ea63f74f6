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

/** Takes the lock until the end of this transaction; earlier commits under it are visible then. */
export async function lockInTransaction(writing: Writing, name: LockName): Promise<void> {
  await writing.db
    .insertInto('locks')
    .values({ name, owner: null, until: null, fence: 0 })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  await writing.dialect.lock(writing.db.selectFrom('locks').select('fence').where('name', '=', name)).execute();
}

/** `waiting_for` of a workflow that waits for a lock. */
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

/** Stores the version written under the lock, for the next owner's reads. Only the owner may. */
export async function rememberWritten(writing: Writing, name: LockName, owner: string, version: number): Promise<void> {
  await writing.db
    .updateTable('locks')
    .set({ written_version: version, written_at: writing.now() })
    .where('name', '=', name)
    .where('owner', '=', owner)
    .execute();
}

/**
 * Number of woken waiters. Only one can get the lock, so waking all of fifty would cost fifty commits. The second is a
 * reserve; all others poll.
 */
const WOKEN_AT_ONCE = 2;

/** Releases all locks of an owner, and wakes the longest waiters. */
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
