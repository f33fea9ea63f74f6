import { isArray, isObject, type Json, type JsonObject, NumberText } from './json.ts';

/** What is wrong with a body, in the words of the vendor's validator (pydantic): where, what, and its type. */
export interface Problem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

type Location = Problem['loc'];

/** Looks at one value and says what is wrong with it. */
export type Check = (value: Json, loc: Location) => readonly Problem[];

const problem = (loc: Location, msg: string, type: string): readonly Problem[] => [{ loc, msg, type }];
const FINE: readonly Problem[] = [];

export const text =
  (maxLength = 10_000): Check =>
  (value, loc) => {
    if (typeof value !== 'string') return problem(loc, 'str type expected', 'type_error.str');
    const fits = value.length <= maxLength;
    return fits
      ? FINE
      : problem(loc, `ensure this value has at most ${maxLength} characters`, 'value_error.any_str.max_length');
  };

export const matching =
  (pattern: RegExp): Check =>
  (value, loc) => {
    if (typeof value !== 'string') return problem(loc, 'str type expected', 'type_error.str');
    return pattern.test(value)
      ? FINE
      : problem(loc, `string does not match regex "${pattern.source}"`, 'value_error.str.regex');
  };

export const oneOf =
  (...allowed: readonly string[]): Check =>
  (value, loc) =>
    typeof value === 'string' && allowed.includes(value)
      ? FINE
      : problem(loc, `value is not a valid enumeration member; permitted: ${allowed.join(', ')}`, 'type_error.enum');

export const flag: Check = (value, loc) =>
  typeof value === 'boolean' ? FINE : problem(loc, 'value could not be parsed to a boolean', 'type_error.bool');

/** A JSON number literal: a string of digits is refused. */
export const numberLiteral: Check = (value, loc) =>
  value instanceof NumberText ? FINE : problem(loc, 'value is not a valid number', 'type_error.float');

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** A number, written as a literal or as a string. */
export const numberOrText: Check = (value, loc) =>
  value instanceof NumberText || (typeof value === 'string' && NUMBER.test(value))
    ? FINE
    : problem(loc, 'value is not a valid number', 'type_error.float');

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/;

/** A time with an offset, up to microseconds. */
export const dateTime: Check = (value, loc) =>
  typeof value === 'string' && RFC_3339.test(value) && !Number.isNaN(Date.parse(value))
    ? FINE
    : problem(loc, 'invalid datetime format', 'value_error.datetime');

export const nullable =
  (check: Check): Check =>
  (value, loc) =>
    value === null ? FINE : check(value, loc);

export const listOf =
  (check: Check, least = 0): Check =>
  (value, loc) => {
    if (!isArray(value)) return problem(loc, 'value is not a valid list', 'type_error.list');
    if (value.length < least)
      return problem(loc, `ensure this value has at least ${least} items`, 'value_error.list.min_items');
    return value.flatMap((item, i) => check(item, [...loc, i]));
  };

/** An object used as a map: every key matches, every value passes. */
export const mapOf =
  (key: RegExp, check: Check): Check =>
  (value, loc) => {
    if (!isObject(value)) return problem(loc, 'value is not a valid dict', 'type_error.dict');
    return Object.entries(value).flatMap(([name, member]) => {
      if (!key.test(name))
        return problem([...loc, name], `string does not match regex "${key.source}"`, 'value_error.str.regex');
      return check(member ?? null, [...loc, name]);
    });
  };

/** An object with these fields and no others. */
export const object = (fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  members(fields, required, (loc) => problem(loc, 'extra fields not permitted', 'value_error.extra'));

/** An object with these fields, and any others that come with it. */
export const openObject = (fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  members(fields, required, () => FINE);

const members =
  (
    fields: Readonly<Record<string, Check>>,
    required: readonly string[],
    extra: (loc: Location) => readonly Problem[],
  ): Check =>
  (value, loc) => {
    if (!isObject(value)) return problem(loc, 'value is not a valid dict', 'type_error.dict');
    const missing = required.filter((name) => value[name] === undefined);
    return [
      ...missing.flatMap((name) => problem([...loc, name], 'field required', 'value_error.missing')),
      ...Object.entries(value).flatMap(([name, member]) => {
        const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
        if (!check) return extra([...loc, name]);
        return check(member ?? null, [...loc, name]);
      }),
    ];
  };

/** The member of a body that has been checked before. */
export function stringAt(body: JsonObject, field: string): string | undefined {
  const value = body[field];
  return typeof value === 'string' ? value : undefined;
}
