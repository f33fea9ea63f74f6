import {
  execute,
  type GraphQLError,
  type GraphQLFieldResolver,
  GraphQLObjectType,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  parse,
  buildSchema as schemaOf,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { systemRuntime } from '../../src/domain/runtime.ts';
import { Turn } from '../../src/domain/turn.ts';
import { executePlan } from '../../src/operations/execute-plan.ts';
import { choosingVariables, planOperation } from '../../src/operations/plan.ts';
import { randomRequest } from '../helpers/fuzz/documents.ts';
import { Random } from '../helpers/fuzz/random.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);

const SDL = `
  interface Node { id: ID! name: String sure: String! }
  enum Mood { GOOD BAD }
  input Wish { how: Int = 3, mood: Mood, also: [Int!] }
  type Query { node(id: ID, wish: Wish): Node one(how: Int = 7): One! other: Other any: Any lists: Lists nodes(first: Int!): [Node!] }
  type One implements Node { id: ID! name: String sure: String! mood: Mood moods: [Mood!]! self: One surely: One! friends(how: Int): [Node] count: Int ok: Boolean }
  type Other implements Node { id: ID! name: String sure: String! one: One! any: Any amount: Float }
  type Lists { plain: [String] firm: [String!]! deep: [[One]!] late: [One!] }
  union Any = One | Other
`;

/** The value of a field in a schema with all kinds of trouble: random, but the same for the same field of one object. */
function trouble(random: Random): { readonly schema: GraphQLSchema; readonly mayWait: boolean } {
  // graphql-js leaves rejections unheard where an item that must not be null fails while others are waited for, which
  // would end this process: where fields may be late, items may be null.
  const mayWait = random.chance(0.5);
  const schema = schemaOf(mayWait ? SDL.replace(/(One|Node)!\]/g, '$1]') : SDL);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!(type instanceof GraphQLObjectType) || type.name.startsWith('__')) continue;
    if (type.name === 'One' && random.chance(0.3)) type.isTypeOf = (value) => Object(value).kind !== 'Other';
    for (const field of Object.values(type.getFields())) field.resolve = resolver(random, mayWait);
  }
  for (const name of ['Node', 'Any']) {
    const type = schema.getType(name);
    if (type !== undefined && 'resolveType' in type) {
      type.resolveType = (value) =>
        mayWait && Object(value).kind === 'late' ? Promise.resolve('One') : Object(value).kind;
    }
  }
  return { schema, mayWait };
}

const LEAVES = ['text', 17, true, 1.5, 'GOOD', 'BAD', null, undefined, { a: 1 }, '', Number.NaN].map((leaf) => ({
  leaf,
}));
const KINDS = ['One', 'Other', 'Other', 'late', 'Nobody', undefined].map((kind) => ({ kind }));

function resolver(random: Random, mayWait: boolean): GraphQLFieldResolver<unknown, unknown> {
  const object = (): unknown => (random.chance(0.1) ? null : { ...random.of(KINDS) });
  const { leaf } = random.of(LEAVES);
  const objects = Array.from({ length: random.below(4) }, object);
  const one = object();
  const fails = random.of([
    'no',
    'no',
    'no',
    'no',
    'no',
    'throws',
    mayWait ? 'rejects' : 'no',
    'returns',
    'not an error',
  ]);
  const late = mayWait && random.chance(0.3);
  const listless = random.chance(0.1);
  return (_source, args, _context, info) => {
    const type = String(info.returnType);
    const item = /One|Other|Node|Any|Lists/.test(type) ? one : leaf;
    const nested = type.startsWith('[[') ? [objects, objects] : objects;
    const list = /One|Node/.test(type) ? nested : [leaf, leaf, 'text'];
    const value = type.startsWith('[') ? (listless ? leaf : list) : item;
    const error = new Error(`${info.parentType.name}.${info.fieldName} ${JSON.stringify(args)}`);
    if (fails === 'throws') throw error;
    if (fails === 'not an error') throw 'just text';
    if (fails === 'rejects') return Promise.reject(error);
    if (fails === 'returns') return error;
    return late ? Promise.resolve(value) : value;
  };
}

/**
 * Data, and what is told of errors. Where fields wait, how many of the errors below a null are told is a matter of when
 * they come.
 */
function comparable(data: string, errors: readonly GraphQLError[], mayWait: boolean) {
  const told = errors.map((error: GraphQLError) => JSON.stringify([error.path, error.locations]));
  return { data, failed: told.length > 0, errors: mayWait ? [] : told };
}

