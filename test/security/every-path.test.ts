import {
  extendSchema,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  parse,
} from 'graphql';
import { createYoga } from 'graphql-yoga';
import { describe, expect, it } from 'vitest';
import { systemRuntime } from '../../src/domain/runtime.ts';
import { Turn } from '../../src/domain/turn.ts';
import { ForbiddenError } from '../../src/errors.ts';
import { executePlan } from '../../src/operations/execute-plan.ts';
import { maskError } from '../../src/operations/masking.ts';
import { planOperation } from '../../src/operations/plan.ts';
import { Vouched } from '../../src/resolvers/access.ts';
import { vouched } from '../../src/schema/builder.ts';
import { buildSchema } from '../../src/schema/index.ts';

/** With everything that may be switched on. */
const schema = buildSchema({ federation: { sdlForAll: false } });
const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'));
const objects = types.filter((type) => isObjectType(type));

/** The options given to Pothos for a type or field. */
function optionsOf(it: { readonly extensions: object }): Record<string, unknown> {
  const options: unknown = 'pothosOptions' in it.extensions ? it.extensions.pothosOptions : {};
  return typeof options === 'object' && options !== null ? { ...options } : {};
}

const isGuarded = (type: GraphQLNamedType): boolean => optionsOf(type)['authScopes'] === vouched;
const guarded = objects.filter(isGuarded);

/** Every type that can be reached from what clients begin with, without an object that has to be vouched for. */
function openTypes(): ReadonlySet<GraphQLObjectType> {
  const open = new Set<GraphQLObjectType>();
  const enter = (type: GraphQLNamedType): void => {
    if (isAbstractType(type)) schema.getPossibleTypes(type).forEach(enter);
    if (!isObjectType(type) || isGuarded(type) || open.has(type)) return;
    open.add(type);
    for (const field of Object.values(type.getFields())) enter(getNamedType(field.type));
  };
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    if (root) enter(root);
  }
  return open;
}

/**
 * All that anybody can read without an object that was vouched for: where a page stands, whether an answer is a repeat,
 * what went wrong. Whoever adds a line here says that it tells nothing about a portfolio.
 */
const OPEN_LEAVES = [
  /^PageInfo\.(hasNextPage|hasPreviousPage|startCursor|endCursor)$/,
  /^\w+Edge\.cursor$/,
  /^\w+Success\.(replayed|warnings)$/,
  /^\w+Error\.(code|message|retryable)$/,
  /^InvalidInputError\.field$/,
  /^UpstreamRefusedError\.(system|status)$/,
  // Each of these is made for the caller whose own portfolio or request it is about.
  /^InsufficientCashError\.(available|currency)$/,
  /^InsufficientPositionError\.available$/,
  /^(OrderPreview|OrderProblem)\.\w+$/,
  /^NotCancellableError\.state$/,
  /^IllegalStatusChangeError\.(from|to)$/,
  /^Viewer\.(id|scopes)$/,
  // The schema: for operators, or where introspection shows it anyway.
  /^_Service\.sdl$/,
  // A place in the log, of nothing in particular.
  /^Query\.notificationsEnd$/,
  // The market's: the same for everybody, and of no portfolio.
  /^(Instrument|Price|DailyPrice)\.\w+$/,
  // The changes of an operator's run to the portfolio that it was asked for.
  /^SynchronizationChange\.\w+$/,
  // The list itself is for operators only.
  /^ReviewEdge\.reason$/,
  // Of a mutation for operators only.
  /^ReplayParkedEventSuccess\.eventId$/,
];

describe('every path to an object', () => {
  it('leads through a type that has the rule', () => {
    const leaves = [...openTypes()].flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => isLeafType(getNamedType(field.type)))
        .map((field) => `${type.name}.${field.name}`),
    );
    expect(leaves.length).toBeGreaterThan(20);
    expect(leaves.filter((leaf) => !OPEN_LEAVES.some((open) => open.test(leaf)))).toEqual([]);
  });

  it('guards every type that belongs to a customer', () => {
    const names = guarded.map((type) => type.name);
    expect(names).toEqual(
      expect.arrayContaining([
        'Portfolio',
        'Transaction',
        'User',
        'Deposit',
        'Withdrawal',
        'VirtualCashMovement',
        'Order',
        'Rebalancing',
      ]),
    );
    const nodes = objects.filter((type) => type.getInterfaces().some(({ name }) => name === 'Node'));
    // An instrument is the market's.
    expect(nodes.filter((type) => !isGuarded(type)).map(({ name }) => name)).toEqual(['Instrument']);
  });

  it('has nothing that switches the rule off', () => {
    const fields = types.flatMap((type): GraphQLField<unknown, unknown>[] =>
      isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
    );
    const off = ['skipTypeScopes', 'skipInterfaceScopes', 'runScopesOnType', 'grantScopes', 'unauthorizedResolver'];
    const found = [...types, ...fields].filter((each) => off.some((name) => name in optionsOf(each)));
    expect(found.map(({ name }) => name)).toEqual([]);
  });
});

const ULID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

