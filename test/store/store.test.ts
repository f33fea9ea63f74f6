import { expect, it } from 'vitest';
import { dateTime } from '../../src/domain/datetime.ts';
import { decimal } from '../../src/domain/decimal.ts';
import type { AccountGroupId, PortfolioId } from '../../src/domain/ids.ts';
import * as store from '../../src/store/index.ts';
import { LOG_BEGINNING } from '../helpers/log.ts';
import { describeStores } from '../helpers/stores.ts';

const P1 = 'P01F8ZSNV0J45R9DFZ3D7D8C26F' as PortfolioId;
const P2 = 'P01F8ZSNV0J45R9DFZ3D7D8C26G' as PortfolioId;
const GROUP = 'group-1' as AccountGroupId;

function newRow(id: string, now: number, more: Partial<store.NewWorkflowRow> = {}): store.NewWorkflowRow {
  return {
    id,
    kind: 'deposit',
    portfolio_id: P1,
    account_group_id: GROUP,
    amount: decimal('12345678901234567890.10'),
    currency: 'EUR',
    input: '{}',
    caller: 'c',
    idempotency_key: id,
    upstream_key: 'u',
    created_at: now,
    state: 'REQUESTED',
    reason: null,
    resume_state: null,
    version: 1,
    step: 'fund',
    memo: null,
    sent_at: null,
    progress: null,
    subject: null,
    reserved: null,
    cancel_requested_at: null,
    waiting_for: null,
    due_at: now,
    attempts: 0,
    nudges: 0,
    lease_owner: null,
    lease_until: null,
    fence: 0,
    updated_at: now,
    ...more,
  };
}

const event = (portfolioId: PortfolioId | null, type: string): store.NewLogEvent => ({
  portfolioId,
  source: 'GATEWAY',
  type,
  event: { kind: 'portfolio', content: {} },
  objectId: null,
  occurredAt: dateTime(new Date(0)),
  receivedAt: 5,
});

const accept = (s: store.Store, id: string, more: Partial<store.NewWorkflowRow> = {}): Promise<void> =>
  s.write((tx) =>
    store.insertWorkflow(tx, newRow(id, tx.now(), more), {
      states: [{ state: 'REQUESTED', reason: null }],
      events: [event(P1, 'DEPOSIT.REQUESTED')],
      audit: [{ actor: 'c', action: 'registerDeposit', subjectId: id, content: {} }],
    }),
  );

