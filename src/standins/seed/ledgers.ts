import type { Movement, Transaction } from '../investsuite/entities.ts';
import type { CashTransaction, SecuritiesTransaction } from '../upvest/entities.ts';
import { minus, plus } from '../values/exact.ts';
import { uuidOf } from '../values/ids.ts';
import { numberText } from '../values/json.ts';
import { type BrokerSide, instrumentUuid } from './broker-side.ts';
import type { SeededPortfolio } from './builders.ts';

/**
 * The broker's ledgers of what InvestSuite's transactions say has happened: so the worth of a day is that of what was held on
 * it, and the lines of the cash ledger add up to the balance.
 */

type Of = Pick<BrokerSide, 'accountGroupId' | 'accountId'>;

/** Upvest's types of lines, by the movement that they are of; any other is a fee. */
const CASH_TYPES: Readonly<Record<string, string>> = {
  CASH_DEPOSIT: 'CREDIT_FUNDING',
  CASH_WITHDRAWAL: 'WITHDRAWAL',
  CASH_DIVIDEND: 'CASH_DIVIDEND',
  COUPON: 'INTEREST_PAYMENT',
  BUY: 'ORDER_EXECUTION',
  SELL: 'ORDER_EXECUTION',
  OTHER_TAX: 'TAX_PAYMENT',
};
const UNITS_TYPES: Readonly<Record<string, string>> = {
  BUY: 'ORDER_EXECUTION',
  SELL: 'ORDER_EXECUTION',
  TRANSFER_IN: 'SECURITIES_TRANSFER',
  TRANSFER_OUT: 'SECURITIES_TRANSFER',
  CORPORATE_ACTION_IN: 'OTHER_EVENT',
  CORPORATE_ACTION_OUT: 'OTHER_EVENT',
};
/** All that a fill moves is of the order, its fee too. */
const isOrder = (movements: readonly Movement[]): boolean =>
  movements.some(({ type }) => type === 'BUY' || type === 'SELL');
const idOf = (key: string): string => uuidOf(`ledger/${key}`);

const isDone = ({ status }: Movement): boolean => status === 'EXECUTED' || status === 'SETTLED';
const isCash = ({ instrument_id: id }: Movement): boolean => id.startsWith('$');
const amountOf = ({ quantity }: Movement): string => numberText(quantity) ?? '0';
/** InvestSuite may have times that are none; what has happened then was always so. */
const timeOf = ({ datetime }: Movement): string =>
  Number.isNaN(Date.parse(datetime)) ? '2020-08-24T14:15:22.000Z' : new Date(datetime).toISOString();

export function securitiesLedger(of: Of, transactions: readonly Transaction[]): readonly SecuritiesTransaction[] {
  return transactions.flatMap(({ id, movements }) =>
    movements
      .filter((movement) => isDone(movement) && !isCash(movement))
      .map((movement, index): SecuritiesTransaction => {
        const isin = movement.instrument_id;
        return {
          ...line(`securities/${id}/${index}`, movement, of),
          type: UNITS_TYPES[movement.type] ?? movement.type,
          account_id: of.accountId,
          instrument: { isin, uuid: instrumentUuid(isin) },
          delta: { amount: amountOf(movement) },
        };
      }),
  );
}

/** A line for each cash movement but the tax on a distribution, which is taken with it. */
function cashLedger(of: Of, transactions: readonly Transaction[]): readonly CashTransaction[] {
  return transactions.flatMap(({ id, movements }) => {
    const cash = movements.filter((movement) => isDone(movement) && isCash(movement));
    const taxes = cash.filter(({ type }) => type === 'WITHHOLDING_TAX').map(amountOf);
    const tax = taxes.reduce((sum, each) => minus(sum, each), '0');
    return cash
      .filter(({ type }) => type !== 'WITHHOLDING_TAX')
      .map((movement, index): CashTransaction => {
        const currency = movement.instrument_id.slice(1);
        const amount = index === 0 ? taxes.reduce(plus, amountOf(movement)) : amountOf(movement);
        const about = movement.reference_instrument_id;
        return {
          ...line(`cash/${id}/${index}`, movement, of),
          type: isOrder(movements) ? 'ORDER_EXECUTION' : (CASH_TYPES[movement.type] ?? 'FEE_COLLECTION'),
          delta: { amount, currency },
          taxes: index === 0 && taxes.length > 0 ? [{ type: 'TOTAL', amount: tax, currency }] : [],
          ...(about ? { instrument: { isin: about, uuid: instrumentUuid(about) } } : {}),
        };
      });
  });
}

function line(key: string, movement: Movement, { accountGroupId }: Of) {
  const at = timeOf(movement);
  return {
    id: idOf(key),
    created_at: at,
    updated_at: at,
    account_group_id: accountGroupId,
    references: [],
    booking_date: at,
    value_date: at,
  };
}

/**
 * With the cash ledger of its transactions, where it is linked. One that is of no order is a line of the broker's, and has that
 * line's id as its external id, as if it had been synchronized.
 */
export function withCashLedger(seeded: SeededPortfolio): SeededPortfolio {
  const { broker, investSuite, upvest } = seeded;
  if (broker.accountGroupId === '') return seeded;
  const transactions = (investSuite?.transactions ?? []).map((transaction): Transaction => {
    const { id, movements } = transaction;
    if (isOrder(movements)) return transaction;
    return { ...transaction, external_id: idOf(`${movements.some(isCash) ? 'cash' : 'securities'}/${id}/0`) };
  });
  return {
    ...seeded,
    investSuite: { ...investSuite, transactions },
    upvest: { ...upvest, cashTransactions: cashLedger(broker, transactions) },
  };
}
