import { brokerIdsOf, textIn } from './portfolio.ts';
import { type JsonObject, SandboxError, type Standins } from './standins.ts';

/** Lines of the broker's ledgers: Upvest's type, and whether the amount is taken from the customer. */
const LINES: Readonly<
  Record<string, { readonly of: 'cash' | 'units'; readonly type?: string; readonly takes?: true }>
> = {
  dividend: { of: 'cash', type: 'CASH_DIVIDEND' },
  interest: { of: 'cash', type: 'INTEREST_PAYMENT' },
  fee: { of: 'cash', type: 'FEE_COLLECTION', takes: true },
  tax: { of: 'cash', type: 'TAX_PAYMENT', takes: true },
  correction: { of: 'cash', type: 'BALANCE_CORRECTION' },
  deposit: { of: 'cash', type: 'CREDIT_FUNDING' },
  split: { of: 'units', type: 'STOCK_SPLIT' },
  'stock-dividend': { of: 'units', type: 'STOCK_DIVIDEND' },
  transfer: { of: 'units', type: 'SECURITIES_TRANSFER' },
  cash: { of: 'cash' },
  units: { of: 'units' },
};

export interface LineOptions {
  readonly portfolio: string;
  /** Money after taxes, or units. */
  readonly amount: string;
  readonly taxes: string | undefined;
  readonly isin: string | undefined;
  readonly type: string | undefined;
}

/** Books a line, with what it moves; returns its id. */
export async function book(standins: Standins, what: string, options: LineOptions): Promise<string> {
  const line = LINES[what];
  if (line === undefined) throw new SandboxError(`what can be booked: ${Object.keys(LINES).join(', ')}`);
  const type = line.type ?? options.type;
  if (type === undefined) throw new SandboxError(`--type is missing: Upvest's type of the line, such as ISA_TRANSFER`);
  const { group, account } = await brokerIdsOf(standins, options.portfolio);
  const { taxes, isin } = options;
  const amount = line.takes === true ? `-${options.amount.replace(/^-/, '')}` : options.amount;
  const optional: JsonObject = { ...(taxes === undefined ? {} : { taxes }), ...(isin === undefined ? {} : { isin }) };
  if (line.of === 'units' && isin === undefined)
    throw new SandboxError('--isin is missing: units of which instrument?');
  const booked =
    line.of === 'cash'
      ? await standins.control('upvest', 'POST', 'cash-lines', { accountGroupId: group, type, amount, ...optional })
      : await standins.control('upvest', 'POST', 'units-lines', { accountId: account, type, amount, ...optional });
  return textIn(booked, 'id');
}
