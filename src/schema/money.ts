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

/** Types of deposits, withdrawals and virtual cash movements, and the fields that read them. */
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
    description: 'An entry of a history. An entry with the same state as the one before has a new reason.',
    fields: (t) => ({
      state: t.exposeString('state', { nullable: false, description: 'State that was entered.' }),
      at: t.expose('at', { type: 'DateTime', nullable: false, description: 'Time at which the state was entered.' }),
      reason: t.exposeString('reason', {
        description: 'Reason for the change; null where there is nothing to explain.',
      }),
    }),
  });
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
        description: 'Why the withdrawal was not paid, was returned or needs an operator; null otherwise.',
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

function addVirtualCash({ builder, node, refs }: SchemaParts): void {
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

const BY_KEY = 'The idempotencyKey of its request, made by the same caller.';

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
      description:
        'Deposits made through the gateway, newest first. An empty page and an error where they cannot be read.',
      args: pageArgs(t.arg),
      complexity: listComplexity,
      resolve: pageOrError((portfolio, args, context) => depositsOf(context, portfolio, args)),
    }),
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

function addReviews(parts: SchemaParts): void {
  const { builder, reviewable, pageInfo } = parts;
  const edge = builder.objectRef<{ readonly cursor: string; readonly node: Review }>('ReviewEdge').implement({
    description: 'Edge of reviews: an object that needs an operator and its cursor.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', { nullable: false, description: 'Cursor of this edge, for `after`.' }),
      node: t.field({
        type: reviewable,
        nullable: false,
        description: 'The object that needs an operator.',
        resolve: ({ node }) => node.subject,
      }),
      reason: t.string({
        nullable: false,
        description: 'What the gateway cannot settle.',
        resolve: ({ node }) => node.reason,
      }),
    }),
  });
  const page = builder.objectRef<Awaited<ReturnType<typeof listReviews>>>('ReviewConnection').implement({
    description: 'A page of reviews.',
    fields: (t) => ({
      edges: t.expose('edges', {
        type: [edge],
        nullable: { list: false, items: false },
        description: 'Edges of this page.',
        complexity: { field: 0, multiplier: 1 },
      }),
      pageInfo: t.expose('pageInfo', {
        type: pageInfo,
        nullable: false,
        description: 'Position of this page in the list.',
      }),
    }),
  });
  builder.queryField('reviews', (t) =>
    t.field({
      type: page,
      nullable: false,
      description: 'Deposits, withdrawals and virtual cash movements in NEEDS_REVIEW, oldest first. Operators only.',
      args: pageArgs(t.arg),
      complexity: listComplexity,
      resolve: (_root, args, context) => listReviews(context, args),
    }),
  );
}

function hasPrefix<T extends { readonly id: string }>(value: unknown, prefix: string): value is T {
  return typeof value === 'object' && value !== null && 'id' in value && String(value.id).startsWith(prefix);
}
