import { compared } from '../values/exact.ts';
import { isArray, isObject, type Json, type JsonObject, numberText } from '../values/json.ts';
import { badQuery } from './errors.ts';
import { type FieldKind, type FieldTable, kindOf } from './fields.ts';

/**
 * The vendor's query language (entities page), read as narrowly as it is documented:
 *
 *   query      = [ either ] [ "orderby" path [ "asc" | "desc" ] { "," path [ "asc" | "desc" ] } ]
 *   either     = both { "or" both }
 *   both       = comparison { "and" comparison }
 *   comparison = path ( "eq" | "neq" ) value
 *              | path ( "lt" | "le" | "gt" | "ge" ) number
 *              | path "in" "[" value { "," value } "]"
 *              | path "in" "[" value "to" value "]"
 *   value      = 'text' | number | true | false | null | text with * and without quotes
 *
 * Parentheses, `not`, `is null`, escaped quotes and comparing amounts by order are not documented, or documented as not
 * working: 400.
 */
export interface Query {
  /** Null: all entities. */
  readonly condition: Condition | null;
  readonly order: readonly { readonly path: string; readonly descending: boolean }[];
}

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'compare'; readonly path: string; readonly operator: Operator; readonly value: Value }
  | { readonly kind: 'in'; readonly path: string; readonly values: readonly Value[] }
  | { readonly kind: 'range'; readonly path: string; readonly from: string; readonly to: string };

const OPERATORS = ['eq', 'neq', 'lt', 'le', 'gt', 'ge'] as const;
type Operator = (typeof OPERATORS)[number];
const isOperator = (word: string | undefined): word is Operator => OPERATORS.some((operator) => operator === word);

type Value =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' };

type Token = { readonly kind: 'text' | 'number' | 'word' | 'symbol'; readonly text: string };

const TOKEN = /\s*(?:'([^']*)'(?!')|(-?\d+(?:\.\d+)?(?![\w.*]))|([A-Za-z_$*][\w.$*@+-]*)|([[\],]))/y;

function tokens(source: string): readonly Token[] {
  const found: Token[] = [];
  const end = source.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match) throw badQuery('query', `cannot parse at character ${at}`);
    const [, text, number, word, symbol] = match;
    if (text !== undefined) found.push({ kind: 'text', text });
    else if (number !== undefined) found.push({ kind: 'number', text: number });
    else if (word !== undefined) found.push({ kind: 'word', text: word });
    else found.push({ kind: 'symbol', text: symbol ?? '' });
  }
  return found;
}

/** Throws a 400 refusal for anything else than the documented language and fields. */
export function parseQuery(source: string, fields: FieldTable): Query {
  return new Parser(tokens(source), fields).query();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #fields: FieldTable;
  #at = 0;
  constructor(all: readonly Token[], fields: FieldTable) {
    this.#tokens = all;
    this.#fields = fields;
  }

  query(): Query {
    if (this.#tokens.length === 0) throw badQuery('query', 'empty query');
    const condition = this.#isWord('orderby') ? null : this.#either();
    const order = this.#takeWord('orderby') ? this.#order() : [];
    if (this.#at < this.#tokens.length) this.#fail('unexpected');
    return { condition, order };
  }

  #either(): Condition {
    let left = this.#both();
    while (this.#takeWord('or')) left = { kind: 'or', left, right: this.#both() };
    return left;
  }

  #both(): Condition {
    let left = this.#comparison();
    while (this.#takeWord('and')) left = { kind: 'and', left, right: this.#comparison() };
    return left;
  }

  #comparison(): Condition {
    const { path, kind } = this.#path();
    if (this.#takeWord('in')) return this.#list(path, kind);
    const operator = this.#tokens[this.#at]?.text;
    if (!isOperator(operator)) return this.#fail('expected an operator');
    this.#at += 1;
    const value = this.#value();
    if (operator !== 'eq' && operator !== 'neq') {
      if (kind === 'money') throw badQuery('query', `'${operator}' is not supported on '${path}'`);
      if (value.kind !== 'number' || kind !== 'number') throw badQuery('query', `'${operator}' needs a number`);
    }
    return { kind: 'compare', path, operator, value };
  }

  #list(path: string, kind: FieldKind): Condition {
    this.#symbol('[');
    const first = this.#value();
    if (this.#takeWord('to')) {
      const last = this.#value();
      this.#symbol(']');
      if (kind !== 'date' || first.kind !== 'text' || last.kind !== 'text')
        throw badQuery('query', 'a range needs dates');
      return { kind: 'range', path, from: isoOf(first.text), to: isoOf(last.text) };
    }
    const values = [first];
    while (this.#takeSymbol(',')) values.push(this.#value());
    this.#symbol(']');
    return { kind: 'in', path, values };
  }

  #order(): Query['order'] {
    const order: { path: string; descending: boolean }[] = [];
    do {
      const { path } = this.#path();
      const descending = this.#takeWord('desc');
      if (!descending) this.#takeWord('asc');
      order.push({ path, descending });
    } while (this.#takeSymbol(','));
    return order;
  }

  #path(): { readonly path: string; readonly kind: FieldKind } {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'word') return this.#fail('expected a field');
    const kind = kindOf(this.#fields, token.text);
    if (!kind) throw badQuery('query', `field '${token.text}' not found in this entity`);
    this.#at += 1;
    return { path: aliased(token.text), kind };
  }

  #value(): Value {
    const token = this.#tokens[this.#at];
    if (!token || token.kind === 'symbol') return this.#fail('expected a value');
    this.#at += 1;
    if (token.kind !== 'word') return { kind: token.kind, text: token.text };
    if (token.text === 'true' || token.text === 'false') return { kind: 'boolean', value: token.text === 'true' };
    if (token.text === 'null') return { kind: 'null' };
    if (token.text.includes('*')) return { kind: 'text', text: token.text };
    this.#at -= 1;
    return this.#fail('expected a value in single quotes');
  }

  #isWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === 'word' && token.text === word;
  }
  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#at += 1;
    return true;
  }
  #takeSymbol(symbol: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'symbol' || token.text !== symbol) return false;
    this.#at += 1;
    return true;
  }
  #symbol(symbol: string): void {
    if (!this.#takeSymbol(symbol)) this.#fail(`expected ${symbol}`);
  }
  #fail(message: string): never {
    throw badQuery('query', `${message} at '${this.#tokens[this.#at]?.text ?? 'the end'}'`);
  }
}

