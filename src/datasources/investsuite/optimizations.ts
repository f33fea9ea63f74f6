import type { PortfolioId } from '../../domain/ids.ts';
import type { Optimization } from '../../domain/optimization.ts';
import type { CallOptions } from '../upstream/client.ts';
import { joinUntil } from '../upstream/deadline.ts';
import { SharedReads } from '../upstream/flight.ts';
import { goodBodyOf, type InvestSuiteCalls } from './calls.ts';
import { readOptimization } from './optimization-wire.ts';
import type { ReadSettings } from './read-settings.ts';
import { RememberedRefusal } from './remembered-refusal.ts';

/** The newer name of the path first; older tenants know `current`. */
const NAMES = ['latest', 'current'] as const;

/** The latest optimization of a robo portfolio. */
export class Optimizations {
  readonly #calls: InvestSuiteCalls;
  readonly #settings: ReadSettings;
  readonly #flights: SharedReads<Optimization | null>;
  /** The name that this tenant has answered by, for a while: it may be upgraded. */
  #name: (typeof NAMES)[number] | undefined;
  readonly #otherNames: RememberedRefusal;

  constructor(calls: InvestSuiteCalls, settings: ReadSettings) {
    this.#calls = calls;
    this.#settings = settings;
    this.#flights = new SharedReads(settings.onShared);
    this.#otherNames = new RememberedRefusal(settings.reprobeAfterMs);
  }

  /** A change of the portfolio starts a new optimization. */
  forget(portfolioId: PortfolioId): void {
    this.#flights.forget((key) => key === portfolioId);
  }

  async latest(portfolioId: PortfolioId, options: CallOptions = {}): Promise<Optimization | null> {
    return await joinUntil('INVESTSUITE', options, (signal) =>
      this.#flights.run(
        portfolioId,
        (inner, askers) => this.#latest(portfolioId, { signal: inner, askers, deadlineAt: this.#deadlineAt() }),
        { signal, askers: options.askers },
      ),
    );
  }

  async #latest(portfolioId: PortfolioId, options: CallOptions): Promise<Optimization | null> {
    for (const name of this.#names()) {
      const path = `/portfolios/${portfolioId}/optimizations/${name}/`;
      const answer = await this.#calls.get(path, 'investsuite.optimizations.latest', options);
      if (answer.status === 404) continue;
      if (answer.ok) this.#settle(name);
      if (answer.status === 202) return { inProgress: true };
      const optimization = readOptimization(goodBodyOf(answer, 'optimization'));
      const { unreadableOrders: { length: count } = [] } = optimization;
      if (count > 0) this.#settings.onDropped?.({ resource: 'order', count, details: ['portfolio_update.orders.*'] });
      return optimization;
    }
    return null;
  }

  #names(): readonly (typeof NAMES)[number][] {
    return this.#name !== undefined && this.#otherNames.stands ? [this.#name] : NAMES;
  }

  #settle(name: (typeof NAMES)[number]): void {
    if (this.#name === name && this.#otherNames.stands) return;
    this.#name = name;
    this.#otherNames.remember();
  }

  #deadlineAt(): number {
    return performance.now() + this.#settings.deadlineMs;
  }
}
