import { describe, expect, it } from 'vitest';
import { decimal } from '../../../src/domain/decimal.ts';
import { applyOrderStatus } from '../../../src/domain/order/apply.ts';
import {
  checkOrderStatusChange,
  type OrderStatusChange,
  type OrderStatusDraft,
  type OrderStatusResult,
} from '../../../src/domain/order/change.ts';
import type { Movement, MovementStatus } from '../../../src/domain/transaction.ts';
import { at, EXECUTED_AT, movement, SETTLED_AT } from '../fixtures.ts';

const NOW = at('2022-07-01T00:00:00Z');

function change(draft: OrderStatusDraft): OrderStatusChange {
  const checked = checkOrderStatusChange(draft, { now: NOW, baseCurrency: 'USD' });
  if (checked.kind === 'invalid') throw new TypeError(`${checked.field}: ${checked.message}`);
  return checked.value;
}

function changed(result: OrderStatusResult): readonly Movement[] {
  if (result.kind !== 'changed') throw new TypeError(`expected a change, got ${JSON.stringify(result)}`);
  return result.movements;
}

/** Applies one change after the other; every one must be legal and new. */
const moved = (history: readonly Movement[], ...drafts: readonly OrderStatusDraft[]): readonly Movement[] =>
  drafts.reduce((movements, draft) => changed(applyOrderStatus(movements, change(draft))), history);

const charges = [
  { type: 'TRANSACTION_FEE', amount: decimal('3') },
  { type: 'OTHER_TAX', amount: decimal('0.15') },
] as const;
const executed = {
  status: 'EXECUTED',
  datetime: EXECUTED_AT,
  quantity: decimal('7'),
  unitPrice: decimal('29.51'),
  charges,
} as const satisfies OrderStatusDraft;
const settled = { status: 'SETTLED', datetime: SETTLED_AT } as const satisfies OrderStatusDraft;

/** The vendor's bodies: the security leg, the cash leg, fee and tax, at one time and in one status. */
function legs(status: MovementStatus, datetime: string, side: 'BUY' | 'SELL', security: Partial<Movement> = {}) {
  const reference = { referenceExternalId: security.externalId ?? null };
  const cash = { status, datetime, instrumentId: '$USD', ...reference };
  return [
    movement({
      type: side,
      status,
      datetime,
      quantity: side === 'BUY' ? '7' : '-7',
      unitPrice: '29.51',
      ...fields(security),
    }),
    side === 'BUY'
      ? movement({ ...cash, type: 'SELL', quantity: '-206.57' })
      : movement({ ...cash, type: 'BUY', quantity: '206.57' }),
    movement({ ...cash, type: 'TRANSACTION_FEE', quantity: '-3' }),
    movement({ ...cash, type: 'OTHER_TAX', quantity: '-0.15' }),
  ];
}
const fields = ({ externalId }: Partial<Movement>) => (externalId === undefined ? {} : { externalId });

const buy = movement();
const sell = movement({ type: 'SELL', quantity: '-7' });

describe("the vendor's examples", () => {
  it('executes a bought order with its fee and tax, keeping what was placed', () => {
    expect(moved([buy], executed)).toEqual([buy, ...legs('EXECUTED', EXECUTED_AT, 'BUY')]);
  });

  it('settles it: SETTLED instead of EXECUTED, with its values where none are given', () => {
    expect(moved([buy], executed, settled)).toEqual([buy, ...legs('SETTLED', SETTLED_AT, 'BUY')]);
  });

  it('settles a sold order at once: cash comes in, fee and tax go out', () => {
    const direct = { ...executed, ...settled };
    expect(moved([sell], direct)).toEqual([sell, ...legs('SETTLED', SETTLED_AT, 'SELL')]);
  });

  it('reads a sold quantity of either sign alike and writes it negative', () => {
    const positive = { ...sell, quantity: decimal('7') };
    expect(moved([positive], executed)).toEqual(moved([sell], executed));
    expect(moved([positive], executed)[0]).toEqual(sell);
  });

  it('refers the cash, fee and tax of an execution with an id to that id', () => {
    const subject = { kind: 'execution', externalId: 'instrument-buy-123' } as const;
    const told = moved([buy], { ...executed, subject });
    expect(told).toEqual([buy, ...legs('EXECUTED', EXECUTED_AT, 'BUY', { externalId: 'instrument-buy-123' })]);
    const done = legs('SETTLED', SETTLED_AT, 'BUY', { externalId: 'instrument-buy-123' });
    expect(moved(told, settled)).toEqual([buy, ...done]);
  });

  it('cancels a limit order by repeating what was placed, with its own time', () => {
    const placed = movement({ externalId: 'my-movement-1', quantity: '3', unitPrice: '3.49' });
    const datetime = at('2022-06-08T11:01:54.000000+00:00');
    expect(moved([placed], { status: 'CANCELLED', datetime })).toEqual([
      placed,
      { ...placed, externalId: null, status: 'CANCELLED', datetime },
    ]);
  });

  it('executes an order by amount in the currency it was placed in', () => {
    const placed = movement({ quantity: '1', unitPrice: '1000', unitPriceCurrency: 'EUR' });
    const [, security, cash] = moved([placed], { ...executed, quantity: decimal('33.887'), charges: [] });
    expect(security).toMatchObject({ quantity: '33.887', unitPrice: '29.51', unitPriceCurrency: 'EUR' });
    expect(cash).toMatchObject({ type: 'SELL', instrumentId: '$EUR', quantity: '-1000.00537' });
  });
});

