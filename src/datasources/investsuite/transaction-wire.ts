import { z } from 'zod';
import { type PortfolioId, parsePortfolioId, parseTransactionId } from '../../domain/ids.ts';
import {
  MOVEMENT_STATUSES,
  MOVEMENT_TYPES,
  type Movement,
  ORDER_TYPES,
  TRADE_TYPES,
  TRANSACTION_TYPES,
  type Transaction,
} from '../../domain/transaction.ts';
import {
  derivePrimaryMovement,
  deriveTransactionStatus,
  deriveTransactionType,
} from '../../domain/transaction-derivation.ts';
import { BadUserInputError } from '../../errors.ts';
import { type ExactJson, NumberLiteral, type Writable } from '../upstream/exact-json.ts';
import { decimal, listOf, optionalTime, orNull, sameNames, text, time } from '../upstream/fields.ts';
import { externalId, invalidAnswer, looseBoolean, looseText, looseWord, read, wholeNumber, word } from './fields.ts';
import type { TransactionDraft } from './investsuite.ts';

/** One leg. What money and dates are computed from must be right, or the whole transaction is not readable. */
const movementShape: z.ZodType<Movement> = sameNames({
  external_id: externalId,
  reference_external_id: externalId,
  type: word(MOVEMENT_TYPES),
  status: word(MOVEMENT_STATUSES),
  datetime: time,
  instrument_id: text,
  quantity: decimal,
  unit_price: orNull(decimal),
  unit_price_currency: looseText,
  trade_type: looseWord(TRADE_TYPES),
  description: looseText,
  reference_instrument_id: looseText,
});

const transactionShape = sameNames({
  id: z.string(),
  portfolio_id: looseText,
  external_id: externalId,
  type: looseWord(TRANSACTION_TYPES),
  order_type: looseWord(ORDER_TYPES),
  optimization_id: looseText,
  creation_datetime: optionalTime,
  version: wholeNumber,
  deleted: looseBoolean,
  // A corporate action may come without any.
  movements: listOf(movementShape),
  primary_movement: orNull(movementShape).catch(null),
});

/**
 * A transaction of this portfolio as InvestSuite sends it; null for a deleted one and for one that says it is another
 * portfolio's. Its `status` is ours, from the movements: of InvestSuite's own only one value was ever documented.
 * Throws an UpstreamInvalidAnswerError.
 */
export function readTransaction(portfolioId: PortfolioId, value: ExactJson): Transaction | null {
  const { deleted, creationDatetime: createdAt, ...wire } = read(transactionShape, 'transaction', value);
  if (deleted === true) return null;
  const id = parseTransactionId(wire.id);
  if (id === undefined) throw invalidAnswer('transaction: id');
  if (wire.portfolioId && (parsePortfolioId(wire.portfolioId) ?? portfolioId) !== portfolioId) return null;
  const { movements } = wire;
  return {
    ...wire,
    id,
    portfolioId,
    type: wire.type ?? deriveTransactionType(movements),
    status: deriveTransactionStatus(movements),
    primaryMovement: wire.primaryMovement ?? derivePrimaryMovement(movements),
    createdAt,
  };
}

/** One movement. Throws an UpstreamInvalidAnswerError. */
export const readMovement = (value: ExactJson): Movement => read(movementShape, 'movement', value);

/** The body of `POST /portfolios/{id}/transactions/`. Throws a BadUserInputError on a value that has no wire form. */
export function transactionBody(draft: TransactionDraft): Writable {
  return {
    external_id: draft.externalId ?? undefined,
    optimization_id: draft.optimizationId ?? undefined,
    order_type: draft.orderType ? writeKnown('order type', draft.orderType) : undefined,
    movements: draft.movements.map(movementBody),
  };
}

/** Fields without a value are left out: InvestSuite refuses what it does not expect. */
export function movementBody(of: Movement): { readonly [key: string]: Writable } {
  return {
    external_id: of.externalId ?? undefined,
    type: writeKnown('movement type', of.type),
    status: writeKnown('movement status', of.status),
    datetime: of.datetime,
    instrument_id: of.instrumentId,
    unit_price: of.unitPrice === null ? undefined : unitPrice(of.unitPrice, of.unitPriceCurrency),
    unit_price_currency: of.unitPriceCurrency ?? undefined,
    quantity: new NumberLiteral(of.quantity),
    reference_external_id: of.referenceExternalId ?? undefined,
    reference_instrument_id: of.referenceInstrumentId ?? undefined,
    trade_type: of.tradeType === null ? undefined : writeKnown('trade type', of.tradeType),
    description: of.description ?? undefined,
  };
}

/**
 * A number, as documented for orders by units. With a currency it is the amount of an order by amount, which the
 * vendor's pages write as a string.
 */
const unitPrice = (price: string, currency: string | null): Writable =>
  currency === null ? new NumberLiteral(price) : price;

/** UNKNOWN is our word: what InvestSuite meant by it is lost, so it cannot be written back. */
function writeKnown(what: string, value: string): string {
  if (value === 'UNKNOWN') {
    throw new BadUserInputError(`A ${what} that the gateway does not know cannot be written without losing it.`);
  }
  return value;
}
