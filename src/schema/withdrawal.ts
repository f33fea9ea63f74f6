import { PAID_OUT, WITHDRAWAL_STATES, type Withdrawal } from '../domain/withdrawal.ts';
import type { Success } from '../resolvers/results.ts';
import { cancelWithdrawal, requestWithdrawal, withdrawalByIdOrKey, withdrawalsOf } from '../resolvers/withdrawals.ts';
import { vouched } from './builder.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import { addEnum } from './enums.ts';
import { resultType } from './failures.ts';
import { cashFields, KEY, REPLAYED } from './mutations.ts';
import type { SchemaParts } from './parts.ts';
import { pageOrError } from './shown.ts';
import { BY_KEY, type History, hasPrefix } from './state-change.ts';

export function addWithdrawals(parts: SchemaParts, history: History): void {
  addWithdrawal(parts, history);
  addWithdrawalFields(parts);
  addWithdrawalMutations(parts);
}

function addWithdrawal({ builder, node, refs }: SchemaParts, history: History): void {
  const state = addEnum(builder, 'WithdrawalState', 'State of a withdrawal.', WITHDRAWAL_STATES, {
    REQUESTED: 'The withdrawal is recorded and will be carried out.',
    RESERVED: 'InvestSuite does not invest the amount (robo portfolios).',
    AWAITING_CASH: 'The withdrawal waits until the broker has enough cash available.',
    SUBMITTED: 'The broker has accepted the withdrawal (Upvest: NEW).',
    PROCESSING: 'The broker is processing the withdrawal (Upvest: PROCESSING).',
    PAID: 'The broker has handed the payment to the bank (Upvest: CONFIRMED).',
    COMPLETED: 'Both systems have booked the withdrawal.',
    CANCELLED: 'The withdrawal was cancelled before anything was paid; the reservation is released.',
    FAILED: 'The withdrawal was refused and nothing was paid; reason says why.',
    RETURNED: 'The bank returned the money after it was paid. The gateway does not pay it again.',
    NEEDS_REVIEW: 'The gateway cannot settle the withdrawal by itself: an operator must look at it; reason says why.',
  });
  builder.objectType(refs.withdrawal, {
    description:
      'A withdrawal. REQUESTED -> RESERVED (robo portfolios: divest_amount is set) -> AWAITING_CASH (until the broker has the cash available) -> SUBMITTED (broker: NEW) -> PROCESSING -> PAID (broker: CONFIRMED) -> COMPLETED (InvestSuite is updated). It ends in CANCELLED, FAILED or RETURNED (the bank returned the money after PAID), and stops in NEEDS_REVIEW.',
    interfaces: [node],
    isTypeOf: (value) => hasPrefix<Withdrawal>(value, 'wdr_'),
    authScopes: vouched,
    fields: (t) => ({
      portfolioId: t.exposeID('portfolioId', {
        nullable: false,
        description: 'Id of the portfolio that the money comes from.',
      }),
      amount: t.expose('amount', { type: 'Decimal', nullable: false, description: 'Amount of the withdrawal.' }),
      currency: t.expose('currency', { type: 'CurrencyCode', nullable: false, description: 'Currency of the amount.' }),
      state: t.expose('state', { type: state, nullable: false, description: 'State of the withdrawal.' }),
      reason: t.exposeString('reason', {
        description:
          'Why the withdrawal was not paid, was returned or needs an operator; in AWAITING_CASH what it waits for. Null otherwise.',
      }),
      upvestWithdrawalId: t.exposeID('upvestWithdrawalId', {
        description: "Upvest's id of the withdrawal; null until Upvest has accepted it.",
      }),
      taxes: t.expose('taxes', {
        type: 'Decimal',
        description: 'Tax that the broker keeps, in the currency of the withdrawal; null until the broker reports it.',
      }),
      remittanceInformation: t.exposeString('remittanceInformation', {
        description: 'Text for the bank statement; null where none was given.',
      }),
      history: t.expose('history', {
        type: [history],
        nullable: { list: false, items: false },
        description: 'All states of the withdrawal, oldest first.',
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: false,
        description: 'Time at which the withdrawal was recorded.',
      }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false, description: 'Time of the last change.' }),
    }),
  });
}

function addWithdrawalFields({ builder, refs, pageInfo }: SchemaParts): void {
  const withdrawals = connectionType(builder, {
    name: 'Withdrawal',
    what: 'withdrawals',
    node: refs.withdrawal,
    pageInfo,
  });
  builder.objectFields(refs.portfolio, (t) => ({
    withdrawals: t.field({
      type: withdrawals,
      nullable: false,
      description:
        'Withdrawals made through the gateway, newest first. An empty page and an error where they cannot be read.',
      args: pageArgs(t.arg),
      complexity: listComplexity,
      resolve: pageOrError((portfolio, args, context) => withdrawalsOf(context, portfolio, args)),
    }),
  }));
  builder.queryFields((t) => ({
    withdrawal: t.field({
      type: refs.withdrawal,
      description:
        'A withdrawal by its id, or by the idempotencyKey of its request (for a client that lost the answer); null where there is none that the viewer may see.',
      args: {
        id: t.arg.id({ description: 'Id of the withdrawal (wdr_…).' }),
        idempotencyKey: t.arg.string({ description: BY_KEY }),
      },
      resolve: (_root, args, context) => withdrawalByIdOrKey(context, args),
    }),
  }));
}

function addWithdrawalMutations(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const requestInput = builder.inputType('RequestWithdrawalInput', {
    description: 'A withdrawal to be paid out.',
    fields: (t) => ({
      ...cashFields(t, 'The portfolio it comes from.'),
      currency: t.field({
        type: 'CurrencyCode',
        required: true,
        description: `Currency of the amount: the base currency of the portfolio. Upvest pays out ${PAID_OUT.join(' and ')} only; where the bank pays (UPVEST_PAYOUT=virtual-cash), any.`,
      }),
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
