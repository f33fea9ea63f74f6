import { z } from 'zod';
import type { TransactionId } from '../../domain/ids.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { UpstreamRefusedReadError } from '../../errors.ts';
import { externalIdLock, type WorkflowRow } from '../../store/index.ts';
import type { WorkflowDefinition } from '../engine/definition.ts';
import type { Advance, Decision, ObserveStep, StepContext, WriteStep } from '../engine/step.ts';
import { ABSENT, found as seen, writeStep } from '../engine/write-step.ts';
import { ASKED_ONCE, orderDefinition } from '../order/definition.ts';
import { transactionEvent } from '../order/events.ts';
import {
  completed,
  endInDoubt,
  failed,
  NOT_REVIEWED,
  outcomeOf,
  outcomeUnknown,
  refusedByInvestSuite,
} from '../order/outcome.ts';
import type { OrderPorts } from '../order/ports.ts';
import { storedNewTransaction, storedTransaction } from '../order/stored.ts';

export const TRANSACTION_RECORD = 'transaction-record';

const inputOf = (row: WorkflowRow) => storedNewTransaction.parse(JSON.parse(row.input));

/** The external id in InvestSuite: the client's own, or the id of the row, which is unique. */
const externalIdOf = (row: WorkflowRow): string => inputOf(row).externalId ?? row.id;
const isOwnId = (row: WorkflowRow): boolean => inputOf(row).externalId === null;

/** A client's id may be used twice: then one row at a time is sent, so that the effect can be attributed. */
function lockOf(row: WorkflowRow) {
  const { externalId } = inputOf(row);
  return externalId === null ? undefined : externalIdLock(row.portfolio_id, externalId);
}

/** Transactions that had the id before the attempt; null where InvestSuite refuses to list them. */
const memo = z.object({ known: z.array(z.string()).nullable() });
type Memo = z.infer<typeof memo>;

type Found = { readonly kind: 'made'; readonly transaction: Transaction } | { readonly kind: 'none' | 'refused' };

/** Looks for the transaction of an attempt. */
async function findMade({ investSuite }: OrderPorts, { row }: StepContext, { known }: Memo): Promise<Found> {
  if (known === null) return { kind: 'refused' };
  const found = await lookFor({ investSuite }, row);
  if (found === null) return { kind: 'refused' };
  const made = found.find(({ id }) => !known.includes(id));
  return made === undefined ? { kind: 'none' } : { kind: 'made', transaction: made };
}

async function lookFor(
  { investSuite }: Pick<OrderPorts, 'investSuite'>,
  row: WorkflowRow,
): Promise<readonly Transaction[] | null> {
  try {
    return await investSuite.findTransactionsByExternalId(row.portfolio_id, externalIdOf(row));
  } catch (error) {
    if (error instanceof UpstreamRefusedReadError) return null;
    throw error;
  }
}

const idsOf = (transactions: readonly Transaction[] | null): TransactionId[] | null =>
  transactions === null ? null : transactions.map(({ id }) => id);

/** InvestSuite's 409: the id is taken, perhaps by an attempt of ours that arrived late. */
const CONFLICT = 409;

const progress = z.object({ known: z.array(z.string()).nullable() });

const lookAfterConflict = ({ known }: Memo): Advance => ({
  kind: 'advance',
  step: 'look',
  keepLock: true,
  patch: { progress: JSON.stringify({ known } satisfies z.infer<typeof progress>) },
});

function recordStep(ports: OrderPorts): WriteStep {
  const { investSuite } = ports;
  return writeStep<Memo, Transaction>({
    system: 'INVESTSUITE',
    memo,
    lock: lockOf,
    prepare: async ({ row }) => {
      const found = await lookFor(ports, row);
      if (!isOwnId(row)) return { kind: 'send' as const, memo: { known: idsOf(found) } };
      // Made by this request before the database was set back to an older copy: nobody else uses the row's id.
      const before = found?.[0];
      return before === undefined ? { kind: 'send' as const, memo: { known: [] } } : completed(before, []);
    },
    send: ({ row, sending }) => {
      const draft = { ...inputOf(row), externalId: externalIdOf(row) };
      return investSuite.createTransaction(row.portfolio_id, draft, sending);
    },
    repeats: 'never',
    look: async (context, sent) => {
      const found = await findMade(ports, context, sent);
      switch (found.kind) {
        case 'made':
          return seen(found.transaction);
        case 'refused':
          return inDoubt(ports, context.row);
        case 'none':
          return ABSENT;
        default:
          return found satisfies never;
      }
    },
    doubt: outcomeUnknown.message,
    unsettled: ({ row }) => inDoubt(ports, row),
    accepted: (_context, _memo, transaction) => completed(transaction, []),
    refused: (_context, sent, status): Decision =>
      status === CONFLICT && sent.known !== null ? lookAfterConflict(sent) : failed(refusedByInvestSuite(status)),
    resolve: NOT_REVIEWED,
  });
}

const inDoubt = (ports: OrderPorts, row: WorkflowRow): Decision =>
  endInDoubt(ports, row, outcomeUnknown, { externalId: externalIdOf(row) });

const lookStep = (ports: OrderPorts): ObserveStep => ({
  kind: 'observe',
  lock: lockOf,
  run: async (context) => {
    const found = await findMade(ports, context, progress.parse(JSON.parse(context.row.progress ?? 'null')));
    return found.kind === 'made' ? completed(found.transaction, []) : failed(refusedByInvestSuite(CONFLICT));
  },
});

/** docs/orders.md: a transaction that a caller had recorded or an order that was placed. */
export const transactionRecordWorkflow = (ports: OrderPorts): WorkflowDefinition =>
  orderDefinition({
    kind: TRANSACTION_RECORD,
    states: ASKED_ONCE,
    steps: { record: recordStep(ports), look: lookStep(ports) },
    event: (row, at) => {
      const outcome = outcomeOf(row, storedTransaction);
      return outcome?.kind === 'done' ? transactionEvent(row, at, outcome.value, null) : undefined;
    },
  });
