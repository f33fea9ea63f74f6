import { VIRTUAL_CASH_DIRECTIONS, VIRTUAL_CASH_STATUSES, type VirtualCashMovement } from '../domain/virtual-cash.ts';
import type { Success } from '../resolvers/results.ts';
import { cancelVirtualCashDecrease, decreaseVirtualCash, increaseVirtualCash } from '../resolvers/virtual-cash.ts';
import { vouched } from './builder.ts';
import { addEnum } from './enums.ts';
import { resultType } from './failures.ts';
import { cashFields, KEY, REPLAYED } from './mutations.ts';
import type { SchemaParts } from './parts.ts';
import { hasPrefix } from './state-change.ts';

export function addVirtualCash(parts: SchemaParts): void {
  addVirtualCashMovement(parts);
  addVirtualCashMutations(parts);
}

function addVirtualCashMovement({ builder, node, refs }: SchemaParts): void {
  const status = addEnum(builder, 'VirtualCashStatus', 'Status of a virtual cash movement.', VIRTUAL_CASH_STATUSES, {
    ISSUED: 'The movement is issued at the broker, or about to be (upvestId is null then).',
    CONFIRMED: 'The broker has confirmed the movement.',
    QUEUED: 'The broker has queued the decrease until there is enough cash.',
    CANCELLED: 'The movement was cancelled and has no effect.',
    UNKNOWN: 'The status is not known; an operator must look at it.',
  });
  const direction = addEnum(
    builder,
    'VirtualCashDirection',
    'Direction of a virtual cash movement.',
    VIRTUAL_CASH_DIRECTIONS,
    {
      INCREASE: 'Increases the money that can be traded with.',
      DECREASE: 'Decreases the money that can be traded with.',
    },
  );
  builder.objectType(refs.virtualCash, {
    description:
      'An increase or a decrease of virtual cash: money at the broker that can be traded with before it has arrived.',
    interfaces: [node],
    isTypeOf: (value) => hasPrefix<VirtualCashMovement>(value, 'vcm_'),
    authScopes: vouched,
    fields: (t) => ({
      upvestId: t.exposeID('upvestId', {
        description: "Upvest's id of the movement; null until Upvest has accepted it.",
      }),
      direction: t.expose('direction', {
        type: direction,
        nullable: false,
        description: 'Whether the movement is an increase or a decrease.',
      }),
      accountGroupId: t.exposeID('accountGroupId', {
        nullable: false,
        description: "Upvest's id of the account group.",
      }),
      amount: t.expose('amount', { type: 'Decimal', nullable: false, description: 'Amount of the movement.' }),
      currency: t.expose('currency', { type: 'CurrencyCode', nullable: false, description: 'Currency of the amount.' }),
      status: t.expose('status', { type: status, nullable: false, description: 'Status of the movement.' }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: false,
        description: 'Time at which the movement was recorded.',
      }),
    }),
  });
}

function addVirtualCashMutations(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const input = builder.inputType('VirtualCashInput', {
    description: 'Virtual cash to increase or decrease.',
    fields: (t) => ({
      ...cashFields(t, 'The portfolio; its account group at the broker is meant.'),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const cancelInput = builder.inputType('CancelVirtualCashDecreaseInput', {
    description: 'A decrease of virtual cash to be cancelled.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the virtual cash movement (vcm_…).' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const result = (mutation: string, special: Parameters<typeof resultType>[3]) => {
    const success = builder
      .objectRef<Success<{ readonly virtualCashMovement: VirtualCashMovement }>>(`${mutation}Success`)
      .implement({
        description: 'The virtual cash movement is recorded.',
        fields: (t) => ({
          virtualCashMovement: t.expose('virtualCashMovement', {
            type: refs.virtualCash,
            nullable: false,
            description: 'The virtual cash movement in its current state.',
          }),
          replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
        }),
      });
    return resultType(parts, mutation, success, special);
  };
  const increased = result('IncreaseVirtualCash', ['portfolioNotFundable']);
  const decreased = result('DecreaseVirtualCash', ['portfolioNotFundable']);
  const cancelled = result('CancelVirtualCashDecrease', ['notCancellable']);
  builder.mutationFields((t) => ({
    increaseVirtualCash: t.field({
      type: increased,
      nullable: false,
      description: 'Increases virtual cash: the money can be traded with before it has arrived. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The increase.' }) },
      resolve: (_root, args, context) => increaseVirtualCash(context, args.input),
    }),
    decreaseVirtualCash: t.field({
      type: decreased,
      nullable: false,
      description: 'Decreases virtual cash; the broker queues the decrease while there is too little. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The decrease.' }) },
      resolve: (_root, args, context) => decreaseVirtualCash(context, args.input),
    }),
    cancelVirtualCashDecrease: t.field({
      type: cancelled,
      nullable: false,
      description: 'Cancels a decrease of virtual cash that is not confirmed. Operators only.',
      args: { input: t.arg({ type: cancelInput, required: true, description: 'The decrease to cancel.' }) },
      resolve: (_root, args, context) => cancelVirtualCashDecrease(context, args.input),
    }),
  }));
}
