import { REBALANCING_STATES, type Rebalancing, type SkippedOrder } from '../domain/rebalancing.ts';
import {
  executeOptimization,
  ordersOfRebalancing,
  rebalancingById,
  rebalancingsOf,
} from '../resolvers/rebalancings.ts';
import type { Success } from '../resolvers/results.ts';
import { vouched } from './builder.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import { addEnum } from './enums.ts';
import { resultType } from './failures.ts';
import { KEY, REPLAYED } from './mutations.ts';
import type { SchemaParts } from './parts.ts';
import { pageOrError } from './shown.ts';
import { type History, hasPrefix } from './state-change.ts';

/** Optimizations of the robo advisor that are carried out at the broker. */
export function addRebalancings(parts: SchemaParts, history: History): void {
  addRebalancing(parts, history);
  addRebalancingFields(parts);
  addExecuteOptimization(parts);
}

function addRebalancing(parts: SchemaParts, history: History): void {
  const { builder, node, refs } = parts;
  const state = addState(parts);
  const skipped = addSkippedOrder(parts);
  builder.objectType(refs.rebalancing, {
    description:
      "Carries out a robo portfolio's recommendation at the broker: REQUESTED -> SELLING -> BUYING -> COMPLETED. CANCELLED, NEEDS_REVIEW. One optimization is carried out once, whoever asks and however often.",
    interfaces: [node],
    isTypeOf: (value) => hasPrefix<Rebalancing>(value, 'rbl_'),
    authScopes: vouched,
    fields: (t) => ({
      portfolioId: t.exposeID('portfolioId', { nullable: false, description: 'Id of the portfolio.' }),
      optimizationId: t.exposeID('optimizationId', {
        nullable: false,
        description: "InvestSuite's id of the optimization.",
      }),
      state: t.expose('state', { type: state, nullable: false, description: 'State of the rebalancing.' }),
      reason: t.exposeString('reason', {
        description: 'Why it was cancelled or needs an operator; null otherwise.',
      }),
      orders: t.field({
        type: [refs.order],
        nullable: { list: false, items: false },
        description: 'Its orders in their current state: the sells, then the buys that have begun, largest first.',
        resolve: async (rebalancing, _args, context) => [...(await ordersOfRebalancing(context, rebalancing))],
      }),
      skipped: t.expose('skipped', {
        type: [skipped],
        nullable: { list: false, items: false },
        description: 'Recommended orders that were not sent, and why. InvestSuite has them as NOT_EXECUTED.',
      }),
      history: t.expose('history', {
        type: [history],
        nullable: { list: false, items: false },
        description: 'All states of the rebalancing, and what was ordered or skipped, oldest first.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was taken on.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false, description: 'Time of the last change.' }),
    }),
  });
}

const addState = ({ builder }: SchemaParts) =>
  addEnum(builder, 'RebalancingState', 'State of a rebalancing.', REBALANCING_STATES, {
    REQUESTED: 'The rebalancing is recorded at the gateway; nothing was sent.',
    SELLING: 'The sells are at the broker or on their way.',
    BUYING: 'The sells are done: one buy after the other is sent, as far as the cash goes.',
    COMPLETED: 'All orders have ended, and InvestSuite has them.',
    CANCELLED: 'The optimization could not be carried out any more; nothing was sent.',
    NEEDS_REVIEW: 'The gateway cannot write the holdings by itself: an operator must look at it; reason says why.',
  });

const addSkippedOrder = ({ builder, enums }: SchemaParts) =>
  builder.objectRef<SkippedOrder>('SkippedOrder').implement({
    description: 'A recommended order that was not sent.',
    fields: (t) => ({
      isin: t.exposeString('isin', { nullable: false, description: 'ISIN of the instrument.' }),
      side: t.expose('side', { type: enums.OrderSide, nullable: false, description: 'Whether it would buy or sell.' }),
      quantity: t.expose('quantity', {
        type: 'Decimal',
        nullable: false,
        description: 'Units, or money where the optimization orders by amount.',
      }),
      reason: t.exposeString('reason', { nullable: false, description: 'Why it was not sent, in a sentence.' }),
    }),
  });

function addRebalancingFields({ builder, refs, pageInfo }: SchemaParts): void {
  const page = connectionType(builder, {
    name: 'Rebalancing',
    what: 'rebalancings',
    node: refs.rebalancing,
    pageInfo,
  });
  builder.objectFields(refs.portfolio, (t) => ({
    rebalancings: t.field({
      type: page,
      nullable: false,
      description:
        'Rebalancings that were carried out through the gateway, newest first. An empty page and an error where they cannot be read.',
      args: pageArgs(t.arg),
      complexity: listComplexity,
      resolve: pageOrError((portfolio, args, context) => rebalancingsOf(context, portfolio, args)),
    }),
  }));
  builder.queryField('rebalancing', (t) =>
    t.field({
      type: refs.rebalancing,
      description: 'A rebalancing by its id; null where there is none that the viewer may see.',
      args: { id: t.arg.id({ required: true, description: 'Id of the rebalancing (rbl_…).' }) },
      resolve: (_root, { id }, context) => rebalancingById(context, id),
    }),
  );
}

function addExecuteOptimization(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const input = builder.inputType('ExecuteOptimizationInput', {
    description: 'An optimization to carry out.',
    fields: (t) => ({
      portfolioId: t.id({ required: true, description: 'Id of the portfolio.' }),
      optimizationId: t.id({ required: true, description: "InvestSuite's id of the optimization: the latest one." }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<{ readonly rebalancing: Rebalancing }>>('ExecuteOptimizationSuccess');
  success.implement({
    description: 'The optimization is carried out, or was before.',
    fields: (t) => ({
      rebalancing: t.expose('rebalancing', {
        type: refs.rebalancing,
        nullable: false,
        description: 'The rebalancing in its current state.',
      }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
  const result = resultType(parts, 'ExecuteOptimization', success, [
    ...(['portfolioNotTradable', 'optimizationNotExecutable'] as const),
  ]);
  builder.mutationField('executeOptimization', (t) =>
    t.field({
      type: result,
      nullable: false,
      description: "Carries out a robo advisor's optimization at the broker, once. Operators only.",
      args: { input: t.arg({ type: input, required: true, description: 'The optimization.' }) },
      resolve: (_root, args, context) => executeOptimization(context, args.input),
    }),
  );
}
