import type { Decimal } from '../../domain/decimal.ts';
import type { AccountGroupId, PortfolioId } from '../../domain/ids.ts';
import type { UpstreamSystem } from '../../errors.ts';

/** The upstreams' own lists of what happened, by which workflows are judged. */
export const LEDGERS = ['upvest-withdrawals', 'upvest-cash', 'upvest-orders', 'investsuite-transactions'] as const;
export type Ledger = (typeof LEDGERS)[number];

export const SYSTEM_OF: Readonly<Record<Ledger, UpstreamSystem>> = {
  'upvest-withdrawals': 'UPVEST',
  'upvest-cash': 'UPVEST',
  'upvest-orders': 'UPVEST',
  'investsuite-transactions': 'INVESTSUITE',
};

/** Kinds of ledger entries; only entries of the same kind are matched. */
export const SORTS = [
  'withdrawal',
  'withdrawal payment',
  'virtual cash increase',
  'virtual cash decrease',
  'deposit',
  'cash withdrawal',
  'transaction',
  'order',
] as const;
export type Sort = (typeof SORTS)[number];

/** One thing that an upstream has done, as its ledger shows it. */
export interface Effect {
  readonly ledger: Ledger;
  readonly sort: Sort;
  /** The upstream's id of the entry. */
  readonly id: string;
  /** Ids that could relate it to a workflow: the object's own, those that it refers to, and one that we gave it. */
  readonly keys: readonly string[];
  /** Without its sign: the sort says which way the money went. Null where it is not about money. */
  readonly amount: Decimal | null;
  readonly currency: string | null;
  /** The upstream's word; null where the ledger has none. */
  readonly status: string | null;
  /** When it happened, milliseconds since 1970; null where the ledger does not say. */
  readonly at: number | null;
  /** When the upstream changed it last. */
  readonly changedAt: number | null;
  /** True where an entry that no workflow knows is worth telling. */
  readonly watched: boolean;
}

/** Which workflow something is about. */
export interface WorkflowRef {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
}

/** The effect that one workflow in its current state must, may or must not have in one ledger. */
export interface Expectation {
  readonly workflow: WorkflowRef;
  readonly ledger: Ledger;
  /** Null: not compared, which needs a key to find the entry by. */
  readonly sort: Sort | null;
  readonly presence: 'must' | 'may' | 'must not';
  /** One of the entry's `keys`. Null: the upstream has no id of the gateway, so amount and time are matched. */
  readonly key: string | null;
  /** Null: not compared. */
  readonly amount: Decimal | null;
  readonly currency: string | null;
  /** The statuses that go with the workflow's state; undefined: all do. */
  readonly statuses?: readonly string[] | undefined;
  /** The workflow is over, and ended without it: that it is there contradicts it, however new it is. */
  readonly ended?: boolean | undefined;
  /** It can't have happened before this (milliseconds since 1970). */
  readonly from: number;
  /** Expected time of the effect. */
  readonly near: number;
  /** Message for a missing effect; by default the ledger and the kind. */
  readonly missing?: string | undefined;
}

export const FINDING_KINDS = [
  'missing',
  'double',
  'differs',
  'contradicts',
  'not-ours',
  'review',
  'outcome-unknown',
  'not-compared',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** One thing that a person should look at. */
export interface Finding {
  readonly kind: FindingKind;
  /** The upstream in question; null where it is not about one. */
  readonly system: UpstreamSystem | null;
  readonly portfolioId: PortfolioId;
  readonly accountGroupId: AccountGroupId | null;
  readonly workflow: WorkflowRef | null;
  /** The upstream's ids of the entries in question. */
  readonly upstreamIds: readonly string[];
  readonly amount: Decimal | null;
  readonly currency: string | null;
  /** When it happened, milliseconds since 1970, where that is known. */
  readonly at: number | null;
  /** One sentence for people. */
  readonly message: string;
}
