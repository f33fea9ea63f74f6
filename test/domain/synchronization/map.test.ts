import { describe, expect, it } from 'vitest';
import { type Decimal, decimal, sum } from '../../../src/domain/decimal.ts';
import { parseAccountGroupId } from '../../../src/domain/ids.ts';
import type { BrokerLine, MappedLine } from '../../../src/domain/synchronization/line.ts';
import { mapLine } from '../../../src/domain/synchronization/map.ts';
import { isTakenBackBy, reversalIn } from '../../../src/domain/synchronization/reversal.ts';
import { LINE_RULES } from '../../../src/domain/synchronization/table.ts';
import { BROKER_LINE_TYPES } from './documented-types.ts';

const GROUP = parseAccountGroupId('9d95820d-4333-46b6-98de-04ab7512e76f');
if (GROUP === undefined) throw new Error('not an account group id');

const line = (more: Partial<BrokerLine>): BrokerLine => ({
  ledger: 'cash',
  id: 'a-line',
  type: 'CASH_DIVIDEND',
  accountGroupId: GROUP,
  amount: decimal('8.50'),
  currency: 'EUR',
  isin: 'US0378331005',
  taxes: decimal('1.50'),
  references: [],
  fees: [],
  bookedAt: null,
  ...more,
});
const units = (more: Partial<BrokerLine>): BrokerLine =>
  line({ ledger: 'securities', currency: null, taxes: decimal('0'), ...more });

function movementsOf(mapped: MappedLine) {
  if (mapped.kind !== 'transaction') throw new Error(`expected a transaction, got ${JSON.stringify(mapped)}`);
  return mapped.movements;
}
const inShort = (mapped: MappedLine): string[] =>
  movementsOf(mapped).map(({ type, instrumentId, quantity, tradeType }) =>
    [type, instrumentId, quantity, tradeType].filter((each) => each !== null).join(' '),
  );
const totalOf = (mapped: MappedLine): Decimal => sum(movementsOf(mapped).map(({ quantity }) => quantity));

describe('the table of the broker’s lines', () => {
  it('has a row for each type that the documents name', () => {
    const unnamed = BROKER_LINE_TYPES.filter((type) => !Object.hasOwn(LINE_RULES, type.replace(/_CANCELLATION$/, '')));
    expect(unnamed).toEqual([]);
  });

  it('knows no type that the documents do not name', () => {
    const named = new Set(BROKER_LINE_TYPES.map((type) => type.replace(/_CANCELLATION$/, '')));
    expect(Object.keys(LINE_RULES).filter((type) => !named.has(type))).toEqual([]);
  });

  it.each(BROKER_LINE_TYPES)('loses nothing of a line of type %s, in or out', (type) => {
    for (const amount of ['12.34', '-12.34']) {
      for (const each of [line({ type, amount: decimal(amount) }), units({ type, amount: decimal(amount) })]) {
        const mapped = mapLine(each);
        if (mapped.kind === 'transaction') expect(totalOf(mapped)).toBe(amount);
        else if (mapped.kind === 'problem') expect(mapped.reason).toMatch(/\.$/);
        else expect(type).toMatch(/^ORDER_EXECUTION/);
      }
    }
  });
});

