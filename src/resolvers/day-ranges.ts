import { type DayRange, daysOf } from '../domain/calendar-day.ts';
import { BadUserInputError } from '../errors.ts';

/** Throws BadUserInputError for a range that ends before it begins, or that is longer than so many days. */
export function checkedDays({ from, to }: DayRange, most: number): DayRange {
  const days = daysOf({ from, to });
  if (days < 1) throw new BadUserInputError('to must not be before from.');
  if (days > most) throw new BadUserInputError(`from and to must be at most ${most} days apart; got ${days}.`);
  return { from, to };
}
