import { LRUCache } from 'lru-cache';
import type { InvestSuite } from '../datasources/investsuite/index.ts';
import { type PortfolioId, parsePortfolioId, type UserId } from '../domain/ids.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import { UpstreamError, UpstreamUnavailableError } from '../errors.ts';

export interface OwnershipOptions {
  readonly investSuite: Pick<InvestSuite, 'portfolio' | 'portfoliosPage'>;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** Time to live of cached owners. An event of the portfolio invalidates them sooner. */
const FRESH_MS = 60_000;
/**
 * Time to live while they can't be read again. After that, delivery waits until they can; no row is lost, since all are
 * in the log.
 */
const UNREAD_MS = 5 * 60_000;
/** Minimum time to live after {@link Ownership.learn}: its rows are delivered right after it. */
const HANDING_OUT_MS = 1_000;
/** A refusal that ends sooner costs nobody an event: until then delivery waits. */
const REFUSED_FOR_MS = 5_000;
/** Maximum entries, about 300 bytes each; the oldest reads are evicted first. */
const MAX_REMEMBERED = 50_000;

interface Owned {
  readonly owners: ReadonlySet<UserId>;
  /** Time of the read. */
  readonly readAt: number;
  /** Time of the next read. */
  readonly until: number;
  /** Time since which InvestSuite refuses the portfolio; undefined where the last read succeeded. */
  readonly refusedSince?: number | undefined;
  /** Owners by the last read that succeeded, where that is too old to be believed. */
  readonly former?: ReadonlySet<UserId> | undefined;
}

/** The portfolios of a user, and whether that are all: a row without a readable id or owner, or a refused portfolio, may be one more. */
export interface Portfolios {
  readonly ids: readonly PortfolioId[];
  readonly areAll: boolean;
}

const NOBODY: ReadonlySet<UserId> = new Set();
const NEVER_READ: Owned = { owners: new Set(), readAt: Number.NEGATIVE_INFINITY, until: 0 };

/** Short-lived cache of portfolio owners in InvestSuite, which authorizes the delivery of live events. */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #now: () => number;
  readonly #owned = new LRUCache<PortfolioId, Owned>({ maxSize: MAX_REMEMBERED, sizeCalculation: () => 1 });
  /** Portfolios that InvestSuite refuses, which its lists may leave out. */
  readonly #refusedIds = new Set<PortfolioId>();
  /** Time of the last read of any portfolio. */
  #lastReadAt = Number.NEGATIVE_INFINITY;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#now = options.now;
  }

  /** Undefined where the owners are not cached; then {@link learn} them. May be older than {@link learn} allows. */
  ownersOf(id: PortfolioId): ReadonlySet<UserId> | undefined {
    const owned = this.#owned.get(id);
    return owned !== undefined && this.#isBelieved(owned, HANDING_OUT_MS) ? owned.owners : undefined;
  }

  /** Users whose events of a portfolio are withheld, since it can't be read whether they still own it. */
  formerOwnersOf(id: PortfolioId): ReadonlySet<UserId> {
    return this.#owned.get(id)?.former ?? NOBODY;
  }

  /**
   * Reads the owners of portfolios into the cache. Throws an UpstreamError where they can't be read and the last read
   * is more than five minutes ago.
   */
  async learn(ids: Iterable<PortfolioId>): Promise<void> {
    const now = this.#now();
    const stale = [...new Set(ids)].filter((id) => (this.#owned.get(id)?.until ?? 0) <= now);
    await Promise.all(stale.map((id) => this.#learn(id)));
  }

  async #learn(id: PortfolioId): Promise<void> {
    try {
      this.#read(id, ownersIn(await this.#options.investSuite.portfolio(id)));
    } catch (error) {
      const owned = this.#owned.get(id);
      if (!(error instanceof UpstreamError) || error instanceof UpstreamUnavailableError) {
        if (owned !== undefined && this.#isBelieved(owned)) return;
        throw error;
      }
      await this.#refused(id, owned, error);
    }
  }

  /**
   * InvestSuite answers, but refuses, or with something that is no portfolio. If it refuses all portfolios (as with expired
   * credentials), and for the first five seconds, events wait. After that the lists of its former owners are read, where it may
   * be found. If not, its events are withheld, so that the other customers need not wait, and the former owners get a gap.
   */
  async #refused(id: PortfolioId, owned: Owned | undefined, error: UpstreamError): Promise<void> {
    const now = this.#now();
    const since = owned?.refusedSince ?? now;
    this.#refusedIds.add(id);
    if (owned !== undefined && this.#isBelieved(owned)) {
      this.#owned.set(id, { ...owned, refusedSince: since });
      return;
    }
    if (now - since < REFUSED_FOR_MS || (this.#lastReadAt < since && !(await this.#givesOthers()))) {
      this.#owned.set(id, { ...(owned ?? NEVER_READ), refusedSince: since });
      throw error;
    }
    const former = owned === undefined || owned.owners.size === 0 ? owned?.former : owned.owners;
    for (const owner of former ?? []) if (await this.#lists(owner, id)) return;
    this.#options.onTrouble?.(`portfolio ${id} could not be read: its owners get gaps instead of its events`, error);
    this.#owned.set(id, { owners: NOBODY, readAt: now, until: now + FRESH_MS, refusedSince: since, former });
  }

  /** Whether a user's list has the portfolio; its owners are cached then. */
  async #lists(userId: UserId, id: PortfolioId): Promise<boolean> {
    try {
      return (await this.portfoliosOf(userId)).ids.includes(id);
    } catch (error) {
      if (error instanceof UpstreamError) return false;
      throw error;
    }
  }

  /** Whether InvestSuite returns portfolios at all. */
  async #givesOthers(): Promise<boolean> {
    try {
      await this.#options.investSuite.portfoliosPage({ limit: 1 });
      return true;
    } catch (error) {
      if (error instanceof UpstreamError) return false;
      throw error;
    }
  }

  #isBelieved({ readAt }: Owned, longerMs = 0): boolean {
    return this.#now() - readAt < UNREAD_MS + longerMs;
  }

  /** The portfolio has changed: its owners are read again. The cached ones serve while that is not possible. */
  doubt(id: PortfolioId): void {
    const owned = this.#owned.get(id);
    if (owned !== undefined) this.#owned.set(id, { ...owned, until: 0 });
  }

  /** Current portfolios of a user, alone or with other owners. Of a row that can't be read its id and owners are enough. */
  async portfoliosOf(userId: UserId): Promise<Portfolios> {
    const ids: PortfolioId[] = [];
    let areAll = true;
    let cursor: string | undefined;
    do {
      const page = await this.#options.investSuite.portfoliosPage({
        filter: { anyOwnerId: userId },
        limit: 100,
        cursor,
      });
      const add = (id: PortfolioId, owners: ReadonlySet<UserId>): void => {
        this.#read(id, owners);
        if (owners.has(userId)) ids.push(id);
      };
      for (const portfolio of page.portfolios) add(portfolio.id, ownersIn(portfolio));
      for (const { id, ownerIds } of page.unreadable) {
        const portfolioId = parsePortfolioId(id ?? '');
        if (portfolioId !== undefined && ownerIds !== null) add(portfolioId, new Set(ownerIds));
        else if (ownerIds === null || ownerIds.includes(userId)) areAll = false;
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return { ids, areAll: areAll && !this.#isRefusedOneOf(userId) };
  }

  /** Whether a user owns a portfolio by the last read before InvestSuite refused it. */
  #isRefusedOneOf(userId: UserId): boolean {
    for (const id of this.#refusedIds) {
      const owned = this.#owned.peek(id);
      if (owned === undefined) this.#refusedIds.delete(id);
      else if ((owned.former ?? owned.owners).has(userId)) return true;
    }
    return false;
  }

  #read(id: PortfolioId, owners: ReadonlySet<UserId>): void {
    const readAt = this.#now();
    this.#lastReadAt = readAt;
    this.#refusedIds.delete(id);
    this.#owned.set(id, { owners, readAt, until: readAt + FRESH_MS });
  }
}

function ownersIn(portfolio: Portfolio | null): ReadonlySet<UserId> {
  if (portfolio === null) return new Set();
  return new Set([...(portfolio.ownerId === null ? [] : [portfolio.ownerId]), ...portfolio.coOwnerIds]);
}
