import { type InvalidInput, invalid } from './checked.ts';
import { type DateTime, epochNanoseconds } from './datetime.ts';
import { type Decimal, isPositive, isZero, magnitude } from './decimal.ts';
import { isIsin } from './instrument.ts';
import { cashCurrency } from './portfolio.ts';

/** InvestSuite's limit for `external_id`; used for every id of a client. */
export const EXTERNAL_ID_MAX_LENGTH = 64;
/** No limit is documented; a description is a remark such as STAMP_DUTY, not a document. */
export const DESCRIPTION_MAX_LENGTH = 1_000;
/** More digits than both upstreams keep (Upvest: 63 before and 27 after the point), few enough to multiply. */
export const NUMBER_MAX_DIGITS = 100;
/** Tolerance for a client's clock that is ahead. */
export const CLOCK_TOLERANCE_MS = 30_000;

const CURRENCY = /^[A-Z]{3}$/;
/** InvestSuite's optimization ids: type letter and ULID. */
const OPTIMIZATION_ID = /^O[0-9A-Z]{26}$/;

type Text = string | null | undefined;
type Problem = InvalidInput | undefined;

export const checkInstrumentId = (field: string, instrumentId: Text): Problem =>
  instrumentId == null || cashCurrency(instrumentId) !== undefined || isIsin(instrumentId)
    ? undefined
    : invalid(field, 'Expected cash as $ and a currency ($EUR), or an instrument by its ISIN.');

export const checkCurrency = (field: string, currency: Text): Problem =>
  currency == null || CURRENCY.test(currency)
    ? undefined
    : invalid(field, 'Expected a currency of three letters (EUR), without $.');

export const checkOptimizationId = (field: string, id: Text): Problem =>
  id == null || OPTIMIZATION_ID.test(id)
    ? undefined
    : invalid(field, 'Expected the id of an optimization: O and 26 letters and digits.');

function checkLength(field: string, text: Text, maxLength: number): Problem {
  if (text == null) return undefined;
  const length = [...text].length;
  if (length === 0 || length > maxLength) {
    return invalid(
      field,
      `Expected 1 to ${maxLength} characters; leave the field out instead of giving an empty text.`,
    );
  }
  return /[\p{Cc}\p{Surrogate}]/u.test(text)
    ? invalid(field, 'Control characters and lone surrogates are not allowed.')
    : undefined;
}

/** An id that is only stored. */
export const checkExternalId = (field: string, id: Text): Problem => checkLength(field, id, EXTERNAL_ID_MAX_LENGTH);

/** An id that the gateway searches by: InvestSuite's query language cannot escape these two characters. */
export const checkSearchableId = (field: string, id: Text): Problem =>
  id != null && /['*]/.test(id)
    ? invalid(field, "The characters ' and * are not allowed.")
    : checkExternalId(field, id);

export const checkDescription = (field: string, text: Text): Problem =>
  checkLength(field, text, DESCRIPTION_MAX_LENGTH);

export const checkNotFuture = (field: string, time: DateTime | null | undefined, now: DateTime): Problem =>
  time != null && epochNanoseconds(time) > epochNanoseconds(now) + BigInt(CLOCK_TOLERANCE_MS) * 1_000_000n
    ? invalid(field, 'Expected a time that is not in the future.')
    : undefined;

const checkDigits = (field: string, value: Decimal): Problem =>
  value.replace(/[-.]/g, '').length > NUMBER_MAX_DIGITS
    ? invalid(field, `Expected at most ${NUMBER_MAX_DIGITS} digits.`)
    : undefined;

export const checkNotZero = (field: string, value: Decimal): Problem =>
  isZero(value) ? invalid(field, 'Expected a number other than 0.') : checkDigits(field, value);

export const checkPositive = (field: string, value: Decimal | null | undefined): Problem => {
  if (value == null) return undefined;
  return isPositive(value) ? checkDigits(field, value) : invalid(field, 'Expected a number greater than 0.');
};

export const checkNotNegative = (field: string, value: Decimal | null | undefined): Problem => {
  if (value == null) return undefined;
  return isZero(value) || magnitude(value) === value
    ? checkDigits(field, value)
    : invalid(field, 'Expected a number that is not negative.');
};
