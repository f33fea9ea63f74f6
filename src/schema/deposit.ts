import { DEPOSIT_STATES, type Deposit } from '../domain/deposit.ts';
import { depositByIdOrKey, depositsOf, registerDeposit } from '../resolvers/deposits.ts';
import type { Success } from '../resolvers/results.ts';
import { vouched } from './builder.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import { addEnum } from './enums.ts';
import { resultType } from './failures.ts';
import { cashFields, KEY, REPLAYED } from './mutations.ts';
import type { SchemaParts } from './parts.ts';
import { pageOrError } from './shown.ts';
import { BY_KEY, type History, hasPrefix } from './state-change.ts';

export function addDeposits(parts: SchemaParts, history: History): void {
  addDeposit(parts, history);
  addDepositFields(parts);
  addRegisterDeposit(parts);
}

function addDeposit({ builder, node, refs }: SchemaParts, history: History): void {
  const state = addEnum(builder, 'DepositState', 'State of a deposit.', DEPOSIT_STATES, {
    REQUESTED: 'The deposit is recorded and will be carried out.',
    FUNDING: 'The virtual cash increase is issued at the broker.',
    FUNDED: 'The broker has confirmed the increase: the money can be traded with.',
    BOOKING: 'InvestSuite is being updated.',
    COMPLETED: 'Both systems have booked the deposit.',
    FAILED: 'The deposit was refused and no money moved; reason says why.',
    NEEDS_REVIEW: 'The gateway cannot settle the deposit by itself: an operator must look at it; reason says why.',
  });
  builder.objectType(refs.deposit, {
    description: 'A deposit: booked first at the broker, then in InvestSuite.',
    interfaces: [node],
    isTypeOf: (value) => hasPrefix<Deposit>(value, 'dep_'),
    authScopes: vouched,
    fields: (t) => ({
      portfolioId: t.exposeID('portfolioId', {
        nullable: false,
        description: 'Id of the portfolio that the deposit is for.',
      }),
      amount: t.expose('amount', { type: 'Decimal', nullable: false, description: 'Amount of the deposit.' }),
      currency: t.expose('currency', { type: 'CurrencyCode', nullable: false, description: 'Currency of the amount.' }),
      state: t.expose('state', { type: state, nullable: false, description: 'State of the deposit.' }),
      reason: t.exposeString('reason', { description: 'Why the deposit failed or needs an operator; null otherwise.' }),
      virtualCashIncreaseId: t.exposeID('virtualCashIncreaseId', {
        description: "Upvest's id of the virtual cash increase; null until Upvest has accepted it.",
      }),
      history: t.expose('history', {
        type: [history],
        nullable: { list: false, items: false },
        description: 'All states of the deposit, oldest first.',
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: false,
        description: 'Time at which the deposit was recorded.',
      }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false, description: 'Time of the last change.' }),
    }),
  });
}

function addDepositFields({ builder, refs, pageInfo }: SchemaParts): void {
  const deposits = connectionType(builder, { name: 'Deposit', what: 'deposits', node: refs.deposit, pageInfo });
  builder.objectFields(refs.portfolio, (t) => ({
    deposits: t.field({
      type: deposits,
      nullable: false,
      description:
        'Deposits made through the gateway, newest first. An empty page and an error where they cannot be read.',
      args: pageArgs(t.arg),
      complexity: listComplexity,
      resolve: pageOrError((portfolio, args, context) => depositsOf(context, portfolio, args)),
    }),
  }));
  builder.queryFields((t) => ({
    deposit: t.field({
      type: refs.deposit,
      description:
        'A deposit by its id, or by the idempotencyKey of its request (for a client that lost the answer); null where there is none that the viewer may see.',
      args: {
        id: t.arg.id({ description: 'Id of the deposit (dep_…).' }),
        idempotencyKey: t.arg.string({ description: BY_KEY }),
      },
      resolve: (_root, args, context) => depositByIdOrKey(context, args),
    }),
  }));
}

function addRegisterDeposit(parts: SchemaParts): void {
  const { builder, refs } = parts;
  const input = builder.inputType('RegisterDepositInput', {
    description: 'A deposit that has arrived at the bank.',
    fields: (t) => ({
      ...cashFields(t, 'The portfolio it is for.'),
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
