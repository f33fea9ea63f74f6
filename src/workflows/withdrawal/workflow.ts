import { WITHDRAWAL_TRANSITIONS } from '../../domain/withdrawal.ts';
import { cashDefinition } from '../cash/definition.ts';
import { WITHDRAWAL } from '../cash/rows.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import { bookHoldings, bookTransaction } from './book.ts';
import { lastLook } from './last-look.ts';
import { recheck } from './recheck.ts';
import { release } from './release.ts';
import { reserve } from './reserve.ts';
import { restore } from './restore.ts';
import { submit } from './submit.ts';
import { tell } from './tell.ts';
import { watch } from './watch.ts';

export const CANCEL_WITHDRAWAL = 'cancelWithdrawal';

/** docs/withdrawals.md */
export const withdrawalWorkflow: WorkflowDefinition<'withdrawal'> = cashDefinition({
  kind: WITHDRAWAL,
  noun: 'WITHDRAWAL',
  transitions: WITHDRAWAL_TRANSITIONS,
  steps: {
    reserve,
    submit,
    watch,
    'book-transaction': bookTransaction,
    'book-holdings': bookHoldings,
    tell,
    restore,
    release,
    'last-look': lastLook,
  },
  recheck,
  cancelMutation: CANCEL_WITHDRAWAL,
});
