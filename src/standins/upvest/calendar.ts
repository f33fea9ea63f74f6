import type { Calendar } from '../values/clock.ts';
import { CLOSE_HOUR } from '../values/prices.ts';
import type { UpvestContext } from './context.ts';
import { endExpired } from './orders.ts';
import { livePlans } from './plans.ts';
import { currentValuation } from './valuations.ts';

const DAY_MS = 86_400_000;

export interface Passed {
  /** The time that it is then. */
  readonly now: string;
  /** Ends of days that passed. */
  readonly nights: number;
  /** Steps of payments and orders. */
  readonly steps: number;
}

/**
 * Sets the calendar forward, day by day: what is due on a day happens on it, at its prices. Valuations of all days can be read; the
 * event is sent for the last night only, since thousands of accounts times months would keep receivers busy for minutes.
 */
export function passTime(context: UpvestContext, calendar: Calendar, ms: number): Passed {
  const until = calendar.now().getTime() + ms;
  let nights = 0;
  let steps = 0;
  context.store.outcomes.release();
  for (let now = calendar.now(); now.getTime() < until; now = calendar.now()) {
    const close = nextClose(now);
    calendar.forward(Math.min(close, until) - now.getTime());
    const isNight = close <= until;
    if (isNight) livePlans(context, calendar.now());
    steps += context.schedule.advanceAll();
    endExpired(context);
    if (isNight) nights += 1;
  }
  if (nights > 0) valueAll(context);
  return { now: calendar.now().toISOString(), nights, steps };
}

function nextClose(now: Date): number {
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS + CLOSE_HOUR * 3_600_000;
  return today > now.getTime() ? today : today + DAY_MS;
}

function valueAll(context: UpvestContext): void {
  for (const account of context.store.accounts.all()) {
    if (context.store.positions(account.id).length > 0)
      context.emit('ACCOUNT_VALUATION.CREATED', currentValuation(context, account, 'EOD'));
  }
}
