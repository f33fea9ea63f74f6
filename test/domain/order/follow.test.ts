import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal } from '../../../src/domain/decimal.ts';
import { areSameMovements } from '../../../src/domain/movements.ts';
import {
  type FollowedExecution,
  type FollowedOrder,
  followBrokerOrder,
  isOver,
} from '../../../src/domain/order/follow.ts';
import type { Movement } from '../../../src/domain/transaction.ts';
import { deriveTransactionStatus } from '../../../src/domain/transaction-derivation.ts';
import { at, movement } from '../fixtures.ts';

const NOW = at('2022-07-01T00:00:00Z');
const placed = movement();

const execution = (id: string, more: Partial<FollowedExecution> = {}): FollowedExecution => ({
  id,
  orderId: 'order-1',
  status: 'FILLED',
  side: 'BUY',
  currency: 'USD',
  cashAmount: decimal('40.01'),
  quantity: decimal('4'),
  price: decimal('10.0025'),
  transactionTime: at('2022-06-10T08:00:00.123Z'),
  settlementDate: null,
  taxes: [],
  reportedAt: null,
  ...more,
});

const order = (more: Partial<FollowedOrder> = {}): FollowedOrder => ({
  id: 'order-1',
  side: 'BUY',
  instrumentId: placed.instrumentId,
  status: 'PROCESSING',
  currency: 'USD',
  fee: decimal('0'),
  createdAt: at('2022-06-10T07:00:00Z'),
  updatedAt: at('2022-06-10T09:00:00Z'),
  executions: [],
  ...more,
});

const followed = (movements: readonly Movement[], told: FollowedOrder): readonly Movement[] =>
  followBrokerOrder(movements, told, NOW).movements ?? movements;

const shown = (movements: readonly Movement[]) =>
  movements.map((one) => `${one.status} ${one.type} ${one.instrumentId} ${one.quantity}`);

describe('an order that the broker has', () => {
  it.each(['PLANNED', 'PENDING'] as const)('is placed where it was %s', (status) => {
    const moved = followed([movement({ status })], order({ status: 'NEW' }));
    expect(moved).toEqual([{ ...placed, datetime: '2022-06-10T07:00:00Z' }]);
  });

  it('changes nothing of a placed one until it is filled', () => {
    expect(followBrokerOrder([placed], order(), NOW)).toEqual({ movements: undefined, problems: [] });
  });
});

describe('a fill', () => {
  it('is EXECUTED with price, units, cash as it moved, taxes and the fee; charges of 0 are left out', () => {
    const taxes = [
      { type: 'TOTAL', amount: decimal('1.50') },
      { type: 'OTHER', amount: decimal('0') },
    ];
    const moved = followed([placed], order({ executions: [execution('x', { taxes })], fee: decimal('0.99') }));
    const common = { status: 'EXECUTED', datetime: '2022-06-10T08:00:00.123Z' };
    const leg = { ...common, instrumentId: '$USD', referenceExternalId: 'x' };
    expect(moved).toMatchObject([
      placed,
      { ...common, externalId: 'x', type: 'BUY', quantity: '4', unitPrice: '10.0025' },
      { ...leg, type: 'SELL', quantity: '-40.01' },
      { ...leg, type: 'OTHER_TAX', quantity: '-1.50', description: 'TOTAL' },
      { ...leg, type: 'TRANSACTION_FEE', quantity: '-0.99' },
    ]);
  });

  it('of several carries the fee once, on the first', () => {
    const second = execution('y', { transactionTime: at('2022-06-10T08:30:00Z') });
    const both = order({ executions: [second, execution('x')], fee: decimal('1') });
    const fees = followed([placed], both).filter(({ type }) => type === 'TRANSACTION_FEE');
    expect(fees).toMatchObject([{ referenceExternalId: 'x' }]);
    expect(followBrokerOrder(followed([placed], both), both, NOW).movements).toBeUndefined();
  });

  it('without a price is a problem, with a time ahead is accepted', () => {
    const { movements, problems } = followBrokerOrder(
      [placed],
      order({ executions: [execution('x', { price: null })] }),
      NOW,
    );
    expect(movements).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining('unitPrice')]);
    const ahead = execution('x', { transactionTime: at('2022-07-01T00:10:00Z') });
    expect(followed([placed], order({ executions: [ahead] }))).toHaveLength(3);
  });
});

