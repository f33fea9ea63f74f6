import { LRUCache } from 'lru-cache';
import type { Upvest, UpvestListings } from '../datasources/upvest/index.ts';
import type { AccountGroupId, AccountId, BrokerageUserId, PortfolioId } from '../domain/ids.ts';
import { wholeOf } from '../domain/listing.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import { UpstreamError, UpstreamUnavailableError } from '../errors.ts';
import { portfoliosOfAccountGroups, rememberAccountGroup, type Store } from '../store/index.ts';
import type { Attribution } from './interpretation.ts';

export interface PortfolioFinderOptions {
  readonly store: Store;
  readonly upvest: Pick<Upvest, 'account' | 'order'> & { readonly listings: Pick<UpvestListings, 'accountsOfUser'> };
  /**
   * Current account group of a portfolio; null without one. Throws an UpstreamError where it can't be read within so many
   * milliseconds.
   */
  readonly linkOf: (id: PortfolioId, withinMs: number) => Promise<AccountGroupId | null>;
  /** Reads the portfolios that are linked to an account group from InvestSuite. */
  readonly linkedPortfolios: (group: AccountGroupId) => Promise<readonly Portfolio[]>;
  /** Gets a group that several portfolios are linked to. */
  readonly onAmbiguous?: ((group: AccountGroupId, portfolios: readonly PortfolioId[]) => void) | undefined;
  /** Monotonic clock in milliseconds. Default: the store's runtime's. */
  readonly now?: (() => number) | undefined;
}

/** Time to live of "this group has no portfolio". */
const UNLINKED_MS = 60_000;
/** Time to live of a link while InvestSuite is unavailable: it cannot change there meanwhile. */
const UNASKED_MS = 5 * 60_000;
/** All events wait for the first read of the links; only those whose link did not come by then wait for the second. */
const FIRST_LOOK_MS = 2_000;
const SECOND_LOOK_MS = 10_000;
/** Maximum cached accounts and orders, about 150 bytes each; the least recently used are evicted. */
// As a size and not as a number of entries: those would be allocated in advance.
const MAX_REMEMBERED = 100_000;

interface SeenLink {
  readonly portfolioId: PortfolioId;
  readonly at: number;
}

/**
 * Finds the portfolio of an event. The index of account groups gives a candidate, which counts only while InvestSuite
 * has that link, read for each batch of events: otherwise events would go to the wrong customer after a link was
 * corrected.
 */
