import { hasLoneSurrogate } from '../../domain/utf8.ts';
import { BadUserInputError } from '../../errors.ts';

/*
 * InvestSuite's query language, as far as we use it: `external_id eq 'x'`, `id in ['a', 'b']`, `and`, `or`. How a quote
 * is escaped in it is not documented, so a value with one is refused; so are `*` (a wildcard) and control characters.
 */

/** Longest value that we put into a query; an `external_id` has at most 64 characters. */
const MAX_VALUE_LENGTH = 256;

/** True where a value can stand in a query without changing its meaning. */
export function isQueryable(value: string): boolean {
  return (
    value.length > 0 && value.length <= MAX_VALUE_LENGTH && ![...value].some(hasMeaning) && !hasLoneSurrogate(value)
  );
}

/** Ends or widens a string of the query language, or is a control character, which no id has. */
function hasMeaning(character: string): boolean {
  return "'*\\".includes(character) || character < ' ' || character === '\u007f';
}

/** A value as a string of the query language. Throws a BadUserInputError on one that could mean something else there. */
function quoted(value: string): string {
  if (!isQueryable(value)) {
    throw new BadUserInputError(
      "A value to look for has 1 to 256 characters, none of them ', *, \\ or a control character.",
    );
  }
  return `'${value}'`;
}

/** A condition. `field` is ours, never a caller's. */
export const equalTo = (field: string, value: string): string => `${field} eq ${quoted(value)}`;

export const oneOf = (field: string, values: readonly string[]): string =>
  `${field} in [${values.map(quoted).join(', ')}]`;

/**
 * (a or b or …) and rest, written without parentheses, which are not documented: `a and rest or b and rest` means the
 * same whether `and` binds more strongly or both are read from the left.
 */
export function anyOfWithAll(any: readonly string[], all: readonly string[]): string {
  if (any.length === 0) return all.join(' and ');
  return any.map((condition) => [condition, ...all].join(' and ')).join(' or ');
}

/** A path with a query string, spaces as `+`; parameters without a value are left out. */
export function pathWith(path: string, parameters: Readonly<Record<string, string | undefined>>, more = ''): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, value);
  const text = [search.toString(), more].filter((part) => part !== '').join('&');
  return text === '' ? path : `${path}?${text}`;
}

/** Parameters that the gateway sets on every page; the others in `next` are InvestSuite's position. */
const OURS = ['limit', 'query', 'embed'];
const MAX_CURSOR_LENGTH = 2_000;

/**
 * The position in a `next`: its query string without the gateway's own parameters. Its scheme and host are often wrong
 * and never used. Null where it has none.
 */
export function placeOf(next: string): string | null {
  const at = next.indexOf('?');
  return at === -1 ? null : place(next.slice(at + 1).split('#', 1)[0] ?? '');
}

/**
 * A cursor of a client as a position. It can move within the list, but not change the list. Throws a BadUserInputError
 * on one that the gateway can't have made.
 */
export function placeOfCursor(cursor: string): string {
  const found = cursor.length <= MAX_CURSOR_LENGTH ? place(cursor) : null;
  if (found === null) throw new BadUserInputError('The cursor is not one that this list gave out.');
  return found;
}

function place(query: string): string | null {
  const search = new URLSearchParams(query);
  for (const name of OURS) search.delete(name);
  const text = search.toString();
  return text === '' ? null : text;
}