describe('a settlement', () => {
  const filled = followed(
    [placed],
    order({ executions: [execution('x', { taxes: [{ type: 'TOTAL', amount: decimal('1') }] })] }),
  );
  const settle = (more: Partial<FollowedExecution>) =>
    followed(filled, order({ status: 'FILLED', executions: [execution('x', { status: 'SETTLED', ...more })] }));

  it.each([
    [{ settlementDate: '2022-06-12' }, '2022-06-12T00:00:00Z'],
    [{ settlementDate: '2022-06-10' }, '2022-06-10T08:00:00.123Z'],
    [{ reportedAt: at('2022-06-12T10:00:00Z') }, '2022-06-12T10:00:00Z'],
    [{}, NOW],
  ])('%j is dated %s', (more, expected) => {
    const moved = settle(more);
    expect(moved.slice(1).map(({ status, datetime }) => `${status} ${datetime}`)).toEqual(
      Array.from({ length: 3 }, () => `SETTLED ${expected}`),
    );
  });

  it('keeps its charges where none are given, and is booked once whatever its later date', () => {
    const moved = settle({ settlementDate: '2022-06-12' });
    expect(shown(moved)).toContain('SETTLED OTHER_TAX $USD -1');
    const again = order({ status: 'FILLED', executions: [execution('x', { status: 'SETTLED', reportedAt: NOW })] });
    expect(followBrokerOrder(moved, again, NOW)).toEqual({ movements: undefined, problems: [] });
  });

  it('that comes before the fill is settled at once', () => {
    const settled = order({ executions: [execution('x', { status: 'SETTLED', settlementDate: '2022-06-12' })] });
    expect(shown(followed([placed], settled))).toEqual([
      `PLACED BUY ${placed.instrumentId} 7`,
      `SETTLED BUY ${placed.instrumentId} 4`,
      'SETTLED SELL $USD -40.01',
    ]);
  });
});

describe('an end', () => {
  it('cancels what was not filled; the fills stay', () => {
    const ended = order({ status: 'CANCELLED', executions: [execution('x')] });
    const moved = followed([placed], ended);
    expect(shown(moved)).toEqual([
      `PLACED BUY ${placed.instrumentId} 7`,
      `EXECUTED BUY ${placed.instrumentId} 4`,
      'EXECUTED SELL $USD -40.01',
      `CANCELLED BUY ${placed.instrumentId} 7`,
    ]);
    expect(moved.at(-1)?.datetime).toBe('2022-06-10T09:00:00Z');
    // It settles later, which changes the order's own time.
    const later = order({ ...ended, updatedAt: NOW, executions: [execution('x', { status: 'SETTLED' })] });
    expect(shown(followed(moved, later)).filter((line) => line.startsWith('CANCELLED'))).toHaveLength(1);
  });

  it('of a fill that was a mistrade takes its cash back', () => {
    const moved = followed([placed], order({ executions: [execution('x'), execution('y')] }));
    const mistrade = order({ executions: [execution('x', { status: 'CANCELLED' }), execution('y')] });
    expect(shown(followed(moved, mistrade))).toEqual([
      `PLACED BUY ${placed.instrumentId} 7`,
      `CANCELLED BUY ${placed.instrumentId} 4`,
      `EXECUTED BUY ${placed.instrumentId} 4`,
      'EXECUTED SELL $USD -40.01',
    ]);
  });

  it('that contradicts a settlement is a problem for a person', () => {
    const settled = followed([placed], order({ executions: [execution('x', { status: 'SETTLED' })] }));
    const mistrade = order({ executions: [execution('x', { status: 'CANCELLED' })] });
    expect(followBrokerOrder(settled, mistrade, NOW)).toEqual({
      movements: undefined,
      problems: ['execution x: CANCELLED may not follow SETTLED.'],
    });
  });

  it('is over when the order has ended and every fill has', () => {
    const done = execution('x', { status: 'SETTLED' });
    expect(isOver(order({ status: 'FILLED', executions: [done] }))).toBe(true);
    expect(isOver(order({ status: 'CANCELLED' }))).toBe(true);
    expect(isOver(order({ status: 'FILLED', executions: [done, execution('y')] }))).toBe(false);
    expect(isOver(order({ status: 'FILLED' }))).toBe(false);
    expect(isOver(order({ status: 'PROCESSING', executions: [done] }))).toBe(false);
  });
});

