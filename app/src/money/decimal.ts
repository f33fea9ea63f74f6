/**
 * Decimals as the gateway writes them: text, of any length. They are shown and compared as text, so that every digit
 * arrives as it was sent; a float would lose some of them.
 */
const DECIMAL = /^([+-]?)0*(\d+?)(?:\.(\d*))?$/;

interface Digits {
  readonly negative: boolean;
  readonly whole: string;
  readonly fraction: string;
}

function digitsOf(text: string): Digits | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  return { negative: match[1] === '-', whole: match[2] ?? '0', fraction: match[3] ?? '' };
}

export const isZero = (text: string): boolean => /^[+-]?0*(\.0*)?$/.test(text) && /\d/.test(text);

export const isNegative = (text: string): boolean => text.startsWith('-') && !isZero(text);

export interface DecimalStyle {
  /** Digits behind the point that are shown even where they are 0. Default 0. */
  readonly decimals?: number;
  /** With a + where it is positive. */
  readonly signed?: boolean;
}

/** `-1234567.5` as `−1,234,567.5`. No digit is rounded off; what is not plain digits (1e100) is shown as it is. */
export function formatDecimal(text: string, { decimals = 0, signed = false }: DecimalStyle = {}): string {
  const digits = digitsOf(text);
  if (digits === undefined) return text;
  const sign = isZero(text) ? '' : digits.negative ? '−' : signed ? '+' : '';
  const whole = digits.whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const fraction = digits.fraction.replace(/0+$/, '').padEnd(decimals, '0');
  return `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** An amount of money, with two decimals at least: `1,234.50 EUR`. */
export const formatMoney = (amount: string, currency: string, style: DecimalStyle = {}): string =>
  `${formatDecimal(amount, { decimals: 2, ...style })}\u00a0${currency}`;

/** Parses a typed amount for the gateway; undefined where it is no amount. A comma is a point. */
export function parseAmount(typed: string): string | undefined {
  const match = /^(\d{1,15})(?:[.,](\d{1,2}))?$/.exec(typed.trim());
  if (match === null) return undefined;
  const amount = `${(match[1] ?? '').replace(/^0+(?=\d)/, '')}.${(match[2] ?? '').padEnd(2, '0')}`;
  return isZero(amount) ? undefined : amount;
}
