export type * from './investsuite.ts';
