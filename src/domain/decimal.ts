import { Decimal as Big } from 'decimal.js';

/**
 * An exact decimal in plain notation, as text: `"1000.00"`, `"-0.1035719"`. Never a float; the digits are those that
 * were received, with trailing zeros. Made by {@link parseDecimal}; arithmetic is exact.
 */
export type Decimal = string & { readonly __brand: 'Decimal' };

/**
 * Longest accepted number: Upvest may send 63 + 27 digits, and InvestSuite's "everything" is 1e100. The limit keeps
 * `1e999999999` from becoming a gigabyte of zeros.
 */
const MAX_DIGITS = 400;

/** A product of two such numbers has at most twice the digits, so nothing is rounded. */
const Exact = Big.clone({ precision: 2 * MAX_DIGITS + 2, toExpNeg: -2 * MAX_DIGITS - 2, toExpPos: 2 * MAX_DIGITS + 2 });

/** Nearly all numbers: they stay as they are. */
const PLAIN = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/**
 * Parses the text of a JSON number or of a decimal string into plain notation: `1e3` becomes `1000`, `12.50` stays,
 * `-0.0` becomes `0.0`. Undefined for anything else, and for more than 400 digits.
 */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length <= MAX_DIGITS && PLAIN.test(text)) return brand(text);
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const [, written = '', whole = '', fraction = '', exponent] = match;
  // Zero has no sign.
  const sign = /[1-9]/.test(whole + fraction) ? written : '';
  const shift = exponent === undefined ? 0 : Number(exponent);
  if (whole.length + fraction.length + Math.abs(shift) > MAX_DIGITS) return undefined;
  if (exponent === undefined && (whole.length === 1 || whole[0] !== '0'))
    return brand(sign === written ? text : text.slice(1));
  return brand(plain(sign, whole, fraction, shift));
}

/** Shifts the decimal point by `shift` digits, without arithmetic: every digit is kept. */
function plain(sign: string, whole: string, fraction: string, shift: number): string {
  const digits = whole + fraction;
  const point = whole.length + shift;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const head = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const tail = padded.slice(at);
  return sign + head + (tail === '' ? '' : `.${tail}`);
}

function brand(text: string): Decimal {
  // The only cast to the brand: the callers have checked the text.
  return text as Decimal;
}

/** For well-formed text such as a literal in code. Throws TypeError otherwise. */
export function decimal(text: string): Decimal {
  const parsed = parseDecimal(text);
  if (parsed === undefined) throw new TypeError(`not a decimal number: ${JSON.stringify(text)}`);
  return parsed;
}

export const ZERO: Decimal = decimal('0');

const exact = (value: Big): Decimal => brand((value.isZero() ? value.abs() : value).toFixed());

export const add = (a: Decimal, b: Decimal): Decimal => exact(new Exact(a).plus(b));
export const subtract = (a: Decimal, b: Decimal): Decimal => exact(new Exact(a).minus(b));
export const multiply = (a: Decimal, b: Decimal): Decimal => exact(new Exact(a).times(b));
/** Exact where the quotient has at most so many decimals, else cut there. Throws a RangeError for a divisor of zero. */
export function divide(a: Decimal, b: Decimal, decimals: number): Decimal {
  if (isZero(b)) throw new RangeError('division by zero');
  return exact(new Exact(a).dividedBy(b).toDecimalPlaces(decimals, Big.ROUND_DOWN));
}
export const negate = (a: Decimal): Decimal => exact(new Exact(a).negated().plus(0));
export const abs = (a: Decimal): Decimal => exact(new Exact(a).abs());
/** Change the sign only: unlike abs and negate they keep all digits, as in -12.50 and 12.50. */
export const magnitude = (a: Decimal): Decimal => brand(a.startsWith('-') ? a.slice(1) : a);
export const negative = (a: Decimal): Decimal => (isZero(a) ? magnitude(a) : brand(`-${magnitude(a)}`));
export const sum = (values: Iterable<Decimal>): Decimal => {
  let total = new Exact(0);
  for (const value of values) total = total.plus(value);
  return exact(total);
};

/** Negative, zero or positive, for sorting. Trailing zeros do not matter: 1.0 equals 1.00. */
export const compare = (a: Decimal, b: Decimal): number => new Exact(a).comparedTo(b);
export const equals = (a: Decimal, b: Decimal): boolean => new Exact(a).equals(b);
export const isZero = (a: Decimal): boolean => new Exact(a).isZero();
export const isNegative = (a: Decimal): boolean => new Exact(a).lessThan(0);
export const isPositive = (a: Decimal): boolean => new Exact(a).greaterThan(0);

/** Significant digits after the point: 1 for "10.50", since 10.5 is the same amount. */
export const scale = (a: Decimal): number => new Exact(a).decimalPlaces();
