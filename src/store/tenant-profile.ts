import type { Reading, Writing } from './store.ts';

/** A learned field of the tenant profile. May have values that this version does not know. */
export interface KeptField {
  readonly field: string;
  readonly value: string;
  /** How long ago it was learned, in milliseconds. */
  readonly ageMs: number;
}

/** The stored tenant profile, of all gateways of the database. */
export async function keptProfile({ db, now }: Reading, tenant: string): Promise<readonly KeptField[]> {
  const rows = await db.selectFrom('tenant_profile').selectAll().where('tenant', '=', tenant).execute();
  return rows.map(({ field, value, learned_at: learnedAt }) => ({ field, value, ageMs: now() - learnedAt }));
}

/** Keeps a value that was learned now; the latest wins. */
export async function keepProfile(
  { db, now }: Writing,
  tenant: string,
  { field, value }: Pick<KeptField, 'field' | 'value'>,
): Promise<void> {
  await db
    .insertInto('tenant_profile')
    .values({ tenant, field, value, learned_at: now() })
    .onConflict((conflict) => conflict.columns(['tenant', 'field']).doUpdateSet({ value, learned_at: now() }))
    .execute();
}
