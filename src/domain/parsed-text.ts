import { z } from 'zod';
import { parseDateTime } from './datetime.ts';
import { parseDecimal } from './decimal.ts';

/** The schema of a text that a parser of the domain reads. `what`: with its article, for the error. */
export const parsed = <T>(parse: (text: string) => T | undefined, what: string) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: `not ${what}` });
    return z.NEVER;
  });

export const decimalText = parsed(parseDecimal, 'a decimal number');
export const timeText = parsed(parseDateTime, 'a time');
