import { z } from 'zod';
import { type Decimal, parseDecimal } from '../../domain/decimal.ts';
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
import { externalId, invalidAnswer, invalidFields, known, knownIfAny, read, wholeNumber } from './fields.ts';
import type { TransactionDraft } from './investsuite.ts';

/** Looked at afterwards: a schema's own rule for each field takes more than all the rest of reading it. */
const loose = z.unknown().optional();

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** One leg. What money and dates are computed from must be right, or the whole transaction is not readable. */
const movementShape = z.object({
  external_id: loose,
  reference_external_id: loose,
  type: loose,
  status: loose,
  datetime: loose,
  instrument_id: loose,
  quantity: loose,
  unit_price: loose,
  unit_price_currency: loose,
  trade_type: loose,
  description: loose,
  reference_instrument_id: loose,
});

const transactionShape = z.object({
  id: z.string(),
  portfolio_id: loose,
  external_id: loose,
  type: loose,
  order_type: loose,
  optimization_id: loose,
  creation_datetime: loose,
  version: loose,
  deleted: loose,
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
  const movements = allMovements(wire.movements ?? []);
  if (wire.deleted === true) return null;
  const id = parseTransactionId(wire.id);
  if (id === undefined) throw invalidAnswer('transaction: id');
  if ((parsePortfolioId(textOf(wire.portfolio_id) ?? '') ?? portfolioId) !== portfolioId) return null;
  const createdAt = textOf(wire.creation_datetime);
  return {
    id,
    portfolioId,
    externalId: externalId(textOf(wire.external_id)),
    type: knownIfAny(TRANSACTION_TYPES, textOf(wire.type)) ?? deriveTransactionType(movements),
    status: deriveTransactionStatus(movements),
    orderType: knownIfAny(ORDER_TYPES, textOf(wire.order_type)),
    optimizationId: textOf(wire.optimization_id),
    primaryMovement: primaryMovement(wire.primary_movement) ?? derivePrimaryMovement(movements),
    movements,
    createdAt: (createdAt !== null && readDateTime(createdAt)) || null,
    version: wholeNumber(textOf(wire.version)),
  };
}

/** Names of the fields that can't be read. */
interface Wrong {
  readonly wrong: readonly string[];
}

function allMovements(wires: readonly WireMovement[]): readonly Movement[] {
  const movements: Movement[] = [];
  const wrong: string[] = [];
  for (const [at, wire] of wires.entries()) {
    const found = movement(wire);
    if ('wrong' in found) wrong.push(...found.wrong.map((name) => `movements.${at}.${name}`));
    else movements.push(found);
  }
  if (wrong.length > 0) throw invalidFields('transaction', wrong);
  return movements;
}

/** Null where it is missing or can't be read. */
function primaryMovement(wire: WireMovement | null | undefined): Movement | null {
  const found = wire === null || wire === undefined ? null : movement(wire);
  return found !== null && 'wrong' in found ? null : found;
}

/** Null where there is none, undefined where it can't be read. */
const priceIn = (value: unknown): Decimal | null | undefined =>
  value === null || value === undefined ? null : parseDecimal(textOf(value) ?? '');

function movement(wire: WireMovement): Movement | Wrong {
  const type = textOf(wire.type);
  const status = textOf(wire.status);
  const datetime = readDateTime(textOf(wire.datetime) ?? '') ?? null;
  const instrumentId = textOf(wire.instrument_id) || null;
  const quantity = parseDecimal(textOf(wire.quantity) ?? '') ?? null;
  const unitPrice = priceIn(wire.unit_price);
  if (
    type === null ||
    status === null ||
    datetime === null ||
    instrumentId === null ||
    quantity === null ||
    unitPrice === undefined
  ) {
    const fields = {
      type,
      status,
      datetime,
      instrument_id: instrumentId,
      quantity,
      unit_price: unitPrice === undefined ? null : '',
    };
    return { wrong: Object.entries(fields).flatMap(([name, value]) => (value === null ? [name] : [])) };
  }
  return {
    externalId: externalId(textOf(wire.external_id)),
    referenceExternalId: externalId(textOf(wire.reference_external_id)),
    type: known(MOVEMENT_TYPES, type),
    status: known(MOVEMENT_STATUSES, status),
    datetime,
    instrumentId,
    quantity,
    unitPrice,
    unitPriceCurrency: textOf(wire.unit_price_currency),
    tradeType: knownIfAny(TRADE_TYPES, textOf(wire.trade_type)),
    description: textOf(wire.description),
    referenceInstrumentId: textOf(wire.reference_instrument_id),
  };
}

/** One movement. Throws an UpstreamInvalidAnswerError. */
export function readMovement(value: ExactJson): Movement {
  const found = movement(read(movementShape, 'movement', value));
  if ('wrong' in found) throw invalidFields('movement', found.wrong);
  return found;
}

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