describe('the request', () => {
  it('is replaced by the newer one, with the numbers that are given', () => {
    const planned = movement({ status: 'PLANNED', externalId: 'm-1' });
    const [pending, ...others] = moved([planned], { status: 'PENDING', datetime: EXECUTED_AT });
    expect(others).toEqual([]);
    expect(pending).toEqual({ ...planned, status: 'PENDING', datetime: EXECUTED_AT });
    expect(moved([planned], { status: 'PLACED', datetime: EXECUTED_AT, quantity: decimal('6.5') })).toEqual([
      { ...planned, status: 'PLACED', datetime: EXECUTED_AT, quantity: '6.5' },
    ]);
  });

  it('is the newest of several that another system left', () => {
    const planned = movement({ status: 'PLANNED', datetime: '2022-06-10T08:00:00Z' });
    expect(moved([buy, planned], executed)[0]).toEqual(buy);
    expect(moved([buy, planned], executed)).toHaveLength(5);
  });

  it('keeps a fee of the request', () => {
    const expectedFee = movement({ type: 'TRANSACTION_FEE', instrumentId: '$USD', quantity: '-3' });
    expect(moved([buy, expectedFee], executed).slice(0, 2)).toEqual([buy, expectedFee]);
  });
});

describe('settling', () => {
  const execution = [buy, ...legs('EXECUTED', EXECUTED_AT, 'BUY')];
  const cashOf = (movements: readonly Movement[]) =>
    movements.filter(({ type, instrumentId }) => type === 'SELL' && instrumentId.startsWith('$'));

  it('takes charges: [] as none, and other charges instead of the old', () => {
    expect(moved(execution, { ...settled, charges: [] })).toHaveLength(3);
    const again = moved(execution, {
      ...settled,
      charges: [{ type: 'OTHER_FEE', amount: decimal('1.50'), description: 'x' }],
    });
    expect(again.slice(3)).toMatchObject([
      { type: 'OTHER_FEE', quantity: '-1.50', description: 'x', status: 'SETTLED' },
    ]);
  });

  it('computes the cash again where quantity or price differ, and keeps the given amount otherwise', () => {
    const rounded = moved([buy], { ...executed, cashAmount: decimal('206.60') });
    expect(cashOf(moved(rounded, settled))).toMatchObject([{ quantity: '-206.60' }]);
    expect(cashOf(moved(rounded, { ...settled, quantity: decimal('7.0') }))).toMatchObject([{ quantity: '-206.60' }]);
    expect(cashOf(moved(rounded, { ...settled, unitPrice: decimal('30') }))).toMatchObject([{ quantity: '-210' }]);
    expect(cashOf(moved(rounded, { ...settled, cashAmount: decimal('206.57') }))).toMatchObject([
      { quantity: '-206.57' },
    ]);
  });

  it('never adds a second cash leg to one with another time', () => {
    const [placed = buy, security = buy, cash = buy] = execution;
    const foreign = [placed, security, { ...cash, datetime: at('2022-06-10T07:52:27Z') }];
    expect(cashOf(moved(foreign, { ...settled, unitPrice: decimal('30') }))).toHaveLength(1);
  });

  it('requires quantity and price without an execution, and a price where the execution has none', () => {
    expect(applyOrderStatus([buy], change(settled))).toMatchObject({ kind: 'invalid', field: 'quantity' });
    expect(applyOrderStatus([buy], change({ ...settled, quantity: decimal('7') }))).toMatchObject({
      field: 'unitPrice',
    });
    const priceless = [buy, movement({ status: 'EXECUTED' })];
    expect(applyOrderStatus(priceless, change(settled))).toMatchObject({ kind: 'invalid', field: 'unitPrice' });
    expect(moved(priceless, { ...settled, unitPrice: decimal('29.51') })).toHaveLength(3);
  });

  it('does not change the currency', () => {
    const other = change({ ...settled, currency: 'EUR' });
    expect(applyOrderStatus(execution, other)).toMatchObject({ kind: 'invalid', field: 'currency' });
  });
});

