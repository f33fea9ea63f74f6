import { Refusal } from '../server/exchange.ts';
import { negated, plus } from '../values/exact.ts';
import { uuidOf } from '../values/ids.ts';
import { bookCash, changeBalance } from './cash.ts';
import type { UpvestContext } from './context.ts';
import type { CashTransaction, Position, SecuritiesTransaction } from './entities.ts';
import { known } from './reads.ts';
import { bookUnits } from './securities.ts';

/** A line of the cash ledger: a dividend with its tax, a fee, a correction, … */
export interface CashLine {
  readonly accountGroupId: string;
  readonly type: string;
  /** Signed, after taxes. */
  readonly amount: string;
  readonly currency?: string;
  readonly taxes?: string;
  readonly isin?: string;
  readonly references?: CashTransaction['references'];
  /** When it was booked; now when left out. */
  readonly bookedAt?: string;
}

/** A line of the ledger of units: a split, a transfer, … */
export interface UnitsLine {
  readonly accountId: string;
  readonly type: string;
  /** Signed. */
  readonly amount: string;
  readonly isin: string;
  readonly references?: SecuritiesTransaction['references'];
  readonly bookedAt?: string;
}

/** Books a line and what it moves. */
export function bookCashLine(context: UpvestContext, line: CashLine): CashTransaction {
  const { accountGroupId: groupId, amount, currency = 'EUR', isin, ...rest } = line;
  known(context.store.accountGroups, 'AccountGroup', groupId);
  const change = { balance: amount, available_for_withdrawal: amount, available_for_trading: amount };
  changeBalance(context, groupId, currency, change);
  return bookCash(context, {
    ...rest,
    groupId,
    amount,
    currency,
    references: rest.references ?? [],
    ...(isin === undefined ? {} : { instrument: { isin, uuid: uuidOf(`instrument/${isin}`) } }),
  });
}

export function bookUnitsLine(context: UpvestContext, line: UnitsLine): SecuritiesTransaction {
  const { accountId, amount, isin, type, references = [], bookedAt } = line;
  const account = known(context.store.accounts, 'Account', accountId);
  const { instrument } = moveUnits(context, accountId, isin, amount);
  const of = { account_id: accountId, account_group_id: account.account_group_id };
  return bookUnits(context, { ...of, type, instrument, delta: { amount }, references }, bookedAt);
}

/** Changes a position by some units and sends its event. */
export function moveUnits(
  context: UpvestContext,
  accountId: string,
  isin: string,
  by: string,
  { locked, available } = { locked: '0', available: by },
): Position {
  const held = context.store.position(accountId, isin) ?? {
    account_id: accountId,
    instrument: { isin, uuid: uuidOf(`instrument/${isin}`) },
    quantity: '0',
    locked_for_trading: '0',
    pending_settlement: '0',
    available_for_trading: '0',
  };
  const after = context.store.putPosition({
    ...held,
    quantity: plus(held.quantity, by),
    locked_for_trading: plus(held.locked_for_trading, locked),
    available_for_trading: plus(held.available_for_trading, available),
  });
  context.emit('POSITION.UPDATED', after);
  return after;
}

/** Takes a line back: a `…_CANCELLATION` with the opposite amount, which names the line and what it was about. */
export function cancelLine(context: UpvestContext, id: string): CashTransaction | SecuritiesTransaction {
  const cash = context.store.cashTransactions.get(id);
  if (cash !== undefined) {
    const [tax] = cash.taxes;
    return bookCashLine(context, {
      accountGroupId: cash.account_group_id,
      type: `${cash.type}_CANCELLATION`,
      amount: negated(cash.delta.amount),
      currency: cash.delta.currency,
      references: [...cash.references, { id, type: 'CASH_TRANSACTION' }],
      ...(tax === undefined ? {} : { taxes: negated(tax.amount) }),
      ...(cash.instrument?.isin === undefined ? {} : { isin: cash.instrument.isin }),
    });
  }
  const units = context.store.securitiesTransactions.get(id);
  if (units === undefined) throw new Refusal({ status: 404, body: { error: `there is no line ${id}` } });
  return bookUnitsLine(context, {
    accountId: units.account_id,
    type: `${units.type}_CANCELLATION`,
    amount: negated(units.delta.amount),
    isin: units.instrument.isin ?? '',
    references: [...units.references, { id, type: 'SECURITY_TRANSACTION' }],
  });
}
