import type { PortfolioId } from '../domain/ids.ts';
import {
  comparePositions,
  type EventLogRow,
  type LogPosition,
  logHead,
  readEvents,
  type Store,
  trimmedTo,
} from '../store/index.ts';
import type { Audience } from './audience.ts';
import type { Ownership, Portfolios } from './ownership.ts';

/**
 * Events between a cursor and `position` are missing: they are deleted, the cursor is of another log, or InvestSuite does not say whether
 * they are still the customer's.
 */
export interface Gap {
  readonly position: LogPosition;
  readonly reason: 'forgotten' | 'foreign' | 'withheld';
}

/** End and audience of a read, fixed once, so that no row up to the end is missed. */
export interface LogWindow {
  readonly head: LogPosition;
  /** Undefined: all rows, also those without a portfolio. */
  readonly portfolioIds: readonly PortfolioId[] | undefined;
  /** Further portfolios may belong to the audience, which could not be read: at the end of the window there is a gap. */
  readonly withholds: boolean;
}

export type LogPage =
  | { readonly kind: 'gap'; readonly gap: Gap }
  | {
      readonly kind: 'rows';
      readonly rows: readonly EventLogRow[];
      /** No row of the window up to here is missing. */
      readonly scanned: LogPosition;
      /** The end of the window is reached. */
      readonly complete: boolean;
    };

export class LogReader {
  readonly #store: Store;
  readonly #ownership: Ownership;

  constructor(store: Store, ownership: Ownership) {
    this.#store = store;
    this.#ownership = ownership;
  }

  /** The end of the log: start of "from now". */
  head(): Promise<LogPosition> {
    return this.#store.read(logHead);
  }

  /** The start of the log: older rows are deleted. */
  oldest(): Promise<LogPosition> {
    return this.#store.read(trimmedTo);
  }

  /**
   * First the end, then the portfolios: a portfolio that becomes a customer's own later has no own event before that
   * end.
   */
  async window(audience: Audience): Promise<LogWindow> {
    const head = await this.head();
    const portfolios = await this.#portfoliosOf(audience);
    return { head, portfolioIds: portfolios?.ids, withholds: portfolios?.areAll === false };
  }

  /** The next rows after a position and within the window. */
  async page(window: LogWindow, after: LogPosition, limit: number): Promise<LogPage> {
    const { head, portfolioIds } = window;
    const read = await this.#store.read((reading) => readEvents(reading, { after, portfolioIds, limit }));
    // Read after the page: rows that are deleted meanwhile must not go unnoticed.
    const trimmed = await this.#store.read(trimmedTo);
    if (comparePositions(after, trimmed) < 0) return { kind: 'gap', gap: { position: trimmed, reason: 'forgotten' } };
    const rows = read.filter((row) => comparePositions(row, head) <= 0);
    const last = read.length < limit ? undefined : read.at(-1);
    const complete = last === undefined || comparePositions(last, head) >= 0;
    return { kind: 'rows', rows, complete, scanned: complete ? later(head, after) : (rows.at(-1) ?? after) };
  }

  /** The gap of a cursor of another log: one from before the database was replaced by an older copy. */
  async foreign(after: LogPosition): Promise<Gap | undefined> {
    const head = await this.head();
    return comparePositions(after, head) > 0 ? { position: head, reason: 'foreign' } : undefined;
  }

  async #portfoliosOf(audience: Audience): Promise<Portfolios | undefined> {
    const { portfolioId } = audience;
    if (audience.kind === 'operator') return portfolioId === null ? undefined : { ids: [portfolioId], areAll: true };
    if (portfolioId === null) return await this.#ownership.portfoliosOf(audience.userId);
    await this.#ownership.learn([portfolioId]);
    const isOwn = this.#ownership.ownersOf(portfolioId)?.has(audience.userId) === true;
    const areAll = !this.#ownership.formerOwnersOf(portfolioId).has(audience.userId);
    return { ids: isOwn ? [portfolioId] : [], areAll };
  }
}

const later = (a: LogPosition, b: LogPosition): LogPosition => (comparePositions(a, b) > 0 ? a : b);