describeStores('store', (kind, name) => {
  it('keeps a request with its history, event and audit, digits and all', async () => {
    const s = await kind.open();
    await accept(s, 'dep_1');
    const row = await s.read((r) => store.getWorkflow(r, 'dep_1'));
    expect(row).toMatchObject({ id: 'dep_1', amount: '12345678901234567890.10', due_at: row?.created_at, fence: 0 });
    expect((await s.read((r) => store.historyOf(r, ['dep_1']))).get('dep_1')).toMatchObject([
      { sequence: 1, state: 'REQUESTED' },
    ]);
    expect(await s.read((r) => store.readEvents(r, { after: LOG_BEGINNING, limit: 10 }))).toHaveLength(1);
    expect(await s.read((r) => store.verifyAudit(r))).toMatchObject({ rows: 1, findings: [] });
    expect(await s.read((r) => store.portfoliosOfAccountGroups(r, [GROUP]))).toEqual(new Map([[GROUP, P1]]));
  });

  it('takes nothing down of a transaction that fails, and leaves its neighbours alone', async () => {
    const s = await kind.open();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        s.write(async (tx) => {
          await store.insertWorkflow(tx, newRow(`dep_${index}`, tx.now()), {
            states: [],
            events: [event(P1, 'E')],
            audit: [],
          });
          if (index % 2 === 0) throw new Error('no');
        }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(10);
    const rows = await s.read((r) => store.listWorkflows(r, P1, ['deposit'], { after: undefined, limit: 100 }));
    expect(rows).toHaveLength(10);
    expect(await s.read((r) => store.readEvents(r, { after: LOG_BEGINNING, limit: 100 }))).toHaveLength(10);
  });

  it('gives a key to one of fifty', async () => {
    const s = await kind.open();
    const caller = store.callerKey('issuer', 'subject');
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        s.write((tx) => store.takeKey(tx, { caller, key: 'k', mutation: 'm', inputHash: 'h', subjectId: `s${index}` })),
      ),
    );
    const losers = answers.filter((answer) => answer !== undefined);
    expect(losers).toHaveLength(49);
    expect(new Set(losers.map((loser) => loser.subject_id)).size).toBe(1);
    await s.write((tx) => store.answerKeys(tx, 'm', losers[0]?.subject_id ?? '', '"yes"'));
    expect(await s.read((r) => store.recall(r, caller, 'k'))).toMatchObject({ result: '"yes"', input_hash: 'h' });
  });

  it('leases each due row to one worker, and refuses what a worker commits after losing its lease', async () => {
    const s = await kind.open();
    for (let index = 0; index < 10; index += 1) await accept(s, `dep_${index}`);
    const claims = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        s.write((tx) => store.claimWorkflows(tx, { owner: `w${index}`, until: tx.now() + 60_000, limit: 3 })),
      ),
    );
    const ids = claims.flat().map((row) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(10);

    const [row] = claims.flat();
    if (!row) throw new Error('nothing claimed');
    const step = {
      patch: { state: 'FUNDING', due_at: null },
      lease: 'release',
      states: [{ state: 'FUNDING', reason: null }],
      events: [],
      audit: [],
    } as const;
    // Also one that has leased the row itself again: what it did before may have been another's meanwhile.
    for (const owner of [row.lease_owner ?? '', 'other']) {
      await s.write((tx) => store.releaseLeases(tx, undefined));
      await s.write((tx) => store.claimWorkflows(tx, { owner, until: tx.now() + 60_000, limit: 100 }));
      expect(await s.write((tx) => store.commitStep(tx, row, step))).toBeUndefined();
    }
    expect(await s.read((r) => store.getWorkflow(r, row.id))).toMatchObject({ state: 'REQUESTED', version: 1 });
    const now = { ...row, fence: row.fence + 2, lease_owner: 'other' };
    expect(await s.write((tx) => store.commitStep(tx, now, step))).toMatchObject({
      state: 'FUNDING',
      version: 2,
      due_at: null,
    });
  });

  it('reports a row with a name that this release does not know, and leaves it to another one', async () => {
    const s = await kind.open();
    for (const id of ['dep_1', 'dep_2', 'dep_3', 'dep_4', 'dep_5']) await accept(s, id);
    const names = [
      ['dep_1', { kind: 'gift' }, 'the workflow dep_1 of kind gift has the kind gift'],
      ['dep_2', { state: 'SUBMITTED' }, 'the workflow dep_2 of kind deposit has the state SUBMITTED'],
      ['dep_3', { step: 'submit' }, 'the workflow dep_3 of kind deposit has the step submit'],
      ['dep_4', { resume_state: 'PAID' }, 'the workflow dep_4 of kind deposit has the resume_state PAID'],
    ] as const;
    for (const [id, set, message] of names) {
      await s.write((tx) =>
        tx.db
          .updateTable('workflows')
          .set(set as never)
          .where('id', '=', id)
          .execute(),
      );
      await expect(s.read((reading) => store.getWorkflow(reading, id))).rejects.toThrow(message);
    }
    const told: string[] = [];
    const onUnknown = (error: Error): unknown => told.push(error.message.slice(0, 18));
    const claim = () =>
      s.write((tx) =>
        store.claimWorkflows(tx, { owner: 'w', until: tx.now() + 60_000, limit: 10 }, (e) => void onUnknown(e)),
      );
    expect((await claim()).map(({ id }) => id)).toEqual(['dep_5']);
    expect(told.sort()).toEqual([
      'the workflow dep_1',
      'the workflow dep_2',
      'the workflow dep_3',
      'the workflow dep_4',
    ]);
    expect(await claim()).toEqual([]);
  });

  it('does not lose a nudge that comes while a row is being worked on', async () => {
    const s = await kind.open();
    await accept(s, 'dep_1', { subject: 'upvest:increase:1' });
    const [row] = await s.write((tx) => store.claimWorkflows(tx, { owner: 'w', until: tx.now() + 60_000, limit: 1 }));
    if (!row) throw new Error('nothing claimed');
    const told = { source: 'UPVEST', eventId: 'e1', type: 'T', subject: 'upvest:increase:1', payload: '{}' } as const;
    const nudges = [{ subject: 'upvest:increase:1' }];
    expect(await s.write((tx) => store.storeEvents(tx, [{ ...told, nudges }]))).toBe(1);
    expect(await s.write((tx) => store.storeEvents(tx, [{ ...told, nudges }]))).toBe(0);
    const later = s.now() + 3_600_000;
    const committed = await s.write((tx) =>
      store.commitStep(tx, row, { patch: { due_at: later }, lease: 'release', states: [], events: [], audit: [] }),
    );
    expect(committed?.due_at).toBeLessThan(later);
    expect(await s.read((r) => store.eventsAbout(r, 'upvest:increase:1'))).toHaveLength(1);
  });

  it('makes the rows that wait for an event due, in the transaction that keeps it, once', async () => {
    const s = await kind.open();
    await accept(s, 'dep_1');
    const subject = 'upvest:virtual-cash-increase:1';
    await s.write(({ db }) => db.updateTable('workflows').set({ subject, due_at: null }).execute());
    const event = { source: 'UPVEST', eventId: 'e', type: 'T', subject, payload: '{}', nudges: [{ subject }] } as const;
    for (let times = 0; times < 2; times += 1) await s.write((tx) => store.storeEvents(tx, [event]));
    const row = await s.read((r) => store.getWorkflow(r, 'dep_1'));
    expect(row).toMatchObject({ nudges: 1, due_at: expect.any(Number) });
  });

  it('keeps ten thousand events of one delivery once each', async () => {
    const s = await kind.open();
    const events = Array.from({ length: 10_000 }, (_, index) => ({
      source: 'UPVEST' as const,
      eventId: `e${index}`,
      type: 'T',
      subject: null,
      payload: '{"a":"1"}',
      nudges: [],
    }));
    expect(await s.write((tx) => store.storeEvents(tx, [...events, ...events.slice(0, 10)]))).toBe(10_000);
    const claimed = await s.write((tx) => store.claimEvents(tx, { owner: 'w', until: tx.now() + 60_000, limit: 3 }));
    expect(claimed.map((row) => row.event_id)).toEqual(['e0', 'e1', 'e2']);
    const [first, second, third] = claimed;
    if (!first || !second || !third) throw new Error('nothing claimed');
    await s.write((tx) => store.finishEvents(tx, 'w', [first.id]));
    await s.write((tx) => store.parkEvents(tx, 'w', [second.id], 'poison'));
    await s.write((tx) => store.returnEvents(tx, 'w', [third.id], { dueAt: tx.now() + 1_000, failed: true }));
    await expect(s.write((tx) => store.finishEvents(tx, 'w', [third.id]))).rejects.toThrow(store.LeaseLostError);
    expect(await s.read((r) => store.parkedEvents(r, 0, 10))).toMatchObject([{ event_id: 'e1', reason: 'poison' }]);
    expect(await s.read((r) => store.inboxLag(r))).toMatchObject({ waiting: 9_998, parked: 1 });
    expect(await s.write((tx) => store.replayEvent(tx, second.id))).toBe(true);
  });

  it('reads the log by portfolio, in order, from a cursor, and knows what was trimmed', async () => {
    const s = await kind.open();
    for (const [portfolio, type] of [
      [P1, 'a'],
      [P2, 'b'],
      [null, 'c'],
      [P1, 'd'],
    ] as const) {
      await s.write((tx) => store.appendEvents(tx, [event(portfolio, type), event(portfolio, `${type}2`)]));
    }
    const types = async (query: Partial<store.LogQuery>): Promise<string[]> =>
      (await s.read((r) => store.readEvents(r, { after: LOG_BEGINNING, limit: 100, ...query }))).map((row) => row.type);
    expect(await types({})).toEqual(['a', 'a2', 'b', 'b2', 'c', 'c2', 'd', 'd2']);
    expect(await types({ portfolioIds: [P1] })).toEqual(['a', 'a2', 'd', 'd2']);
    expect(await types({ portfolioIds: [] })).toEqual([]);
    const [, , third] = await s.read((r) => store.readEvents(r, { after: LOG_BEGINNING, limit: 3 }));
    if (!third) throw new Error('no third');
    const cursor = store.encodePosition(third);
    expect(store.decodePosition(cursor)).toEqual({
      generation: third.generation,
      xid: third.xid,
      sequence: third.sequence,
    });
    expect(store.decodePosition(`${cursor}!`)).toBeUndefined();
    expect(await types({ after: third })).toEqual(['b2', 'c', 'c2', 'd', 'd2']);
    expect(await s.write((tx) => store.trimLog(tx, 6, 3))).toBe(3);
    expect(store.comparePositions(await s.read((r) => store.trimmedTo(r)), third)).toBe(0);
    expect(await types({})).toEqual(['b2', 'c', 'c2', 'd', 'd2']);
    expect(await s.write((tx) => store.trimLog(tx, 5))).toBe(0);
    expect((await s.read((r) => store.logHead(r))).sequence).toBe(8);
  });

  it('never lets an event appear behind one that was already read', async () => {
    const s = await kind.open();
    const seen: string[] = [];
    let after: store.LogPosition = LOG_BEGINNING;
    let writing = true;
    const reader = (async () => {
      while (writing || (await s.read((r) => store.hasHeldBack(r)))) {
        const rows = await s.read((r) => store.readEvents(r, { after, limit: 50 }));
        for (const row of rows) seen.push(row.type);
        after = rows.at(-1) ?? after;
        await new Promise((resolve) => setImmediate(resolve));
      }
      seen.push(...(await s.read((r) => store.readEvents(r, { after, limit: 5_000 }))).map((row) => row.type));
    })();
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let index = 0; index < 60; index += 1) {
          await s.write(async (tx) => {
            await store.appendEvents(tx, [event(P1, `${writer}-${index}`)]);
            // Keeps some transactions open after their number was drawn, so that others overtake them.
            if (name === 'PostgreSQL' && (writer + index) % 3 === 0)
              await new Promise((resolve) => setTimeout(resolve, 3));
          });
        }
      }),
    );
    writing = false;
    await reader;
    expect(seen).toHaveLength(480);
    expect(new Set(seen).size).toBe(480);
  });

  it('has one owner of a portfolio at a time', async () => {
    const s = await kind.open();
    const take = (owner: string, ms: number): Promise<store.Lock | undefined> =>
      s.write((tx) => store.takeLock(tx, store.portfolioLock(P1), owner, tx.now() + ms));
    const all = await Promise.all(Array.from({ length: 10 }, (_, index) => take(`o${index}`, 60_000)));
    const holders = all.filter((lock) => lock !== undefined);
    expect(holders).toHaveLength(1);
    const holder = holders[0]?.owner ?? '';
    expect((await take(holder, 60_000))?.fence).toBe(holders[0]?.fence);
    await s.write((tx) => store.releaseLocks(tx, 'someone else'));
    expect(await take('next', 60_000)).toBeUndefined();
    await s.write((tx) => store.releaseLocks(tx, holder));
    expect((await take('next', -1))?.fence).toBe((holders[0]?.fence ?? 0) + 1);
    expect(await take('after it ran out', 60_000)).toBeDefined();
  });

  it('returns the version that the last owner of a lock wrote to the next one', async () => {
    const s = await kind.open();
    const lock = store.portfolioLock(P1);
    const take = (owner: string) => s.write((tx) => store.takeLock(tx, lock, owner, tx.now() + 60_000));
    expect((await take('first'))?.written).toBeNull();
    await s.write((tx) => store.rememberWritten(tx, lock, 'somebody else', 8));
    await s.write(async (tx) => {
      await store.rememberWritten(tx, lock, 'first', 7);
      await store.releaseLocks(tx, 'first');
    });
    expect((await take('next'))?.written).toMatchObject({ version: 7, at: expect.any(Number) });
  });

  it('reports what was altered, removed, inserted or cut off in the audit', async () => {
    const s = await kind.open();
    const subjectId = 'dep_1';
    for (let index = 0; index < 6; index += 1) {
      await s.write((tx) => store.appendAudit(tx, { actor: 'a', action: `act${index}`, subjectId, content: {} }));
    }
    const verdict = () =>
      s.read(async (r) =>
        (await store.verifyAudit(r)).findings.map(({ sequence, problem }) => ({ sequence, problem })),
      );
    expect(await verdict()).toEqual([]);
    await s.write((tx) => tx.db.deleteFrom('audit').where('action', '=', 'act5').execute());
    expect(await verdict()).toEqual([{ sequence: 6, problem: 'cut off' }]);
    await s.write((tx) => tx.db.deleteFrom('audit').where('action', '=', 'act1').execute());
    expect(await verdict()).toEqual([
      { sequence: 2, problem: 'removed' },
      { sequence: 6, problem: 'cut off' },
    ]);
    await s.write((tx) =>
      tx.db
        .updateTable('audit')
        .set({ content: '{"x":1}' } as never)
        .where('action', '=', 'act3')
        .execute(),
    );
    expect(await verdict()).toContainEqual({ sequence: 4, problem: 'altered' });
  });

  it('finds rows of an account group that an earlier release kept in upper case', async () => {
    const s = await kind.open();
    const group = 'a3f1c0de-97b7-4e3b-bddf-66d3c434898c' as AccountGroupId;
    const other = 'b4e2d1ef-0d03-4651-9eda-970910479dfb' as AccountGroupId;
    const kept = { account_group_id: group.toUpperCase() as AccountGroupId, sent_at: 1, waiting_for: 'cash' };
    await accept(s, 'dep_open', { ...kept, due_at: null });
    await accept(s, 'dep_failed', { ...kept, waiting_for: null, state: 'FAILED', step: null, sendings: '{}' });
    await accept(s, 'dep_new', { account_group_id: group, sent_at: 1 });
    const ids = (rows: readonly store.WorkflowRow[]): string[] => rows.map(({ id }) => id).sort();
    const read = <T>(ask: (reading: store.Reading) => Promise<T>): Promise<T> => s.read(ask);
    expect(ids(await read((r) => store.openOfAccountGroup(r, group, ['deposit'])))).toEqual(['dep_new', 'dep_open']);
    expect(ids(await read((r) => store.endedWithoutSubject(r, group)))).toEqual(['dep_failed']);
    expect(ids(await read((r) => store.unansweredOfGroups(r, [group, other])))).toEqual(['dep_new', 'dep_open']);
    expect(await read((r) => store.unansweredOfGroups(r, [other]))).toEqual([]);
    const groups = await read((r) => store.groupsOfPortfolio(r, P1));
    expect(groups.map(({ accountGroupId }) => accountGroupId)).toEqual([group]);
    const nudges = [group, other].map((accountGroupId) => ({ accountGroupId, waitingFor: 'cash' }));
    await s.write((tx) => store.nudgeAll(tx, nudges));
    expect((await read((r) => store.getWorkflow(r, 'dep_open')))?.nudges).toBe(1);
    expect(store.cashLock(kept.account_group_id)).toBe(store.cashLock(group));
    expect(store.promiseLock(kept.account_group_id)).toBe(store.promiseLock(group));
  });

  it('shows the events that wait about an account group, in whichever case they have its id', async () => {
    const s = await kind.open();
    const group = 'a3f1c0de-97b7-4e3b-bddf-66d3c434898c' as AccountGroupId;
    const payloads = [group, group.toUpperCase(), 'another'].map((id) => JSON.stringify({ account_group_id: id }));
    await s.write((tx) =>
      store.storeEvents(
        tx,
        payloads.map((payload, index) => ({
          source: 'UPVEST' as const,
          eventId: `e${index}`,
          type: 'WITHDRAWAL.NEW',
          subject: null,
          payload,
        })),
      ),
    );
    for (const asked of [group, group.toUpperCase() as AccountGroupId]) {
      const found = await s.read((r) => store.waitingEvents(r, 'WITHDRAWAL.', asked));
      expect(found.map(({ payload }) => payload)).toEqual(payloads.slice(0, 2));
    }
  });

  it('remembers whose transactions and account groups are', async () => {
    const s = await kind.open();
    const t = 'T01F8ZSNV0J45R9DFZ3D7D8C26F' as Parameters<typeof store.rememberTransactions>[2][number];
    await s.write((tx) => store.rememberTransactions(tx, P1, [t]));
    await s.write((tx) => store.rememberTransactions(tx, P1, [t]));
    expect(await s.read((r) => store.portfoliosOfTransactions(r, [t]))).toEqual(new Map([[t, P1]]));
    await s.write((tx) => store.rememberAccountGroup(tx, GROUP, P1));
    await s.write((tx) => store.rememberAccountGroup(tx, GROUP, P2));
    expect(await s.read((r) => store.portfoliosOfAccountGroups(r, [GROUP]))).toEqual(new Map([[GROUP, P2]]));
  });

  it('wakes those who wait, after the commit', async () => {
    const s = await kind.open();
    const woken = new Promise<void>((resolve) => void s.onWake('work', resolve));
    await accept(s, 'dep_1');
    await woken;
  });
});
