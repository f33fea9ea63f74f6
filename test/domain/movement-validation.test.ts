import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abs, decimal, equals } from '../../src/domain/decimal.ts';
import {
  checkTransaction,
  MAX_MOVEMENTS,
  type MovementDraft,
  type NewTransaction,
  type TransactionDraft,
} from '../../src/domain/movement-validation.ts';
import { MOVEMENT_TYPES, type MovementType } from '../../src/domain/transaction.ts';
import { at, EXECUTED_AT, ISIN, movement, PLACED_AT, SETTLED_AT } from './fixtures.ts';

const NOW = at('2022-07-01T00:00:00Z');

function accepted(draft: TransactionDraft): NewTransaction {
  const checked = checkTransaction(draft, NOW);
  if (checked.kind === 'invalid') throw new TypeError(`${checked.field}: ${checked.message}`);
  return checked.value;
}
const refusedField = (draft: TransactionDraft): string | undefined => {
  const checked = checkTransaction(draft, NOW);
  return checked.kind === 'invalid' ? checked.field : undefined;
};

const deposit: MovementDraft = {
  type: 'CASH_DEPOSIT',
  status: 'SETTLED',
  datetime: PLACED_AT,
  instrumentId: '$USD',
  quantity: decimal('500.0'),
};
const of = (movement: Partial<MovementDraft>): TransactionDraft => ({ movements: [{ ...deposit, ...movement }] });

describe("the vendor's examples", () => {
  it.each([
    ['CASH_DEPOSIT', '500.0', '500.0'],
    ['CASH_WITHDRAWAL', '-500.0', '-500.0'],
    ['CASH_WITHDRAWAL', '500.0', '-500.0'],
    ['MANAGEMENT_FEE', '-0.1035719', '-0.1035719'],
    ['WITHHOLDING_TAX', '0.1035719', '-0.1035719'],
    ['CASH_DIVIDEND', '0.0785', '0.0785'],
  ] as const)('%s of %s is written as %s', (type, given, written) => {
    const { movements } = accepted(of({ type, quantity: decimal(given) }));
    expect(movements).toEqual([movement({ type, status: 'SETTLED', instrumentId: '$USD', quantity: written })]);
  });

  it('a whole order at once: placed, settled and paid', () => {
    const transaction = accepted({
      externalId: 'your-transaction-id-1',
      optimizationId: 'O01ARZ3NDEKTSV4RRFFQ69G5FAV',
      orderType: 'MARKET',
      movements: [
        { ...deposit, type: 'SELL', status: 'PLACED', instrumentId: ISIN, quantity: decimal('7') },
        { ...deposit, type: 'SELL', instrumentId: ISIN, quantity: decimal('7'), unitPrice: decimal('29.51') },
        { ...deposit, type: 'BUY', quantity: decimal('206.57') },
      ],
    });
    expect(transaction).toEqual({
      externalId: 'your-transaction-id-1',
      optimizationId: 'O01ARZ3NDEKTSV4RRFFQ69G5FAV',
      orderType: 'MARKET',
      movements: [
        movement({ type: 'SELL', quantity: '-7' }),
        movement({ type: 'SELL', status: 'SETTLED', quantity: '-7', unitPrice: '29.51' }),
        movement({ type: 'BUY', status: 'SETTLED', instrumentId: '$USD', quantity: '206.57' }),
      ],
    });
  });
});

describe('every movement type', () => {
  const CASH: readonly MovementType[] = [
    'CASH_DEPOSIT',
    'CASH_DIVIDEND',
    'CASH_WITHDRAWAL',
    'COUPON',
    'CUSTODY_FEE',
    'INSTRUMENT_ENTRY_EXIT_FEE',
    'MANAGEMENT_FEE',
    'OTHER_FEE',
    'OTHER_TAX',
    'SERVICE_ENTRY_EXIT_FEE',
    'TRANSACTION_FEE',
    'WITHHOLDING_TAX',
  ];
  const INSTRUMENT: readonly MovementType[] = ['STOCK_DIVIDEND', 'STOCK_SPLIT', 'REVERSE_STOCK_SPLIT'];
  const OUT: readonly MovementType[] = [
    'CASH_WITHDRAWAL',
    'SELL',
    'CORPORATE_ACTION_OUT',
    'TRANSFER_OUT',
    'CUSTODY_FEE',
    'INSTRUMENT_ENTRY_EXIT_FEE',
    'MANAGEMENT_FEE',
    'OTHER_FEE',
    'OTHER_TAX',
    'SERVICE_ENTRY_EXIT_FEE',
    'TRANSACTION_FEE',
    'WITHHOLDING_TAX',
  ];
  const known = MOVEMENT_TYPES.filter((type) => type !== 'UNKNOWN');

  it.each(known)('%s is about cash or an instrument', (type) => {
    const unitPrice = decimal('1');
    const cash = refusedField(of({ type, unitPrice }));
    const instrument = refusedField(of({ type, unitPrice, instrumentId: ISIN }));
    expect([cash === undefined, instrument === undefined]).toEqual([!INSTRUMENT.includes(type), !CASH.includes(type)]);
    expect(cash ?? instrument ?? 'movements[0].instrumentId').toBe('movements[0].instrumentId');
  });

  it('has the sign of its type, every digit kept, and the given sign for splits and corrections', () => {
    const numbers = fc.tuple(
      fc.constantFrom('', '-'),
      fc.bigInt({ min: 1n, max: 10n ** 30n }),
      fc.constantFrom('', '.50'),
    );
    const tradeTypes = fc.constantFrom(null, null, 'CANCEL', 'CORRECTION');
    fc.assert(
      fc.property(fc.constantFrom(...known), numbers, tradeTypes, (type, [sign, digits, fraction], tradeType) => {
        const quantity = decimal(`${sign}${digits}${fraction}`);
        const instrumentId = INSTRUMENT.includes(type) ? ISIN : '$USD';
        const [written] = accepted(of({ type, quantity, tradeType, instrumentId })).movements;
        const isAsGiven = tradeType !== null || type === 'STOCK_SPLIT' || type === 'REVERSE_STOCK_SPLIT';
        const expected = isAsGiven ? sign : OUT.includes(type) ? '-' : '';
        expect(written?.quantity).toBe(`${expected}${digits}${fraction}`);
        expect(equals(abs(quantity), abs(written?.quantity ?? quantity))).toBe(true);
      }),
    );
  });
});

