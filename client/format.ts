import { isNegative, isZero, multiply, type Rounding, round } from './decimal.ts';

export interface FormatOptions {
  /** BCP 47, such as `de-AT`. Default: the environment's. */
  readonly locale?: string | undefined;
  /** Decimals to show. Default: all that there are; of money those that its currency has. */
  readonly decimals?: number | undefined;
  readonly rounding?: Rounding | undefined;
  /** True: a plus sign before what is more than zero. */
  readonly signed?: boolean | undefined;
}

/** "12,345.678" of "12345.678": every digit is the given one, or that of a rounding without floats. */
export function formatNumber(amount: string, options: FormatOptions = {}): string {
  const { locale, decimals, rounding, signed = false } = options;
  const text = decimals === undefined ? multiply(amount, '1') : round(amount, decimals, rounding);
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const shown =
    grouped(BigInt(whole), locale) + (fraction === '' ? '' : decimalPoint(locale) + localised(fraction, locale));
  // Of what is shown: −0.001 with two decimals is 0.00.
  const sign = isZero(text) ? '' : isNegative(text) ? '\u2212' : signed ? '+' : '';
  return sign + shown;
}

/** "4,689.59 EUR", with a space that does not break. */
export const formatMoney = (amount: string, currency: string, options: FormatOptions = {}): string =>
  `${formatNumber(amount, { ...options, decimals: options.decimals ?? decimalsOf(currency) })}\u00a0${currency}`;

/** "12.3 %" of the fraction "0.1234". */
export const formatPercent = (fraction: string, options: FormatOptions = {}): string =>
  `${formatNumber(multiply(fraction, '100'), { ...options, decimals: options.decimals ?? 1 })}\u00a0%`;

/**
 * Parses typed text as a decimal for the graph; undefined where it can't be understood, or could be understood in two ways:
 * "1,234.5" and "1.234,5" are 1234.5, "0,5" is 0.5, but "1,234" is a thousand in some countries and one in others.
 */
export function parseAmount(typed: string, locale?: string): string | undefined {
  const text = typed.trim().replace(/[\s\u00a0\u202f'\u2019]/g, '');
  if (/^\d+$/.test(text)) return text;
  const [, last = ''] = /([.,])\d*$/.exec(text) ?? [];
  const other = last === '.' ? ',' : '.';
  const groups = new RegExp(`^(\\d+|\\d{1,3}([${other}]\\d{3})+)[${last}](\\d+)$`);
  if (last === '' || !groups.test(text)) return undefined;
  const isAmbiguous = /^\d{1,3}[.,]\d{3}$/.test(text) && !text.startsWith('0') && last !== decimalPoint(locale);
  return isAmbiguous ? undefined : text.replaceAll(other, '').replace(last, '.');
}

/** Integers are exact in Intl on every platform; decimals as text are not. */
const grouped = (whole: bigint, locale?: string): string => new Intl.NumberFormat(locale).format(whole);

const localised = (digits: string, locale?: string): string => {
  const one = new Intl.NumberFormat(locale, { useGrouping: false });
  return [...digits].map((digit) => one.format(BigInt(digit))).join('');
};

const decimalPoint = (locale?: string): string =>
  new Intl.NumberFormat(locale).formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.';

function decimalsOf(currency: string): number {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    // Not a code of three letters.
    return 2;
  }
}
