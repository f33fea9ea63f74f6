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
/** Portfolios remembered; the ones read longest ago are forgotten first. About 300 bytes each. */
const MAX_REMEMBERED = 50_000;

interface Owned {
  readonly owners: ReadonlySet<UserId>;
  readonly until: number;
}

/** Whose portfolios are, as InvestSuite has it, remembered for a short while: live events are handed out by it. */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #now: () => number;
  readonly #owned = new Map<PortfolioId, Owned>();

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Undefined where it is not known; {@link learn} it then. It may be older than {@link learn} would leave it. */
  ownersOf(id: PortfolioId): ReadonlySet<UserId> | undefined {
    return this.#owned.get(id)?.owners;
  }

  /**
   * Makes the owners of portfolios known. Throws an UpstreamUnavailableError while InvestSuite is away and one is not
   * known at all; what was known before serves on until then.
   */
  async learn(ids: Iterable<PortfolioId>): Promise<void> {
    const now = this.#now();
    const stale = [...new Set(ids)].filter((id) => (this.#owned.get(id)?.until ?? 0) <= now);
    await Promise.all(stale.map((id) => this.#learn(id)));
  }

  async #learn(id: PortfolioId): Promise<void> {
    try {
      this.#remember(id, ownersIn(await this.#options.investSuite.portfolio(id)));
    } catch (error) {
      if (this.#owned.has(id)) return;
      if (!(error instanceof UpstreamError) || error instanceof UpstreamUnavailableError) throw error;
      // It can't be read, now or later: nobody gets its events rather than everybody waiting for it.
      this.#options.onTrouble?.(`portfolio ${id} could not be read: its owners get no live events of it`, error);
      this.#remember(id, new Set());
    }
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
        this.#remember(portfolio.id, owners);
        if (owners.has(userId)) ids.push(portfolio.id);
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return ids;
  }

  #remember(id: PortfolioId, owners: ReadonlySet<UserId>): void {
    this.#owned.delete(id);
    this.#owned.set(id, { owners, until: this.#now() + FRESH_MS });
    if (this.#owned.size <= MAX_REMEMBERED) return;
    for (const oldest of this.#owned.keys()) {
      this.#owned.delete(oldest);
      return;
    }
  }
}

function ownersIn(portfolio: Portfolio | null): ReadonlySet<UserId> {
  if (portfolio === null) return new Set();
  return new Set([...(portfolio.ownerId === null ? [] : [portfolio.ownerId]), ...portfolio.coOwnerIds]);
}
