import { z } from 'zod';
import type { CompleteDefinition } from '../engine/definition.ts';
import { ASKED_ONCE } from '../order/definition.ts';
import { holdingsEvent } from '../order/events.ts';
import { outcomeOf } from '../order/outcome.ts';
import type { OrderPorts } from '../order/ports.ts';
import { HOLDINGS_CHANGE } from './change.ts';
import { compareStep } from './compare-step.ts';
import { writeHoldings } from './write.ts';

/** docs/transactions.md: an update of holdings. */
export const holdingsChangeWorkflow = (ports: OrderPorts): CompleteDefinition<'holdings-change'> => ({
  kind: HOLDINGS_CHANGE,
  transitions: ASKED_ONCE,
  steps: { write: writeHoldings(ports), compare: compareStep(ports) },
  event: (row, _history, at) => (outcomeOf(row, z.null())?.kind === 'done' ? holdingsEvent(row, at) : undefined),
});
