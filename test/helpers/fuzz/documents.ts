import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import type { Random } from './random.ts';

/** The parts of a random document. */
export interface Ingredients {
  readonly schema: GraphQLSchema;
  readonly random: Random;
  /** Ids that exist; put in wherever an id is wanted. */
  readonly ids: readonly string[];
}

export interface RandomRequest {
  readonly query: string;
  readonly variables: Record<string, unknown>;
  readonly kind: 'query' | 'mutation' | 'subscription';
}

/** A request that is mostly valid, sometimes hardly. */
export function randomRequest(ingredients: Ingredients): RandomRequest {
  const { schema, random } = ingredients;
  const kind = random.of(['query', 'query', 'query', 'query', 'mutation', 'subscription'] as const);
  const root = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  };
  const writer = new Writer(ingredients);
  const body = writer.selection(root[kind] ?? undefined, kind === 'query' ? 5 : 4, kind === 'query' ? 3 : 1);
  const declared = writer.declarations.length === 0 ? '' : `(${writer.declarations.join(', ')})`;
  const text = `${kind} Random${declared} ${body} ${writer.fragments.join(' ')}`;
  return { kind, query: random.chance(0.1) ? random.spoil(text) : text, variables: writer.variables };
}

const ODD: readonly string[] = [
  ...['null', 'true', '-1', '0', '101', '2147483648', '1e400', '1.5', '""', '"\\u0000"', '[]', '{}', 'NOPE'],
  ...['"P\' or id neq \'x"', '"../../users"', '"%2e%2e/"', '"9".', '"1e400"', '"-0.00000000000000000001"'],
  ...[
    `"${'9'.repeat(500)}"`,
    `"${'x'.repeat(5_000)}"`,
    '"2026-13-45T99:99:99Z"',
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '[[[["x"]]]]',
  ],
];

class Writer {
  readonly variables: Record<string, unknown> = {};
  readonly declarations: string[] = [];
  readonly fragments: string[] = [];
  readonly #ingredients: Ingredients;

  constructor(ingredients: Ingredients) {
    this.#ingredients = ingredients;
  }

  selection(type: GraphQLNamedType | undefined, depth: number, most: number): string {
    const { random } = this.#ingredients;
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
    const chosen = fields.length === 0 ? [] : [random.of(fields), ...random.some(fields, most - 1)];
    const texts = chosen.map((field) => this.#field(field, depth));
    if (isAbstractType(type)) texts.push(this.#member(type, depth));
    if (random.chance(0.3) || texts.every((text) => text === '')) texts.push('__typename');
    if (random.chance(0.02)) texts.push('nope');
    if (random.chance(0.01)) texts.push('__schema { types { name fields { name } } }');
    const body = `{ ${texts.join(' ')} }`;
    if (type === undefined || !random.chance(0.1)) return body;
    const name = `F${this.fragments.length}`;
    this.fragments.push(`fragment ${name} on ${type.name} ${body}`);
    return `{ ...${name} }`;
  }

  #member(type: GraphQLNamedType, depth: number): string {
    const { schema, random } = this.#ingredients;
    const members = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
    const member = random.of(members);
    return `... on ${member.name} ${this.selection(member, depth - 1, 3)}`;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const { random } = this.#ingredients;
    const type = getNamedType(field.type);
    if (!isLeafType(type) && depth <= 0) return '';
    const given = field.args.filter((arg) => isRequiredArgument(arg) !== random.chance(0.05) || random.chance(0.4));
    const args = given.map((arg) => `${arg.name}: ${this.#argument(arg.type)}`);
    const alias = random.chance(0.2) ? `a${random.below(3)}: ` : '';
    const directive = random.chance(0.05)
      ? ` @${random.of(['include', 'skip', 'defer', 'nope'])}(if: ${random.of(['true', 'false'])})`
      : '';
    const below = isLeafType(type) ? '' : ` ${this.selection(type, depth - 1, 4)}`;
    return `${alias}${field.name}${args.length === 0 ? '' : `(${args.join(', ')})`}${directive}${below}`;
  }

  #argument(type: GraphQLInputType): string {
    const { random } = this.#ingredients;
    if (!random.chance(0.2)) return this.#literal(type, 4);
    const name = `v${this.declarations.length}`;
    this.declarations.push(`$${name}: ${String(type)}`);
    this.variables[name] = this.#json(type, 4);
    return `$${name}`;
  }

  #literal(type: GraphQLInputType, depth: number): string {
    const { random } = this.#ingredients;
    if (random.chance(0.04)) return random.of(ODD);
    const wanted = isNonNullType(type) ? type.ofType : type;
    if (isListType(wanted))
      return `[${random
        .some([wanted.ofType], 4)
        .map((item) => this.#literal(item, depth - 1))
        .join(', ')}]`;
    if (isInputObjectType(wanted)) {
      const fields = Object.values(wanted.getFields()).filter(
        (field) => isNonNullType(field.type) || random.chance(0.4),
      );
      return `{ ${depth < 0 ? '' : fields.map((field) => `${field.name}: ${this.#literal(field.type, depth - 1)}`).join(', ')} }`;
    }
    if (isEnumType(wanted)) return random.of(wanted.getValues()).name;
    return JSON.stringify(this.#scalar(wanted.name));
  }

  #json(type: GraphQLInputType, depth: number): unknown {
    const { random } = this.#ingredients;
    if (random.chance(0.06))
      return random.of<unknown>([null, 17, 1.5, true, '', [], {}, [[]], { a: { b: 1 } }, 'x'.repeat(9_000)]);
    const wanted = isNonNullType(type) ? type.ofType : type;
    if (isListType(wanted)) return random.some([wanted.ofType], 4).map((item) => this.#json(item, depth - 1));
    if (isInputObjectType(wanted)) {
      if (depth < 0) return {};
      return Object.fromEntries(
        Object.values(wanted.getFields()).map((field) => [field.name, this.#json(field.type, depth - 1)]),
      );
    }
    if (isEnumType(wanted)) return random.of(wanted.getValues()).name;
    return this.#scalar(wanted.name);
  }

  #scalar(name: string): string | number | boolean {
    const { random, ids } = this.#ingredients;
    switch (name) {
      case 'Int':
        return random.of([1, 2, 10, 100, 0, -1, 101]);
      case 'Boolean':
        return random.chance(0.5);
      case 'Decimal':
        return random.of(['1', '0.01', '250.00', '-1', '0', '999999999.99', '1.005', '1e100', 5]);
      case 'DateTime':
        return random.of(['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.123456+02:00', 'yesterday']);
      case 'Date':
        return random.of(['2026-01-02', '2024-02-29', '9999-12-31', '2026-02-30', 'today']);
      case 'CurrencyCode':
        return random.of(['EUR', 'USD', 'eur', 'XXXX']);
      case 'ID':
        return random.of([...ids, 'P01ARZ3NDEKTSV4RRFFQ69G5FAV', 'dep_x', 'wdr_', '']);
      default:
        return random.of([
          `key-${random.below(50)}`,
          'US0378331005',
          '$EUR',
          'é\u0000',
          'x\ud800',
          '\udc00',
          `${random.below(1_000_000)}`,
        ]);
    }
  }
}