export class PortfolioFinder {
  readonly #options: PortfolioFinderOptions;
  readonly #now: () => number;
  readonly #groupOfAccount = new LRUCache<string, AccountGroupId>({
    maxSize: MAX_REMEMBERED,
    sizeCalculation: () => 1,
  });
  readonly #accountOfOrder = new LRUCache<string, AccountId>({ maxSize: MAX_REMEMBERED, sizeCalculation: () => 1 });
  readonly #unlinkedUntil = new LRUCache<string, number>({ maxSize: MAX_REMEMBERED, sizeCalculation: () => 1 });
  readonly #seenLinks = new LRUCache<AccountGroupId, SeenLink>({ maxSize: MAX_REMEMBERED, sizeCalculation: () => 1 });

  constructor(options: PortfolioFinderOptions) {
    this.#options = options;
    this.#now = options.now ?? options.store.runtime.monotonicMs;
  }

  /**
   * Portfolios of events by the index and one read of the links; the missing ones need {@link find}. Throws no
   * UpstreamError.
   */
  async known(all: readonly Attribution[]): Promise<ReadonlyMap<Attribution, PortfolioId | null>> {
    const found = new Map<Attribution, PortfolioId | null>();
    const groups = new Map<Attribution, AccountGroupId>();
    for (const attribution of all) {
      if (attribution.kind === 'portfolio') found.set(attribution, attribution.id);
      else if (attribution.kind === 'none' || this.#isUnlinked(attribution)) found.set(attribution, null);
      else {
        const group = this.#groupOf(attribution);
        if (group !== undefined) groups.set(attribution, group);
      }
    }
    const portfolios = await this.#linked([...new Set(groups.values())]);
    for (const [attribution, group] of groups) {
      const portfolio = portfolios.get(group);
      if (portfolio !== undefined) found.set(attribution, portfolio);
      else if (this.#isUnlinked({ kind: 'group', id: group })) found.set(attribution, null);
    }
    return found;
  }

  /** The groups whose indexed portfolio still has the link. */
  async #linked(groups: readonly AccountGroupId[]): Promise<ReadonlyMap<AccountGroupId, PortfolioId>> {
    const { store } = this.#options;
    const indexed = [...(await store.read((reading) => portfoliosOfAccountGroups(reading, groups)))];
    const linked = await Promise.all(
      indexed.map(([group, id]) => this.#isLinked(group, id, FIRST_LOOK_MS).catch(ignoreUpstream)),
    );
    return new Map(indexed.filter((_, index) => linked[index] === true));
  }

  /**
   * Whether InvestSuite has the link. Throws an UpstreamError where it can't be read and was not read in the last five
   * minutes; also where the first look took too long: an InvestSuite that is slow, or a machine that is busy, may have
   * another link by now.
   */
  async #isLinked(group: AccountGroupId, portfolioId: PortfolioId, withinMs: number): Promise<boolean> {
    const now = this.#now();
    try {
      const isLinked = (await this.#options.linkOf(portfolioId, withinMs)) === group;
      if (isLinked) this.#seenLinks.set(group, { portfolioId, at: now });
      else this.#seenLinks.delete(group);
      return isLinked;
    } catch (error) {
      const seen = this.#seenLinks.get(group);
      const isRecent = seen?.portfolioId === portfolioId && now - seen.at < UNASKED_MS;
      const isLate = error instanceof UpstreamUnavailableError && /^(timeout|deadline)$/.test(error.reason);
      const mayAskAgain = isLate && withinMs === FIRST_LOOK_MS;
      if (error instanceof UpstreamError && isRecent && !mayAskAgain) return true;
      throw error;
    }
  }

  /** Asks the upstreams, and caches the result. Null: no portfolio. Throws an UpstreamError where they can't answer. */
  async find(attribution: Attribution): Promise<PortfolioId | null> {
    switch (attribution.kind) {
      case 'portfolio':
        return attribution.id;
      case 'none':
        return null;
      case 'group':
        return await this.#findGroup(attribution.id);
      case 'account':
        return await this.#findAccount(attribution);
      case 'order':
        return await this.#findOrder(attribution.id);
      default:
        return attribution satisfies never;
    }
  }

  /** Portfolios may be new or newly linked: drops the cached groups without a portfolio. */
  forgetUnlinked(): void {
    this.#unlinkedUntil.clear();
  }

  async #findOrder(id: string): Promise<PortfolioId | null> {
    const account = this.#accountOfOrder.get(id);
    if (account !== undefined) return await this.#findAccount({ kind: 'account', id: account, userId: null });
    const order = await this.#options.upvest.order(id);
    if (order === null) return this.#unlinked({ kind: 'order', id });
    this.#accountOfOrder.set(id, order.accountId);
    return await this.#findAccount({ kind: 'account', id: order.accountId, userId: order.userId });
  }

  async #findAccount(attribution: Extract<Attribution, { kind: 'account' }>): Promise<PortfolioId | null> {
    const { id, userId } = attribution;
    const group = this.#groupOfAccount.get(id) ?? (await this.#askForGroup(id, userId));
    if (group === undefined) return this.#unlinked(attribution);
    this.#groupOfAccount.set(id, group);
    return await this.#findGroup(group);
  }

  /** By the account itself; where Upvest does not return it, from the accounts of its user. */
  async #askForGroup(id: AccountId, userId: BrokerageUserId | null): Promise<AccountGroupId | undefined> {
    const { upvest } = this.#options;
    const account = await upvest.account(id);
    if (account !== null) return account.accountGroupId;
    if (userId === null) return undefined;
    const accounts = await upvest.listings.accountsOfUser(userId);
    const found = accounts.rows.find((each) => each.id === id);
    // It may be an unreadable one.
    if (found === undefined) wholeOf(accounts);
    return found?.accountGroupId;
  }

  async #findGroup(id: AccountGroupId): Promise<PortfolioId | null> {
    const { store } = this.#options;
    const known = (await store.read((reading) => portfoliosOfAccountGroups(reading, [id]))).get(id);
    if (known !== undefined && (await this.#isLinked(id, known, SECOND_LOOK_MS))) return known;
    const linked = await this.#options.linkedPortfolios(id);
    // A group belongs to one portfolio; of several, prefer one that is not archived.
    const chosen = linked.find((portfolio) => portfolio.archived !== true) ?? linked[0];
    if (chosen === undefined) return this.#unlinked({ kind: 'group', id });
    if (linked.length > 1) {
      this.#options.onAmbiguous?.(
        id,
        linked.map((portfolio) => portfolio.id),
      );
    }
    await store.write((writing) => rememberAccountGroup(writing, id, chosen.id));
    this.#seenLinks.set(id, { portfolioId: chosen.id, at: this.#now() });
    return chosen.id;
  }

  #groupOf(attribution: Extract<Attribution, { kind: 'group' | 'account' | 'order' }>): AccountGroupId | undefined {
    if (attribution.kind === 'group') return attribution.id;
    const account = attribution.kind === 'account' ? attribution.id : this.#accountOfOrder.get(attribution.id);
    return account === undefined ? undefined : this.#groupOfAccount.get(account);
  }

  #unlinked(attribution: Attribution): null {
    this.#unlinkedUntil.set(keyOf(attribution), this.#now() + UNLINKED_MS);
    return null;
  }

  #isUnlinked(attribution: Attribution): boolean {
    const until = this.#unlinkedUntil.get(keyOf(attribution));
    return until !== undefined && until > this.#now();
  }
}

/** Cache key of an event's subject. */
export const keyOf = (attribution: Attribution): string =>
  attribution.kind === 'none' ? 'none' : `${attribution.kind} ${attribution.id}`;

function ignoreUpstream(error: unknown): undefined {
  if (!(error instanceof UpstreamError)) throw error;
}
