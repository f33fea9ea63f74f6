import type { Random } from './random.ts';

export interface Wire {
  readonly [name: string]: unknown;
}

/** A request as it arrives. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly key: string;
  readonly body: Wire;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of a body: bytes that are no JSON. */
  readonly bytes?: Buffer;
}

/** The options of an upstream. */
export interface UpstreamWorld {
  readonly random: Random;
  /** For what happens rarely, so that it can be added without changing all histories. */
  readonly rare: Random;
  readonly now: () => number;
  /** Does something later, whoever is killed or paused meanwhile. */
  readonly later: (ms: number, work: () => void) => void;
  readonly tell: (what: string) => void;
}

export const ok = (body: unknown, status = 200): Answer => ({ status, body });
export const NOT_FOUND: Answer = { status: 404, body: { title: 'Not found', status: 404 } };
export const list = (data: readonly unknown[]): Answer =>
  ok({ meta: { limit: 1000, offset: 0, count: data.length, total_count: data.length }, data });

/** Money as whole cents, since sums of texts are compared. */
export const cents = (amount: unknown): number => Math.round(Number(amount) * 100);
export const money = (ofCents: number): string => (ofCents / 100).toFixed(2);

/** InvestSuite's id of what the n-th operation recommends. */
export const optimizationIdOf = (n: number): string => `O${String(n).padStart(26, '0')}`;

/** The two portfolios of a world. */
export interface Customer {
  readonly portfolio: string;
  readonly user: string;
  readonly group: string;
  readonly brokerUser: string;
  readonly isRobo: boolean;
}

export const CUSTOMERS: readonly Customer[] = [1, 2].map((index) => ({
  portfolio: `P${String(index).padStart(26, '0')}`,
  user: `U${String(index).padStart(26, '0')}`,
  group: `0000000${index}-0000-4000-9000-000000000000`,
  brokerUser: `0000000${index}-0000-4000-8000-000000000000`,
  isRobo: index === 1,
}));
