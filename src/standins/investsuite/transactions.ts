import type { Answer, Exchange } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { newInvestSuiteId } from '../values/ids.ts';
import { isArray, type Json } from '../values/json.ts';
import {
  dateTime,
  listOf,
  matching,
  nullable,
  numberOrText,
  object,
  oneOf,
  openObject,
  text,
} from '../values/shape.ts';
import { bodyOf, checked, jsonOf } from './body.ts';
import { enterLedger, type InvestSuiteContext, newEnvelope, nextVersion } from './context.ts';
import type { Movement, Portfolio, Transaction } from './entities.ts';
import { badQuery, badRequest, conflict, noSuchPath } from './errors.ts';
import { TRANSACTION_FIELDS } from './fields.ts';
import { existing, item, list, type Resource } from './listing.ts';
import { INSTRUMENT_ID } from './portfolio-shape.ts';
import { readTransaction, writeAnswer } from './transaction-reading.ts';

export const MOVEMENT_TYPES = (
  'CASH_DEPOSIT CASH_DIVIDEND CASH_WITHDRAWAL COUPON BUY SELL CORPORATE_ACTION_IN CORPORATE_ACTION_OUT ' +
  'REVERSE_STOCK_SPLIT STOCK_DIVIDEND STOCK_SPLIT TRANSFER_IN TRANSFER_OUT CUSTODY_FEE INSTRUMENT_ENTRY_EXIT_FEE ' +
  'MANAGEMENT_FEE OTHER_FEE OTHER_TAX SERVICE_ENTRY_EXIT_FEE TRANSACTION_FEE WITHHOLDING_TAX'
).split(' ');

export const MOVEMENT_STATUSES = 'PLANNED PENDING PLACED EXECUTED SETTLED NOT_EXECUTED EXPIRED CANCELLED'.split(' ');

const MOVEMENT_FIELDS = {
  type: oneOf(...MOVEMENT_TYPES),
  status: oneOf(...MOVEMENT_STATUSES),
  datetime: dateTime,
  instrument_id: matching(INSTRUMENT_ID),
  quantity: numberOrText,
  unit_price: nullable(numberOrText),
  unit_price_currency: nullable(matching(/^[A-Z]{3}$/)),
  external_id: nullable(text(64)),
  reference_external_id: nullable(text(64)),
  reference_instrument_id: nullable(text(64)),
  trade_type: nullable(oneOf('CANCEL', 'REBOOK', 'INSTRUMENT_CHANGE', 'CORRECTION')),
  description: nullable(text(1000)),
};
const MOVEMENT_REQUIRED = ['type', 'status', 'datetime', 'instrument_id', 'quantity'] as const;

const FIELDS = {
  external_id: nullable(text(64)),
  optimization_id: nullable(matching(/^O[0-9A-HJKMNP-TV-Z]{26}$/)),
  order_type: nullable(oneOf('MARKET', 'LIMIT')),
  movements: listOf(object(MOVEMENT_FIELDS, MOVEMENT_REQUIRED), 1),
};
const CREATION = object(FIELDS, ['movements']);
const PATCHES = {
  refuse: object(FIELDS),
  keep: object({ ...FIELDS, movements: listOf(openObject(MOVEMENT_FIELDS, MOVEMENT_REQUIRED), 1) }),
};

export function transactionRoutes(context: InvestSuiteContext): readonly Route[] {
  const collection = '/portfolios/:portfolioId/transactions';
  const one = `${collection}/:id`;
  return [
    {
      method: 'GET',
      pattern: collection,
      slash: 'with',
      handler: (exchange, { portfolioId = '' }) => listed(context, exchange, portfolioId),
    },
    {
      method: 'POST',
      pattern: collection,
      slash: 'with',
      handler: (exchange, { portfolioId = '' }) => create(context, exchange, portfolioId),
    },
    {
      method: 'GET',
      pattern: one,
      slash: 'either',
      handler: (exchange, { portfolioId = '', id = '' }) =>
        item(context, exchange, resourceOf(context, existing(context, context.store.portfolios, portfolioId)), id),
    },
    {
      method: 'PATCH',
      pattern: one,
      slash: 'either',
      handler: (exchange, { portfolioId = '', id = '' }) => patch(context, exchange, portfolioId, id),
    },
  ];
}

