/** Fields of an object on the wire. */
export interface Wire {
  readonly [name: string]: unknown;
}

/** The outcome of one attempt of the cell's write. */
export type Fate =
  | { readonly kind: 'normal' }
  /** The connection ends without an answer. `work`: done before that, never, or this long after. */
  | { readonly kind: 'lost'; readonly work: 'done' | 'never' | { readonly afterMs: number } }
  /** Nothing is done. */
  | { readonly kind: 'answer'; readonly status: number };

/** A portfolio with its account group, and all that was done to both. */
export interface Account {
  readonly portfolio: Wire & { readonly id: string; version: number; funded_since: string | null };
  readonly group: string;
  /** The next fates of the write that is spoiled: of an attempt each, then normal. */
  readonly fates: Fate[];
  readonly spoils: RegExp;
  /** How many of those calls have come in. */
  taken: number;
  holdings: Record<string, number>;
  divest: number | null;
  /** An optimization is being computed. */
  rebalancing: boolean;
  /** The money at the broker, in EUR. */
  balance: number;
  available: number;
  /** True: what is paid stays NEW, so that it can be cancelled. */
  slow: boolean;
  readonly withdrawals: Map<string, Payment>;
  readonly movements: Map<string, Payment & { readonly direction: 'INCREASE' | 'DECREASE' }>;
  readonly orders: Map<string, PlacedOrder>;
  readonly ledger: Wire[];
  readonly transactions: (Wire & { readonly id: string; version: number; movements: Wire[] })[];
  readonly events: Wire[];
}

export interface Payment extends Wire {
  readonly id: string;
  status: string;
  readonly amount: string;
}

export interface PlacedOrder extends Wire {
  readonly id: string;
  status: string;
  executions: Wire[];
}

export interface Call {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** Shared by both sides: ids, the time, and the broker's webhooks. */
export interface Tools {
  readonly number: () => number;
  readonly time: () => string;
  readonly tell: (type: string, object: Wire) => void;
}

export const ok = (body: unknown, status = 200): Answer => ({ status, body });
export const uuid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** The JSON object of a body; empty where it is something else. */
export function objectIn(text: string): Wire {
  return text.startsWith('{') ? JSON.parse(text) : {};
}

export const problem = (status: number, type: string): Answer => ({
  status,
  body: { type: `https://docs.upvest.co/errors/${type}`, title: type, status, request_id: uuid(0) },
});
export const NOT_FOUND = problem(404, 'not_found');
