/*
 * Exact decimals as text, as the graph has them: "12.50", "-0.1", "1e100". Nothing becomes a float. What is not a decimal is a
 * TypeError. Results are plain, without an exponent and without zeros at the end.
 */

interface Exact {
  /** The value times ten to the power of `scale`. */
  readonly units: bigint;
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

function read(text: string): Exact {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (sign === undefined) throw new TypeError(`Not a decimal: ${JSON.stringify(text)}`);
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  return scale >= 0 ? { units: digits, scale } : { units: digits * 10n ** BigInt(-scale), scale: 0 };
}

function write({ units, scale }: Exact): string {
  const text = digitsOf({ units, scale });
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** With exactly `scale` decimals. */
function digitsOf({ units, scale }: Exact): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${units < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`;
}

const unitsAt = ({ units, scale }: Exact, at: number): bigint => units * 10n ** BigInt(at - scale);

export function add(a: string, b: string): string {
  const [x, y] = [read(a), read(b)];
  const scale = Math.max(x.scale, y.scale);
  return write({ units: unitsAt(x, scale) + unitsAt(y, scale), scale });
}

export const negate = (a: string): string => {
  const { units, scale } = read(a);
  return write({ units: -units, scale });
};

export const subtract = (a: string, b: string): string => add(a, negate(b));

export function multiply(a: string, b: string): string {
  const [x, y] = [read(a), read(b)];
  return write({ units: x.units * y.units, scale: x.scale + y.scale });
}

/** "0" for none. */
export const sum = (amounts: Iterable<string>): string => {
  let total = '0';
  for (const amount of amounts) total = add(total, amount);
  return total;
};

/** As `Array.sort` takes it. */
export function compare(a: string, b: string): -1 | 0 | 1 {
  const { units } = read(subtract(a, b));
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

export const isZero = (a: string): boolean => read(a).units === 0n;
export const isNegative = (a: string): boolean => read(a).units < 0n;

/** `half-up`: a half away from zero. `half-even`: a half to the even digit. `down`: towards zero, for what somebody may spend. */
export type Rounding = 'half-up' | 'half-even' | 'down';

/** Rounded to so many decimals, which are all there: `round('1.005', 2)` is "1.01", `round('5', 2)` is "5.00". */
export function round(a: string, decimals: number, rounding: Rounding = 'half-up'): string {
  const exact = read(a);
  if (exact.scale <= decimals) return digitsOf({ units: unitsAt(exact, decimals), scale: decimals });
  return digitsOf({ units: divide(exact.units, 10n ** BigInt(exact.scale - decimals), rounding), scale: decimals });
}

/** Share of the whole, as a fraction with `decimals` decimals; "0" of nothing. */
export function share(part: string, whole: string, decimals = 4): string {
  const [x, y] = [read(part), read(whole)];
  if (y.units === 0n) return '0';
  const units = x.units * 10n ** BigInt(decimals + y.scale);
  return write({ units: divide(units, y.units * 10n ** BigInt(x.scale), 'half-up'), scale: decimals });
}

function divide(a: bigint, b: bigint, rounding: Rounding): bigint {
  const sign = a < 0n === b < 0n ? 1n : -1n;
  const [n, d] = [a < 0n ? -a : a, b < 0n ? -b : b];
  const [quotient, twice] = [n / d, (n % d) * 2n];
  const isUp = rounding !== 'down' && (twice > d || (twice === d && (rounding === 'half-up' || quotient % 2n === 1n)));
  return sign * (isUp ? quotient + 1n : quotient);
}
