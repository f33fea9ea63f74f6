import { type Checked, firstProblem, type InvalidInput, invalid, valid } from '../checked.ts';
import type { DateTime } from '../datetime.ts';
import type { Decimal } from '../decimal.ts';
import type { OrderCharge } from '../executions.ts';
import { checkCurrency, checkDescription, checkExternalId, checkNotFuture, checkPositive } from '../input-rules.ts';
import { isRequestStatus, isUnfilledStatus, type KnownMovementStatus } from '../movement-status.ts';
import { isChargeType } from '../movement-types.ts';
import type { Movement, MovementStatus, MovementType } from '../transaction.ts';

/**
 * Subject of a status change.
 *
 * `order`: the whole order; the change replaces its open executions. `execution`: one fill, by the broker's id; the
 * other fills stay. `remainder`: the unfilled part, when the broker ends an order; every fill stays.
 */
export type ChangeSubject =
  | { readonly kind: 'order' }
  | { readonly kind: 'execution'; readonly externalId: string }
  | { readonly kind: 'remainder' };

/** A checked change of an order's status; numbers are magnitudes. Can be stored as JSON. */
export interface OrderStatusChange {
  readonly subject: ChangeSubject;
  readonly status: KnownMovementStatus;
  readonly datetime: DateTime;
  readonly quantity: Decimal | null;
  readonly unitPrice: Decimal | null;
  /** Null: quantity x unit price, or the amount of the execution. */
  readonly cashAmount: Decimal | null;
  /** Null: the order's currency, else `defaultCurrency`. */
  readonly currency: string | null;
  /** The portfolio's base currency. */
  readonly defaultCurrency: string;
  /** Null: not given (a settlement keeps those of the execution); empty: none. */
  readonly charges: readonly OrderCharge[] | null;
}

/** A status change of a client's input. */
export interface OrderStatusDraft {
  readonly subject?: ChangeSubject;
  readonly status: MovementStatus;
  readonly datetime?: DateTime | null | undefined;
  readonly quantity?: Decimal | null | undefined;
  readonly unitPrice?: Decimal | null | undefined;
  readonly cashAmount?: Decimal | null | undefined;
  readonly currency?: string | null | undefined;
  readonly charges?: readonly OrderChargeDraft[] | null | undefined;
}

export interface OrderChargeDraft {
  readonly type: MovementType;
  readonly amount: Decimal;
  readonly description?: string | null | undefined;
}

/** Effect of a status change on the list of movements, which InvestSuite replaces as a whole. */
export type OrderStatusResult =
  | { readonly kind: 'changed'; readonly movements: readonly Movement[] }
  /** The list has this status already: nothing to send. */
  | { readonly kind: 'unchanged' }
  | IllegalChange
  | InvalidInput;

export interface IllegalChange {
  readonly kind: 'illegal';
  readonly from: MovementStatus;
  readonly to: MovementStatus;
}

export const illegal = (from: MovementStatus, to: MovementStatus): IllegalChange => ({ kind: 'illegal', from, to });

const MAX_CHARGES = 50;

/**
 * Checks everything that does not depend on the order. {@link applyOrderStatus} checks the transition and required
 * values.
 */
export function checkOrderStatusChange(
  draft: OrderStatusDraft,
  context: { readonly now: DateTime; readonly baseCurrency: string },
): Checked<OrderStatusChange> {
  const { status, subject = { kind: 'order' } } = draft;
  if (status === 'UNKNOWN') return invalid('status', 'UNKNOWN is not a status that can be set.');
  const charges = checkCharges(draft.charges ?? null);
  const problem = firstProblem([
    checkSubject(subject, status),
    checkNotFuture('datetime', draft.datetime, context.now),
    checkPositive('quantity', draft.quantity),
    checkPositive('unitPrice', draft.unitPrice),
    checkPositive('cashAmount', draft.cashAmount),
    checkCurrency('currency', draft.currency),
    charges.kind === 'invalid' ? charges : undefined,
    checkOnlyWithExecution(draft),
  ]);
  if (problem !== undefined) return problem;
  return valid({
    subject,
    status,
    datetime: draft.datetime ?? context.now,
    quantity: draft.quantity ?? null,
    unitPrice: draft.unitPrice ?? null,
    cashAmount: draft.cashAmount ?? null,
    currency: draft.currency ?? null,
    defaultCurrency: context.baseCurrency,
    charges: charges.kind === 'valid' ? charges.value : null,
  });
}

function checkSubject(subject: ChangeSubject, status: KnownMovementStatus): InvalidInput | undefined {
  switch (subject.kind) {
    case 'order':
      return undefined;
    case 'execution':
      return isRequestStatus(status)
        ? invalid('status', 'Expected an execution status.')
        : checkExternalId('executionId', subject.externalId);
    case 'remainder':
      return isUnfilledStatus(status)
        ? undefined
        : invalid('status', 'The open part of an order can only be CANCELLED, EXPIRED or NOT_EXECUTED.');
    default:
      return subject satisfies never;
  }
}

/** Money moves with EXECUTED and SETTLED only. */
function checkOnlyWithExecution(draft: OrderStatusDraft): InvalidInput | undefined {
  if (draft.status === 'EXECUTED' || draft.status === 'SETTLED') return undefined;
  if (draft.cashAmount != null) return invalid('cashAmount', `No cash moves with ${draft.status}.`);
  return (draft.charges ?? []).length > 0 ? invalid('charges', `No cash moves with ${draft.status}.`) : undefined;
}

function checkCharges(drafts: readonly OrderChargeDraft[] | null): Checked<readonly OrderCharge[] | null> {
  if (drafts === null) return valid(null);
  if (drafts.length > MAX_CHARGES) return invalid('charges', `Expected at most ${MAX_CHARGES} charges.`);
  const charges: OrderCharge[] = [];
  for (const [index, { type, amount, description = null }] of drafts.entries()) {
    const field = `charges[${index}]`;
    if (!isChargeType(type)) return invalid(`${field}.type`, 'Expected a fee or a tax.');
    const problem = checkPositive(`${field}.amount`, amount) ?? checkDescription(`${field}.description`, description);
    if (problem !== undefined) return problem;
    charges.push({ type, amount, description });
  }
  return valid(charges);
}
