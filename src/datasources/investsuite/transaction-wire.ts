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
import { readDateTime } from '../../domain/written-time.ts';
import { BadUserInputError } from '../../errors.ts';
import { type ExactJson, NumberLiteral, type Writable } from '../upstream/exact-json.ts';
import { decimal, text, time } from '../upstream/fields.ts';
import { externalId, invalidAnswer, known, knownIfAny, looseBoolean, looseText, read, wholeNumber } from './fields.ts';
import type { TransactionDraft } from './investsuite.ts';

/** One leg. What money and dates are computed from must be right, or the whole transaction is not readable. */
const movementShape = z.object({
  external_id: looseText,
  reference_external_id: looseText,
  type: z.string(),
  status: z.string(),
  datetime: time,
  instrument_id: text,
  quantity: decimal,
  unit_price: decimal.nullish(),
  unit_price_currency: looseText,
  trade_type: looseText,
  description: looseText,
  reference_instrument_id: looseText,
});

const transactionShape = z.object({
  id: z.string(),
  portfolio_id: looseText,
  external_id: looseText,
  type: looseText,
  order_type: looseText,
  optimization_id: looseText,
  creation_datetime: looseText,
  version: looseText,
  deleted: looseBoolean,
  // A corporate action may come without any.
  movements: z.array(movementShape).nullish(),
  primary_movement: movementShape.nullish().catch(null),
});

type WireMovement = z.output<typeof movementShape>;

/**
 * A transaction of this portfolio; null for a deleted one and for one of another portfolio. `status` is derived from
 * the movements: InvestSuite documents only one value of its own. Throws an UpstreamInvalidAnswerError.
 */
export function readTransaction(portfolioId: PortfolioId, value: ExactJson): Transaction | null {
  const wire = read(transactionShape, 'transaction', value);
  if (wire.deleted === true) return null;
  const id = parseTransactionId(wire.id);
  if (id === undefined) throw invalidAnswer('transaction: id');
  if (wire.portfolio_id && (parsePortfolioId(wire.portfolio_id) ?? portfolioId) !== portfolioId) return null;
  const movements = (wire.movements ?? []).map(movement);
  return {
    id,
    portfolioId,
    externalId: externalId(wire.external_id),
    type: knownIfAny(TRANSACTION_TYPES, wire.type) ?? deriveTransactionType(movements),
    status: deriveTransactionStatus(movements),
    orderType: knownIfAny(ORDER_TYPES, wire.order_type),
    optimizationId: wire.optimization_id ?? null,
    primaryMovement: wire.primary_movement ? movement(wire.primary_movement) : derivePrimaryMovement(movements),
    movements,
    createdAt: (wire.creation_datetime && readDateTime(wire.creation_datetime)) || null,
    version: wholeNumber(wire.version),
  };
}

function movement(wire: WireMovement): Movement {
  return {
    externalId: externalId(wire.external_id),
    referenceExternalId: externalId(wire.reference_external_id),
    type: known(MOVEMENT_TYPES, wire.type),
    status: known(MOVEMENT_STATUSES, wire.status),
    datetime: wire.datetime,
    instrumentId: wire.instrument_id,
    quantity: wire.quantity,
    unitPrice: wire.unit_price ?? null,
    unitPriceCurrency: wire.unit_price_currency ?? null,
    tradeType: knownIfAny(TRADE_TYPES, wire.trade_type),
    description: wire.description ?? null,
    referenceInstrumentId: wire.reference_instrument_id ?? null,
  };
}

/** One movement. Throws an UpstreamInvalidAnswerError. */
export const readMovement = (value: ExactJson): Movement => movement(read(movementShape, 'movement', value));

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

/** UNKNOWN is the gateway's value: InvestSuite's own is lost, so it can't be written back. */
function writeKnown(what: string, value: string): string {
  if (value === 'UNKNOWN') {
    throw new BadUserInputError(`A ${what} that the gateway does not know cannot be written without losing it.`);
  }
  return value;
}
