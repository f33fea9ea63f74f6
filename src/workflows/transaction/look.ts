import { readKept } from '../engine/kept-json.ts';
import type { ObserveStep } from '../engine/step.ts';
import { completed, failed, refusedByInvestSuite } from '../order/outcome.ts';
import type { OrderPorts } from '../order/ports.ts';
import { findMade, lockOf } from './find.ts';
import { CONFLICT, progress } from './make.ts';

/** After a 409: whether an attempt of ours made it after all. */
export const lookStep = (ports: OrderPorts): ObserveStep<'transaction-record'> => ({
  kind: 'observe',
  lock: lockOf,
  run: async (context) => {
    const found = await findMade(ports, context, readKept(progress, context.row.progress ?? 'null'));
    return found.kind === 'made' ? completed(found.transaction, []) : failed(refusedByInvestSuite(CONFLICT));
  },
});
