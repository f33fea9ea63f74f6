import { z } from 'zod';
import type { TransactionId } from '../../domain/ids.ts';
import type { Movement, Transaction } from '../../domain/transaction.ts';
import { transactionLock, type WorkflowRow } from '../../store/index.ts';
import { readUnderLock } from '../engine/read-under-lock.ts';
import { mayStillArrive } from '../engine/settle.ts';
import { ABSENT, type Decision, found, type StepContext, type WriteStep, writeStepOf } from '../engine/step.ts';
import { changeUnknown, NOT_REVIEWED } from '../order/outcome.ts';
import type { OrderPorts } from '../order/ports.ts';
import { storedMovements, storedTransaction } from '../order/stored.ts';
import { overwriteWarnings, untilVisible } from '../order/visible.ts';

type MovingKind = 'order-change' | 'order-sync';

/** The new movements of a transaction. */
export type Target<K extends MovingKind> =
  | { readonly kind: 'changed'; readonly movements: readonly Movement[]; readonly note?: string }
  | { readonly kind: 'unchanged'; readonly note?: string }
  /** Nothing is to be written, for this reason. */
  | { readonly kind: 'decided'; readonly decision: Decision<K> };

export interface Move<K extends MovingKind> {
  readonly transactionIdOf: (row: WorkflowRow) => TransactionId;
  /** Computes from the current movements; called again after every read. */
  readonly target: (context: StepContext, transaction: Transaction) => Promise<Target<K>>;
  /** It is as it should be; `written` where we wrote it now. */
  readonly done: (context: StepContext, transaction: Transaction, how: Written) => Decision<K>;
  /** InvestSuite no longer has the transaction. Where the row has a mark, the outcome of the write is unknown. */
  readonly gone: (context: StepContext) => Decision<K>;
  /** The outcome can't be settled: InvestSuite has not returned the transaction for a day. */
  readonly unsettled: (context: StepContext) => Decision<K>;
  readonly refused: (context: StepContext, status: number) => Decision<K>;
}

export interface Written {
  readonly written: boolean;
  readonly warnings: readonly string[];
  /** Note of {@link Move.target}. */
  readonly note: string | null;
}

const memo = z.object({ before: storedTransaction, movements: storedMovements, note: z.string().nullable() });

/** Conflict: the version that the write was computed from is outdated. */
const STALE = [409, 412];

const OVERWRITTEN =
  'Another system changed the transaction in InvestSuite while the gateway updated it; check that no movement is missing.';

/**
 * Writes the whole list of movements of a transaction, computed under its lock from what is there. Sent again only after
 * a new reading that shows it is needed.
 */
export function moveTransactionStep<K extends MovingKind>(ports: OrderPorts, move: Move<K>): WriteStep<K> {
  const { investSuite } = ports;
  const ask = ({ row }: StepContext): Promise<Transaction | null> =>
    investSuite.transactionFresh(row.portfolio_id, move.transactionIdOf(row));
  const read = (context: StepContext): Promise<Transaction | null> => readUnderLock(context, () => ask(context));
  return writeStepOf<K>()({
    system: 'INVESTSUITE',
    memo,
    lock: (row) => transactionLock(move.transactionIdOf(row)),
    prepare: async (context) => {
      const before = await read(context);
      if (before === null) return move.gone(context);
      const target = await move.target(context, before);
      if (target.kind === 'decided') return target.decision;
      const { note = null } = target;
      if (target.kind === 'unchanged') return move.done(context, before, { written: false, warnings: [], note });
      return { kind: 'send' as const, memo: { before, movements: target.movements, note } };
    },
    send: async (context, { before, movements }) => {
      const { row, sending } = context;
      const outcome = await investSuite.patchTransaction(row.portfolio_id, before.id, movements, sending);
      if (outcome.kind === 'accepted') await untilVisible(context.runtime, () => ask(context), outcome.value.version);
      return outcome;
    },
    repeats: 'never',
    look: async (context, _memo, attempt) => {
      const now = await read(context);
      if (now === null) return mayStillArrive(context, attempt) ? ABSENT : move.gone(context);
      const target = await move.target(context, now);
      if (target.kind === 'unchanged') return found(now);
      return target.kind === 'decided' && !mayStillArrive(context, attempt) ? target.decision : ABSENT;
    },
    doubt: changeUnknown.message,
    unsettled: move.unsettled,
    accepted: (context, { before, note }, answered) => {
      const transaction = whole(before, answered);
      const { id: rowId, portfolio_id: portfolioId } = context.row;
      const about = { portfolioId, transactionId: transaction.id, rowId };
      const warnings = overwriteWarnings(ports, before, answered, OVERWRITTEN, about);
      return move.done(context, transaction, { written: true, warnings, note });
    },
    refused: (context, _memo, status) => {
      if (STALE.includes(status)) return { kind: 'wait', for: 'investsuite' };
      return move.refused(context, status);
    },
    refusedBy: STALE,
    resolve: NOT_REVIEWED,
  });
}

/** The answer to a write repeats only part of the transaction. */
const whole = (before: Transaction, answered: Transaction): Transaction => ({
  ...answered,
  type: before.type,
  externalId: answered.externalId ?? before.externalId,
  orderType: answered.orderType ?? before.orderType,
  optimizationId: answered.optimizationId ?? before.optimizationId,
  createdAt: answered.createdAt ?? before.createdAt,
});
