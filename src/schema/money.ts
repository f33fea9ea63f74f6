import type { Deposit } from '../domain/deposit.ts';
import { DEPOSIT_STATES } from '../domain/deposit.ts';
import type { StateChange } from '../domain/state-change.ts';
import { VIRTUAL_CASH_DIRECTIONS, VIRTUAL_CASH_STATUSES, type VirtualCashMovement } from '../domain/virtual-cash.ts';
import { WITHDRAWAL_STATES, type Withdrawal } from '../domain/withdrawal.ts';
import { depositByIdOrKey, depositsOf, withdrawalByIdOrKey, withdrawalsOf } from '../resolvers/money.ts';
import { listReviews, type Review } from '../resolvers/reviews.ts';
import { vouched } from './builder.ts';
import { connectionType, listComplexity, pageArgs } from './connections.ts';
import { addEnum } from './enums.ts';
import type { SchemaParts } from './parts.ts';
import { pageOrError } from './shown.ts';

/** Deposits, withdrawals and virtual cash: their types, and where they can be read. */
export function addMoney(parts: SchemaParts): void {
  const history = addStateChange(parts);
  addDeposit(parts, history);
  addWithdrawal(parts, history);
  addVirtualCash(parts);
  addMoneyFields(parts);
  addReviews(parts);
}

type History = ReturnType<typeof addStateChange>;

function addStateChange({ builder }: SchemaParts) {
  return builder.objectRef<StateChange<string>>('StateChange').implement({
    description: 'One line of a history. The same state again: it is the same, and has a new reason.',
    fields: (t) => ({
      state: t.exposeString('state', { nullable: false, description: 'The state entered.' }),
      at: t.expose('at', { type: 'DateTime', nullable: false, description: 'When.' }),
      reason: t.exposeString('reason', { description: 'Why, where that needs saying.' }),
    }),
  });
}

