/**
 * Exact sums of decimal text on big integers. Written apart from the gateway's own arithmetic on purpose: the ledgers
 * kept with it check the gateway's.
 */

interface Fixed {
  readonly units: bigint;
  /** Digits after the point. */
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

function fixed(text: string): Fixed {
  const match = DECIMAL.exec(text);
  if (!match || text === '') throw new TypeError(`not a decimal number: ${JSON.stringify(text)}`);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const magnitude = BigInt(`${whole}${fraction}` || '0');
  const units = sign === '-' ? -magnitude : magnitude;
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

function text({ units, scale }: Fixed): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale === 0 ? '' : `.${digits.slice(-scale)}`;
  return `${units < 0n ? '-' : ''}${whole}${fraction}`;
}

function aligned(a: Fixed, b: Fixed): readonly [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.units * 10n ** BigInt(scale - a.scale), b.units * 10n ** BigInt(scale - b.scale), scale];
}

export function plus(a: string, b: string): string {
  const [left, right, scale] = aligned(fixed(a), fixed(b));
  return text({ units: left + right, scale });
}

export function minus(a: string, b: string): string {
  const [left, right, scale] = aligned(fixed(a), fixed(b));
  return text({ units: left - right, scale });
}

export function times(a: string, b: string): string {
  const left = fixed(a);
  const right = fixed(b);
  return text({ units: left.units * right.units, scale: left.scale + right.scale });
}

export const negated = (a: string): string => minus('0', a);

/** Negative, zero or positive. */
export function compared(a: string, b: string): number {
  const [left, right] = aligned(fixed(a), fixed(b));
  return left < right ? -1 : left > right ? 1 : 0;
}

export const isPositive = (a: string): boolean => compared(a, '0') > 0;

/** a / b cut after `digits` decimals: for prices and units that we invent, never for money that was given. */
export function dividedBy(a: string, b: string, digits: number): string {
  const [left, right] = aligned(fixed(a), fixed(b));
  return text({ units: (left * 10n ** BigInt(digits)) / right, scale: digits });
}

/** Without zeros at the end: `10.400` is `10.4`. */
export function trimmed(a: string): string {
  const plain = text(fixed(a));
  return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
}

/** Cut to two decimals. */
export const toCents = (a: string): string => dividedBy(a, '1', 2);