describe('a line becomes', () => {
  it.each<[string, BrokerLine, string[]]>([
    ['a dividend and its tax', line({}), ['CASH_DIVIDEND $EUR 10', 'WITHHOLDING_TAX $EUR -1.5']],
    ['a dividend without tax', line({ taxes: decimal('0') }), ['CASH_DIVIDEND $EUR 8.50']],
    ['interest of a bond', line({ type: 'INTEREST_PAYMENT', taxes: decimal('0') }), ['COUPON $EUR 8.50']],
    ['a fee', line({ type: 'FEE_COLLECTION', amount: decimal('-2.10') }), ['OTHER_FEE $EUR -2.10']],
    ['a tax', line({ type: 'TAX_PREPAYMENT_DE', amount: decimal('-33') }), ['OTHER_TAX $EUR -33']],
    ['a refund of taxes', line({ type: 'TAX_REFUND', amount: decimal('33') }), ['OTHER_TAX $EUR 33']],
    ['money from a bank', line({ type: 'CREDIT_FUNDING', amount: decimal('50') }), ['CASH_DEPOSIT $EUR 50']],
    [
      'a direct debit that the bank took back',
      line({ type: 'SEPA_DIRECT_DEBIT_CHARGE_BACK', amount: decimal('-50') }),
      ['CASH_WITHDRAWAL $EUR -50'],
    ],
    ['a split', units({ type: 'STOCK_SPLIT', amount: decimal('30') }), ['STOCK_SPLIT US0378331005 30']],
    [
      'a stock dividend',
      units({ type: 'STOCK_DIVIDEND', amount: decimal('0.5') }),
      ['STOCK_DIVIDEND US0378331005 0.5'],
    ],
    [
      'units that leave',
      units({ type: 'SECURITIES_TRANSFER', amount: decimal('-3') }),
      ['TRANSFER_OUT US0378331005 -3'],
    ],
    ['units of a merger', units({ type: 'MERGER', amount: decimal('-3') }), ['CORPORATE_ACTION_OUT US0378331005 -3']],
    [
      'a correction',
      line({ type: 'BALANCE_CORRECTION', amount: decimal('-0.01'), taxes: decimal('0') }),
      ['CASH_WITHDRAWAL $EUR -0.01 CORRECTION'],
    ],
    [
      'a dividend that is taken back, with its tax',
      line({ type: 'CASH_DIVIDEND_CANCELLATION', amount: decimal('-8.50'), taxes: decimal('-1.50') }),
      ['CASH_DIVIDEND $EUR -10 CANCEL', 'WITHHOLDING_TAX $EUR 1.50 CANCEL'],
    ],
    [
      'the same where the tax is told without its sign',
      line({ type: 'CASH_DIVIDEND_CANCELLATION', amount: decimal('-8.50') }),
      ['CASH_DIVIDEND $EUR -10 CANCEL', 'WITHHOLDING_TAX $EUR 1.50 CANCEL'],
    ],
    [
      'units that are taken back as the movement that had brought them',
      units({ type: 'MERGER_CANCELLATION', amount: decimal('-3') }),
      ['CORPORATE_ACTION_IN US0378331005 -3 CANCEL'],
    ],
    [
      'a fee that is taken back',
      line({ type: 'FEE_COLLECTION_CANCELLATION', amount: decimal('2.10'), taxes: decimal('0') }),
      ['OTHER_FEE $EUR 2.10 CANCEL'],
    ],
  ])('%s', (_what, given, expected) => {
    const mapped = mapLine(given);
    expect(inShort(mapped)).toEqual(expected);
  });

  it.each<[string, BrokerLine]>([
    ['of a type that nobody knows', line({ type: 'SOMETHING_NEW' })],
    ['of a type with a name of all objects', line({ type: 'constructor' })],
    ['of an instrument without ISIN', units({ type: 'STOCK_SPLIT', isin: null })],
    ['of units of a type of cash', units({ type: 'FEE_COLLECTION' })],
    ['that the documents name and do not explain', line({ type: 'TREASURY_PAYMENT' })],
    ['of a meeting that has moved money', line({ type: 'ANNUAL_GENERAL_MEETING' })],
  ])('a problem: a line %s', (_what, given) => {
    expect(mapLine(given)).toMatchObject({ kind: 'problem', reason: expect.stringMatching(/\.$/) });
  });

  it('nothing, where an order has it or nothing was moved', () => {
    expect(mapLine(line({ type: 'ORDER_EXECUTION' })).kind).toBe('order');
    expect(mapLine(line({ type: 'ANNUAL_GENERAL_MEETING', amount: decimal('0.00'), taxes: decimal('0') })).kind).toBe(
      'nothing',
    );
  });
});

describe('a cancellation takes back', () => {
  const dividend = line({ id: 'one', references: [{ type: 'CORPORATE_ACTION', id: 'ca' }] });
  const back = (more: Partial<BrokerLine>) =>
    line({ id: 'two', type: 'CASH_DIVIDEND_CANCELLATION', amount: decimal('-8.50'), ...more });
  const takes = (cancellation: BrokerLine) => isTakenBackBy(dividend, cancellation, 'CASH_DIVIDEND');

  it('the line that it names, or that has the same reference', () => {
    expect(takes(back({ references: [{ type: 'CASH_TRANSACTION', id: 'ONE' }] }))).toBe(true);
    expect(takes(back({ references: [{ type: 'CORPORATE_ACTION', id: 'ca' }] }))).toBe(true);
  });

  it('without a name, one of the same amount', () => {
    expect(takes(back({}))).toBe(true);
    expect(takes(back({ amount: decimal('-8.51') }))).toBe(false);
  });

  it('no line of another reference, direction, currency, instrument or type', () => {
    expect(takes(back({ references: [{ type: 'CORPORATE_ACTION', id: 'other' }] }))).toBe(false);
    expect(takes(back({ references: [{ type: 'ORDER', id: 'ca' }] }))).toBe(false);
    expect(takes(back({ amount: decimal('8.50') }))).toBe(false);
    expect(takes(back({ currency: 'GBP' }))).toBe(false);
    expect(takes(back({ isin: 'LU78468R1014' }))).toBe(false);
    expect(isTakenBackBy(dividend, back({}), 'FEE_COLLECTION')).toBe(false);
  });
});

describe('a cancellation in the ledger', () => {
  const paid = (id: string, more: Partial<BrokerLine> = {}) => line({ id, references: REFERENCES, ...more });
  const taken = (id: string, more: Partial<BrokerLine> = {}) =>
    paid(id, { type: 'CASH_DIVIDEND_CANCELLATION', amount: decimal('-8.50'), ...more });
  const REFERENCES = [{ id: 'an-action', type: 'CORPORATE_ACTION' }];
  const of = (cancellation: BrokerLine, ...others: BrokerLine[]) =>
    reversalIn([...others, cancellation], cancellation, 'CASH_DIVIDEND');

  it('takes back each line once', () => {
    expect(of(taken('c1'))).toBe('absent');
    expect(of(taken('c1'), paid('p1'))).toBe('fits');
    expect(of(taken('c2'), paid('p1'), taken('c1'))).toBe('repeated');
    expect(of(taken('c1'), paid('p1'), taken('c2'))).toBe('fits');
    expect(of(taken('c2'), paid('p1'), taken('c1'), paid('p2'))).toBe('fits');
  });

  it('takes back in parts, and two lines at once', () => {
    const part = { amount: decimal('-4.25') };
    expect(of(taken('c2', part), paid('p1'), taken('c1', part))).toBe('fits');
    expect(of(taken('c3', part), paid('p1'), taken('c1', part), taken('c2', part))).toBe('repeated');
    expect(of(taken('c1', { amount: decimal('-17.00') }), paid('p1'), paid('p2'))).toBe('fits');
  });
});