describe('what cannot be recorded', () => {
  const execution: MovementDraft = {
    ...deposit,
    type: 'BUY',
    status: 'EXECUTED',
    datetime: EXECUTED_AT,
    instrumentId: ISIN,
    quantity: decimal('7'),
    unitPrice: decimal('29.51'),
  };
  const cash: MovementDraft = {
    ...deposit,
    type: 'SELL',
    status: 'EXECUTED',
    datetime: EXECUTED_AT,
    quantity: decimal('206.57'),
  };

  it.each([
    [{ type: 'UNKNOWN' }, 'type'],
    [{ status: 'UNKNOWN' }, 'status'],
    [{ tradeType: 'UNKNOWN' }, 'tradeType'],
    [{ datetime: at('2022-07-01T00:00:31Z') }, 'datetime'],
    [{ instrumentId: 'USD' }, 'instrumentId'],
    [{ instrumentId: '$usd' }, 'instrumentId'],
    [{ instrumentId: '$EURO' }, 'instrumentId'],
    [{ instrumentId: 'lu78468r1014' }, 'instrumentId'],
    [{ instrumentId: 'LU78468R101X' }, 'instrumentId'],
    [{ instrumentId: ' LU78468R1014' }, 'instrumentId'],
    [{ quantity: decimal('0.00') }, 'quantity'],
    [{ quantity: decimal('1e100') }, 'quantity'],
    [{ unitPrice: decimal('-1') }, 'unitPrice'],
    [{ unitPriceCurrency: '$USD' }, 'unitPriceCurrency'],
    [{ unitPriceCurrency: 'EUR' }, 'unitPriceCurrency'],
    [{ externalId: '' }, 'externalId'],
    [{ externalId: 'x'.repeat(65) }, 'externalId'],
    [{ referenceExternalId: 'x'.repeat(65) }, 'referenceExternalId'],
    [{ referenceInstrumentId: 'gold' }, 'referenceInstrumentId'],
    [{ description: 'a\u0000b' }, 'description'],
    [{ ...execution, unitPrice: null }, 'unitPrice'],
    [{ ...execution, status: 'SETTLED', unitPrice: undefined }, 'unitPrice'],
    [{ ...execution, unitPrice: decimal('0') }, 'unitPrice'],
  ] as const)('%j', (part, field) => {
    expect(refusedField(of(part))).toBe(`movements[0].${field}`);
  });

  it('the wrong number of movements', () => {
    const many = (length: number) => ({ movements: Array.from({ length }, () => deposit) });
    expect(refusedField(many(0))).toBe('movements');
    expect(refusedField(many(1_000))).toBe('movements');
    expect(refusedField(many(MAX_MOVEMENTS))).toBeUndefined();
  });

  it('ids that could not be found again, other ids than an optimization has, an unknown order type', () => {
    expect(refusedField({ ...of({}), externalId: "it's" })).toBe('externalId');
    expect(refusedField({ ...of({}), externalId: 'a*' })).toBe('externalId');
    expect(refusedField({ ...of({}), externalId: 'é'.repeat(64) })).toBeUndefined();
    expect(refusedField({ ...of({}), optimizationId: 'P01FGVEKTV86PPKQVRK9CHT31JR' })).toBe('optimizationId');
    expect(refusedField({ ...of({}), orderType: 'UNKNOWN' })).toBe('orderType');
  });

  it('a cash leg in another currency than the price', () => {
    const priced = { ...execution, unitPriceCurrency: 'EUR' };
    expect(refusedField({ movements: [priced, cash] })).toBe('movements[1].instrumentId');
    expect(refusedField({ movements: [cash, priced] })).toBe('movements[0].instrumentId');
    expect(refusedField({ movements: [{ ...priced, unitPriceCurrency: 'USD' }, cash] })).toBeUndefined();
  });

  it('a leg that names an execution of another time', () => {
    const late = { ...cash, referenceExternalId: 'x', datetime: SETTLED_AT };
    expect(refusedField({ movements: [{ ...execution, externalId: 'x' }, late] })).toBe('movements[1].datetime');
  });

  it('the names of the first problem, in the order of the list', () => {
    expect(refusedField({ movements: [deposit, { ...deposit, instrumentId: 'x', quantity: decimal('0') }] })).toBe(
      'movements[1].instrumentId',
    );
  });

  it('but legs at the same time get the id of their execution', () => {
    const fee = { ...cash, type: 'TRANSACTION_FEE', quantity: decimal('3') } as const;
    const { movements } = accepted({ movements: [{ ...execution, externalId: 'x' }, cash, fee] });
    expect(movements.map(({ referenceExternalId }) => referenceExternalId)).toEqual([null, 'x', 'x']);
  });
});
