import { z } from 'zod';
import type { WorkflowRow } from '../../store/index.ts';
import { keepJson } from '../engine/kept-json.ts';
import { ABSENT, type Advance, type Decision, found as seen, type WriteStep, writeStepOf } from '../engine/step.ts';
import { completed, endInDoubt, failed, NOT_REVIEWED, outcomeUnknown, refusedByInvestSuite } from '../order/outcome.ts';
import type { OrderPorts } from '../order/ports.ts';
import { externalIdOf, findMade, idsOf, inputOf, isOwnId, lockOf, lookFor, type Memo, memo } from './find.ts';

/** InvestSuite's 409: the id is taken, perhaps by an attempt of ours that arrived late. */
export const CONFLICT = 409;

export const progress = z.object({ known: z.array(z.string()).nullable() });

const lookAfterConflict = ({ known }: Memo): Advance<'transaction-record'> => ({
  kind: 'advance',
  step: 'look',
  keepLock: true,
  patch: { progress: keepJson({ known } satisfies z.infer<typeof progress>) },
});

export function recordStep(ports: OrderPorts): WriteStep<'transaction-record'> {
  const { investSuite } = ports;
  return writeStepOf<'transaction-record'>()({
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
    refused: (_context, sent, status): Decision<'transaction-record'> =>
      status === CONFLICT && sent.known !== null ? lookAfterConflict(sent) : failed(refusedByInvestSuite(status)),
    resolve: NOT_REVIEWED,
  });
}

const inDoubt = (ports: OrderPorts, row: WorkflowRow): Decision<'transaction-record'> =>
  endInDoubt(ports, row, outcomeUnknown, { externalId: externalIdOf(row) });
