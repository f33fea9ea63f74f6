import type { Calendar } from '../values/clock.ts';
import type { InvestSuiteContext } from './context.ts';
import { isRobo } from './entities.ts';
import { triggerOptimization } from './optimizations.ts';

const DAY_MS = 86_400_000;

export interface Passed {
  readonly now: string;
  /** Optimizations and bookings that were due. */
  readonly steps: number;
}

/** Sets the calendar forward: what is due happens, and once a night has passed every robo portfolio is optimized again. */
export function passTime(context: InvestSuiteContext, calendar: Calendar, ms: number): Passed {
  const { schedule, store } = context;
  const before = schedule.advanceAll();
  calendar.forward(ms);
  if (ms >= DAY_MS) {
    for (const portfolio of store.portfolios.all())
      if (isRobo(portfolio) && portfolio.status === 'ACTIVE' && !portfolio.archived && !portfolio.deleted)
        triggerOptimization(context, portfolio.id);
  }
  return { now: calendar.now().toISOString(), steps: before + schedule.advanceAll() };
}
