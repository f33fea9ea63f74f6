import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import type { AccountGroupId, PortfolioId } from '../../src/domain/ids.ts';
import { seedPortfolio } from '../../src/standins/index.ts';
import { AUDITED_COLUMNS } from '../../src/store/audited-rows.ts';
import * as store from '../../src/store/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { describeStores } from '../helpers/stores.ts';
import { startWorld, type World } from '../helpers/world.ts';

const ID = 'wdr_01';
const CALLER = store.callerKey('issuer', 'subject');

const newRow = (id: string, at: number): store.NewWorkflowRow => ({
  id,
  kind: 'withdrawal',
  portfolio_id: 'P1' as PortfolioId,
  account_group_id: 'g1' as AccountGroupId,
  amount: decimal('100.00'),
  currency: 'EUR',
  input: '{"remittanceInformation":"Rent"}',
  caller: CALLER,
  idempotency_key: `key of ${id}`,
  upstream_key: '00000000-0000-4000-8000-000000000000',
  created_at: at,
  updated_at: at,
  state: 'REQUESTED',
  reason: null,
  resume_state: null,
  version: 1,
  step: 'reserve',
  memo: null,
  sent_at: null,
  progress: null,
  subject: null,
  reserved: null,
  cancel_requested_at: null,
  waiting_for: null,
  due_at: at,
  attempts: 0,
  nudges: 0,
  lease_owner: null,
  lease_until: null,
  fence: 0,
});

const input = { amount: '100.00' };

const accept = (s: store.Store, id: string): Promise<void> =>
  s.write(async (tx) => {
    const hash = store.inputHash('requestWithdrawal', input);
    const key = { caller: CALLER, key: `key of ${id}`, mutation: 'requestWithdrawal', inputHash: hash, subjectId: id };
    await store.takeKey(tx, key);
    await store.insertWorkflow(tx, newRow(id, tx.now()), {
      states: [{ state: 'REQUESTED', reason: null }],
      events: [],
      audit: [{ actor: CALLER, action: 'requestWithdrawal', subjectId: id, content: { key: `key of ${id}`, input } }],
    });
  });

const claim = async (s: store.Store): Promise<store.WorkflowRow> => {
  await s.write((tx) => store.releaseLeases(tx, undefined));
  const rows = await s.write((tx) => store.claimWorkflows(tx, { owner: 'w', until: tx.now() + 60_000, limit: 10 }));
  const row = rows.find(({ id }) => id === ID);
  if (row === undefined) throw new Error('not due');
  return row;
};

const commit = async (
  s: store.Store,
  row: store.WorkflowRow,
  patch: store.WorkflowPatch,
  state?: store.WorkflowRow['state'],
) => {
  const states = state === undefined ? [] : [{ state, reason: 'said' }];
  const entered = state === undefined ? {} : { state, reason: 'said' };
  const next = await s.write((tx) =>
    store.commitStep(tx, row, { patch: { ...patch, ...entered }, lease: 'keep', states, events: [], audit: [] }),
  );
  if (next === undefined) throw new Error('lease lost');
  return next;
};

/** A withdrawal that has gone a part of its way: reserved, marked as being sent, asked to be cancelled, noted. */
async function workedOn(s: store.Store): Promise<store.WorkflowRow> {
  await accept(s, ID);
  await accept(s, 'wdr_02');
  const first = await commit(s, await claim(s), { reserved: decimal('100.00'), step: 'submit' }, 'RESERVED');
  const marked = await commit(s, first, { memo: '{"amount":"100.00"}', sent_at: s.now() });
  await s.write((tx) => store.changeWorkflow(tx, marked, { cancel_requested_at: tx.now() }, NOTHING));
  // The worker has read the row before it was to be cancelled.
  const settled: store.WorkflowPatch = {
    memo: null,
    sent_at: null,
    subject: 'upvest:withdrawal:1',
    progress: '{"a":1}',
    step: 'watch',
    sendings: '{}',
  };
  return await commit(s, marked, { ...settled, resume_state: 'SUBMITTED', cancel_requested_at: null }, 'SUBMITTED');
}
const NOTHING = { states: [], events: [], audit: [] };