function resourceOf(context: InvestSuiteContext, portfolio: Portfolio): Resource<Transaction> {
  return {
    collection: context.store.transactions(portfolio.id),
    fields: TRANSACTION_FIELDS,
    read: (transaction) => readTransaction(transaction, portfolio, context.settings.movementNumbers),
  };
}

function listed(context: InvestSuiteContext, exchange: Exchange, portfolioId: string): Answer {
  if (!context.settings.transactionsList) return noSuchPath(exchange.path);
  const portfolio = existing(context, context.store.portfolios, portfolioId);
  if (!context.settings.transactionsQuery && exchange.query.has('query'))
    throw badQuery('query', 'not supported on this entity');
  return list(context, exchange, resourceOf(context, portfolio));
}

/** One transaction, or a list of which all or none are made. */
function create(context: InvestSuiteContext, exchange: Exchange, portfolioId: string): Answer {
  const portfolio = existing(context, context.store.portfolios, portfolioId);
  const raw = jsonOf(exchange);
  const bodies: readonly Json[] = isArray(raw) ? raw : [raw];
  if (bodies.length === 0) throw badRequest([{ loc: ['body'], msg: 'empty list', type: 'value_error' }], raw);
  const made = bodies.map((body) => checked(body, CREATION)).map((given) => add(context, portfolio, given));
  const answers = made.map((transaction) => writeAnswer(transaction));
  return { status: 201, body: isArray(raw) ? answers : (answers[0] ?? null) };
}

/** Adds a transaction. It changes no holdings: the two are not linked at InvestSuite. */
export function add(
  context: InvestSuiteContext,
  portfolio: Portfolio,
  given: Pick<Transaction, 'movements'> & Partial<Transaction>,
): Transaction {
  const externalId = given.external_id ?? null;
  if (context.settings.uniqueExternalIds && externalId !== null) refuseTaken(context, portfolio, externalId);
  const transaction = context.store.putTransaction({
    ...newEnvelope(context, newInvestSuiteId('T', context.clock()), externalId),
    portfolio_id: portfolio.id,
    optimization_id: given.optimization_id ?? null,
    order_type: given.order_type ?? null,
    description: null,
    movements: given.movements,
  });
  enterLedger(context, {
    ...ledgerLine(portfolio, transaction.movements),
    kind: 'transaction-created',
    id: transaction.id,
  });
  return transaction;
}

function refuseTaken({ store }: InvestSuiteContext, { id }: Portfolio, externalId: string): void {
  const taken = store.transactions(id).all();
  if (taken.some(({ external_id }) => external_id === externalId)) throw conflict(`external_id '${externalId}' exists`);
}

/** The movements that are sent are the movements it has afterwards. */
function patch(context: InvestSuiteContext, exchange: Exchange, portfolioId: string, id: string): Answer {
  const portfolio = existing(context, context.store.portfolios, portfolioId);
  const before = existing(context, context.store.transactions(portfolioId), id);
  const given = bodyOf(exchange, PATCHES[context.settings.movementFields]);
  const after = context.store.putTransaction(nextVersion(context, before, given));
  enterLedger(context, { ...ledgerLine(portfolio, after.movements), kind: 'transaction-patched', id });
  return { status: 200, body: writeAnswer(after) };
}

function ledgerLine(portfolio: Portfolio, movements: readonly Movement[]) {
  const cash = movements.find(({ instrument_id }) => instrument_id.startsWith('$'));
  const quantity = cash?.quantity;
  const amount = quantity === undefined ? null : typeof quantity === 'string' ? quantity : quantity.text;
  return { portfolioId: portfolio.id, amount, currency: portfolio.base_currency };
}
