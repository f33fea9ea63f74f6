/**
 * JSON in which a number stays the text it was written as, so that `12345678901234.123456789` and `1e100` leave a
 * stand-in with the digits they came in with.
 */

/** A JSON number literal. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    if (!NUMBER_LITERAL.test(text)) throw new TypeError(`not a JSON number: ${JSON.stringify(text)}`);
    this.text = text;
  }
  /** Only for debugging and assertions: the exact text, as a string. */
  toJSON(): string {
    return this.text;
  }
}

const NUMBER_LITERAL = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

export type Json = null | boolean | number | string | NumberText | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [field: string]: Json | undefined;
}

export const num = (text: string): NumberText => new NumberText(text);

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The text of a number, written as a literal or as a string; undefined for anything else. */
export function numberText(value: Json | undefined): string | undefined {
  if (value instanceof NumberText) return value.text;
  if (typeof value === 'string' && NUMBER_LITERAL.test(value)) return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** JSON text; undefined members are left out. JavaScript numbers are for counters only. */
export function writeJson(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof NumberText) return value.text;
  if (isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (!isObject(value)) throw new TypeError('not a JSON value');
  const members: string[] = [];
  for (const field of Object.keys(value)) {
    const member = value[field];
    if (member !== undefined) members.push(`${JSON.stringify(field)}:${writeJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** The same value with every number as a string: safe to look at with plain JavaScript and to send to any JSON reader. */
export function withNumbersAsStrings(value: Json): Json {
  if (value instanceof NumberText) return value.text;
  if (isArray(value)) return value.map(withNumbersAsStrings);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([field, member]) =>
      member === undefined ? [] : [[field, withNumbersAsStrings(member)]],
    ),
  );
}

/** Reads JSON text; throws SyntaxError. Objects have no prototype, so that no field name means more than itself. */
export function readJson(text: string): Json {
  const reader = new Reader(text);
  return reader.document();
}

const SPACE = /[ \t\n\r]*/y;
// Control characters and unknown escapes are left to JSON.parse, which refuses them.
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/sy;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const MAX_DEPTH = 100;

class Reader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    const value = this.#value(0);
    this.#take(SPACE);
    if (this.#at !== this.#text.length) this.#fail();
    return value;
  }

  #value(depth: number): Json {
    if (depth > MAX_DEPTH) throw new SyntaxError('JSON is nested too deeply');
    this.#take(SPACE);
    const start = this.#text[this.#at];
    if (start === '{') return this.#object(depth);
    if (start === '[') return this.#array(depth);
    if (start === '"') return this.#string();
    const number = this.#take(NUMBER);
    if (number) return new NumberText(number);
    const word = this.#take(WORD);
    if (word) return word === 'null' ? null : word === 'true';
    return this.#fail();
  }

  #object(depth: number): JsonObject {
    const object: Record<string, Json> = Object.create(null);
    this.#at += 1;
    if (this.#next('}')) return object;
    do {
      this.#take(SPACE);
      const field = this.#string();
      if (!this.#next(':')) this.#fail();
      object[field] = this.#value(depth + 1);
    } while (this.#next(','));
    if (!this.#next('}')) this.#fail();
    return object;
  }

  #array(depth: number): Json[] {
    const array: Json[] = [];
    this.#at += 1;
    if (this.#next(']')) return array;
    do array.push(this.#value(depth + 1));
    while (this.#next(','));
    if (!this.#next(']')) this.#fail();
    return array;
  }

  #string(): string {
    const literal = this.#take(STRING);
    if (!literal) return this.#fail();
    return String(JSON.parse(literal));
  }

  #next(char: string): boolean {
    this.#take(SPACE);
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += match.length;
    return match;
  }

  #fail(): never {
    throw new SyntaxError(`not JSON at character ${this.#at}`);
  }
}