/** Everything that is said, as the command would say it. */
async function found(s: store.Store): Promise<readonly string[]> {
  const { findings } = await s.read((reading) => store.verifyAudit(reading));
  return findings.map((each) =>
    'chain' in each
      ? `chain ${each.problem}`
      : [each.table, each.workflow, each.sequence, each.column, each.problem].filter((word) => word !== null).join(' '),
  );
}

const run = (s: store.Store, statement: string): Promise<unknown> =>
  s.write(({ db }) => sql.raw(statement).execute(db));

const NUMBERS = ['created_at', 'version', 'sent_at', 'cancel_requested_at'];
const AUDITED = Object.entries(AUDITED_COLUMNS).flatMap(([column, how]) => (how === 'none' ? [] : [column]));

describeStores('rows of workflows', (kind) => {
  it('match the audit when they were not edited', async () => {
    const s = await kind.open();
    await workedOn(s);
    expect(await s.read((reading) => store.verifyAudit(reading))).toMatchObject({
      ...{ findings: [], workflows: 2, partlyKnown: 0 },
    });
  });

  it.each(AUDITED)('are missed when %s was edited, or emptied', async (column) => {
    const s = await kind.open();
    const row = await workedOn(s);
    const value = row[column as keyof store.WorkflowRow];
    const other = NUMBERS.includes(column) ? `coalesce(${column}, 0) + 1` : `coalesce(${column}, '') || 'x'`;
    await run(s, `update workflows set ${column} = ${other} where id = '${ID}'`);
    const named = `workflows ${ID} ${column} altered`;
    expect(await found(s)).toEqual([named]);
    const optional = ['amount', 'currency', 'account_group_id', 'subject', 'reserved', 'reason', 'progress', 'step'];
    if (!optional.includes(column)) return;
    expect(value).not.toBeNull();
    await run(s, `update workflows set ${column} = null where id = '${ID}'`);
    expect(await found(s)).toEqual([named]);
  });

  it('are missed when they are gone, new, or another’s', async () => {
    const s = await kind.open();
    await workedOn(s);
    await run(s, `delete from workflows where id = '${ID}'`);
    expect(await found(s)).toEqual([`workflows ${ID} removed`]);
    await s.write((tx) => tx.db.insertInto('workflows').values(newRow('wdr_03', 5)).execute());
    expect(await found(s)).toEqual([`workflows ${ID} removed`, 'workflows wdr_03 inserted']);
    await run(s, `update workflows set id = '${ID}' where id = 'wdr_02'`);
    expect((await found(s)).length).toBeGreaterThan(3);
  });

  it.each([
    ['deleted', `delete from workflow_history where workflow_id = '${ID}' and sequence = 2`, '2 removed'],
    ['added', `insert into workflow_history values ('${ID}', 'PAID', 9, 7, null)`, '9 inserted'],
    [
      'renamed',
      `update workflow_history set state = 'x' where workflow_id = '${ID}' and sequence = 1`,
      '1 state altered',
    ],
    ['dated', `update workflow_history set at = 7 where workflow_id = '${ID}' and sequence = 3`, '3 at altered'],
    [
      'reasoned',
      `update workflow_history set reason = 'x' where workflow_id = '${ID}' and sequence = 2`,
      '2 reason altered',
    ],
  ])('show in their history: %s', async (_what, statement, said) => {
    const s = await kind.open();
    await workedOn(s);
    await run(s, statement.replace(`values ('${ID}', 'PAID', 9, 7, null)`, INSERTED));
    expect(await found(s)).toEqual([`workflow_history ${ID} ${said}`]);
  });
  const INSERTED = `(workflow_id, state, sequence, at, reason) values ('${ID}', 'PAID', 9, 7, null)`;

  it.each([
    ['removed', 'delete from idempotency_keys where subject_id = ', 'removed'],
    ['given to another object', "update idempotency_keys set subject_id = 'wdr_02' where subject_id = ", 'removed'],
    ['given to another caller', "update idempotency_keys set caller = 'x' where subject_id = ", 'removed'],
    ['of another input', "update idempotency_keys set input_hash = 'x' where subject_id = ", 'input_hash altered'],
    ['of another mutation', "update idempotency_keys set mutation = 'x' where subject_id = ", 'mutation altered'],
  ])('show when their key was %s: the same request would be taken on again', async (_what, statement, said) => {
    const s = await kind.open();
    await workedOn(s);
    await run(s, `${statement}'${ID}'`);
    expect(await found(s)).toEqual([`idempotency_keys ${ID} ${said}`]);
  });

  it('show an edit that a gateway has worked on and written over since', async () => {
    const s = await kind.open();
    const row = await workedOn(s);
    const marked = await commit(s, row, { memo: '{"amount":"100.00"}', sent_at: 5 });
    await run(s, `update workflows set memo = '{"amount":"900.00"}' where id = '${ID}'`);
    const edited = await s.read((reading) => store.getWorkflow(reading, ID));
    await commit(s, { ...marked, memo: edited?.memo ?? null }, { memo: null, sent_at: null }, 'PAID');
    expect(await found(s)).toEqual([`workflows ${ID} altered and worked on`]);
  });

  it('of an earlier release are compared as far as the audit has them, and wholly once they are worked on', async () => {
    const s = await kind.open();
    await workedOn(s);
    // As the release before left it: entries without a word of the columns.
    await s.write(async ({ db }) => {
      await db.deleteFrom('audit').execute();
      await db.updateTable('audit_heads').set({ sequence: 0, hash: '' }).execute();
      await db.updateTable('workflows').set({ audited: null }).execute();
    });
    for (const id of [ID, 'wdr_02']) {
      const content = { key: `key of ${id}`, input };
      const entry = { actor: CALLER, action: 'requestWithdrawal', subjectId: id, content };
      await s.write((tx) => store.appendAudit(tx, entry));
    }
    expect(await s.read((reading) => store.verifyAudit(reading))).toMatchObject({ findings: [], partlyKnown: 2 });
    await commit(s, await claim(s), { step: null }, 'PAID');
    expect(await s.read((reading) => store.verifyAudit(reading))).toMatchObject({ findings: [], partlyKnown: 1 });
    await run(s, `update workflows set amount = '900.00' where id = '${ID}'`);
    await run(s, `update workflow_history set state = 'x' where workflow_id = '${ID}' and sequence = 2`);
    expect(await found(s)).toEqual([`workflows ${ID} amount altered`, `workflow_history ${ID} 2 state altered`]);
  });
});

describe('what a gateway does by itself', () => {
  const one = seedPortfolio({ key: 'audited-rows', manager: 'USER_MANAGED', brokerCash: '500.00' });
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ seed: [one] });
  });
  afterAll(() => world.stop());

  it('leaves rows that agree with the audit, at every moment', async () => {
    const money = `portfolioId: "${one.portfolioId}", amount: "1", currency: "EUR"`;
    const { store: s } = world.gateway;
    const ask = (name: string, fields: string): Promise<unknown> =>
      world.ask(`mutation { ${name}(input: { ${fields}, idempotencyKey: "${name}" }) { __typename } }`);
    await ask('registerDeposit', money);
    await ask('requestWithdrawal', money);
    await ask('increaseVirtualCash', money);
    await ask(
      'updateHoldings',
      `portfolioId: "${one.portfolioId}", holdings: [{ instrumentId: "US0378331005", quantity: "7" }]`,
    );
    await eventually(async () => {
      expect(await found(s)).toEqual([]);
      const open = await s.read(({ db }) =>
        db.selectFrom('workflows').select('id').where('step', 'is not', null).execute(),
      );
      const all = await s.read((reading) => store.countWorkflows(reading));
      expect([open.length, all]).toEqual([0, 4]);
    });
  });
});