const aliased = (path: string): string =>
  path === 'lastmodified' || path === 'last_modified' ? 'version_datetime' : path;

/** `20200101` and ISO dates and times. */
function isoOf(text: string): string {
  const iso = /^\d{8}$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : text;
  if (Number.isNaN(Date.parse(iso))) throw badQuery('query', `'${text}' is not a date`);
  return iso;
}

/** The ids of a condition that is nothing but `id in [...]`: they can be looked up. */
export function idsOf(condition: Condition | null): readonly string[] | undefined {
  if (condition?.kind !== 'in' || condition.path !== 'id') return undefined;
  const ids = condition.values.flatMap((value) => (value.kind === 'text' ? [value.text] : []));
  return ids.some((id) => id.includes('*')) ? undefined : ids;
}

/** Whether any part of the query is `id in [...]`. */
export function usesIdList(condition: Condition | null): boolean {
  if (condition === null) return false;
  if (condition.kind === 'and' || condition.kind === 'or')
    return usesIdList(condition.left) || usesIdList(condition.right);
  return condition.kind === 'in' && condition.path === 'id';
}

export function matches(condition: Condition | null, entity: JsonObject): boolean {
  if (condition === null) return true;
  switch (condition.kind) {
    case 'and':
      return matches(condition.left, entity) && matches(condition.right, entity);
    case 'or':
      return matches(condition.left, entity) || matches(condition.right, entity);
    case 'in':
      return valuesAt(entity, condition.path).some((held) => condition.values.some((value) => equal(held, value)));
    case 'range': {
      const { from, to } = condition;
      return valuesAt(entity, condition.path).some(
        (held) =>
          typeof held === 'string' && Date.parse(held) >= Date.parse(from) && Date.parse(held) <= Date.parse(to),
      );
    }
    case 'compare':
      return compares(valuesAt(entity, condition.path), condition.operator, condition.value);
    default:
      return condition satisfies never;
  }
}

function compares(held: readonly Json[], operator: Operator, value: Value): boolean {
  if (operator === 'eq') return held.some((one) => equal(one, value));
  if (operator === 'neq') return !held.some((one) => equal(one, value));
  return held.some((one) => {
    const text = numberText(one);
    if (text === undefined || value.kind !== 'number') return false;
    const order = compared(text, value.text);
    return { lt: order < 0, le: order <= 0, gt: order > 0, ge: order >= 0 }[operator];
  });
}

function equal(held: Json, value: Value): boolean {
  if (value.kind === 'null') return held === null;
  if (value.kind === 'boolean') return held === value.value;
  if (value.kind === 'number') {
    const text = numberText(held);
    return text !== undefined && compared(text, value.text) === 0;
  }
  if (typeof held !== 'string') return false;
  if (!value.text.includes('*')) return held === value.text;
  const pattern = value.text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`, 's').test(held);
}

/** The values of an entity at a dotted path: one value, the items of lists along the path, or null. */
function valuesAt(entity: Json, path: string): readonly Json[] {
  let held: readonly Json[] = [entity];
  for (const field of path.split('.')) {
    held = held.flatMap((value) => {
      const member = isObject(value) ? (value[field] ?? null) : null;
      return isArray(member) ? member : [member];
    });
  }
  return held;
}

/** Sorted by the query's `orderby`; without one, in the order in which the entities were made. */
export function ordered<T extends JsonObject>(entities: readonly T[], order: Query['order']): readonly T[] {
  if (order.length === 0) return entities;
  return [...entities].sort((a, b) => {
    for (const { path, descending } of order) {
      const difference = compareValues(valuesAt(a, path)[0] ?? null, valuesAt(b, path)[0] ?? null);
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  });
}

function compareValues(a: Json, b: Json): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const left = numberText(a);
  const right = numberText(b);
  if (left !== undefined && right !== undefined) return compared(left, right);
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
