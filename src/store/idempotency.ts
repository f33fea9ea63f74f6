import { createHash } from 'node:crypto';
import { fixed } from './fixed-statements.ts';
import type { Reading, Writing } from './store.ts';
import type { IdempotencyKeyRow } from './tables.ts';

/** The caller of a mutation: the namespace of idempotency keys. Made by {@link callerKey}. */
export type CallerKey = string & { readonly __brand: 'CallerKey' };

/** One namespace per issuer and subject; written so that no two pairs read the same. */
export const callerKey = (issuer: string, subject: string): CallerKey => JSON.stringify([issuer, subject]) as CallerKey;

/** A value as it is compared and hashed: the names of objects sorted, what is undefined left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Hash of a mutation's name and canonical input, without its key. */
export const inputHash = (mutation: string, input: unknown): string =>
  createHash('sha256')
    .update(canonicalJson([mutation, input]))
    .digest('hex');

const byKey = fixed((db) =>
  db.selectFrom('idempotency_keys').selectAll().where('caller', '=', '').where('key', '=', ''),
);

/** The record of a key; undefined for a new key. */
export async function recall(reading: Reading, caller: CallerKey, key: string): Promise<IdempotencyKeyRow | undefined> {
  const { rows } = await reading.db.executeQuery(byKey.with(reading, [caller, key]));
  return rows[0];
}

export interface NewKey {
  readonly caller: CallerKey;
  readonly key: string;
  readonly mutation: string;
  readonly inputHash: string;
  /** The object made or worked on. */
  readonly subjectId: string;
  /** JSON; see `IdempotencyKeysTable.result`. Undefined while it is not known. */
  readonly result?: string | undefined;
}

const unlessTaken = fixed((db) =>
  db
    .insertInto('idempotency_keys')
    .values({ caller: '', key: '', mutation: '', input_hash: '', subject_id: '', result: '', created_at: 0 })
    .onConflict((conflict) => conflict.columns(['caller', 'key']).doNothing())
    .returning('key'),
);

/** Takes the key; answers the row that has it where another request was first (in PostgreSQL after it has committed). */
export async function takeKey(writing: Writing, key: NewKey): Promise<IdempotencyKeyRow | undefined> {
  const { caller, key: name, mutation, inputHash: hash, subjectId, result = null } = key;
  const values = [caller, name, mutation, hash, subjectId, result, writing.now()];
  const { rows } = await writing.db.executeQuery(unlessTaken.with(writing, values));
  return rows.length > 0 ? undefined : await recall(writing, caller, name);
}

/** Writes the answer of every request of this mutation on this subject that still waits for one. */
export async function answerKeys(writing: Writing, mutation: string, subjectId: string, result: string): Promise<void> {
  await writing.db
    .updateTable('idempotency_keys')
    .set({ result })
    .where('subject_id', '=', subjectId)
    .where('mutation', '=', mutation)
    .where('result', 'is', null)
    .execute();
}
