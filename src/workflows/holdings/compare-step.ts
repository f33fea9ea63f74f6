import { z } from 'zod';
import type { Holding } from '../../domain/portfolio.ts';
import { readKept } from '../engine/kept-json.ts';
import type { ObserveStep } from '../engine/step.ts';
import { completed } from '../order/outcome.ts';
import type { OrderPorts } from '../order/ports.ts';
import { inputOf } from './change.ts';
import { compareWithBroker } from './compare.ts';

const soFar = z.object({ warnings: z.array(z.string()) });

/** The broker is the master of positions: a difference is a warning, but the update stands. */
export const compareStep = (ports: OrderPorts): ObserveStep<'holdings-change'> => ({
  kind: 'observe',
  run: async ({ row, runtime }) => {
    const { warnings } = readKept(soFar, row.progress ?? 'null');
    const told = inputOf(row);
    const compared = await compareWithBroker(
      ports,
      runtime,
      row.portfolio_id,
      told.replaceAll ? 'all' : linesOf(told.holdings),
    );
    return completed(null, [...warnings, ...compared]);
  },
});

const linesOf = (holdings: readonly Holding[]): ReadonlySet<string> =>
  new Set(holdings.map(({ instrumentId }) => instrumentId));
