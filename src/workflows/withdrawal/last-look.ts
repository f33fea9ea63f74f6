import type { ObserveStep } from '../engine/step.ts';
import { ifReturned } from './decisions.ts';

/** Done; looks once more for a return that was reported meanwhile. */
export const lastLook: ObserveStep<'withdrawal'> = {
  kind: 'observe',
  run: async (context) => (await ifReturned(context)) ?? { kind: 'advance', step: null },
};
