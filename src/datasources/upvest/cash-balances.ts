import type { CashBalance } from '../../domain/broker.ts';
import type { AccountGroupId } from '../../domain/ids.ts';
import { unreadableError } from '../../domain/listing.ts';
import { UpstreamInvalidAnswerError } from '../../errors.ts';
import type { CallOptions } from '../upstream/client.ts';
import { Flight } from '../upstream/flight.ts';
import { bounded } from './bounded.ts';
import { sameId } from './fields.ts';
import { mayHave, type Rows, type UpvestReader } from './reader.ts';
import type { ReadOptions, SharedResource } from './shared-resource.ts';
import { cashBalanceWire } from './wire.ts';

/**
 * Where a tenant's balances are read. `list` answers all currencies of a group in one call; `single`, the older endpoint
 * that Upvest has deprecated, answers one object. Which of them a tenant has shows in its answers only.
 */
type Endpoint = 'list' | 'single';

type Balances = Rows<CashBalance>;

/** No endpoint there, or no such group: Upvest's 404 may mean either. */
const ABSENT = [404, 405];
/** So many first answers may leave it open which endpoint the tenant has before callers stop waiting for one another. */
const MAX_INCONCLUSIVE_PROBES = 3;

/** The cash of account groups: one call per group, shared by all who ask for it at the same time. */
export class CashBalances {
  readonly #reader: UpvestReader;
  readonly #shared: SharedResource<Balances | null>;
  #endpoint: Endpoint | undefined;
  #probe: Flight<Balances | null> | undefined;
  #inconclusive = 0;

  constructor(reader: UpvestReader, shared: SharedResource<Balances | null>) {
    this.#reader = reader;
    this.#shared = shared;
  }

  /** The balances of a group in all its currencies, or null where Upvest knows no such group. */
  async ofGroup(group: AccountGroupId, options: ReadOptions = {}): Promise<Balances | null> {
    return await this.#read(group, options);
  }

  /**
   * The balance in one currency, or null where there is none. Throws UpstreamRowUnreadableError where it may be the one
   * that could not be read.
   */
  async inCurrency(group: AccountGroupId, currency: string, options: ReadOptions = {}): Promise<CashBalance | null> {
    const balances = await this.#read(group, options);
    return balances === null ? null : balanceIn(balances, currency);
  }

  async #read(group: AccountGroupId, options: ReadOptions): Promise<Balances | null> {
    return await this.#shared.read(group, options, (inner) => this.#askInTurn(group, inner));
  }

  /**
   * While the first caller finds out which endpoint there is, the others wait for it: a hundred groups at once make a
   * hundred calls and one, not two hundred. Where its answer leaves that open, the next one finds out.
   */
  async #askInTurn(group: AccountGroupId, options: CallOptions): Promise<Balances | null> {
    while (this.#endpoint === undefined && this.#inconclusive < MAX_INCONCLUSIVE_PROBES) {
      const probe = this.#probe;
      if (probe === undefined) return await this.#findOut(group, options);
      await bounded(options, (signal) =>
        probe.join(signal).catch((error: unknown) => {
          // Another group's failure is not ours.
          if (signal?.aborted) throw error;
        }),
      );
    }
    return await this.#ask(group, options);
  }

  async #findOut(group: AccountGroupId, { signal, deadlineAt, askers }: CallOptions): Promise<Balances | null> {
    const probe = new Flight((inner) =>
      this.#ask(group, { signal: inner, deadlineAt, askers }).finally(() => {
        if (this.#endpoint === undefined) this.#inconclusive += 1;
        this.#probe = undefined;
      }),
    );
    this.#probe = probe;
    return await probe.join(signal);
  }

  /** Asks the endpoint that the tenant has; the other one where a 404 leaves open what is missing. */
  async #ask(group: AccountGroupId, options: CallOptions): Promise<Balances | null> {
    const first = this.#endpoint ?? 'list';
    const answer = await this.#askAt(first, group, options);
    if (answer !== null || this.#endpoint === 'list') return answer;
    return await this.#askAt(first === 'list' ? 'single' : 'list', group, options);
  }

  async #askAt(endpoint: Endpoint, group: AccountGroupId, options: CallOptions): Promise<Balances | null> {
    const path = `/account_groups/${encodeURIComponent(group)}/payments/cash_balance`;
    const list = endpoint === 'list';
    const operation = list ? 'upvest.cashBalances.list' : 'upvest.cashBalance.get';
    const body = await this.#reader.get(list ? `${path}s` : path, operation, options, ABSENT);
    if (body === undefined) return null;
    const balances = this.#reader.rows(list ? body : { data: [body] }, {
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
    this.#endpoint = endpoint;
    return balances;
  }
}

/**
 * The balance in one currency, or null where there is none. Throws an UpstreamRowUnreadableError where it may be one of
 * those that could not be read.
 */
export function balanceIn({ rows, unreadable }: Balances, currency: string): CashBalance | null {
  const found = rows.find((balance) => balance.currency === currency);
  const error = unreadableError(unreadable.filter((row) => mayHave(row, 'currency', currency)));
  if (found === undefined && error !== undefined) throw error;
  return found ?? null;
}
