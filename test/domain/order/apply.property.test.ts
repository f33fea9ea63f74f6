import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DateTime, dateTime } from '../../../src/domain/datetime.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import {
  isExecutionStatus,
  isLegalStatusChange,
  isRequestStatus,
  type KnownMovementStatus,
  LEGAL_STATUS_CHANGES,
} from '../../../src/domain/movement-status.ts';
import { isSecurityLeg } from '../../../src/domain/movement-types.ts';
import { isSameMovement } from '../../../src/domain/movements.ts';
import { applyOrderStatus } from '../../../src/domain/order/apply.ts';
import type { OrderStatusChange } from '../../../src/domain/order/change.ts';
import type { Movement } from '../../../src/domain/transaction.ts';
import { deriveTransactionStatus, newestRequest } from '../../../src/domain/transaction-derivation.ts';
import { ISIN, movement } from '../fixtures.ts';

/** Digits on both sides of the point, often more than a float keeps. */
const amount = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 24n }), fc.integer({ min: 0, max: 18 }))
  .map(([units, scale]) => {
    const digits = units.toString().padStart(scale + 1, '0');
    return decimal(scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`);
  });

/** Few, so that the same time comes up again. */
const time: fc.Arbitrary<DateTime> = fc
  .integer({ min: 0, max: 5 })
  .map((minutes) => dateTime(new Date(Date.UTC(2022, 5, 10, 8, minutes))));

const charges = fc.array(
  fc.record({
    type: fc.constantFrom('TRANSACTION_FEE', 'OTHER_TAX', 'OTHER_FEE'),
    amount,
    description: fc.constantFrom(null, 'STAMP_DUTY'),
  }),
  { maxLength: 3 },
);

const ANY_STATUS = Object.keys(LEGAL_STATUS_CHANGES) as KnownMovementStatus[];

const subject: fc.Arbitrary<OrderStatusChange['subject']> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'order' } as const) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('execution'), externalId: fc.constantFrom('x', 'y', 'z') }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'remainder' } as const) },
);

/** Any change that the check of the input lets through, legal or not for the order at hand. */
const anyChange: fc.Arbitrary<OrderStatusChange> = subject.chain((about) => {
  const statuses = ANY_STATUS.filter(
    (status) =>
      about.kind === 'order' ||
      (isExecutionStatus(status) && (about.kind === 'execution' || (status !== 'EXECUTED' && status !== 'SETTLED'))),
  );
  return fc.constantFrom(...statuses).chain((status) => {
    const moves = status === 'EXECUTED' || status === 'SETTLED';
    const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: moves ? 3 : 0, nil: null });
    return fc.record({
      subject: fc.constant(about),
      status: fc.constant(status),
      datetime: time,
      quantity: status === 'EXECUTED' ? amount : moves ? sometimes(amount) : fc.constant(null),
      unitPrice: status === 'EXECUTED' ? amount : moves ? sometimes(amount) : fc.constant(null),
      cashAmount: fc.constant(null),
      currency: fc.constant(null),
      defaultCurrency: fc.constant('EUR'),
      charges: moves ? sometimes(charges) : fc.constant(null),
    });
  });
});

const placed: fc.Arbitrary<Movement> = fc
  .record({ side: fc.constantFrom('BUY', 'SELL'), quantity: amount, datetime: time, isPositive: fc.boolean() })
  .chain(({ side, quantity, datetime, isPositive }) =>
    fc.constantFrom('PLANNED', 'PENDING', 'PLACED').map((status) =>
      movement({
        type: side,
        status,
        datetime,
        quantity: side === 'SELL' && !isPositive ? `-${quantity}` : quantity,
      }),
    ),
  );

/** An order after any number of legal changes. */
const history: fc.Arbitrary<readonly Movement[]> = fc
  .tuple(placed, fc.array(anyChange, { maxLength: 8 }))
  .map(([first, changes]) =>
    changes.reduce<readonly Movement[]>(
      (movements, change) => {
        const result = applyOrderStatus(movements, change);
        return result.kind === 'changed' ? result.movements : movements;
      },
      [first],
    ),
  );

const requests = (movements: readonly Movement[]) => movements.filter(({ status }) => isRequestStatus(status));
const isOf = (id: string) => (one: Movement) => one.externalId === id || one.referenceExternalId === id;
const bothWays = (one: Movement): Movement =>
  one.type === 'SELL' && isSecurityLeg(one) ? { ...one, quantity: decimal(one.quantity.replace('-', '')) } : one;

/** Exact product by whole numbers: nothing of the code under test in it. */
function product(a: string, b: string): { readonly units: bigint; readonly scale: number } {
  const [wholeA = '', fractionA = ''] = a.split('.');
  const [wholeB = '', fractionB = ''] = b.split('.');
  return { units: BigInt(wholeA + fractionA) * BigInt(wholeB + fractionB), scale: fractionA.length + fractionB.length };
}

function equalsExactly(text: string, { units, scale }: { readonly units: bigint; readonly scale: number }): boolean {
  const [whole = '', fraction = ''] = text.split('.');
  const bothScale = Math.max(scale, fraction.length);
  const left = BigInt(whole + fraction.padEnd(bothScale, '0'));
  return left === units * 10n ** BigInt(bothScale - scale);
}

describe('from any legal history, any change', () => {
  it('keeps exactly the newest request movement', () => {
    fc.assert(
      fc.property(history, anyChange, (before, change) => {
        const result = applyOrderStatus(before, change);
        if (result.kind !== 'changed') return;
        const [kept, ...more] = requests(result.movements);
        expect(more).toEqual([]);
        if (isRequestStatus(change.status)) expect(kept).toMatchObject({ status: change.status, instrumentId: ISIN });
        else expect(bothWays(kept ?? movement())).toEqual(bothWays(newestRequest(before) ?? movement()));
      }),
    );
  });

  it('is legal by the table, or refused with what is and what was wanted', () => {
    fc.assert(
      fc.property(history, anyChange, (before, change) => {
        if (change.subject.kind !== 'order') return;
        const from = deriveTransactionStatus(before);
        const result = applyOrderStatus(before, change);
        const legal = isLegalStatusChange(from, change.status);
        if (legal) expect(result.kind).not.toBe('illegal');
        else if (!before.some(({ status }) => status === change.status)) {
          expect(result).toEqual({ kind: 'illegal', from, to: change.status });
        } else expect(['illegal', 'unchanged']).toContain(result.kind);
        if (result.kind === 'changed' && isExecutionStatus(change.status)) {
          expect(result.movements.some(({ status }) => status === 'EXECUTED')).toBe(change.status === 'EXECUTED');
        }
      }),
    );
  });

  it('leaves the cash leg the exact product of quantity and price, of the other sign', () => {
    fc.assert(
      fc.property(history, anyChange, (before, change) => {
        const result = applyOrderStatus(before, change);
        if (result.kind !== 'changed') return;
        for (const security of result.movements.filter(isSecurityLeg)) {
          if (security.status !== 'EXECUTED' && security.status !== 'SETTLED') continue;
          const cash = result.movements.filter(
            (one) =>
              (one.type === 'BUY' || one.type === 'SELL') &&
              one.instrumentId === '$EUR' &&
              one.referenceExternalId === security.externalId &&
              one.datetime === security.datetime &&
              one.status === security.status,
          );
          expect(cash).toHaveLength(1);
          const [leg = movement()] = cash;
          expect(leg.type).toBe(security.type === 'BUY' ? 'SELL' : 'BUY');
          expect(leg.quantity.startsWith('-')).toBe(security.type === 'BUY');
          const exact = product(security.quantity.replace('-', ''), security.unitPrice ?? '0');
          expect(equalsExactly(leg.quantity.replace('-', ''), exact)).toBe(true);
        }
      }),
    );
  });

  it('changes nothing of what is final, nor of the other fills', () => {
    fc.assert(
      fc.property(history, anyChange, (before, change) => {
        const result = applyOrderStatus(before, change);
        if (result.kind !== 'changed') return;
        const { subject } = change;
        const mustStay = before.filter((one) => {
          if (isRequestStatus(one.status)) return false;
          if (subject.kind === 'remainder') return true;
          if (one.status !== 'EXECUTED') return true;
          const isOfAFill = one.externalId !== null || one.referenceExternalId !== null;
          return subject.kind === 'execution' && isOfAFill && !isOf(subject.externalId)(one);
        });
        for (const one of mustStay) expect(result.movements.some((other) => isSameMovement(one, other))).toBe(true);
      }),
    );
  });

  it('is applied once: a repetition is no change, in any order and form of the list', () => {
    fc.assert(
      fc.property(history, anyChange, (before, change) => {
        const result = applyOrderStatus(before, change);
        if (result.kind !== 'changed') return;
        expect(applyOrderStatus(result.movements, change)).toEqual({ kind: 'unchanged' });
        const foreign = result.movements.map((one) => ({
          ...bothWays(one),
          datetime: one.datetime.replace('Z', '+00:00') as DateTime,
        }));
        expect(applyOrderStatus(foreign, change)).toEqual({ kind: 'unchanged' });
        expect(applyOrderStatus([...foreign].reverse(), change)).toEqual({ kind: 'unchanged' });
      }),
    );
  });

  it('books fees and taxes as given, negative, beside the cash leg', () => {
    fc.assert(
      fc.property(history, anyChange, (before, change) => {
        const result = applyOrderStatus(before, change);
        if (result.kind !== 'changed' || change.charges === null || change.subject.kind !== 'execution') return;
        const { externalId } = change.subject;
        const booked = result.movements.filter(
          (one) => one.referenceExternalId === externalId && one.type !== 'BUY' && one.type !== 'SELL',
        );
        expect(booked.map(({ type, quantity, description }) => ({ type, quantity, description }))).toEqual(
          change.charges.map(({ type, amount: of, description }) => ({ type, quantity: `-${of}`, description })),
        );
      }),
    );
  });

  it('has the status that was asked for, also where it had it before', () => {
    fc.assert(
      fc.property(history, anyChange, (before, change) => {
        const result = applyOrderStatus(before, change);
        if (result.kind !== 'changed' && result.kind !== 'unchanged') return;
        const movements = result.kind === 'changed' ? result.movements : before;
        const told = movements.filter(
          ({ status, datetime }) => status === change.status && datetime === change.datetime,
        );
        expect(told.some(isSecurityLeg)).toBe(true);
      }),
    );
  });
});