describe('a planned query', () => {
  it(`is executed as graphql-js executes it, whatever goes wrong (FUZZ_SEED=${SEED})`, async () => {
    const random = new Random(SEED);
    let planned = 0;
    let failing = 0;
    for (let round = 0; round < 1_200; round += 1) {
      const { schema, mayWait } = trouble(random);
      const { kind, query, variables } = randomRequest({ schema, random, ids: ['a'] });
      if (kind !== 'query') continue;
      const document = documentOf(schema, query);
      const operation = document && getOperationAST(document);
      if (document === undefined || operation === null || operation === undefined) continue;
      const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
      const plan =
        coerced && planOperation({ schema, document, operation, variables: coerced, turn: new Turn(systemRuntime) });
      if (coerced === undefined || plan === undefined) continue;
      const result = await execute({ schema, document, variableValues: variables, contextValue: {} });
      const expected = comparable(JSON.stringify(result.data), result.errors ?? [], mayWait);
      const answer = await executePlan(plan, {}, coerced);
      expect(comparable(answer.data, answer.errors, mayWait), query).toEqual(expected);
      planned += 1;
      if (expected.failed) failing += 1;
    }
    expect(planned).toBeGreaterThan(100);
    expect(failing).toBeGreaterThan(20);
  });

  it('hears the items of a list that fail after it is gone', async () => {
    const schema = schemaOf('type Query { list: [One!] } type One { name: String! }');
    const [list, name] = [schema.getQueryType()?.getFields()['list'], schema.getType('One')];
    const late = new Promise((_resolve, reject) => setImmediate(reject, new Error('late')));
    if (list !== undefined) list.resolve = () => [{ name: late }, { name: null }];
    if (name instanceof GraphQLObjectType) name.isTypeOf = () => true;
    const document = parse('{ list { name } }');
    const operation = getOperationAST(document);
    const plan =
      operation && planOperation({ schema, document, operation, variables: {}, turn: new Turn(systemRuntime) });
    const result = plan ? await executePlan(plan, {}, {}) : undefined;
    expect(result?.data).toBe('{"list":null}');
    expect(result?.errors?.map(({ path }) => path)).toEqual([['list', 1, 'name']]);
    // A rejection that nobody hears fails the run.
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('asks a type whether a value is one of it, with the context of the request', async () => {
    const schema = schemaOf('type Query { one: One } type One { name: String }');
    const type = schema.getType('One');
    if (!(type instanceof GraphQLObjectType)) throw new Error('no type');
    type.isTypeOf = (_value, context) => Object(context).may === true;
    const answer = async (may: boolean) => {
      const document = parse('{ one { name } }');
      const operation = getOperationAST(document);
      const field = schema.getQueryType()?.getFields()['one'];
      if (field !== undefined) field.resolve = () => ({ name: 'x' });
      const plan =
        operation && planOperation({ schema, document, operation, variables: {}, turn: new Turn(systemRuntime) });
      return plan ? await executePlan(plan, { may }, {}) : undefined;
    };
    expect((await answer(true))?.data).toBe('{"one":{"name":"x"}}');
    expect((await answer(false))?.data).toBe('{"one":null}');
    expect((await answer(false))?.errors).toHaveLength(1);
  });

  it('makes the text of a shared object once, and asks for each request whether it may be seen', async () => {
    const schema = schemaOf(
      'type Query { one: One many: [One!] } type One { name: String parts: [Part!] } type Part { n: Int }',
    );
    for (const name of ['One', 'Part']) {
      const type = schema.getType(name);
      if (!(type instanceof GraphQLObjectType)) throw new Error('no type');
      // As the builder marks fields that hand on a property.
      for (const field of Object.values(type.getFields())) field.extensions = { pothosExposedField: field.name };
      if (name === 'One') type.isTypeOf = (_value, context) => Object(context).may === true;
    }
    let read = 0;
    const parts = [{ n: 1 }, { n: 2 }];
    const shared = {
      get name() {
        read += 1;
        return `read ${read}`;
      },
      parts,
    };
    const [one, many] = [schema.getQueryType()?.getFields()['one'], schema.getQueryType()?.getFields()['many']];
    if (one !== undefined) one.resolve = () => shared;
    if (many !== undefined) many.resolve = () => [shared, shared];
    const document = parse('{ one { name parts { n } } many { name parts { n } } }');
    const operation = getOperationAST(document);
    const plans = [new Turn(systemRuntime), undefined].map((turn) =>
      operation ? planOperation({ schema, document, operation, variables: {}, turn }) : undefined,
    );
    const [keeping, notKeeping] = plans;
    if (keeping === undefined || notKeeping === undefined) throw new Error('not planned');
    const text = (n: number): string => `{"name":"read ${n}","parts":[{"n":1},{"n":2}]}`;
    // Two places in the document, two texts, whoever asks and however often.
    for (const _again of [1, 2]) {
      const { data } = await executePlan(keeping, { may: true }, {});
      expect(data).toBe(`{"one":${text(1)},"many":[${text(2)},${text(2)}]}`);
    }
    const refused = await executePlan(keeping, { may: false }, {});
    expect(refused.data).toBe('{"one":null,"many":null}');
    expect(refused.errors).toHaveLength(2);
    await executePlan(notKeeping, { may: true }, {});
    expect(read).toBe(5);
  });

  it('knows which variables choose its fields', () => {
    const document = parse(
      'query ($a: Boolean!, $b: Boolean!, $c: Int) { x @skip(if: $a) ...F } fragment F on Q { y(c: $c) { z @include(if: $b) } }',
    );
    expect(choosingVariables(document)).toEqual(['a', 'b']);
  });

  it('reports how large nested fragments have made it, so that it is not kept', () => {
    const schema = schemaOf('type Query { q: Query a: String }');
    const fragments = Array.from(
      { length: 14 },
      (_, n) => `fragment F${n} on Query { x: q { ...F${n + 1} } y: q { ...F${n + 1} } }`,
    );
    const document = parse(`{ ...F0 } ${fragments.join(' ')} fragment F14 on Query { a }`);
    const operation = getOperationAST(document);
    const plan =
      operation && planOperation({ schema, document, operation, variables: {}, turn: new Turn(systemRuntime) });
    expect(plan?.fields).toBe(2 ** 15 - 2 + 2 ** 14);
  });
});

function documentOf(schema: GraphQLSchema, query: string) {
  try {
    const document = parse(query);
    return validate(schema, document).length === 0 ? document : undefined;
  } catch {
    return undefined;
  }
}