describe('partial fills', () => {
  const fill = (externalId: string, quantity: string, datetime: string): OrderStatusDraft => ({
    subject: { kind: 'execution', externalId },
    status: 'EXECUTED',
    datetime: at(datetime),
    quantity: decimal(quantity),
    unitPrice: decimal('10'),
  });
  const first = fill('x-1', '3', '2022-06-10T08:00:00Z');
  const second = fill('x-2', '4', '2022-06-10T08:00:00Z');
  const both = moved([buy], first, second);
  const of = (id: string, movements: readonly Movement[]) =>
    movements.filter((one) => one.externalId === id || one.referenceExternalId === id);

  it('are kept apart, even with the same time', () => {
    expect(both).toHaveLength(5);
    expect(of('x-1', both)).toMatchObject([{ quantity: '3' }, { quantity: '-30' }]);
    expect(of('x-2', both)).toMatchObject([{ quantity: '4' }, { quantity: '-40' }]);
  });

  it('are not booked twice when repeated', () => {
    expect(applyOrderStatus(both, change(first))).toEqual({ kind: 'unchanged' });
    expect(applyOrderStatus([...both].reverse(), change(second))).toEqual({ kind: 'unchanged' });
  });

  it('settle one by one or all at once', () => {
    const one = moved(both, { subject: { kind: 'execution', externalId: 'x-1' }, ...settled });
    expect(of('x-1', one).map(({ status }) => status)).toEqual(['SETTLED', 'SETTLED']);
    expect(of('x-2', one)).toEqual(of('x-2', both));
    const all = moved(one, { ...settled, datetime: at('2022-06-13T00:00:00Z') });
    expect(of('x-1', all)).toEqual(of('x-1', one));
    expect(of('x-2', all).map(({ status }) => status)).toEqual(['SETTLED', 'SETTLED']);
    const apart = change({ ...settled, quantity: decimal('7') });
    expect(applyOrderStatus(both, apart)).toMatchObject({ kind: 'invalid', field: 'quantity' });
  });

  it('stay when the rest of the order is cancelled, also when that event comes first', () => {
    const rest: OrderStatusDraft = { subject: { kind: 'remainder' }, status: 'CANCELLED', datetime: SETTLED_AT };
    const cancelled = moved(both, rest);
    expect(cancelled.slice(0, 5)).toEqual(both);
    expect(cancelled[5]).toEqual({ ...buy, status: 'CANCELLED', datetime: SETTLED_AT });
    expect(applyOrderStatus(cancelled, change(rest))).toEqual({ kind: 'unchanged' });
    expect(of('x-1', moved([buy], rest, first))).toEqual(of('x-1', both));
  });

  it('that are mistrades lose their cash, and their late news is refused', () => {
    const mistrade: OrderStatusDraft = {
      subject: { kind: 'execution', externalId: 'x-1' },
      status: 'CANCELLED',
      datetime: SETTLED_AT,
    };
    expect(of('x-1', moved(both, mistrade))).toMatchObject([{ status: 'CANCELLED', quantity: '3' }]);
    const early = moved([buy], mistrade);
    expect(applyOrderStatus(early, change(first))).toEqual({ kind: 'illegal', from: 'CANCELLED', to: 'EXECUTED' });
    expect(moved(early, second)).toHaveLength(4);
  });

  it('replace the whole execution that an operator recorded, and are not added once that is settled', () => {
    const whole = moved([buy], executed);
    expect(moved(whole, first, second)).toEqual(both);
    const done = moved(whole, settled);
    expect(applyOrderStatus(done, change(first))).toEqual({ kind: 'illegal', from: 'SETTLED', to: 'EXECUTED' });
  });
});

