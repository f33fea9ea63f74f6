import { formatMoney, formatNumber, isZero, parseAmount, round } from '../../client/index.ts';
import type { Wish } from './attempt.ts';
import type { OrderSide, OrderType, PlaceOrderInput } from './generated/graphql.ts';

export interface ChosenInstrument {
  readonly isin: string;
  readonly name: string;
}

/** An order as it is typed. */
export interface OrderDraft {
  readonly side: OrderSide;
  readonly instrument: ChosenInstrument | undefined;
  readonly by: 'quantity' | 'amount';
  readonly size: string;
  readonly orderType: Exclude<OrderType, 'UNKNOWN'>;
  /** Limit or stop price. */
  readonly price: string;
  /** YYYY-MM-DD; empty for no last day. */
  readonly expiresOn: string;
}

export const NEW_ORDER: OrderDraft = {
  ...{ side: 'BUY', instrument: undefined, by: 'quantity', size: '', orderType: 'MARKET', price: '', expiresOn: '' },
};

const positive = (typed: string): string | undefined => {
  const amount = parseAmount(typed);
  return amount === undefined || isZero(amount) ? undefined : amount;
};

/** The order for the gateway; undefined while something is missing or can't be read. */
export function orderOf(portfolioId: string, draft: OrderDraft): Wish<PlaceOrderInput> | undefined {
  const { side, instrument, by, orderType, expiresOn } = draft;
  const [size, price] = [positive(draft.size), positive(draft.price)];
  if (instrument === undefined || size === undefined || (orderType !== 'MARKET' && price === undefined))
    return undefined;
  return {
    ...{ portfolioId, side, isin: instrument.isin, orderType },
    [by]: size,
    ...(orderType === 'LIMIT' && { limitPrice: price }),
    ...(orderType === 'STOP' && { stopPrice: price }),
    ...(orderType !== 'MARKET' && expiresOn !== '' && { expiresOn }),
  };
}

interface Trade {
  readonly side: OrderSide;
  readonly isin: string;
  readonly instrument?: { readonly name: string } | null;
  readonly quantity?: string | null | undefined;
  readonly amount?: string | null | undefined;
  readonly currency?: string | null | undefined;
}

/** "Buy 3 SAP SE", "Sell SAP SE for 100.00 EUR". */
export function tradeWords({ side, isin, instrument, quantity, amount, currency }: Trade): string {
  const verb = side === 'BUY' ? 'Buy' : 'Sell';
  const name = instrument?.name ?? isin;
  if (amount != null) {
    const money = currency == null ? formatNumber(amount) : formatMoney(amount, currency);
    return `${verb} ${name} for ${money}`;
  }
  return `${verb} ${formatNumber(round(quantity ?? '0', 4))} ${name}`;
}
