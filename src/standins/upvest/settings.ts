import type { SettleDelay } from '../server/schedule.ts';

/**
 * How the stand-in behaves where tenants differ or the vendor's docs are silent or changed over time. All of it can be
 * changed while it runs.
 */
export interface UpvestSettings {
  tokenLifetimeSeconds: number;
  /** Scopes, separated by spaces, that the tenant does not have: token calls for them are refused. */
  scopesNotGranted: string;
  /** How far a signature's times may be off. */
  clockToleranceSeconds: number;
  /** The longest that a signature may be good for. */
  maxSignatureLifetimeSeconds: number;
  /** Which headers a signature must cover: those of the docs' table, or all except those that proxies add. */
  signatureCoverage: 'table' | 'every-header';
  /** Per client id; null for no limit. The sandbox has 300. */
  requestsPerSecond: number | null;
  /** Whether a 429 says how long to wait: not documented. */
  sendRetryAfter: boolean;
  idempotencyWindowMs: number;
  /** The same key with another body: not documented. */
  idempotencyConflict: 'refuse' | 'replay';
  /** A withdrawal of more than can be paid out: not documented. */
  shortOfCash: 'refuse' | 'cancel' | 'wait';
  /** Tax that is taken with each withdrawal and shown once it is PROCESSING; null for none. */
  withdrawalTax: string | null;
  /** Which orders an account's list has where no status is asked for: newer versions have a filter, with a default. */
  orderList: 'filled-by-default' | 'all-by-default' | 'no-filter';
  /** Fee of each order, taken with its first fill; null for none. */
  orderFee: string | null;
  /** Tax of each fill that comes by itself; null for none. */
  orderTax: string | null;
  /** In how many parts an order is filled by itself. */
  orderFills: number;
  /** Older versions demand `user_id` on withdrawals. */
  withdrawalUserId: 'required' | 'optional';
  /** Success of virtual cash calls: 202 now, 200 and 204 in older versions. */
  virtualCashAnswers: 'now' | 'older';
  /** Whether virtually increased money can be paid out: the docs count it as withdrawable. */
  virtualCashWithdrawable: boolean;
  /** CASH_TRANSACTION.EXECUTED and SECURITY_TRANSACTION.EXECUTED events besides the others. */
  cashTransactionEvents: boolean;
  /** Lists show what was made this long ago at the earliest: reads are eventually consistent. */
  readLagMs: number;
  latencyMs: number;
  /** Virtual cash, withdrawals, orders: the time of each step. */
  settleDelayMs: SettleDelay;
  /** Milliseconds for each second of the documented waits between deliveries (1, 2, 3, 5, 8 … 600 s). */
  webhookRetrySecondMs: number;
  /** How long events are gathered; null: as the subscription has it. */
  webhookGatherMs: number | null;
  webhookTimeoutMs: number;
  webhookMaxEvents: number;
  /** `{"payload": [...]}` as really sent, or the single event of the API reference. */
  webhookShape: 'payload' | 'bare';
  /** How often each delivery is sent again after it was taken. */
  webhookDuplicates: number;
  /** Newest first, one event in each delivery. */
  webhookReversed: boolean;
}

export const DEFAULT_UPVEST_SETTINGS: UpvestSettings = {
  tokenLifetimeSeconds: 1799,
  scopesNotGranted: '',
  clockToleranceSeconds: 10,
  maxSignatureLifetimeSeconds: 60,
  signatureCoverage: 'table',
  requestsPerSecond: null,
  sendRetryAfter: false,
  idempotencyWindowMs: 24 * 3_600_000,
  idempotencyConflict: 'refuse',
  shortOfCash: 'refuse',
  withdrawalTax: null,
  orderList: 'filled-by-default',
  orderFee: null,
  orderTax: null,
  orderFills: 1,
  withdrawalUserId: 'required',
  virtualCashAnswers: 'now',
  virtualCashWithdrawable: true,
  cashTransactionEvents: true,
  readLagMs: 0,
  latencyMs: 0,
  settleDelayMs: 50,
  webhookRetrySecondMs: 1000,
  webhookGatherMs: 5,
  webhookTimeoutMs: 10_000,
  webhookMaxEvents: 100,
  webhookShape: 'payload',
  webhookDuplicates: 0,
  webhookReversed: false,
};
