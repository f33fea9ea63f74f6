import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import type { AccountGroupId, PortfolioId } from '../../src/domain/ids.ts';
import * as store from '../../src/store/index.ts';
import { describeStores } from '../helpers/stores.ts';

const ID = 'dep_1';
const CALLER = store.callerKey('issuer', 'subject');
const input = { amount: '100.00' };

const row = (now: number): store.NewWorkflowRow => ({
  id: ID,
  kind: 'deposit',
  portfolio_id: 'P01F8ZSNV0J45R9DFZ3D7D8C26F' as PortfolioId,
  account_group_id: 'group-1' as AccountGroupId,
  amount: decimal('100.00'),
  currency: 'EUR',
  input: '{}',
  caller: CALLER,
  idempotency_key: 'k1',
  upstream_key: 'u',
  created_at: now,
  state: 'REQUESTED',
  version: 1,
  step: 'fund',
  due_at: now,
  attempts: 0,
  nudges: 0,
  fence: 0,
  updated_at: now,
});

async function accepted(s: store.Store): Promise<void> {
  await s.write(async (tx) => {
    const inputHash = store.inputHash('registerDeposit', input);
    await store.takeKey(tx, { caller: CALLER, key: 'k1', mutation: 'registerDeposit', inputHash, subjectId: ID });
    await store.insertWorkflow(tx, row(tx.now()), {
      states: [{ state: 'REQUESTED', reason: null }],
      events: [],
      audit: [{ actor: CALLER, action: 'registerDeposit', subjectId: ID, content: { key: 'k1', input } }],
    });
  });
}

/** The only entry of the audit, with a content of another release, and the hash that this gets. */
async function replaceContent(s: store.Store, content: (now: string) => string): Promise<void> {
  await s.write(async ({ db }) => {
    const now = await db.selectFrom('audit').selectAll().executeTakeFirstOrThrow();
    const then = { ...now, content: content(now.content) };
    const { chain, sequence, at, actor, action, subject_id, previous_hash } = then;
    const fields = [chain, sequence, at, actor, action, subject_id, then.content, previous_hash];
    const hash = createHash('sha256').update(JSON.stringify(fields)).digest('hex');
    await sql`update audit set content = ${then.content}, hash = ${hash}`.execute(db);
    await db.updateTable('audit_heads').set({ hash }).where('chain', '=', chain).execute();
  });
}

const verdictOf = (s: store.Store): Promise<store.AuditVerdict> => s.read((reading) => store.verifyAudit(reading));

describeStores('content of audit entries', (kind) => {
  it('of the first release, which had no change of the row, is compared by its request', async () => {
    const s = await kind.open();
    await accepted(s);
    await s.write(({ db }) => db.updateTable('workflows').set({ audited: null }).execute());
    await replaceContent(s, () => '{"input":{"amount":"100.00"},"key":"k1"}');
    expect(await verdictOf(s)).toMatchObject({ findings: [], workflows: 1, partlyKnown: 1 });
    await s.write(({ db }) => db.deleteFrom('idempotency_keys').execute());
    expect((await verdictOf(s)).findings).toMatchObject([{ table: 'idempotency_keys', problem: 'removed' }]);
  });

  it('from before there were versions is compared in full', async () => {
    const s = await kind.open();
    await accepted(s);
    await replaceContent(s, (now) => {
      expect(now).toContain('"v":1');
      return now.replace(',"v":1', '');
    });
    expect(await verdictOf(s)).toMatchObject({ findings: [], workflows: 1, partlyKnown: 0 });
    await s.write(({ db }) => db.updateTable('workflows').set({ subject: 'upvest:increase:other' }).execute());
    expect((await verdictOf(s)).findings).toMatchObject([{ column: 'subject', problem: 'altered' }]);
  });

  it.each([
    ['of a later version', (now: string) => now.replace('"v":1', '"v":2')],
    ['with a change in no form that is known', (now: string) => now.replace('"history":[', '"history":["next",')],
    ['that is no JSON', () => 'not JSON'],
  ])('%s is reported, and ends no reader', async (_which, content) => {
    const s = await kind.open();
    await accepted(s);
    await replaceContent(s, content);
    const { findings, rows, partlyKnown } = await verdictOf(s);
    expect({ rows, partlyKnown }).toEqual({ rows: 1, partlyKnown: 1 });
    expect(findings).toContainEqual({ chain: expect.any(Number), sequence: 1, problem: 'unreadable' });
  });
});
