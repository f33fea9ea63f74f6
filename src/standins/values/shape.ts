import { isArray, isObject, type Json, type JsonObject, NumberText } from './json.ts';

/** A problem of a body, as the vendor's validator (pydantic) reports it. */
export interface Problem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

type Location = Problem['loc'];

/** The value, now of the type that its check promises; or what is wrong with it. */
export type Checked<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

export type Check<T = Json> = (value: Json, loc: Location) => Checked<T>;
/** The type of what passes a check. */
export type ValueOf<C> = C extends Check<infer T> ? T : never;

const problem = (loc: Location, msg: string, type: string) => ({ problems: [{ loc, msg, type }] });
const problemsOf = (checked: Checked<unknown>): readonly Problem[] => ('problems' in checked ? checked.problems : []);

export const text =
  (maxLength = 10_000): Check<string> =>
  (value, loc) => {
    if (typeof value !== 'string') return problem(loc, 'str type expected', 'type_error.str');
    if (value.length <= maxLength) return { value };
    return problem(loc, `ensure this value has at most ${maxLength} characters`, 'value_error.any_str.max_length');
  };

export const matching =
  (pattern: RegExp): Check<string> =>
  (value, loc) => {
    if (typeof value !== 'string') return problem(loc, 'str type expected', 'type_error.str');
    if (pattern.test(value)) return { value };
    return problem(loc, `string does not match regex "${pattern.source}"`, 'value_error.str.regex');
  };

export const oneOf =
  <const A extends readonly string[]>(...allowed: A): Check<A[number]> =>
  (given, loc) => {
    const value = allowed.find((one) => one === given);
    if (value !== undefined) return { value };
    return problem(loc, `value is not a valid enumeration member; permitted: ${allowed.join(', ')}`, 'type_error.enum');
  };

export const flag: Check<boolean> = (value, loc) =>
  typeof value === 'boolean' ? { value } : problem(loc, 'value could not be parsed to a boolean', 'type_error.bool');

/** A JSON number literal: a string of digits is refused. */
export const numberLiteral: Check<NumberText> = (value, loc) =>
  value instanceof NumberText ? { value } : problem(loc, 'value is not a valid number', 'type_error.float');

const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** A number, written as a literal or as a string. */
export const numberOrText: Check<NumberText | string> = (value, loc) =>
  value instanceof NumberText || (typeof value === 'string' && NUMBER.test(value))
    ? { value }
    : problem(loc, 'value is not a valid number', 'type_error.float');

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/;

/** A time with an offset, up to microseconds. */
export const dateTime: Check<string> = (value, loc) =>
  typeof value === 'string' && RFC_3339.test(value) && !Number.isNaN(Date.parse(value))
    ? { value }
    : problem(loc, 'invalid datetime format', 'value_error.datetime');

export const nullable =
  <T>(check: Check<T>): Check<T | null> =>
  (value, loc) =>
    value === null ? { value } : check(value, loc);

export const listOf =
  <T>(check: Check<T>, least = 0): Check<readonly T[]> =>
  (value, loc) => {
    if (!isArray(value)) return problem(loc, 'value is not a valid list', 'type_error.list');
    if (value.length < least)
      return problem(loc, `ensure this value has at least ${least} items`, 'value_error.list.min_items');
    const items = value.map((item, i) => check(item, [...loc, i]));
    const problems = items.flatMap(problemsOf);
    if (problems.length > 0) return { problems };
    return { value: items.flatMap((item) => ('value' in item ? [item.value] : [])) };
  };

/** An object used as a map: every key matches, every value passes. */
export const mapOf =
  <T>(key: RegExp, check: Check<T>): Check<{ readonly [name: string]: T }> =>
  (value, loc) => {
    if (!isObject(value)) return problem(loc, 'value is not a valid dict', 'type_error.dict');
    const members = Object.entries(value).map(([name, member]) => {
      const at = [...loc, name];
      const found = key.test(name)
        ? check(member ?? null, at)
        : problem(at, `string does not match regex "${key.source}"`, 'value_error.str.regex');
      return [name, found] as const;
    });
    const problems = members.flatMap(([, found]) => problemsOf(found));
    if (problems.length > 0) return { problems };
    return {
      value: Object.fromEntries(
        members.flatMap(([name, found]) => ('value' in found ? [[name, found.value] as const] : [])),
      ),
    };
  };

type Fields = Readonly<Record<string, Check<unknown>>>;
type Members<F extends Fields, R extends keyof F> = { readonly [K in R]: ValueOf<F[K]> } & {
  readonly [K in Exclude<keyof F, R>]?: ValueOf<F[K]>;
};

/** An object with these fields and no others. */
export const object = <const F extends Fields, const R extends keyof F & string = never>(
  fields: F,
  required: readonly R[] = [],
): Check<Members<F, R>> =>
  members(fields, required, (_, loc) => problem(loc, 'extra fields not permitted', 'value_error.extra'));

/** An object with these fields, and any others that come with it. */
export const openObject = <const F extends Fields, const R extends keyof F & string = never>(
  fields: F,
  required: readonly R[] = [],
): Check<Members<F, R>> => members(fields, required, (value) => ({ value }));

const members =
  <F extends Fields, R extends keyof F & string>(
    fields: F,
    required: readonly R[],
    other: Check<unknown>,
  ): Check<Members<F, R>> =>
  (value, loc) => {
    if (!isObject(value)) return problem(loc, 'value is not a valid dict', 'type_error.dict');
    const missing = required
      .filter((name) => value[name] === undefined)
      .flatMap((name) => problemsOf(problem([...loc, name], 'field required', 'value_error.missing')));
    const found = Object.entries(value).map(([name, member]) => {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return [name, (check ?? other)(member ?? null, [...loc, name])] as const;
    });
    const problems = [...missing, ...found.flatMap(([, each]) => problemsOf(each))];
    const whole = Object.fromEntries(found.flatMap(([name, each]) => ('value' in each ? [[name, each.value]] : [])));
    // Without a problem the required fields are there, with the values that their checks returned.
    const isWhole = (_: object): _ is Members<F, R> => problems.length === 0;
    return isWhole(whole) ? { value: whole } : { problems };
  };

/** The member of a body that has been checked before. */
export function stringAt(body: JsonObject, field: string): string | undefined {
  const value = body[field];
  return typeof value === 'string' ? value : undefined;
}
