import { type DateTime, parseDateTime } from '../../src/domain/datetime.ts';
import { decimal } from '../../src/domain/decimal.ts';
import type { Movement } from '../../src/domain/transaction.ts';

/** A literal time of a test. */
export function at(text: string): DateTime {
  const time = parseDateTime(text);
  if (time === undefined) throw new TypeError(`not a time: ${text}`);
  return time;
}

export const ISIN = 'LU78468R1014';
export const PLACED_AT = at('2022-06-10T07:49:26.341Z');
export const EXECUTED_AT = at('2022-06-10T07:52:26.341Z');
export const SETTLED_AT = at('2022-06-12T07:52:26.341Z');

type MovementFields = Partial<Omit<Movement, 'quantity' | 'unitPrice' | 'datetime'>> & {
  readonly quantity?: string;
  readonly unitPrice?: string;
  readonly datetime?: string;
};

/** The vendor's order of 7 units, placed; whatever else a test needs on top. */
export function movement({ quantity, unitPrice, datetime, ...fields }: MovementFields = {}): Movement {
  return {
    externalId: null,
    referenceExternalId: null,
    type: 'BUY',
    status: 'PLACED',
    datetime: datetime === undefined ? PLACED_AT : at(datetime),
    instrumentId: ISIN,
    quantity: decimal(quantity ?? '7'),
    unitPrice: unitPrice === undefined ? null : decimal(unitPrice),
    unitPriceCurrency: null,
    tradeType: null,
    description: null,
    referenceInstrumentId: null,
    ...fields,
  };
}
