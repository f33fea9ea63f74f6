import { randomUUID } from 'node:crypto';
import { NumberLiteral, type Writable } from './exact-json.ts';

/** A string, a number, or Python's NaN or Infinity. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*|-?Infinity|NaN/g;

/**
 * JSON text as a value that {@link stringifyExactJson} writes again as it was: a number is a {@link NumberLiteral} of its
 * digits, a string of digits stays a string. NaN and Infinity, for which JSON has no form, are null. Throws a SyntaxError
 * on anything else that is not JSON.
 */
export function parseWritableJson(text: string): Writable {
  // No text that somebody sent is this one.
  const mark = randomUUID();
  const marked = text.replace(STRING_OR_NUMBER, (found) => {
    if (found.startsWith('"')) return found;
    return /\d/.test(found) ? JSON.stringify(mark + found) : 'null';
  });
  return JSON.parse(marked, (key, value: Writable): Writable => {
    if (key.startsWith(mark)) throw new SyntaxError('a number for a key in JSON');
    if (typeof value !== 'string' || !value.startsWith(mark)) return value;
    return literal(value.slice(mark.length));
  });
}

function literal(digits: string): NumberLiteral {
  try {
    return new NumberLiteral(digits);
  } catch {
    throw new SyntaxError('malformed number in JSON');
  }
}

/** An object of members that can be written; undefined for anything else. */
export function writableMembers(value: Writable): { readonly [key: string]: Writable } | undefined {
  const isMembers =
    typeof value === 'object' && value !== null && !isWritableList(value) && !(value instanceof NumberLiteral);
  return isMembers ? value : undefined;
}

export const isWritableList = (value: Writable): value is readonly Writable[] => Array.isArray(value);
