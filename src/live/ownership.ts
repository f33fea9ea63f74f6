import { LRUCache } from 'lru-cache';
import type { InvestSuite } from '../datasources/investsuite/index.ts';
import type { PortfolioId, UserId } from '../domain/ids.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import { UpstreamError, UpstreamUnavailableError } from '../errors.ts';

export interface OwnershipOptions {
  readonly investSuite: Pick<InvestSuite, 'portfolio' | 'portfoliosPage'>;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
  /** Milliseconds that only grow. Default: performance.now. */
  readonly now?: (() => number) | undefined;
}

/** How long it is believed whose a portfolio is. An event about the portfolio ends it sooner. */
const FRESH_MS = 60_000;
/**
 * How long it is believed while it can't be read again. After that nothing is delivered until it can: then everything is, from
 * the log.
 */
const UNREAD_MS = 5 * 60_000;
/** What {@link Ownership.learn} has let pass is handed out right after it, and must not end in between. */
const HANDING_OUT_MS = 1_000;
/** Portfolios remembered; the ones read longest ago are forgotten first. About 300 bytes each. */
const MAX_REMEMBERED = 50_000;

interface Owned {
  readonly owners: ReadonlySet<UserId>;
  /** When it was read. */
  readonly readAt: number;
  /** When it is read again. */
  readonly until: number;
  /** Since when InvestSuite refuses to show it; undefined where the last read succeeded. */
  readonly refusedSince?: number | undefined;
}

/** Whose portfolios are, as InvestSuite has it, remembered for a short while: live events are handed out by it. */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #now: () => number;
  readonly #owned = new LRUCache<PortfolioId, Owned>({ max: MAX_REMEMBERED });
  /** When any portfolio was read last. */
  #lastReadAt = Number.NEGATIVE_INFINITY;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Undefined where it is not known, or not any more; {@link learn} it then. It may be older than {@link learn} would leave it. */
  ownersOf(id: PortfolioId): ReadonlySet<UserId> | undefined {
    const owned = this.#owned.get(id);
    return owned !== undefined && this.#isBelieved(owned, HANDING_OUT_MS) ? owned.owners : undefined;
  }

  /**
   * Makes the owners of portfolios known. Throws an UpstreamError while one is not known and can't be read; what was read in
   * the last five minutes serves on meanwhile.
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
   * InvestSuite is there and refuses. Where it does so for all, as with credentials that have ended, events wait; where it
   * gives others and not this one, nobody gets its events rather than everybody waiting for it.
   */
  async #refused(id: PortfolioId, owned: Owned | undefined, error: UpstreamError): Promise<void> {
    const now = this.#now();
    const since = owned?.refusedSince ?? now;
    if (owned !== undefined && this.#isBelieved(owned)) {
      this.#owned.set(id, { ...owned, refusedSince: since });
      return;
    }
    if (this.#lastReadAt < since && !(await this.#givesOthers())) {
      if (owned !== undefined) this.#owned.set(id, { ...owned, refusedSince: since });
      throw error;
    }
    this.#options.onTrouble?.(`portfolio ${id} could not be read: its owners get no live events of it`, error);
    this.#owned.set(id, { owners: new Set(), readAt: now, until: now + FRESH_MS, refusedSince: since });
  }

  /** Whether InvestSuite lets us read portfolios at all. */
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

  /** Something about the portfolio has changed: it is asked about again. What was known serves while that is not possible. */
  doubt(id: PortfolioId): void {
    const owned = this.#owned.get(id);
    if (owned !== undefined) this.#owned.set(id, { ...owned, until: 0 });
  }

  /** The portfolios of a user, alone or with others, as they are now. */
  async portfoliosOf(userId: UserId): Promise<readonly PortfolioId[]> {
    const ids: PortfolioId[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.#options.investSuite.portfoliosPage({
        filter: { anyOwnerId: userId },
        limit: 100,
        cursor,
      });
      for (const portfolio of page.portfolios) {
        const owners = ownersIn(portfolio);
        this.#read(portfolio.id, owners);
        if (owners.has(userId)) ids.push(portfolio.id);
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return ids;
  }

  #read(id: PortfolioId, owners: ReadonlySet<UserId>): void {
    const readAt = this.#now();
    this.#lastReadAt = readAt;
    this.#owned.set(id, { owners, readAt, until: readAt + FRESH_MS });
  }
}

function ownersIn(portfolio: Portfolio | null): ReadonlySet<UserId> {
  if (portfolio === null) return new Set();
  return new Set([...(portfolio.ownerId === null ? [] : [portfolio.ownerId]), ...portfolio.coOwnerIds]);
}
