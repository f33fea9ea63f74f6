import { z } from 'zod';
import { checkSearchableId } from '../../domain/input-rules.ts';
import { isReadable, movementsOfLine } from '../../domain/synchronization/line.ts';
import type { Movement } from '../../domain/transaction.ts';
import { timeOf } from '../cash/rows.ts';
import {
  ABSENT,
  type Decision,
  found,
  NOT_KNOWN,
  type Ready,
  type StepContext,
  type WriteStep,
  writeStepOf,
} from '../engine/step.ts';
import { NOT_REVIEWED } from '../order/outcome.ts';
import { storedMovements } from '../order/stored.ts';
import { lineOf } from './line.ts';
import { booked, find, OFF, problem } from './line-ends.ts';
import type { SynchronizationPorts } from './ports.ts';

const memo = z.object({ movements: storedMovements });

/** InvestSuite is rebalancing, or has the id already. */
const CONFLICT = 409;

const NOT_LISTED = 'InvestSuite refuses to list transactions, so it is not known whether it has one for this line.';

async function prepare(ports: SynchronizationPorts, { row, now }: StepContext): Promise<Decided> {
  if (!ports.isOn) return problem(row, OFF);
  const line = lineOf(row);
  if (!isReadable(line)) return { kind: 'advance', step: 'map' };
  const mapped = ports.map(line);
  if (mapped.kind !== 'transaction') return { kind: 'advance', step: 'map' };
  const wrong = checkSearchableId('id', line.id);
  if (wrong !== undefined) {
    return problem(row, `InvestSuite can't be asked for the broker's id of the line. ${wrong.message}`);
  }
  const before = await find(ports, row);
  if (before === null) return problem(row, NOT_LISTED);
  if (before[0] !== undefined) return booked(before[0]);
  const movements = movementsOfLine(mapped.movements, line.bookedAt ?? timeOf(now));
  return { kind: 'send', memo: { movements: [...movements] } };
}

type Decided = Decision<'ledger-line'> | Ready<'ledger-line', { movements: Movement[] }>;

/**
 * Makes the transaction of a line, with the broker's id as `external_id`. It is looked for first, so that one made by hand, or
 * before the database was set back, is not made twice; afterwards the row's mark and the search for the id settle what is unknown.
 */
export function recordLineStep(ports: SynchronizationPorts): WriteStep<'ledger-line'> {
  return writeStepOf<'ledger-line'>()({
    system: 'INVESTSUITE',
    memo,
    prepare: (context) => prepare(ports, context),
    send: ({ row, sending }, { movements }) =>
      ports.investSuite.createTransaction(row.portfolio_id, { externalId: lineOf(row).id, movements }, sending),
    repeats: 'never',
    look: async ({ row }) => {
      const made = await find(ports, row);
      if (made === null) return NOT_KNOWN;
      return made[0] === undefined ? ABSENT : found(made[0]);
    },
    doubt: 'The outcome is unknown: InvestSuite did not answer, and refuses to list transactions.',
    unsettled: ({ row }) => problem(row, NOT_LISTED),
    accepted: (_context, _memo, transaction) => booked(transaction),
    refused: ({ row }, _memo, status) =>
      status === CONFLICT
        ? { kind: 'wait', for: 'rebalancing' }
        : problem(row, `InvestSuite refused the transaction (${status}).`),
    resolve: NOT_REVIEWED,
  });
}
