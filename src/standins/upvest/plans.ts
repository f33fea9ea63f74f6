import { compared, minus, times, toCents } from '../values/exact.ts';
import { dayNumber, isQuoted, isTradingDay } from '../values/prices.ts';
import { bookCash, changeBalance } from './cash.ts';
import type { UpvestContext } from './context.ts';
import type { Account } from './entities.ts';
import { bookCashLine } from './ledger-lines.ts';
import { newOrder } from './orders.ts';

/** Money that comes in and is invested each month, without an order of the gateway. */
export type SavingsPlan = {
  readonly id: string;
  readonly account_id: string;
  readonly instrument_id: string;
  readonly cash_amount: string;
};

/** The first day of a month on which plans are carried out. */
const FIRST_DATE = 4;
const FEE = '6.90';
/** Of a unit, before tax. */
const DIVIDEND = '0.35';
const TAX = '0.26375';

/** Carries out the plans of all accounts, where the day is theirs. */
export function livePlans(context: UpvestContext, day: Date): void {
  if (!isPlanDay(day)) return;
  const { store } = context;
  const accounts = store.accounts.some(store.plans.all().map(({ account_id: id }) => id));
  for (const account of accounts) {
    if (day.getUTCMonth() % 3 === 2) chargeAndDistribute(context, account);
    for (const plan of store.plans.of(account.id)) invest(context, account, plan);
  }
}

/** The first trading day since the 4th. */
function isPlanDay(day: Date): boolean {
  const first = dayNumber(new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), FIRST_DATE)));
  return [first, first + 1, first + 2].find(isTradingDay) === dayNumber(day);
}

function invest(context: UpvestContext, account: Account, { instrument_id, cash_amount: amount }: SavingsPlan): void {
  const { account_group_id: groupId } = account;
  changeBalance(context, groupId, 'EUR', {
    balance: amount,
    available_for_withdrawal: amount,
    available_for_trading: amount,
  });
  bookCash(context, { type: 'SEPA_DIRECT_DEBIT', groupId, currency: 'EUR', amount, references: [] });
  newOrder(context, account, { instrument_id, cash_amount: amount, initiation_flow: 'SAVINGS_PLAN' });
}

function chargeAndDistribute(context: UpvestContext, { id, account_group_id: accountGroupId }: Account): void {
  bookCashLine(context, { accountGroupId, type: 'FEE_COLLECTION', amount: `-${FEE}` });
  for (const { instrument, quantity } of context.store.positions(id)) {
    const { isin } = instrument;
    const gross = toCents(times(quantity, DIVIDEND));
    if (isin === undefined || !isQuoted(isin) || compared(gross, '0') <= 0) continue;
    const taxes = toCents(times(gross, TAX));
    bookCashLine(context, { accountGroupId, type: 'CASH_DIVIDEND', amount: minus(gross, taxes), taxes, isin });
  }
}