describe('what is not allowed', () => {
  it.each([
    [[executed, settled], { status: 'PLACED' }, 'SETTLED'],
    [[executed, settled], { status: 'CANCELLED' }, 'SETTLED'],
    [[executed, settled], { status: 'SETTLED' }, 'SETTLED'],
    [[{ status: 'CANCELLED' }], settled, 'CANCELLED'],
    [[{ status: 'CANCELLED' }], executed, 'CANCELLED'],
    [[{ status: 'EXPIRED' }], { status: 'CANCELLED' }, 'EXPIRED'],
    [[executed], { status: 'NOT_EXECUTED' }, 'EXECUTED'],
    [[executed], { status: 'PENDING' }, 'EXECUTED'],
    [[], { status: 'PLANNED' }, 'PLACED'],
    [[], { status: 'PLACED' }, 'PLACED'],
  ] as const)('after %j: %j', (drafts, draft, from) => {
    expect(applyOrderStatus(moved([buy], ...drafts), change(draft))).toEqual({
      kind: 'illegal',
      from,
      to: draft.status,
    });
  });

  it('an order that would lose a movement of an unknown kind', () => {
    const strange = movement({ type: 'UNKNOWN', status: 'EXECUTED' });
    expect(applyOrderStatus([buy, strange], change(executed))).toMatchObject({
      kind: 'invalid',
      field: 'transactionId',
    });
    expect(applyOrderStatus([], change(executed))).toMatchObject({ kind: 'invalid', field: 'transactionId' });
  });

  it('two orders moved on as one', () => {
    const other = movement({ instrumentId: 'LU2660424076' });
    expect(applyOrderStatus([buy, other], change(executed))).toMatchObject({ kind: 'invalid', field: 'transactionId' });
  });

  it('other numbers than ordered in an end without execution', () => {
    const draft = { status: 'CANCELLED', quantity: decimal('3') } as const;
    expect(applyOrderStatus([buy], change(draft))).toMatchObject({ kind: 'invalid', field: 'quantity' });
    expect(applyOrderStatus([buy], change({ ...draft, quantity: decimal('7.0') })).kind).toBe('changed');
  });
});

describe('a transaction that is no order', () => {
  const dividend = movement({
    type: 'CASH_DIVIDEND',
    status: 'PENDING',
    instrumentId: '$USD',
    quantity: '0.0785',
    referenceInstrumentId: 'LU78464A6727',
    externalId: 'd-1',
  });

  it('moves on as it is, in the same two groups', () => {
    const paid = moved([dividend], { status: 'EXECUTED', datetime: EXECUTED_AT });
    expect(paid).toEqual([dividend, { ...dividend, externalId: null, status: 'EXECUTED', datetime: EXECUTED_AT }]);
    const done = moved(paid, { ...settled, quantity: decimal('0.07') });
    expect(done).toEqual([
      dividend,
      { ...dividend, externalId: null, status: 'SETTLED', datetime: SETTLED_AT, quantity: '0.07' },
    ]);
    expect(applyOrderStatus(done, change(settled))).toEqual({ kind: 'unchanged' });
    expect(applyOrderStatus(done, change({ status: 'PLACED' }))).toMatchObject({ kind: 'illegal', from: 'SETTLED' });
  });

  it('has no cash leg, no charges, and no quantity where there are several movements', () => {
    const tax = { ...dividend, type: 'WITHHOLDING_TAX', quantity: decimal('-0.01') } as const;
    const some = [dividend, tax];
    const problem = (draft: Partial<OrderStatusDraft>) => applyOrderStatus(some, change({ ...settled, ...draft }));
    expect(problem({ cashAmount: decimal('1') })).toMatchObject({ kind: 'invalid', field: 'cashAmount' });
    expect(problem({ charges })).toMatchObject({ kind: 'invalid', field: 'charges' });
    expect(problem({ quantity: decimal('1') })).toMatchObject({ kind: 'invalid', field: 'quantity' });
    expect(problem({ currency: 'EUR' })).toMatchObject({ kind: 'invalid', field: 'currency' });
    expect(problem({}).kind).toBe('changed');
  });
});

describe('the input of a change', () => {
  const field = (draft: OrderStatusDraft): string | undefined => {
    const checked = checkOrderStatusChange(draft, { now: NOW, baseCurrency: 'USD' });
    return checked.kind === 'invalid' ? checked.field : undefined;
  };
  it.each([
    [{ status: 'UNKNOWN' }, 'status'],
    [{ ...executed, datetime: at('2022-07-01T00:01:00Z') }, 'datetime'],
    [{ ...executed, quantity: decimal('-7') }, 'quantity'],
    [{ ...executed, unitPrice: decimal('0') }, 'unitPrice'],
    [{ ...executed, cashAmount: decimal('-1') }, 'cashAmount'],
    [{ ...executed, currency: '$USD' }, 'currency'],
    [{ ...executed, quantity: decimal('1e100') }, 'quantity'],
    [{ ...executed, charges: [{ type: 'BUY', amount: decimal('1') }] }, 'charges[0].type'],
    [{ ...executed, charges: [...charges, { type: 'OTHER_FEE', amount: decimal('-1') }] }, 'charges[2].amount'],
    [{ status: 'CANCELLED', charges }, 'charges'],
    [{ status: 'PLACED', cashAmount: decimal('1') }, 'cashAmount'],
    [{ status: 'PLACED', subject: { kind: 'execution', externalId: 'x' } }, 'status'],
    [{ status: 'EXECUTED', subject: { kind: 'remainder' } }, 'status'],
    [{ ...executed, datetime: at('2022-07-01T00:00:20Z') }, undefined],
  ] as const)('%j: %s', (draft, expected) => {
    expect(field(draft)).toBe(expected);
  });
});
