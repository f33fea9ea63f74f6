import { describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import type { AccountGroupId, PortfolioId } from '../../src/domain/ids.ts';
import { readWorkflow, type StoredWorkflowRow, type WorkflowRow } from '../../src/store/index.ts';
import {
  COMPARATORS,
  compare,
  type Effect,
  type Expectation,
  type Finding,
} from '../../src/workflows/reconcile/index.ts';

const HOUR = 3_600_000;
const NOW = 1_700_000_000_000;
const THEN = NOW - 10 * HOUR;
const ID = `01J${'Z'.repeat(22)}`;

const row = (overrides: Partial<StoredWorkflowRow>): WorkflowRow =>
  readWorkflow({
    id: `dep_${ID}1`,
    kind: 'deposit',
    portfolio_id: 'P01F8ZSNV0J45R9DFZ3D7D8C26F' as PortfolioId,
    account_group_id: 'group-1' as AccountGroupId,
    amount: decimal('100.00'),
    currency: 'EUR',
    input: JSON.stringify({ booking: 'investsuite', funding: 'virtual-cash' }),
    caller: 'nobody',
    idempotency_key: 'key',
    upstream_key: '00000000-0000-4000-8000-000000000000',
    created_at: THEN,
    state: 'COMPLETED',
    reason: null,
    resume_state: null,
    version: 5,
    step: null,
    memo: null,
    sent_at: null,
    sendings: null,
    progress: null,
    subject: 'upvest:virtual-cash-increase:increase-1',
    reserved: null,
    cancel_requested_at: null,
    audited: null,
    waiting_for: null,
    due_at: null,
    attempts: 0,
    nudges: 0,
    lease_owner: null,
    lease_until: null,
    fence: 1,
    updated_at: THEN + 2_000,
    ...overrides,
  });

const WITHDRAWAL = { booking: 'investsuite', payout: 'withdrawal', robo: false };
const withdrawal = (overrides: Partial<StoredWorkflowRow> = {}, input: object = {}): WorkflowRow =>
  row({
    id: `wdr_${ID}1`,
    kind: 'withdrawal',
    subject: 'upvest:withdrawal:withdrawal-1',
    input: JSON.stringify({
      ...WITHDRAWAL,
      brokerageUserId: null,
      referenceAccountId: 'ref-1',
      remittanceInformation: null,
      ...input,
    }),
    ...overrides,
  });

/** The row of a withdrawal that sent its payment a minute and a half ago. */
const SENT = JSON.stringify({
  version: 1,
  steps: { submit: { firstAt: NOW - 90_000, lastAt: NOW - 90_000, doubtedAt: null, refused: null } },
});

const effect = (overrides: Partial<Effect>): Effect => ({
  ledger: 'investsuite-transactions',
  sort: 'deposit',
  id: 'T1',
  keys: ['T1'],
  amount: decimal('100'),
  currency: 'EUR',
  status: 'SETTLED',
  at: THEN + 1_500,
  changedAt: THEN + 1_500,
  watched: true,
  ...overrides,
});
const increase = (overrides: Partial<Effect> = {}): Effect =>
  effect({
    ledger: 'upvest-cash',
    sort: 'virtual cash increase',
    id: 'cash-1',
    keys: ['increase-1'],
    status: null,
    ...overrides,
  });
const listed = (status: string, overrides: Partial<Effect> = {}): Effect =>
  effect({
    ledger: 'upvest-withdrawals',
    sort: 'withdrawal',
    id: 'withdrawal-1',
    keys: ['withdrawal-1'],
    status,
    ...overrides,
  });
const taken = (overrides: Partial<Effect> = {}): Effect => effect({ sort: 'cash withdrawal', ...overrides });

function findings(rows: readonly WorkflowRow[], effects: readonly Effect[]): readonly Finding[] {
  const expectations = rows.flatMap((each): readonly Expectation[] => COMPARATORS.get(each.kind)?.(each) ?? []);
  return compare({
    portfolioId: 'P01F8ZSNV0J45R9DFZ3D7D8C26F' as PortfolioId,
    accountGroupId: 'group-1' as AccountGroupId,
    expectations,
    effects,
    unknown: [],
    watchedFrom: THEN,
    now: NOW,
  });
}
const kinds = (rows: readonly WorkflowRow[], effects: readonly Effect[]): string[] =>
  findings(rows, effects).map(({ kind, system }) => `${kind} ${system}`);

describe('a deposit against the ledgers', () => {
  it('is in order when it is funded once and booked once', () => {
    expect(kinds([row({})], [increase(), effect({})])).toEqual([]);
  });

  it('without funding is not looked for at Upvest', () => {
    const input = JSON.stringify({ booking: 'investsuite', funding: 'none' });
    expect(kinds([row({ input, subject: null })], [effect({})])).toEqual([]);
  });

  it('that is COMPLETED is missing where the upstream has nothing', () => {
    expect(kinds([row({})], [effect({})])).toEqual(['missing UPVEST']);
    expect(kinds([row({})], [increase()])).toEqual(['missing INVESTSUITE']);
  });

  it.each(['REQUESTED', 'FUNDING', 'BOOKING', 'NEEDS_REVIEW'] as const)('in %s may be on its way', (state) => {
    const effects = state === 'BOOKING' || state === 'NEEDS_REVIEW' ? [increase(), effect({})] : [increase()];
    expect(kinds([row({ state })], effects)).toEqual([]);
  });

  it('that FAILED contradicts an upstream that has it', () => {
    const input = JSON.stringify({ booking: 'gateway', funding: 'virtual-cash' });
    const failed = row({ state: 'FAILED', input });
    expect(kinds([failed], [])).toEqual([]);
    expect(kinds([failed], [increase(), effect({ keys: ['T1', failed.id] })])).toEqual([
      'contradicts UPVEST',
      'contradicts INVESTSUITE',
    ]);
  });

  it.each([
    ['amount', { amount: decimal('100.01') }],
    ['currency', { currency: 'USD' }],
  ])('differs where the upstream has another %s', (_what, overrides) => {
    expect(kinds([row({})], [increase(overrides), effect({})])).toEqual(['differs UPVEST']);
  });

  it('is double where two entries have its id', () => {
    const input = JSON.stringify({ booking: 'gateway', funding: 'virtual-cash' });
    const ours = row({ input });
    const keys = ['T', ours.id];
    const twice = [effect({ id: 'T1', keys }), effect({ id: 'T2', keys, at: NOW })];
    expect(findings([ours], [increase(), ...twice])).toMatchObject([
      { kind: 'double', workflow: { id: ours.id }, upstreamIds: ['T1', 'T2'] },
    ]);
    expect(kinds([ours], [increase({ id: 'c1' }), increase({ id: 'c2' }), twice[0] ?? effect({})])).toEqual([
      'double UPVEST',
    ]);
  });

  it('is double where the same amount is booked again within a day, and not-ours later', () => {
    const again = (at: number) => [increase(), effect({}), effect({ id: 'T2', keys: ['T2'], at })];
    expect(findings([row({})], again(THEN + HOUR))).toMatchObject([{ kind: 'double', upstreamIds: ['T1', 'T2'] }]);
    expect(findings([row({ created_at: THEN - 90 * HOUR })], again(THEN + 30 * HOUR))).toMatchObject([
      { kind: 'not-ours', upstreamIds: ['T2'] },
    ]);
  });

  it('is not taken for another one of the same amount: the one that is missing is named', () => {
    const first = row({});
    const second = row({ id: `dep_${ID}2`, subject: null, created_at: THEN + HOUR, updated_at: THEN + HOUR + 2_000 });
    const input = JSON.stringify({ booking: 'investsuite', funding: 'none' });
    const both = [
      { ...first, input },
      { ...second, input },
    ];
    expect(findings(both, [effect({ at: THEN + HOUR + 1_000 })])).toMatchObject([
      { kind: 'missing', workflow: { id: first.id } },
    ]);
    expect(findings(both, [effect({ at: THEN + 1_000 })])).toMatchObject([
      { kind: 'missing', workflow: { id: second.id } },
    ]);
  });

  it('may be booked late, but not before it was asked for', () => {
    const late = effect({ at: THEN + 40 * HOUR });
    const early = effect({ at: THEN - HOUR });
    expect(kinds([row({})], [increase(), late])).toEqual([]);
    expect(kinds([row({})], [increase(), early])).toEqual(['missing INVESTSUITE']);
  });
});

describe('a withdrawal against the ledgers', () => {
  it('is in order when it is paid and booked', () => {
    expect(kinds([withdrawal()], [listed('CONFIRMED'), taken()])).toEqual([]);
  });

  it.each([
    ['SUBMITTED', 'CONFIRMED'],
    ['PROCESSING', 'NEW'],
    ['PAID', 'CANCELLED'],
    ['COMPLETED', 'PROCESSING'],
    ['CANCELLED', 'CONFIRMED'],
    ['FAILED', 'PROCESSING'],
    ['RETURNED', 'CONFIRMED'],
  ] as const)('%s contradicts %s, but not while the news may be on its way', (state, status) => {
    const booked = state === 'COMPLETED' ? [taken()] : [];
    expect(kinds([withdrawal({ state })], [listed(status), ...booked])).toEqual(['contradicts UPVEST']);
    expect(kinds([withdrawal({ state })], [listed(status, { changedAt: NOW - 1_000 }), ...booked])).toEqual([]);
  });

  it('in NEEDS_REVIEW, or with a status that is new to us, contradicts nothing', () => {
    expect(kinds([withdrawal({ state: 'NEEDS_REVIEW' })], [listed('PROCESSING')])).toEqual([]);
    expect(kinds([withdrawal()], [listed('UNKNOWN'), taken()])).toEqual([]);
  });

  it('whose answer never came takes one entry that fits', () => {
    const sent = withdrawal({ state: 'AWAITING_CASH', subject: null, sent_at: THEN });
    expect(kinds([sent], [listed('NEW')])).toEqual([]);
    expect(kinds([sent], [listed('NEW'), listed('NEW', { id: 'w2', keys: ['w2'] })])).toEqual(['double UPVEST']);
    expect(kinds([sent], [listed('NEW', { amount: decimal('7') })])).toEqual(['not-ours UPVEST']);
  });

  it.each(['FAILED', 'CANCELLED'] as const)(
    'that was %s after it was sent contradicts a payment that has just begun',
    (state) => {
      const ended = withdrawal({ state, subject: null, sendings: SENT, updated_at: NOW - 60_000 });
      const began = { at: NOW - 90_000, changedAt: NOW - 90_000 };
      expect(findings([ended], [listed('NEW', began)])).toMatchObject([
        { kind: 'contradicts', workflow: { id: ended.id, state }, upstreamIds: ['withdrawal-1'] },
      ]);
      // Nothing was sent: the payment is somebody else's. Nor is one that came much later this one's.
      expect(kinds([withdrawal({ state, subject: null })], [listed('NEW', began)])).toEqual(['not-ours UPVEST']);
      const earlier = withdrawal({ state, subject: null, sendings: SENT.replaceAll(String(NOW - 90_000), '1') });
      expect(kinds([earlier], [listed('NEW', began)])).toEqual(['not-ours UPVEST']);
      expect(kinds([ended], [listed('CANCELLED', began)])).toEqual([]);
    },
  );

  it('is double where the cash ledger has it twice', () => {
    const paid = (id: string): Effect =>
      increase({ sort: 'withdrawal payment', id, keys: ['withdrawal-1'], watched: false });
    expect(kinds([withdrawal()], [listed('CONFIRMED'), taken(), paid('c1')])).toEqual([]);
    expect(kinds([withdrawal()], [listed('CONFIRMED'), taken(), paid('c1'), paid('c2')])).toEqual(['double UPVEST']);
  });

  it('RETURNED after InvestSuite was updated requires a reversal there', () => {
    const returned = withdrawal({ state: 'RETURNED', progress: JSON.stringify({ told: true }) });
    expect(findings([returned], [listed('CANCELLED'), taken()])).toMatchObject([
      { kind: 'missing', system: 'INVESTSUITE', message: expect.stringContaining('takes its withdrawal back') },
    ]);
    const correction = effect({ id: 'T2', keys: ['T2'], at: THEN + 5 * HOUR });
    expect(kinds([returned], [listed('CANCELLED'), taken(), correction])).toEqual([]);
    expect(kinds([withdrawal({ state: 'RETURNED' })], [listed('CANCELLED')])).toEqual([]);
  });

  it('paid out by virtual cash is looked for in the cash ledger', () => {
    const virtual = withdrawal({ subject: 'upvest:virtual-cash-decrease:d-1' }, { payout: 'virtual-cash' });
    const decrease = increase({ sort: 'virtual cash decrease', keys: ['d-1'] });
    expect(kinds([virtual], [decrease, taken()])).toEqual([]);
    expect(kinds([virtual], [taken()])).toEqual(['missing UPVEST']);
  });
});

describe('a transaction that a caller had recorded', () => {
  const record = (externalId: string | null, overrides: Partial<StoredWorkflowRow> = {}): WorkflowRow =>
    row({
      id: `txr_${ID}1`,
      kind: 'transaction-record',
      amount: null,
      currency: null,
      subject: null,
      input: JSON.stringify({ externalId, orderType: null, optimizationId: null, movements: [] }),
      ...overrides,
    });
  const done = (id: string): string => {
    const nothing = { externalId: null, orderType: null, optimizationId: null, primaryMovement: null, createdAt: null };
    const value = {
      ...nothing,
      id,
      portfolioId: 'P01F8ZSNV0J45R9DFZ3D7D8C26F',
      type: 'CASH_TRANSFER',
      status: 'SETTLED',
    };
    return JSON.stringify({ outcome: { kind: 'done', value: { ...value, movements: [], version: 1 }, warnings: [] } });
  };

  it('is ours by our id, whatever its present values', () => {
    const ours = record(null);
    const booked = effect({ keys: ['T1', ours.id], status: 'CANCELLED' });
    expect(kinds([ours], [booked])).toEqual([]);
    expect(kinds([ours], [])).toEqual(['missing INVESTSUITE']);
    expect(kinds([ours], [effect({ keys: ['T1', ours.id] }), effect({ id: 'T2', keys: ['T2', ours.id] })])).toEqual([
      'double INVESTSUITE',
    ]);
  });

  it("is ours by InvestSuite's id where the client's id may be used twice", () => {
    const id = 'T01F8ZSNV0J45R9DFZ3D7D8C26F';
    const ours = record('client-1', { progress: done(id) });
    expect(kinds([ours], [effect({ id, keys: [id, 'client-1'] })])).toEqual([]);
    expect(kinds([ours], [effect({ keys: ['T1', 'client-1'] })])).toEqual([
      'missing INVESTSUITE',
      'not-ours INVESTSUITE',
    ]);
  });
});

describe('effects without a workflow', () => {
  it('is not-ours from the first workflow on, and never before', () => {
    const foreign = (at: number) => listed('NEW', { id: 'w9', keys: ['w9'], at });
    expect(kinds([row({})], [increase(), effect({}), foreign(THEN + HOUR)])).toEqual(['not-ours UPVEST']);
    expect(kinds([row({})], [increase(), effect({}), foreign(THEN - HOUR)])).toEqual([]);
  });

  it('is not reported where it had no effect', () => {
    const cancelled = listed('CANCELLED', { id: 'w9', keys: ['w9'] });
    const expired = effect({ id: 'T9', keys: ['T9'], status: 'EXPIRED' });
    expect(kinds([row({})], [increase(), effect({}), cancelled, expired])).toEqual([]);
  });

  it('is reported where it has an id of the gateway without a workflow', () => {
    const named = effect({ id: 'T9', keys: ['T9', `dep_${ID}9`] });
    expect(findings([row({})], [increase(), effect({}), named])).toMatchObject([
      { upstreamIds: expect.arrayContaining(['T9', `dep_${ID}9`]) },
    ]);
  });
});