/** Something that the type takes for its own, with a secret in it. */
const SAMPLES: Readonly<Record<string, object>> = {
  Portfolio: { id: `P${ULID}`, holdings: [], name: 'SECRET' },
  Transaction: { id: `T${ULID}`, movements: [], externalId: 'SECRET' },
  User: { id: `U${ULID}`, firstName: 'SECRET', counterAccount: null },
  Deposit: { id: `dep_${ULID}`, reason: 'SECRET' },
  Withdrawal: { id: `wdr_${ULID}`, reason: 'SECRET' },
  VirtualCashMovement: { id: `vcm_${ULID}`, upvestId: 'SECRET' },
  Order: { id: `ord_${ULID}`, reason: 'SECRET' },
  Rebalancing: { id: `rbl_${ULID}`, reason: 'SECRET' },
  CashBalance: { accountGroupId: 'SECRET', currency: 'EUR' },
};

/** Types whose members say themselves which they are. */
const sampleOf = (type: string): object => SAMPLES[type] ?? { shape: type, id: 'SECRET', type: 'SECRET' };

/** A field of the graph, in whatever type, that answers with an object of a guarded type. */
interface Opening {
  readonly at: string;
  readonly type: GraphQLObjectType;
}

const openings: readonly Opening[] = types.flatMap((parent) =>
  isObjectType(parent) || isInterfaceType(parent)
    ? Object.values(parent.getFields()).flatMap((field): Opening[] => {
        const target = getNamedType(field.type);
        const reached = isAbstractType(target) ? schema.getPossibleTypes(target) : isObjectType(target) ? [target] : [];
        return reached.filter(isGuarded).map((type) => ({ at: `${parent.name}.${field.name}`, type }));
      })
    : [],
);

/** A field that forgets to ask whether the viewer may see what it answers with. */
interface Leak {
  readonly name: string;
  /** The type as it is written in the schema language. */
  readonly shape: string;
  readonly answer: unknown;
}

/** One for every shape in which a type may be answered with. */
function leaksOf({ name }: GraphQLObjectType): readonly Leak[] {
  const sample = sampleOf(name);
  const wider = types.filter(isAbstractType).filter((type) => schema.isSubType(type, schema.getType(name) as never));
  return [
    { name: `${name}Leak`, shape: name, answer: sample },
    { name: `${name}LeakAlways`, shape: `${name}!`, answer: sample },
    { name: `${name}LeakList`, shape: `[${name}]`, answer: [sample] },
    ...wider.map((type) => ({ name: `${name}LeakAs${type.name}`, shape: type.name, answer: sample })),
    ...wider.map((type) => ({ name: `${name}LeakAs${type.name}List`, shape: `[${type.name}!]!`, answer: [sample] })),
  ];
}

/** The same types with careless fields. */
function withLeaks(leaks: readonly Leak[]): GraphQLSchema {
  const extended = extendSchema(
    schema,
    parse(`extend type Query { ${leaks.map(({ name, shape }) => `${name}: ${shape}`).join(' ')} }`),
  );
  for (const { name, answer } of leaks) {
    const field = extended.getQueryType()?.getFields()[name];
    if (field !== undefined) field.resolve = () => answer;
  }
  return extended;
}

describe('a field that forgets to ask', () => {
  it('answers with nothing, in whatever shape it answers', async () => {
    const leaks = guarded.flatMap(leaksOf);
    const yoga = createYoga({
      schema: withLeaks(leaks),
      logging: false,
      maskedErrors: { maskError },
      context: () => ({ vouched: new Vouched() }),
    });
    expect(leaks.length).toBeGreaterThan(40);
    for (const { name } of leaks) {
      const response = await yoga.fetch('http://localhost/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: `{ ${name} { __typename } }` }),
      });
      const text = await response.text();
      expect(text, name).toContain('"FORBIDDEN"');
      expect(text, name).not.toContain('"__typename"');
      expect(text, name).not.toContain('SECRET');
    }
  });

  it('answers with nothing where the query was planned before, either', async () => {
    const leaks = guarded.flatMap(leaksOf);
    const leaky = withLeaks(leaks);
    for (const { name } of leaks) {
      const document = parse(`{ ${name} { __typename } }`);
      const operation = getOperationAST(document, null);
      const plan =
        operation &&
        planOperation({ schema: leaky, document, operation, variables: {}, turn: new Turn(systemRuntime) });
      if (!plan) throw new Error(`${name} was not planned`);
      // Somebody has seen all of it before, so its text is remembered.
      await executePlan(plan, { vouched: { has: () => true } }, {});
      const result = await executePlan(plan, { vouched: new Vouched() }, {});
      expect(result.errors[0]?.originalError, name).toBeInstanceOf(ForbiddenError);
      expect(result.data, name).not.toMatch(/__typename|SECRET/);
    }
  });

  it('would be one of those that are there', () => {
    // The shapes above are the shapes that the graph has: nothing answers with a guarded type otherwise.
    expect(openings.length).toBeGreaterThan(20);
    expect(new Set(openings.map(({ type }) => type.name))).toEqual(new Set(guarded.map(({ name }) => name)));
  });
});
