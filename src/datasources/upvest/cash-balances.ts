import type { CashBalance } from '../../domain/broker.ts';
import type { AccountGroupId } from '../../domain/ids.ts';
import { unreadableError } from '../../domain/listing.ts';
import { UpstreamInvalidAnswerError, UpstreamRefusedReadError } from '../../errors.ts';
import type { CallOptions } from '../upstream/client.ts';
import { joinUntil } from '../upstream/deadline.ts';
import { currency, sameNames } from '../upstream/fields.ts';
import { Flight } from '../upstream/flight.ts';

import type { Rows } from '../upstream/rows.ts';
import type { TenantProfile } from '../upstream/tenant-profile.ts';

import { accountGroupId, at, decimal, mayHave, sameId } from './fields.ts';
import type { Read, UpvestReads } from './reads.ts';

export const cashBalanceWire = sameNames({
  account_group_id: accountGroupId,
  currency,
  balance: decimal,
  locked_for_trading: decimal,
  pending_settlement: decimal,
  available_for_withdrawal: decimal,
  available_for_trading: decimal,
});

/**
 * Where a tenant's balances are read. `list` answers all currencies of a group in one call; `single`, the older endpoint
 * that Upvest has deprecated, answers one object. Which of them a tenant has shows in its answers only.
 */
const ENDPOINTS = ['list', 'single'] as const;
type Endpoint = (typeof ENDPOINTS)[number];
const ENDPOINT = 'upvest.cashBalances';

type Balances = Rows<CashBalance>;

/** No endpoint there, or no such group: Upvest's 404 may mean either. */
const ABSENT = [404, 405];
/** Maximum of first answers that leave the tenant's endpoint open before callers stop waiting for one another. */
const MAX_INCONCLUSIVE_PROBES = 3;

/** Cash balances of account groups: one call per group, shared by concurrent readers. */
export class CashBalances {
  /** The balances of a group in all its currencies, or null where Upvest knows no such group. */
  readonly ofGroup: Read<AccountGroupId, Balances | null>;
  readonly #reads: UpvestReads;
  readonly #profile: TenantProfile;
  #probe: Flight<Balances | null> | undefined;
  #inconclusive = 0;

  constructor(reads: UpvestReads, profile: TenantProfile) {
    this.#reads = reads;
    this.#profile = profile;
    this.ofGroup = reads.shared(
      (group: AccountGroupId) => group,
      (group, options) => this.#askInTurn(group, options),
    );
  }

  /**
   * While the first caller finds out which endpoint there is, the others wait for it: a hundred groups at once make a
   * hundred calls and one, not two hundred. Where its answer leaves that open, the next one finds out.
   */
  async #askInTurn(group: string, options: CallOptions): Promise<Balances | null> {
    while (!this.#isKnown && this.#inconclusive < MAX_INCONCLUSIVE_PROBES) {
      const probe = this.#probe;
      if (probe === undefined) return await this.#findOut(group, options);
      await joinUntil('UPVEST', options, this.#reads.runtime, (signal) =>
        probe.join(signal).catch((error: unknown) => {
          // Another group's failure is not ours.
          if (signal?.aborted) throw error;
        }),
      );
    }
    return await this.#ask(group, options);
  }

  async #findOut(group: string, { signal, deadlineAt, askers }: CallOptions): Promise<Balances | null> {
    const probe = new Flight((inner) =>
      this.#ask(group, { signal: inner, deadlineAt, askers }).finally(() => {
        if (!this.#isKnown) this.#inconclusive += 1;
        this.#probe = undefined;
      }),
    );
    this.#probe = probe;
    return await probe.join(signal);
  }

  /** Whether it is known, by an answer, an earlier run or a setting, which endpoint the tenant has. */
  get #isKnown(): boolean {
    return this.#profile.isKnown(ENDPOINT);
  }

  /** Calls the endpoint that the tenant has; the other one where a 404 is ambiguous. */
  async #ask(group: string, options: CallOptions): Promise<Balances | null> {
    const endpoints = this.#profile.prefers(ENDPOINT, 'single') ? ENDPOINTS.toReversed() : ENDPOINTS;
    for (const endpoint of endpoints) {
      const answer = await this.#askAt(endpoint, group, options);
      if (answer !== null || (endpoint === 'list' && this.#profile.hasSeen(ENDPOINT, 'list'))) return answer;
    }
    return null;
  }

  async #askAt(endpoint: Endpoint, group: string, options: CallOptions): Promise<Balances | null> {
    const path = at`/account_groups/${group}/payments/cash_balance`;
    const list = endpoint === 'list';
    const operation = list ? 'upvest.cashBalances.list' : 'upvest.cashBalance.get';
    const body = await this.#reads.get(list ? `${path}s` : path, { operation }, options, ABSENT);
    if (body === undefined) return null;
    const balances = this.#reads.rows(list ? body : { data: [body] }, {
      resource: 'cashBalance',
      operation,
      schema: cashBalanceWire,
    });
    // One customer's money must never be shown as another's, whatever cache is in between.
    if (!balances.rows.every((balance) => sameId(balance.accountGroupId, group))) {
      throw new UpstreamInvalidAnswerError('UPVEST', `${operation}: about another account group`);
    }
    // The one object that this endpoint answers with is no list that could lack a row.
    if (!list && balances.unreadable.length > 0) throw new UpstreamInvalidAnswerError('UPVEST', operation);
    this.#profile.learn(ENDPOINT, endpoint);
    return balances;
  }
}

/**
 * The balance in one currency; null where a known group has none. Throws an UpstreamRefusedReadError for an unknown
 * group: a 404, which Upvest does not document as empty. Throws an UpstreamRowUnreadableError where the balance may be
 * an unreadable row.
 */
export function balanceIn(balances: Balances | null, currency: string): CashBalance | null {
  if (balances === null) throw new UpstreamRefusedReadError('UPVEST', 404);
  const { rows, unreadable } = balances;
  const found = rows.find((balance) => balance.currency === currency);
  const error = unreadableError(unreadable.filter((row) => mayHave(row, 'currency', currency)));
  if (found === undefined && error !== undefined) throw error;
  return found ?? null;
}
