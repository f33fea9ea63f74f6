import { randomUUID } from 'node:crypto';

/**
 * JSON in and out without a float in between.
 *
 * Reading: every number becomes the text it was written in (`1e100`, `12345678901234.123456789`), by putting quotes
 * around the numbers outside strings and leaving the rest to `JSON.parse`. Writing: a {@link NumberLiteral} is written
 * as a number with exactly its digits.
 */

/**
 * Result of {@link parseExactJson}: numbers are strings. A `number` is only NaN, Infinity or -Infinity, from {@link
 * parseForeignJson}, which no field accepts.
 */
export type ExactJson = string | boolean | null | number | readonly ExactJson[] | { readonly [key: string]: ExactJson };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const SPACE = 0x20;
const COMMA = 0x2c;
const CLOSING_BRACKET = 0x5d;
const CLOSING_BRACE = 0x7d;

/** A whole number token at `lastIndex`. */
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Parses JSON text, numbers as their text. Throws a SyntaxError on anything that is not JSON.
 */
export function parseExactJson(text: string): ExactJson {
  return JSON.parse(quoteNumbers(text));
}

/**
 * As {@link parseExactJson}, but takes what Python writes for numbers that are none (`NaN`, `Infinity`, `-Infinity`): such
 * a value must not cost all else in the text. Throws a SyntaxError on anything that is not JSON otherwise.
 */
export function parseForeignJson(text: string): ExactJson {
  try {
    return parseExactJson(text);
  } catch (error) {
    if (!text.includes('NaN') && !text.includes('Infinity')) throw error;
    return parseWithNonNumbers(text);
  }
}

/** A string, or Python's NaN or Infinity where a value ends. */
const STRING_OR_NON_NUMBER = /"(?:[^"\\]|\\.)*"|(-?Infinity|NaN)(?=\s*(?:[,\]}]|$))/g;

function parseWithNonNumbers(text: string): ExactJson {
  // No text that somebody sent is this one.
  const mark = randomUUID();
  const marked = text.replace(STRING_OR_NON_NUMBER, (found, word?: string) =>
    word === undefined ? found : JSON.stringify(mark + word),
  );
  return JSON.parse(
    quoteNumbers(marked),
    (_key, value: ExactJson): ExactJson =>
      typeof value === 'string' && value.startsWith(mark) ? Number(value.slice(mark.length)) : value,
  );
}

/** Whether objects and lists are nested deeper than so many levels. Parsing is iterative, but writing is recursive. */
export const isNestedDeeper = (value: ExactJson, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner: ExactJson) => isNestedDeeper(inner, levels - 1)));

/** The same JSON with each number made a string. */
function quoteNumbers(text: string): string {
  let out = '';
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfNumber(text, at);
      out += `${text.slice(copied, at)}"${text.slice(at, end)}"`;
      copied = end;
      at = end;
    } else {
      at += 1;
    }
  }
  return copied === 0 ? text : out + text.slice(copied);
}

/** The index behind the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  // An unterminated string is JSON.parse's to complain about.
  return end === -1 ? text.length : end + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

function endOfNumber(text: string, start: number): number {
  NUMBER.lastIndex = start;
  // A match would be a list for each number.
  if (!NUMBER.test(text)) throw new SyntaxError(`malformed number in JSON at position ${start}`);
  const end = NUMBER.lastIndex;
  // `01`, `1.2.3` and `1a` must not become a valid string next to something, nor `1 :` a valid key.
  const next = text.charCodeAt(skipSpace(text, end));
  const ends = Number.isNaN(next) || next === COMMA || next === CLOSING_BRACE || next === CLOSING_BRACKET;
  if (!ends) throw new SyntaxError(`malformed number in JSON at position ${start}`);
  return end;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) <= SPACE) at += 1;
  return at;
}

/** A number to be written with exactly these digits. */
export class NumberLiteral {
  readonly text: string;
  /** Throws a TypeError on text that is not a JSON number. */
  constructor(text: string) {
    NUMBER.lastIndex = 0;
    const match = NUMBER.exec(text);
    if (match === null || match[0].length !== text.length) {
      throw new TypeError(`not a JSON number: ${JSON.stringify(text)}`);
    }
    this.text = text;
  }
}

export type Writable =
  | string
  | number
  | boolean
  | null
  | undefined
  | NumberLiteral
  | readonly Writable[]
  | { readonly [key: string]: Writable };

/** JSON text of a value; keys whose value is undefined are left out. A float number is refused: use NumberLiteral. */
export function stringifyExactJson(value: Writable): string {
  if (value instanceof NumberLiteral) return value.text;
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError('a fraction is written through NumberLiteral, not a float');
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((item: Writable) => stringifyExactJson(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => `${JSON.stringify(key)}:${stringifyExactJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

export interface JsonObject {
  readonly [key: string]: ExactJson;
}

export const isObject = (value: ExactJson | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: ExactJson | undefined): value is readonly ExactJson[] => Array.isArray(value);

/** A member of an object, undefined where there is no object or no such member. */
export const member = (value: ExactJson | undefined, name: string): ExactJson | undefined =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;

/** A member that is text with something in it, else null. */
export function textMember(value: ExactJson | undefined, name: string): string | null {
  const found = member(value, name);
  return typeof found === 'string' && found !== '' ? found : null;
}
