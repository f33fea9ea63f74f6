import type { InputFieldBuilder } from '@pothos/core';
import type { Deposit } from '../domain/deposit.ts';
import type { VirtualCashMovement } from '../domain/virtual-cash.ts';
import type { Withdrawal } from '../domain/withdrawal.ts';
import {
  cancelVirtualCashDecrease,
  cancelWithdrawal,
  decreaseVirtualCash,
  increaseVirtualCash,
  type Money,
  registerDeposit,
  requestWithdrawal,
} from '../resolvers/money.ts';
import type { Success } from '../resolvers/results.ts';
import { resolveReview } from '../resolvers/reviews.ts';
import type { SchemaTypes } from './builder.ts';
import { resultType } from './failures.ts';
import type { SchemaParts } from './parts.ts';

export const KEY =
  'Key of the request, 1 to 255 characters. The same key with the same input returns the same result and has no second ' +
  'effect, for ever. Error: IdempotencyKeyReusedError where the key was used with another input.';
export const REPLAYED = 'True where this idempotencyKey was answered before: the call had no effect.';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;
type InputFields = InputFieldBuilder<Types, 'InputObject'>;

/** Input fields of every mutation that moves money. */
const moneyFields = (t: InputFields, portfolio: string) => ({
  portfolioId: t.id({ required: true, description: portfolio }),
  amount: t.field({
    type: 'Decimal',
    required: true,
    description: 'Amount: more than 0, at most two decimals, at most 999999999.99.',
  }),
  currency: t.field({
    type: 'CurrencyCode',
    required: true,
    description: 'Currency of the amount: the base currency of the portfolio.',
  }),
});

/** Mutations that move money. */
export function addMoneyMutations(parts: SchemaParts): void {
  addDepositMutation(parts);
  addWithdrawalMutations(parts);
  addVirtualCashMutations(parts);
  addReviewMutation(parts);
}

function addDepositMutation(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const input = builder.inputType('RegisterDepositInput', {
    description: 'A deposit that has arrived at the bank.',
    fields: (t) => ({
      ...moneyFields(t, 'The portfolio it is for.'),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<{ readonly deposit: Deposit }>>('RegisterDepositSuccess').implement({
    description: 'The deposit is recorded and will be carried out.',
    fields: (t) => ({
      deposit: t.expose('deposit', {
        type: refs.deposit,
        nullable: false,
        description: 'The deposit in its current state.',
      }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
  const result = resultType(parts, 'RegisterDeposit', success, ['portfolioNotFundable']);
  builder.mutationField('registerDeposit', (t) =>
    t.field({
      type: result,
      nullable: false,
      description:
        'Books a deposit that has arrived at the bank: first at the broker, then in InvestSuite. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The deposit.' }) },
      resolve: (_root, args, context) => registerDeposit(context, args.input),
    }),
  );
}

function addWithdrawalMutations(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const requestInput = builder.inputType('RequestWithdrawalInput', {
    description: 'A withdrawal to be paid out.',
    fields: (t) => ({
      ...moneyFields(t, 'The portfolio it comes from.'),
      referenceAccountId: t.id({
        description: "Upvest's id of the reference account to pay to; may be left out where the owner has only one.",
      }),
      remittanceInformation: t.string({ description: 'Text for the bank statement, at most 140 characters.' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const cancelInput = builder.inputType('CancelWithdrawalInput', {
    description: 'A withdrawal to be cancelled.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the withdrawal (wdr_…).' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = (name: string, description: string) =>
    builder.objectRef<Success<{ readonly withdrawal: Withdrawal }>>(name).implement({
      description,
      fields: (t) => ({
        withdrawal: t.expose('withdrawal', {
          type: refs.withdrawal,
          nullable: false,
          description: 'The withdrawal in its current state.',
        }),
        replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
      }),
    });
  const requested = resultType(
    parts,
    'RequestWithdrawal',
    success('RequestWithdrawalSuccess', 'The withdrawal is recorded and will be carried out.'),
    ['portfolioNotFundable', 'insufficientCash', 'rebalancingInProgress'],
  );
  const cancelled = resultType(
    parts,
    'CancelWithdrawal',
    success('CancelWithdrawalSuccess', 'The withdrawal is cancelled: nothing will be paid.'),
    ['notCancellable'],
  );
  builder.mutationFields((t) => ({
    requestWithdrawal: t.field({
      type: requested,
      nullable: false,
      description: 'Pays money out to a bank account of the owner. Needs the permission cash:withdraw.',
      args: { input: t.arg({ type: requestInput, required: true, description: 'The withdrawal.' }) },
      resolve: (_root, args, context) => requestWithdrawal(context, args.input),
    }),
    cancelWithdrawal: t.field({
      type: cancelled,
      nullable: false,
      description:
        'Cancels a withdrawal that the broker has not started to process. Needs the permission cash:withdraw.',
      args: { input: t.arg({ type: cancelInput, required: true, description: 'The withdrawal to cancel.' }) },
      resolve: (_root, args, context) => cancelWithdrawal(context, args.input),
    }),
  }));
}

function addVirtualCashMutations(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const input = builder.inputType('VirtualCashInput', {
    description: 'Virtual cash to increase or decrease.',
    fields: (t) => ({
      ...moneyFields(t, 'The portfolio; its account group at the broker is meant.'),
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

function addReviewMutation(parts: SchemaParts): void {
  const { builder, reviewable } = parts;
  const outcome = builder.enumType('ReviewOutcome', {
    description: 'What the operator found out about the step with the unknown outcome.',
    values: {
      DONE: { description: 'The step was done: the workflow goes on.' },
      NOT_DONE: { description: 'The step was not done: the workflow fails and releases what it reserved.' },
      RETRY: { description: 'The outcome is still unknown: the gateway asks the upstream again.' },
    } as const,
  });
  const input = builder.inputType('ResolveReviewInput', {
    description: 'Decision of an operator about an object in NEEDS_REVIEW. It is written to the audit log.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the object in NEEDS_REVIEW.' }),
      outcome: t.field({ type: outcome, required: true, description: 'What the operator found out.' }),
      note: t.string({
        required: true,
        description: 'How the operator found out; kept in the history and in the audit log.',
      }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<{ readonly subject: Money }>>('ResolveReviewSuccess').implement({
    description: 'The review is resolved.',
    fields: (t) => ({
      subject: t.expose('subject', {
        type: reviewable,
        nullable: false,
        description: 'The reviewed object in its current state.',
      }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
  const result = resultType(parts, 'ResolveReview', success, []);
  builder.mutationField('resolveReview', (t) =>
    t.field({
      type: result,
      nullable: false,
      description: 'Ends a review with what an operator found out. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'The decision.' }) },
      resolve: (_root, args, context) => resolveReview(context, args.input),
    }),
  );
}
