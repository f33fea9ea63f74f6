import type { InvestSuiteOptions } from './investsuite.ts';

/** What reading needs to know, defaults filled in. */
export interface ReadSettings {
  readonly batching: 'auto' | 'on' | 'off';
  readonly reprobeAfterMs: number;
  readonly deadlineMs: number;
  readonly maxConcurrentCalls: number;
  readonly onShared: InvestSuiteOptions['onShared'];
  readonly onDropped: InvestSuiteOptions['onDropped'];
}
