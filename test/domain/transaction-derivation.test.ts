import { describe, expect, it } from 'vitest';
import { MOVEMENT_TYPES, type MovementStatus, type MovementType } from '../../src/domain/transaction.ts';
import {
  derivePrimaryMovement,
  deriveTransactionStatus,
  deriveTransactionType,
  transactionDate,
} from '../../src/domain/transaction-derivation.ts';
import { at, movement } from './fixtures.ts';

const ofType = (type: MovementType, instrumentId = '$USD') => movement({ type, instrumentId });
const ofStatus = (...statuses: MovementStatus[]) => statuses.map((status) => movement({ status }));

describe('the type of a transaction', () => {
  it.each([
    ['BUY', 'ORDER'],
    ['CASH_WITHDRAWAL', 'CASH_TRANSFER'],
    ['CASH_DIVIDEND', 'CORPORATE_ACTION'],
    ['REVERSE_STOCK_SPLIT', 'CORPORATE_ACTION'],
    ['TRANSFER_IN', 'SECURITY_TRANSFER'],
    ['MANAGEMENT_FEE', 'ADMINISTRATIVE'],
    ['WITHHOLDING_TAX', 'ADMINISTRATIVE'],
    ['UNKNOWN', 'UNKNOWN'],
  ] as const)('is of %s alone: %s', (type, expected) => {
    expect(deriveTransactionType([ofType(type)])).toBe(expected);
  });

  it('is known for each of the 21 movement types', () => {
    const unknown = MOVEMENT_TYPES.filter((type) => deriveTransactionType([ofType(type)]) === 'UNKNOWN');
    expect(unknown).toEqual(['UNKNOWN']);
  });

  it('is that of the order, not of its fees, in any order', () => {
    const legs = [ofType('TRANSACTION_FEE'), ofType('SELL'), ofType('BUY', 'LU78468R1014')];
    expect(deriveTransactionType(legs)).toBe('ORDER');
    expect(deriveTransactionType(legs.reverse())).toBe('ORDER');
  });

  it('passes over movements that we do not know, and is UNKNOWN without any', () => {
    expect(deriveTransactionType([ofType('UNKNOWN'), ofType('CASH_DEPOSIT')])).toBe('CASH_TRANSFER');
    expect(deriveTransactionType([])).toBe('UNKNOWN');
  });
});

describe('the status of a transaction', () => {
  it.each([
    [['PLACED'], 'PLACED'],
    [['PLACED', 'PLANNED'], 'PLACED'],
    [['PLACED', 'EXECUTED'], 'EXECUTED'],
    [['EXPIRED', 'PLACED'], 'EXPIRED'],
    [['SETTLED', 'EXECUTED'], 'EXECUTED'],
    [['CANCELLED', 'EXECUTED'], 'EXECUTED'],
    [['CANCELLED', 'SETTLED'], 'SETTLED'],
    [['UNKNOWN', 'PENDING'], 'PENDING'],
    [['UNKNOWN'], 'UNKNOWN'],
    [[], 'UNKNOWN'],
  ] as const)('of %j is %s', (statuses, expected) => {
    expect(deriveTransactionStatus(ofStatus(...statuses))).toBe(expected);
  });
});

describe('the primary movement', () => {
  it('is the request of the instrument, wherever it stands', () => {
    const placed = movement();
    const fee = movement({ type: 'TRANSACTION_FEE', instrumentId: '$USD', status: 'EXECUTED' });
    const cash = movement({ type: 'SELL', instrumentId: '$USD', status: 'EXECUTED' });
    const executed = movement({ status: 'EXECUTED', datetime: '2022-06-10T07:52:26.341Z' });
    expect(derivePrimaryMovement([fee, cash, executed, placed])).toBe(placed);
    expect(derivePrimaryMovement([fee, cash, executed])).toBe(executed);
  });

  it('is the earliest fill where there is no request', () => {
    const later = movement({ status: 'SETTLED', datetime: '2022-06-10T08:00:00+00:00' });
    const sooner = movement({ status: 'SETTLED', datetime: '2022-06-10T09:30:00+02:00' });
    expect(derivePrimaryMovement([later, sooner])).toBe(sooner);
  });

  it('is cash for a cash transfer, a fee for a fee, nothing for nothing', () => {
    const deposit = ofType('CASH_DEPOSIT');
    const fee = ofType('CUSTODY_FEE');
    expect(derivePrimaryMovement([fee, deposit])).toBe(deposit);
    expect(derivePrimaryMovement([fee])).toBe(fee);
    expect(derivePrimaryMovement([])).toBeNull();
  });
});

describe('the date of a transaction', () => {
  const sent = movement({ datetime: '2021-01-01T00:00:00.000001+00:00' });
  const createdAt = at('2021-10-07T06:11:22.217585+00:00');

  it('is the primary movement InvestSuite sends, else the derived one, else when it was created', () => {
    const other = movement();
    expect(transactionDate({ primaryMovement: sent, movements: [other], createdAt })).toBe(sent.datetime);
    expect(transactionDate({ primaryMovement: null, movements: [other], createdAt })).toBe(other.datetime);
    expect(transactionDate({ primaryMovement: null, movements: [], createdAt })).toBe(createdAt);
    expect(transactionDate({ primaryMovement: null, movements: [], createdAt: null })).toBeNull();
  });
});