function addDeposit({ builder, node, refs }: SchemaParts, history: History): void {
  const state = addEnum(builder, 'DepositState', 'How far a deposit is.', DEPOSIT_STATES, {
    REQUESTED: 'Recorded: it will be carried out whatever happens.',
    FUNDING: 'The broker was told (virtual cash increase issued).',
    FUNDED: 'The broker has confirmed: the money can be traded.',
    BOOKING: 'InvestSuite is being told.',
    COMPLETED: 'Both systems agree.',
    FAILED: 'Refused; nothing was moved. The reason says why.',
    NEEDS_REVIEW: 'Cannot be settled by a machine: a person looks at it.',
  });
  builder.objectType(refs.deposit, {
    description: 'Money on its way in: to the broker first, then to InvestSuite.',
    interfaces: [node],
    isTypeOf: (value) => hasPrefix<Deposit>(value, 'dep_'),
    authScopes: vouched,
    fields: (t) => ({
      portfolioId: t.exposeID('portfolioId', { nullable: false, description: 'The portfolio it is for.' }),
      amount: t.expose('amount', { type: 'Decimal', nullable: false, description: 'How much.' }),
      currency: t.expose('currency', { type: 'CurrencyCode', nullable: false, description: 'Its currency.' }),
      state: t.expose('state', { type: state, nullable: false, description: 'How far it is.' }),
      reason: t.exposeString('reason', { description: 'Why it failed or needs a person; null otherwise.' }),
      virtualCashIncreaseId: t.exposeID('virtualCashIncreaseId', {
        description: 'Upvest’s id of the virtual cash increase, once there is one.',
      }),
      history: t.expose('history', {
        type: [history],
        nullable: { list: false, items: false },
        description: 'All states so far, oldest first.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was recorded.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false, description: 'When it last moved.' }),
    }),
  });
}

function addWithdrawal({ builder, node, refs }: SchemaParts, history: History): void {
  const state = addEnum(builder, 'WithdrawalState', 'How far a withdrawal is.', WITHDRAWAL_STATES, {
    REQUESTED: 'Recorded: it will be carried out whatever happens.',
    RESERVED: 'InvestSuite keeps the amount from being invested (robo portfolios).',
    AWAITING_CASH: 'Waiting until the broker has the money free.',
    SUBMITTED: 'The broker has it (NEW).',
    PROCESSING: 'The broker is working on it.',
    PAID: 'Handed to the bank (the broker’s CONFIRMED).',
    COMPLETED: 'InvestSuite has been told: both systems agree.',
    CANCELLED: 'Cancelled before anything was paid; the reservation is released.',
    FAILED: 'Refused; nothing was paid. The reason says why.',
    RETURNED: 'The bank sent the money back after it was paid. It is not paid again.',
    NEEDS_REVIEW: 'Cannot be settled by a machine: a person looks at it.',
  });
  builder.objectType(refs.withdrawal, {
    description:
      'Money on its way out. REQUESTED -> RESERVED (divest_amount set, robo portfolios) -> AWAITING_CASH (until the broker ' +
      'has the money free) -> SUBMITTED (broker NEW) -> PROCESSING -> PAID (broker CONFIRMED) -> COMPLETED (InvestSuite ' +
      'told). CANCELLED, FAILED, RETURNED (the bank sent it back after PAID), NEEDS_REVIEW end or park it.',
    interfaces: [node],
    isTypeOf: (value) => hasPrefix<Withdrawal>(value, 'wdr_'),
    authScopes: vouched,
    fields: (t) => ({
      portfolioId: t.exposeID('portfolioId', { nullable: false, description: 'The portfolio it comes from.' }),
      amount: t.expose('amount', { type: 'Decimal', nullable: false, description: 'How much.' }),
      currency: t.expose('currency', { type: 'CurrencyCode', nullable: false, description: 'Its currency.' }),
      state: t.expose('state', { type: state, nullable: false, description: 'How far it is.' }),
      reason: t.exposeString('reason', { description: 'Why it ended without payment, came back or needs a person.' }),
      upvestWithdrawalId: t.exposeID('upvestWithdrawalId', { description: 'Upvest’s id of it, once it has one.' }),
      taxes: t.expose('taxes', {
        type: 'Decimal',
        description: 'Tax that the broker keeps, in the currency of the withdrawal; null until it says.',
      }),
      remittanceInformation: t.exposeString('remittanceInformation', { description: 'Text for the bank statement.' }),
      history: t.expose('history', {
        type: [history],
        nullable: { list: false, items: false },
        description: 'All states so far, oldest first.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was recorded.' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: false, description: 'When it last moved.' }),
    }),
  });
}

function addVirtualCash({ builder, node, refs }: SchemaParts): void {
  const status = addEnum(
    builder,
    'VirtualCashStatus',
    'How far a movement of virtual cash is.',
    VIRTUAL_CASH_STATUSES,
    {
      ISSUED: 'Given to the broker (or about to be: upvestId is null then).',
      CONFIRMED: 'Done.',
      QUEUED: 'A decrease that waits for money at the broker.',
      CANCELLED: 'Without effect.',
      UNKNOWN: 'Not known; a person looks at it.',
    },
  );
  const direction = addEnum(builder, 'VirtualCashDirection', 'More or less of it.', VIRTUAL_CASH_DIRECTIONS, {
    INCREASE: 'More money can be traded with.',
    DECREASE: 'Less money can be traded with.',
  });
  builder.objectType(refs.virtualCash, {
    description: 'Money at the broker that may be traded with before it has moved (increase), or no longer (decrease).',
    interfaces: [node],
    isTypeOf: (value) => hasPrefix<VirtualCashMovement>(value, 'vcm_'),
    authScopes: vouched,
    fields: (t) => ({
      upvestId: t.exposeID('upvestId', { description: 'Upvest’s id of it, once it has one.' }),
      direction: t.expose('direction', { type: direction, nullable: false, description: 'Increase or decrease.' }),
      accountGroupId: t.exposeID('accountGroupId', { nullable: false, description: 'Upvest’s account group.' }),
      amount: t.expose('amount', { type: 'Decimal', nullable: false, description: 'How much.' }),
      currency: t.expose('currency', { type: 'CurrencyCode', nullable: false, description: 'Its currency.' }),
      status: t.expose('status', { type: status, nullable: false, description: 'How far it is.' }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was recorded.' }),
    }),
  });
}

const BY_KEY = 'The idempotencyKey it was asked for with, by the same caller.';

function addMoneyFields(parts: SchemaParts): void {
  const { builder, refs, pageInfo } = parts;
  const deposits = connectionType(builder, { name: 'Deposit', what: 'deposits', node: refs.deposit, pageInfo });
  const withdrawals = connectionType(builder, {
    name: 'Withdrawal',
    what: 'withdrawals',
    node: refs.withdrawal,
    pageInfo,
  });
  builder.objectFields(refs.portfolio, (t) => ({
    deposits: t.field({
      type: deposits,
      nullable: false,
      description: 'Deposits made through the gateway, newest first. Where they cannot be read: no rows, and an error.',
      args: pageArgs(t.arg),
      complexity: listComplexity,
      resolve: pageOrError((portfolio, args, context) => depositsOf(context, portfolio, args)),
    }),
    withdrawals: t.field({
      type: withdrawals,
      nullable: false,
      description:
        'Withdrawals made through the gateway, newest first. Where they cannot be read: no rows, and an error.',
      args: pageArgs(t.arg),
      complexity: listComplexity,
      resolve: pageOrError((portfolio, args, context) => withdrawalsOf(context, portfolio, args)),
    }),
  }));
  builder.queryFields((t) => ({
    deposit: t.field({
      type: refs.deposit,
      description: 'By id, or by the idempotencyKey it was asked for with (for a client that lost the answer).',
      args: {
        id: t.arg.id({ description: 'Id of the deposit.' }),
        idempotencyKey: t.arg.string({ description: BY_KEY }),
      },
      resolve: (_root, args, context) => depositByIdOrKey(context, args),
    }),
    withdrawal: t.field({
      type: refs.withdrawal,
      description: 'By id, or by the idempotencyKey it was asked for with (for a client that lost the answer).',
      args: {
        id: t.arg.id({ description: 'Id of the withdrawal.' }),
        idempotencyKey: t.arg.string({ description: BY_KEY }),
      },
      resolve: (_root, args, context) => withdrawalByIdOrKey(context, args),
    }),
  }));
}

/** What needs a person. */
function addReviews(parts: SchemaParts): void {
  const { builder, reviewable, pageInfo } = parts;
  const edge = builder.objectRef<{ readonly cursor: string; readonly node: Review }>('ReviewEdge').implement({
    description: 'One that needs a person, with its place.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', { nullable: false, description: 'Place in the list.' }),
      node: t.field({
        type: reviewable,
        nullable: false,
        description: 'What it is.',
        resolve: ({ node }) => node.subject,
      }),
      reason: t.string({ nullable: false, description: 'What cannot be settled.', resolve: ({ node }) => node.reason }),
    }),
  });
  const page = builder.objectRef<Awaited<ReturnType<typeof listReviews>>>('ReviewConnection').implement({
    description: 'A page of what needs a person.',
    fields: (t) => ({
      edges: t.expose('edges', {
        type: [edge],
        nullable: { list: false, items: false },
        description: 'The rows of this page.',
        complexity: { field: 0, multiplier: 1 },
      }),
      pageInfo: t.expose('pageInfo', { type: pageInfo, nullable: false, description: 'Where this page stands.' }),
    }),
  });
  builder.queryField('reviews', (t) =>
    t.field({
      type: page,
      nullable: false,
      description:
        'What needs a person: deposits, withdrawals and virtual cash in NEEDS_REVIEW, oldest first. Operators only.',
      args: pageArgs(t.arg),
      complexity: listComplexity,
      resolve: (_root, args, context) => listReviews(context, args),
    }),
  );
}

function hasPrefix<T extends { readonly id: string }>(value: unknown, prefix: string): value is T {
  return typeof value === 'object' && value !== null && 'id' in value && String(value.id).startsWith(prefix);
}