describe('an execution that an operator recorded', () => {
  const whole = (status: 'EXECUTED' | 'SETTLED'): readonly Movement[] => [
    placed,
    movement({ status, unitPrice: '10', datetime: '2022-06-10T10:00:00Z' }),
    movement({ type: 'SELL', status, instrumentId: '$USD', quantity: '-70', datetime: '2022-06-10T10:00:00Z' }),
  ];

  it('gives way to the broker while it is open', () => {
    expect(shown(followed(whole('EXECUTED'), order({ executions: [execution('x')] })))).toEqual([
      `PLACED BUY ${placed.instrumentId} 7`,
      `EXECUTED BUY ${placed.instrumentId} 4`,
      'EXECUTED SELL $USD -40.01',
    ]);
  });

  it('stands once it is settled: nothing is booked twice', () => {
    for (const status of ['FILLED', 'SETTLED'] as const) {
      const told = order({ executions: [execution('x', { status })] });
      expect(followBrokerOrder(whole('SETTLED'), told, NOW)).toEqual({ movements: undefined, problems: [] });
    }
  });
});

describe('whatever was seen of an order, and how often', () => {
  const STATUSES = ['FILLED', 'SETTLED', 'CANCELLED'] as const;
  const executions = fc.uniqueArray(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      rank: fc.integer({ min: 0, max: 1 }),
      quantity: fc.integer({ min: 1, max: 9 }),
    }),
    { selector: ({ id }) => id, minLength: 1 },
  );
  type Sketch = { readonly id: string; readonly rank: number; readonly quantity: number };
  const told = (sketches: readonly Sketch[], status: FollowedOrder['status'], upTo: number): FollowedOrder =>
    order({
      status,
      executions: sketches.map(({ id, rank, quantity }) =>
        execution(id, {
          status: STATUSES[Math.min(rank, upTo)] ?? 'FILLED',
          quantity: decimal(String(quantity)),
          price: decimal('2'),
          cashAmount: decimal(String(quantity * 2)),
          settlementDate: '2022-06-12',
        }),
      ),
    });

  it('the end is the same', () => {
    const ends = fc.constantFrom('FILLED' as const, 'CANCELLED' as const);
    fc.assert(
      fc.property(executions, ends, fc.array(fc.nat(20), { maxLength: 6 }), (sketches, end, glimpses) => {
        const last = told(sketches, end, 1);
        const direct = followed([placed], last);
        let movements: readonly Movement[] = [placed];
        for (const glimpse of glimpses) {
          const seen = sketches.filter((_each, index) => (glimpse >> index) % 2 === 1);
          movements = followed(movements, told(seen, 'PROCESSING', glimpse > 9 ? 1 : 0));
        }
        movements = followed(movements, last);
        expect(areSameMovements(movements, direct)).toBe(true);
        expect(followBrokerOrder(movements, last, NOW)).toEqual({ movements: undefined, problems: [] });
        expect(deriveTransactionStatus(movements)).toBe(
          sketches.some(({ rank }) => rank === 0) ? 'EXECUTED' : 'SETTLED',
        );
      }),
    );
  });
});
