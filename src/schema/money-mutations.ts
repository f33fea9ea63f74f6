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
  'The same key with the same input answers with the same result and has no second effect, for ever; the same key with ' +
  'another input is IdempotencyKeyReusedError. 1 to 255 characters.';
export const REPLAYED = 'This key was answered before, nothing happened now.';

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;
type InputFields = InputFieldBuilder<Types, 'InputObject'>;

/** What every movement of money says: for which portfolio, how much. */
const moneyFields = (t: InputFields, portfolio: string) => ({
  portfolioId: t.id({ required: true, description: portfolio }),
  amount: t.field({
    type: 'Decimal',
    required: true,
    description: 'More than 0, at most two decimals, at most 999999999.99.',
  }),
  currency: t.field({ type: 'CurrencyCode', required: true, description: 'The base currency of the portfolio.' }),
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
    description: 'Money that has arrived at the bank for a portfolio.',
    fields: (t) => ({
      ...moneyFields(t, 'The portfolio it is for.'),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<{ readonly deposit: Deposit }>>('RegisterDepositSuccess').implement({
    description: 'The deposit is recorded and will be carried out.',
    fields: (t) => ({
      deposit: t.expose('deposit', { type: refs.deposit, nullable: false, description: 'The deposit as it is now.' }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
  const result = resultType(parts, 'RegisterDeposit', success, ['portfolioNotFundable']);
  builder.mutationField('registerDeposit', (t) =>
    t.field({
      type: result,
      nullable: false,
      description: 'Books money that has arrived: at the broker, then in InvestSuite. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'What has arrived.' }) },
      resolve: (_root, args, context) => registerDeposit(context, args.input),
    }),
  );
}

function addWithdrawalMutations(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const requestInput = builder.inputType('RequestWithdrawalInput', {
    description: 'Money to be paid out.',
    fields: (t) => ({
      ...moneyFields(t, 'The portfolio it comes from.'),
      referenceAccountId: t.id({
        description: "The broker's reference account to pay to; the only one of the owner when left out.",
      }),
      remittanceInformation: t.string({ description: 'Text for the bank statement, at most 140 characters.' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const cancelInput = builder.inputType('CancelWithdrawalInput', {
    description: 'A withdrawal to be cancelled.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the withdrawal.' }),
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
          description: 'The withdrawal as it is now.',
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
      description: 'Pays money out to a bank account of the owner. Needs cash:withdraw.',
      args: { input: t.arg({ type: requestInput, required: true, description: 'What to pay out.' }) },
      resolve: (_root, args, context) => requestWithdrawal(context, args.input),
    }),
    cancelWithdrawal: t.field({
      type: cancelled,
      nullable: false,
      description: 'Cancels a withdrawal that the broker has not begun to work on. Needs cash:withdraw.',
      args: { input: t.arg({ type: cancelInput, required: true, description: 'Which one.' }) },
      resolve: (_root, args, context) => cancelWithdrawal(context, args.input),
    }),
  }));
}

function addVirtualCashMutations(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const input = builder.inputType('VirtualCashInput', {
    description: 'Virtual cash to be increased or decreased.',
    fields: (t) => ({
      ...moneyFields(t, 'The portfolio; its account group at the broker is meant.'),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const cancelInput = builder.inputType('CancelVirtualCashDecreaseInput', {
    description: 'A decrease to be cancelled.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of the movement (vcm_…).' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const result = (mutation: string, special: Parameters<typeof resultType>[3]) => {
    const success = builder
      .objectRef<Success<{ readonly virtualCashMovement: VirtualCashMovement }>>(`${mutation}Success`)
      .implement({
        description: 'The movement, recorded.',
        fields: (t) => ({
          virtualCashMovement: t.expose('virtualCashMovement', {
            type: refs.virtualCash,
            nullable: false,
            description: 'The movement as it is now.',
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
      description: 'Lets money be traded with at the broker before it has moved. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'How much, and where.' }) },
      resolve: (_root, args, context) => increaseVirtualCash(context, args.input),
    }),
    decreaseVirtualCash: t.field({
      type: decreased,
      nullable: false,
      description: 'Takes virtual cash back; waits at the broker while there is too little. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'How much, and where.' }) },
      resolve: (_root, args, context) => decreaseVirtualCash(context, args.input),
    }),
    cancelVirtualCashDecrease: t.field({
      type: cancelled,
      nullable: false,
      description: 'Cancels a decrease that has not been confirmed. Operators only.',
      args: { input: t.arg({ type: cancelInput, required: true, description: 'Which one.' }) },
      resolve: (_root, args, context) => cancelVirtualCashDecrease(context, args.input),
    }),
  }));
}

function addReviewMutation(parts: SchemaParts): void {
  const { builder, reviewable } = parts;
  const outcome = builder.enumType('ReviewOutcome', {
    description: 'What a person found out about the doubtful step.',
    values: {
      DONE: { description: 'It did happen: go on.' },
      NOT_DONE: { description: 'It did not happen: fail and release.' },
      RETRY: { description: 'Ask the upstream again.' },
    } as const,
  });
  const input = builder.inputType('ResolveReviewInput', {
    description:
      'DONE: the doubtful step did happen, go on. NOT_DONE: it did not, fail and release. RETRY: ask the upstream again. Audited.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'Id of what is in NEEDS_REVIEW.' }),
      outcome: t.field({ type: outcome, required: true, description: 'What was found out.' }),
      note: t.string({ required: true, description: 'How it was found out; kept in the history and the audit.' }),
      idempotencyKey: t.string({ required: true, description: KEY }),
    }),
  });
  const success = builder.objectRef<Success<{ readonly subject: Money }>>('ResolveReviewSuccess').implement({
    description: 'The review is resolved.',
    fields: (t) => ({
      subject: t.expose('subject', {
        type: reviewable,
        nullable: false,
        description: 'What was reviewed, as it is now.',
      }),
      replayed: t.exposeBoolean('replayed', { nullable: false, description: REPLAYED }),
    }),
  });
  const result = resultType(parts, 'ResolveReview', success, []);
  builder.mutationField('resolveReview', (t) =>
    t.field({
      type: result,
      nullable: false,
      description: 'Ends what no machine could settle. Operators only.',
      args: { input: t.arg({ type: input, required: true, description: 'What was found out.' }) },
      resolve: (_root, args, context) => resolveReview(context, args.input),
    }),
  );
}
