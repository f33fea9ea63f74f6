export type { DroppedRows } from '../upstream/rows.ts';
export { checkInvestSuite, type InvestSuiteFinding, type InvestSuiteProblem } from './check.ts';
export { createInvestSuite } from './create-investsuite.ts';
export type * from './investsuite.ts';
