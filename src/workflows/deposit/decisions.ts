import type { StateEntry, WorkflowRow } from '../../store/index.ts';
import { type DepositInput, depositInputOf } from '../cash/rows.ts';
import { type Advance, enter } from '../engine/step.ts';

/** The first step of a deposit, by its settings at acceptance. */
export const firstDepositStep = ({ funding, booking }: DepositInput) =>
  funding === 'virtual-cash' ? 'fund' : firstBookingStep(booking);

const firstBookingStep = (booking: DepositInput['booking']) => (booking === 'gateway' ? 'book-transaction' : 'book');

export const failed = (reason: string): Advance<'deposit'> => ({
  kind: 'advance',
  states: [enter('FAILED', reason)],
  step: null,
});

/** The broker has the money: on to InvestSuite. */
export const funded = (row: WorkflowRow, before: readonly StateEntry<'FUNDING'>[] = []): Advance<'deposit'> => ({
  kind: 'advance',
  states: [...before, enter('FUNDED')],
  step: firstBookingStep(depositInputOf(row).booking),
});
