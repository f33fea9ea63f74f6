import { type Json, type JsonObject, NumberText } from '../values/json.ts';
import { hashOf } from '../values/random.ts';
import type { Movement, Portfolio, Quantity, Transaction } from './entities.ts';
import type { InvestSuiteSettings } from './settings.ts';

/**
 * How a transaction is answered. The docs show two read models (2021 with many nulls and number literals, 2022 with
 * strings) and a short one for writes; which one a transaction gets follows from its id.
 */
export function readTransaction(
  transaction: Transaction,
  portfolio: Portfolio,
  numbers: InvestSuiteSettings['movementNumbers'],
): JsonObject & { readonly id: string } {
  const draw = hashOf(transaction.id);
  const form = numbers === 'mixed' ? (['number', 'string', 'as-sent'] as const)[draw % 3] : numbers;
  const wide = draw % 2 === 0;
  const movements = transaction.movements.map((movement) => readMovement(movement, form ?? 'as-sent', wide));
  const { optimization_id, order_type, description, movements: _, portfolio_id, ...envelope } = transaction;
  return {
    ...envelope,
    portfolio_id,
    portfolio_currency: portfolio.base_currency,
    type: typeOf(transaction.movements),
    status: statusOf(transaction.movements),
    order_type,
    // Newer pages have dropped it: not always there.
    ...(draw % 5 === 0 ? {} : { primary_movement: movements[0] ?? null }),
    ...(optimization_id === null ? {} : { optimization_id }),
    movements,
    description,
  };
}

/** The answer to POST and PATCH: movements as they were sent. */
export function writeAnswer({
  portfolio_id: _portfolio,
  optimization_id: _optimization,
  order_type: _orderType,
  description: _description,
  ...shown
}: Transaction): JsonObject {
  return shown;
}

function readMovement(movement: Movement, form: 'number' | 'string' | 'as-sent', wide: boolean): JsonObject {
  const { quantity, unit_price, ...rest } = movement;
  const read = {
    ...rest,
    quantity: inForm(quantity, form),
    ...(unit_price === undefined ? {} : { unit_price: unit_price === null ? null : inForm(unit_price, form) }),
  };
  if (!wide) return read;
  const nothing: Readonly<Record<string, Json>> = {
    external_id: null,
    sub_type: null,
    description: null,
    instrument_name: null,
    reference_instrument_id: null,
    reference_instrument_name: null,
    reference_quantity: null,
    unit_price: null,
    reference_external_id: null,
    original_external_id: null,
    trade_type: null,
    ex_dividend_date: null,
  };
  return { ...nothing, quantity_portfolio_currency: read.quantity, ...read };
}

function inForm(quantity: Quantity, form: 'number' | 'string' | 'as-sent'): Quantity {
  if (form === 'as-sent') return quantity;
  const text = typeof quantity === 'string' ? quantity : quantity.text;
  return form === 'string' ? text : new NumberText(text);
}

const TRADES = ['BUY', 'SELL'];
const TRANSFERS = ['TRANSFER_IN', 'TRANSFER_OUT'];
const CASH = ['CASH_DEPOSIT', 'CASH_WITHDRAWAL'];
const CHARGE = /_FEE$|_TAX$/;

/** The vendor does not say how it derives this; by the first movement that is not a charge. */
function typeOf(movements: readonly Movement[]): string {
  const type = movements.find((movement) => !CHARGE.test(movement.type))?.type;
  if (type === undefined) return 'ADMINISTRATIVE';
  if (TRADES.includes(type)) return 'ORDER';
  if (CASH.includes(type)) return 'CASH_TRANSFER';
  return TRANSFERS.includes(type) ? 'SECURITY_TRANSFER' : 'CORPORATE_ACTION';
}

export const REQUEST_STATUSES = ['PLANNED', 'PENDING', 'PLACED'];

/** COMPLETED once settled is the only value that the docs ever show; the others are the movements' own. */
function statusOf(movements: readonly Movement[]): string {
  const executions = movements.filter(({ status }) => !REQUEST_STATUSES.includes(status));
  const [first] = executions.length > 0 ? executions : movements;
  if (executions.length > 0 && executions.every(({ status }) => status === 'SETTLED')) return 'COMPLETED';
  return first?.status ?? 'PLANNED';
}
