import { describe, expect, it } from 'vitest';
import { decimal } from '../../../src/domain/decimal.ts';
import { type OrderDraft, placedOrder } from '../../../src/domain/order/place.ts';
import { at, ISIN, movement, PLACED_AT } from '../fixtures.ts';

const context = { now: at('2022-07-01T00:00:00Z'), baseCurrency: 'EUR' };
const buy: OrderDraft = { side: 'BUY', instrumentId: ISIN, quantity: decimal('7'), placedAt: PLACED_AT };

function placed(draft: OrderDraft) {
  const checked = placedOrder(draft, context);
  if (checked.kind === 'invalid') throw new TypeError(`${checked.field}: ${checked.message}`);
  return checked.value;
}

describe('a placed order', () => {
  it('by units is one movement with nothing else in it', () => {
    const draft = { ...buy, externalId: 'your-transaction-id-1', optimizationId: 'O01ARZ3NDEKTSV4RRFFQ69G5FAV' };
    expect(placed(draft)).toEqual({
      externalId: 'your-transaction-id-1',
      optimizationId: 'O01ARZ3NDEKTSV4RRFFQ69G5FAV',
      orderType: null,
      movements: [movement()],
    });
  });

  it('by amount has quantity 1, the amount as its price, and its currency', () => {
    const draft = { ...buy, quantity: null, amount: decimal('1000') };
    const byAmount = movement({ quantity: '1', unitPrice: '1000', unitPriceCurrency: 'EUR' });
    expect(placed(draft).movements).toEqual([byAmount]);
    expect(placed({ ...draft, currency: 'USD' }).movements).toEqual([{ ...byAmount, unitPriceCurrency: 'USD' }]);
  });

  it('that sells takes units out', () => {
    expect(placed({ ...buy, side: 'SELL' }).movements).toEqual([movement({ type: 'SELL', quantity: '-7' })]);
  });

  it('with a limit has the limit as its price', () => {
    const limited = movement({ unitPrice: '3.490', unitPriceCurrency: 'EUR' });
    const draft = { ...buy, limitPrice: decimal('3.490') };
    expect(placed({ ...draft, orderType: 'LIMIT' })).toMatchObject({ orderType: 'LIMIT', movements: [limited] });
    expect(placed(draft)).toMatchObject({ orderType: 'LIMIT', movements: [limited] });
    expect(placed({ ...buy, orderType: 'MARKET' })).toMatchObject({ orderType: 'MARKET', movements: [movement()] });
  });

  it('is placed now unless a time is given', () => {
    expect(placed({ ...buy, placedAt: null }).movements[0]?.datetime).toBe(context.now);
  });

  it.each([
    [{ quantity: null }, 'quantity'],
    [{ amount: decimal('1') }, 'amount'],
    [{ quantity: decimal('-7') }, 'quantity'],
    [{ quantity: decimal('0') }, 'quantity'],
    [{ quantity: null, amount: decimal('-1') }, 'amount'],
    [{ instrumentId: '$USD' }, 'instrumentId'],
    [{ instrumentId: 'Apple' }, 'instrumentId'],
    [{ currency: 'eur' }, 'currency'],
    [{ orderType: 'LIMIT' }, 'limitPrice'],
    [{ orderType: 'MARKET', limitPrice: decimal('1') }, 'limitPrice'],
    [{ orderType: 'LIMIT', limitPrice: decimal('0') }, 'limitPrice'],
    [{ orderType: 'UNKNOWN' }, 'orderType'],
    [{ quantity: null, amount: decimal('1'), orderType: 'LIMIT' }, 'orderType'],
    [{ quantity: null, amount: decimal('1'), limitPrice: decimal('1') }, 'limitPrice'],
    [{ optimizationId: 'x' }, 'optimizationId'],
    [{ externalId: "o'brien" }, 'externalId'],
    [{ placedAt: at('2023-01-01T00:00:00Z') }, 'placedAt'],
  ] as const)('is refused with %j', (part, field) => {
    expect(placedOrder({ ...buy, ...part }, context)).toMatchObject({ kind: 'invalid', field });
  });
});
