export { createInvestSuite } from './create-investsuite.ts';
export type * from './investsuite.ts';
