import { LRUCache } from 'lru-cache';
import type { Upvest, UpvestListings } from '../datasources/upvest/index.ts';
import type { AccountGroupId, AccountId, BrokerageUserId, PortfolioId } from '../domain/ids.ts';
import { wholeOf } from '../domain/listing.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import { UpstreamError } from '../errors.ts';
import { portfoliosOfAccountGroups, rememberAccountGroup, type Store } from '../store/index.ts';
import type { Whose } from './interpretation.ts';

export interface PortfolioFinderOptions {
  readonly store: Store;
  readonly upvest: Pick<Upvest, 'account' | 'order'> & { readonly listings: Pick<UpvestListings, 'accountsOfUser'> };
  /** Current account group of a portfolio; null without one. Throws an UpstreamError where it can't be read. */
  readonly linkOf: (id: PortfolioId) => Promise<AccountGroupId | null>;
  /** Reads the portfolios that are linked to an account group from InvestSuite. */
  readonly linkedPortfolios: (group: AccountGroupId) => Promise<readonly Portfolio[]>;
  /** Gets a group that several portfolios are linked to. */
  readonly onAmbiguous?: ((group: AccountGroupId, portfolios: readonly PortfolioId[]) => void) | undefined;
  /** Monotonic clock in milliseconds. Default: performance.now. */
  readonly now?: (() => number) | undefined;
}

/** Time to live of "this group has no portfolio". */
const NOBODY_MS = 60_000;
/** Time to live of a link while InvestSuite is unavailable: nobody can change it there meanwhile. */
const UNASKED_MS = 5 * 60_000;
/** Maximum cached accounts and orders, about 150 bytes each; the least recently used are evicted. */
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
  readonly #groupOfAccount = new LRUCache<string, AccountGroupId>({ max: MAX_REMEMBERED });
  readonly #accountOfOrder = new LRUCache<string, AccountId>({ max: MAX_REMEMBERED });
  readonly #nobodyUntil = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  readonly #seenLinks = new LRUCache<AccountGroupId, SeenLink>({ max: MAX_REMEMBERED });

  constructor(options: PortfolioFinderOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Portfolios of events by the index and one read of the links; the missing ones need {@link find}. Throws no
   * UpstreamError.
   */
  async known(all: readonly Whose[]): Promise<ReadonlyMap<Whose, PortfolioId | null>> {
    const found = new Map<Whose, PortfolioId | null>();
    const groups = new Map<Whose, AccountGroupId>();
    for (const whose of all) {
      if (whose.kind === 'portfolio') found.set(whose, whose.id);
      else if (whose.kind === 'nobody' || this.#isNobodys(whose)) found.set(whose, null);
      else {
        const group = this.#groupOf(whose);
        if (group !== undefined) groups.set(whose, group);
      }
    }
    const portfolios = await this.#linked([...new Set(groups.values())]);
    for (const [whose, group] of groups) {
      const portfolio = portfolios.get(group);
      if (portfolio !== undefined) found.set(whose, portfolio);
      else if (this.#isNobodys({ kind: 'group', id: group })) found.set(whose, null);
    }
    return found;
  }

  /** The groups whose indexed portfolio still has the link. */
  async #linked(groups: readonly AccountGroupId[]): Promise<ReadonlyMap<AccountGroupId, PortfolioId>> {
    const { store } = this.#options;
    const indexed = [...(await store.read((reading) => portfoliosOfAccountGroups(reading, groups)))];
    const linked = await Promise.all(indexed.map(([group, id]) => this.#isLinked(group, id).catch(ignoreUpstream)));
    return new Map(indexed.filter((_, index) => linked[index] === true));
  }

  /**
   * Whether InvestSuite has the link. Throws an UpstreamError where it can't be read and was not read in the last five
   * minutes.
   */
  async #isLinked(group: AccountGroupId, portfolioId: PortfolioId): Promise<boolean> {
    const now = this.#now();
    try {
      const isLinked = (await this.#options.linkOf(portfolioId)) === group;
      if (isLinked) this.#seenLinks.set(group, { portfolioId, at: now });
      else this.#seenLinks.delete(group);
      return isLinked;
    } catch (error) {
      const seen = this.#seenLinks.get(group);
      const isRecent = seen?.portfolioId === portfolioId && now - seen.at < UNASKED_MS;
      if (error instanceof UpstreamError && isRecent) return true;
      throw error;
    }
  }

  /** Asks the upstreams, and caches the result. Null: no portfolio. Throws an UpstreamError where they can't answer. */
  async find(whose: Whose): Promise<PortfolioId | null> {
    switch (whose.kind) {
      case 'portfolio':
        return whose.id;
      case 'nobody':
        return null;
      case 'group':
        return await this.#findGroup(whose.id);
      case 'account':
        return await this.#findAccount(whose);
      case 'order':
        return await this.#findOrder(whose.id);
      default:
        return whose satisfies never;
    }
  }

  /** Portfolios may be new or newly linked: drops the cached groups without a portfolio. */
  forgetNobodys(): void {
    this.#nobodyUntil.clear();
  }

  async #findOrder(id: string): Promise<PortfolioId | null> {
    const account = this.#accountOfOrder.get(id);
    if (account !== undefined) return await this.#findAccount({ kind: 'account', id: account, userId: null });
    const order = await this.#options.upvest.order(id);
    if (order === null) return this.#nobody({ kind: 'order', id });
    this.#accountOfOrder.set(id, order.accountId);
    return await this.#findAccount({ kind: 'account', id: order.accountId, userId: order.userId });
  }

  async #findAccount(whose: Extract<Whose, { kind: 'account' }>): Promise<PortfolioId | null> {
    const { id, userId } = whose;
    const group = this.#groupOfAccount.get(id) ?? (await this.#askForGroup(id, userId));
    if (group === undefined) return this.#nobody(whose);
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
    if (known !== undefined && (await this.#isLinked(id, known))) return known;
    const linked = await this.#options.linkedPortfolios(id);
    // A group belongs to one portfolio; of several, prefer one that is not archived.
    const chosen = linked.find((portfolio) => portfolio.archived !== true) ?? linked[0];
    if (chosen === undefined) return this.#nobody({ kind: 'group', id });
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

  #groupOf(whose: Extract<Whose, { kind: 'group' | 'account' | 'order' }>): AccountGroupId | undefined {
    if (whose.kind === 'group') return whose.id;
    const account = whose.kind === 'account' ? whose.id : this.#accountOfOrder.get(whose.id);
    return account === undefined ? undefined : this.#groupOfAccount.get(account);
  }

  #nobody(whose: Whose): null {
    this.#nobodyUntil.set(keyOf(whose), this.#now() + NOBODY_MS);
    return null;
  }

  #isNobodys(whose: Whose): boolean {
    const until = this.#nobodyUntil.get(keyOf(whose));
    return until !== undefined && until > this.#now();
  }
}

/** Cache key of an event's subject. */
export const keyOf = (whose: Whose): string => (whose.kind === 'nobody' ? 'nobody' : `${whose.kind} ${whose.id}`);

function ignoreUpstream(error: unknown): undefined {
  if (!(error instanceof UpstreamError)) throw error;
}
