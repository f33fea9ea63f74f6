import type { Decimal } from '../domain/decimal.ts';
import type { Deposit } from '../domain/deposit.ts';
import type { PortfolioId } from '../domain/ids.ts';
import type { VirtualCashMovement } from '../domain/virtual-cash.ts';
import type { Withdrawal } from '../domain/withdrawal.ts';
import type { RequestContext } from './context.ts';
import type { Result } from './results.ts';

export interface MoneyInput {
  readonly portfolioId: string;
  readonly amount: Decimal;
  readonly currency: string;
  readonly idempotencyKey: string;
}

export interface WithdrawalInput extends MoneyInput {
  readonly referenceAccountId?: string | null | undefined;
  readonly remittanceInformation?: string | null | undefined;
}

export interface CancelInput {
  readonly id: string;
  readonly idempotencyKey: string;
}

export interface ReviewInput {
  readonly id: string;
  readonly outcome: 'DONE' | 'NOT_DONE' | 'RETRY';
  readonly note: string;
  readonly idempotencyKey: string;
}

/** Rows of one portfolio, newest first, behind a row's place. */
export interface MoneyPage {
  readonly portfolioId: PortfolioId;
  readonly limit: number;
  /** Creation time and id of the row before. */
  readonly after: readonly [createdAt: string, id: string] | null;
}

export type Reviewable = Deposit | Withdrawal | VirtualCashMovement;

/** What the graph asks of the durable workflows. Who may do it is checked in there, in the documented order. */
export interface MoneyService {
  registerDeposit(context: RequestContext, input: MoneyInput): Promise<Result<{ readonly deposit: Deposit }>>;
  requestWithdrawal(
    context: RequestContext,
    input: WithdrawalInput,
  ): Promise<Result<{ readonly withdrawal: Withdrawal }>>;
  cancelWithdrawal(context: RequestContext, input: CancelInput): Promise<Result<{ readonly withdrawal: Withdrawal }>>;
  increaseVirtualCash(
    context: RequestContext,
    input: MoneyInput,
  ): Promise<Result<{ readonly virtualCashMovement: VirtualCashMovement }>>;
  decreaseVirtualCash(
    context: RequestContext,
    input: MoneyInput,
  ): Promise<Result<{ readonly virtualCashMovement: VirtualCashMovement }>>;
  cancelVirtualCashDecrease(
    context: RequestContext,
    input: CancelInput,
  ): Promise<Result<{ readonly virtualCashMovement: VirtualCashMovement }>>;
  resolveReview(context: RequestContext, input: ReviewInput): Promise<Result<{ readonly subject: Reviewable }>>;
  /** Any of ours by its id. */
  byId(id: string): Promise<Reviewable | null>;
  /** What this caller asked for with this key. */
  byKey(caller: string, idempotencyKey: string): Promise<Reviewable | null>;
  deposits(page: MoneyPage): Promise<readonly Deposit[]>;
  withdrawals(page: MoneyPage): Promise<readonly Withdrawal[]>;
  /** In NEEDS_REVIEW, oldest first. */
  reviews(page: Omit<MoneyPage, 'portfolioId'>): Promise<readonly Reviewable[]>;
}
