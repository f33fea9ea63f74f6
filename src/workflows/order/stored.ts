import { z } from 'zod';
import type { InvalidInput } from '../../domain/checked.ts';
import type { IllegalStatusChange, NotFound, UpstreamRefused } from '../../domain/failures.ts';
import { parsePortfolioId, parseTransactionId } from '../../domain/ids.ts';
import { EXECUTION_STATUSES, REQUEST_STATUSES } from '../../domain/movement-status.ts';
import { isChargeType, type KnownMovementType } from '../../domain/movement-types.ts';
import type { NewTransaction } from '../../domain/movement-validation.ts';
import type { OrderStatusChange } from '../../domain/order/change.ts';
import { decimalText, parsed, timeText } from '../../domain/parsed-text.ts';
import type { Holding } from '../../domain/portfolio.ts';
import {
  MOVEMENT_STATUSES,
  MOVEMENT_TYPES,
  type Movement,
  ORDER_TYPES,
  TRADE_TYPES,
  TRANSACTION_TYPES,
  type Transaction,
} from '../../domain/transaction.ts';

/** Parses the stored JSON of rows. A row that can't be parsed is a defect: it throws. */

const text = z.string().nullable();
const portfolioId = parsed(parsePortfolioId, 'a portfolio id');
export const transactionId = parsed(parseTransactionId, 'a transaction id');

const storedMovement: z.ZodType<Movement> = z.object({
  externalId: text,
  referenceExternalId: text,
  type: z.enum(MOVEMENT_TYPES),
  status: z.enum(MOVEMENT_STATUSES),
  datetime: timeText,
  instrumentId: z.string(),
  quantity: decimalText,
  unitPrice: decimalText.nullable(),
  unitPriceCurrency: text,
  tradeType: z.enum(TRADE_TYPES).nullable(),
  description: text,
  referenceInstrumentId: text,
  asRead: z.object({ place: z.number().nullable(), json: z.string() }).optional(),
});

export const storedMovements: z.ZodType<readonly Movement[]> = z.array(storedMovement);

export const storedTransaction: z.ZodType<Transaction> = z.object({
  id: transactionId,
  portfolioId,
  externalId: text,
  type: z.enum(TRANSACTION_TYPES),
  status: z.enum(MOVEMENT_STATUSES),
  orderType: z.enum(ORDER_TYPES).nullable(),
  optimizationId: text,
  primaryMovement: storedMovement.nullable(),
  movements: storedMovements,
  createdAt: timeText.nullable(),
  version: z.number().nullable(),
});

/** Content of a transaction that another row has begun. */
export interface Begun {
  readonly ofOrder?: boolean | undefined;
  readonly awaitedBy?: string | undefined;
}

export const storedNewTransaction: z.ZodType<NewTransaction & Begun> = z.object({
  // The transaction of an order that the gateway places: its external id is the order's own id, which nobody else uses.
  ofOrder: z.boolean().optional(),
  // The row that waits for the transaction to be made.
  awaitedBy: z.string().optional(),
  externalId: text,
  orderType: z.enum(['MARKET', 'LIMIT']).nullable(),
  optimizationId: text,
  movements: storedMovements,
});

export const storedHoldings: z.ZodType<readonly Holding[]> = z.array(
  z.object({ instrumentId: z.string(), quantity: decimalText }),
);

const chargeType = parsed<KnownMovementType>((name) => {
  const type = MOVEMENT_TYPES.find((each) => each === name);
  return type !== undefined && isChargeType(type) ? type : undefined;
}, 'a type of charge');

export const storedStatusChange: z.ZodType<OrderStatusChange> = z.object({
  subject: z.union([
    z.object({ kind: z.literal('order') }),
    z.object({ kind: z.literal('execution'), externalId: z.string() }),
    z.object({ kind: z.literal('remainder') }),
  ]),
  status: z.enum([...REQUEST_STATUSES, ...EXECUTION_STATUSES]),
  datetime: timeText,
  quantity: decimalText.nullable(),
  unitPrice: decimalText.nullable(),
  cashAmount: decimalText.nullable(),
  currency: text,
  defaultCurrency: z.string(),
  charges: z.array(z.object({ type: chargeType, amount: decimalText, description: text })).nullable(),
});

/** The failures that a row may end in. */
export type RowFailure = InvalidInput | NotFound | UpstreamRefused | IllegalStatusChange;

export const storedFailure: z.ZodType<RowFailure> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('invalid'), field: z.string(), message: z.string() }),
  z.object({ kind: z.literal('notFound'), message: z.string() }),
  z.object({
    kind: z.literal('upstreamRefused'),
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    system: z.enum(['INVESTSUITE', 'UPVEST']),
    status: z.number().nullable(),
  }),
  z.object({
    kind: z.literal('illegalStatusChange'),
    message: z.string(),
    from: z.enum(MOVEMENT_STATUSES),
    to: z.enum(MOVEMENT_STATUSES),
  }),
]);
