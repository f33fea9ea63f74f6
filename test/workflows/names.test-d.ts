import type { StateOf } from '../../src/domain/workflow-kinds.ts';
import type { WorkflowRow } from '../../src/store/index.ts';
import { cashDefinition } from '../../src/workflows/cash/definition.ts';
import { depositOf } from '../../src/workflows/cash/rows.ts';
import { type Advance, type Decision, enter, type Wait, type writeStepOf } from '../../src/workflows/engine/step.ts';

/** `npm run types` reads this file: a name of a state or a step that is misspelt, or another kind's, does not compile. */

// @ts-expect-error a state that no kind has
enter('SUBMITED');

export const misspelt: Advance<'deposit'> = {
  kind: 'advance',
  // @ts-expect-error a step that no kind has
  step: 'book-holdingz',
};

// @ts-expect-error a state that no row can be in
export const isNever = (row: WorkflowRow): boolean => row.state === 'PROCESING';

// @ts-expect-error a step that no row can be in
export const isNeverThere = (row: WorkflowRow): boolean => row.step === 'submitt';

export const ofDeposit = (row: WorkflowRow): StateOf<'deposit'> | undefined =>
  row.kind === 'deposit' ? row.state : undefined;

export const neverOfDeposit = (row: WorkflowRow): boolean =>
  // @ts-expect-error a state that a deposit cannot be in
  row.kind === 'deposit' && row.state === 'SUBMITTED';

export const neverAtDeposit = (row: WorkflowRow): boolean =>
  // @ts-expect-error a step of withdrawals
  row.kind === 'deposit' && row.step === 'watch';

// @ts-expect-error a deposit's state, with the kind of a withdrawal
export const mixed = (row: WorkflowRow<'withdrawal'>): WorkflowRow => ({ ...row, state: 'FUNDED' });

// @ts-expect-error what a deposit shows is not made of a withdrawal
export const shownAs = (row: WorkflowRow<'withdrawal'>) => depositOf(row, []);

// @ts-expect-error a kind that there is none of
export const isNobody = (row: WorkflowRow): boolean => row.kind === 'deposits';

export const ofAnother: Decision<'deposit'> = {
  kind: 'advance',
  // @ts-expect-error a state of withdrawals
  states: [enter('SUBMITTED')],
  step: null,
};

export const elsewhere: Wait<'withdrawal'> = {
  kind: 'wait',
  for: 'cash',
  // @ts-expect-error a step of deposits
  step: 'await-funded',
};

export const incomplete = cashDefinition({
  kind: 'virtual-cash-increase',
  noun: 'VIRTUAL_CASH_INCREASE',
  // @ts-expect-error a kind without one of its states
  transitions: { REQUESTED: ['CONFIRMED'] },
  // @ts-expect-error a kind without one of its steps
  steps: {},
});

export const resting: Parameters<ReturnType<typeof writeStepOf<'deposit'>>>[0]['accepted'] = () => ({
  kind: 'advance',
  // @ts-expect-error what a write step decides is of its kind, too
  step: 'watch',
});
