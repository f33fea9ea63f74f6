import { GraphQLError, Kind, type ValueNode } from 'graphql';
import { type CalendarDay, parseDay } from '../domain/calendar-day.ts';
import { type DateTime, parseDateTime } from '../domain/datetime.ts';
import { type Decimal, parseDecimal } from '../domain/decimal.ts';
import type { Builder } from './builder.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export function addScalars(builder: Builder): void {
  builder.scalarType('Decimal', {
    description:
      'Exact decimal carried as a string, e.g. "1000.00" or "-0.1035719". Never a float, never rounded; a number literal ' +
      'with a fraction is refused as input.',
    serialize: (value) => value,
    parseValue: parseDecimalInput,
    parseLiteral: parseDecimalLiteral,
  });
  builder.scalarType('DateTime', {
    description: 'RFC 3339 timestamp; keeps the precision the upstream sent (microseconds survive).',
    serialize: (value) => value,
    parseValue: parseDateTimeInput,
    parseLiteral: (node) => parseDateTimeInput(node.kind === Kind.STRING ? node.value : undefined),
  });
  builder.scalarType('Date', {
    description: 'A calendar day, YYYY-MM-DD. Days begin and end in UTC.',
    serialize: (value) => value,
    parseValue: parseDateInput,
    parseLiteral: (node) => parseDateInput(node.kind === Kind.STRING ? node.value : undefined),
  });
  builder.scalarType('CurrencyCode', {
    description: 'ISO 4217 code without the $ prefix.',
    serialize: (value) => value,
    parseValue: parseCurrencyInput,
    parseLiteral: (node) => parseCurrencyInput(node.kind === Kind.STRING ? node.value : undefined),
  });
  builder.scalarType('JSON', {
    description: 'Any JSON value as it came from an upstream; numbers are strings in it, so that no digit is lost.',
    serialize: (value) => value,
    parseValue: () => {
      throw inputError('JSON is for output only.');
    },
  });
}

const inputError = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** Accepts a string or a whole number. A JSON fraction was parsed as a float and may have lost digits. */
function parseDecimalInput(value: unknown): Decimal {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return decimalOf(String(value));
  if (typeof value === 'string') return decimalOf(value);
  throw inputError('Decimal must be a string such as "12.50" (or a whole number).');
}

function parseDecimalLiteral(node: ValueNode): Decimal {
  if (node.kind === Kind.STRING || node.kind === Kind.INT) return decimalOf(node.value);
  throw inputError('Decimal must be a string such as "12.50" (or a whole number).');
}

function decimalOf(text: string): Decimal {
  const value = parseDecimal(text);
  if (value === undefined) throw inputError('Decimal must be a decimal number such as "12.50".');
  return value;
}

function parseDateTimeInput(value: unknown): DateTime {
  const time = typeof value === 'string' ? parseDateTime(value) : undefined;
  if (time === undefined) throw inputError('DateTime must be an RFC 3339 timestamp such as "2026-11-20T09:30:00Z".');
  return time;
}

function parseDateInput(value: unknown): CalendarDay {
  const day = typeof value === 'string' ? parseDay(value) : undefined;
  if (day === undefined) throw inputError('Date must be a calendar day such as "2026-11-20".');
  return day;
}

function parseCurrencyInput(value: unknown): string {
  if (typeof value === 'string' && /^[A-Z]{3}$/.test(value)) return value;
  throw inputError('CurrencyCode must be three capital letters such as "EUR".');
}
