/** Share of a portfolio's line in the drawing. */
export interface Share {
  readonly instrumentId: string;
  /** 0 to 1. */
  readonly part: number;
}

export interface Valued {
  readonly shares: readonly Share[];
  /** Instruments that no price is known of in the portfolio's currency. */
  readonly unpriced: readonly string[];
}

interface Line {
  readonly instrumentId: string;
  readonly quantity: string;
}

interface Trade {
  readonly status: string;
  readonly datetime: string;
  readonly instrumentId: string;
  readonly unitPrice?: string | null;
  readonly unitPriceCurrency?: string | null;
}

/**
 * How a portfolio is divided, with each instrument at the price of its last trade. Numbers are floats here: they become
 * angles of a drawing and are never shown as money.
 */
export function sharesOf(holdings: readonly Line[], trades: readonly Trade[], currency: string): Valued {
  const prices = lastPrices(trades, currency);
  prices.set(`$${currency}`, 1);
  const values = holdings.map(({ instrumentId, quantity }) => ({
    instrumentId,
    value: Number(quantity) * (prices.get(instrumentId) ?? Number.NaN),
  }));
  const drawn = values.filter(({ value }) => value > 0 && Number.isFinite(value)).sort((a, b) => b.value - a.value);
  const total = drawn.reduce((sum, { value }) => sum + value, 0);
  return {
    shares: drawn.map(({ instrumentId, value }) => ({ instrumentId, part: value / total })),
    unpriced: values.filter(({ value }) => Number.isNaN(value)).map(({ instrumentId }) => instrumentId),
  };
}

function lastPrices(trades: readonly Trade[], currency: string): Map<string, number> {
  const prices = new Map<string, { readonly at: number; readonly price: number }>();
  for (const { status, datetime, instrumentId, unitPrice, unitPriceCurrency } of trades) {
    const traded = status === 'EXECUTED' || status === 'SETTLED';
    if (!traded || unitPrice == null || (unitPriceCurrency ?? currency) !== currency) continue;
    const at = Date.parse(datetime);
    const known = prices.get(instrumentId);
    if (known === undefined || known.at < at) prices.set(instrumentId, { at, price: Number(unitPrice) });
  }
  return new Map([...prices].map(([instrumentId, { price }]) => [instrumentId, price]));
}

/** `0.0312` as `3.1 %`. */
export const formatPart = (part: number): string => (part < 0.001 ? '< 0.1 %' : `${(part * 100).toFixed(1)} %`);
