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
import type { Ownership } from './ownership.ts';

/** Events between a cursor and `position` are not to be had: they are forgotten, or the cursor is of another log. */
export interface Gap {
  readonly position: LogPosition;
  readonly reason: 'forgotten' | 'foreign';
}

/** How far to read and what: fixed once, so that nothing new up to there can be missed. */
export interface LogWindow {
  readonly head: LogPosition;
  /** Undefined: everything, also what has no portfolio. */
  readonly portfolioIds: readonly PortfolioId[] | undefined;
}

export type LogPage =
  | { readonly kind: 'gap'; readonly gap: Gap }
  | {
      readonly kind: 'rows';
      readonly rows: readonly EventLogRow[];
      /** Nothing of the window up to here is missing. */
      readonly scanned: LogPosition;
      /** The end of the window is reached. */
      readonly complete: boolean;
    };

/** Reads the log for an audience, page by page. */
export class LogReader {
  readonly #store: Store;
  readonly #ownership: Ownership;

  constructor(store: Store, ownership: Ownership) {
    this.#store = store;
    this.#ownership = ownership;
  }

  /** The end of the log: where "from now" begins. */
  head(): Promise<LogPosition> {
    return this.#store.read(logHead);
  }

  /** Where the log begins: what stood before is forgotten. */
  oldest(): Promise<LogPosition> {
    return this.#store.read(trimmedTo);
  }

  /** First how far, then what: a portfolio that is not a customer's own by then has no event before that point. */
  async window(audience: Audience): Promise<LogWindow> {
    const head = await this.head();
    return { head, portfolioIds: await this.#portfoliosOf(audience) };
  }

  /** The next events behind a position that are not behind the window. */
  async page(window: LogWindow, after: LogPosition, limit: number): Promise<LogPage> {
    const { head, portfolioIds } = window;
    const read = await this.#store.read((reading) => readEvents(reading, { after, portfolioIds, limit }));
    // Looked at afterwards: what is forgotten while the page is read must not go unnoticed.
    const trimmed = await this.#store.read(trimmedTo);
    if (comparePositions(after, trimmed) < 0) return { kind: 'gap', gap: { position: trimmed, reason: 'forgotten' } };
    const rows = read.filter((row) => comparePositions(row, head) <= 0);
    const complete = read.length < limit || rows.length < read.length;
    return { kind: 'rows', rows, complete, scanned: complete ? later(head, after) : (rows.at(-1) ?? after) };
  }

  /** The gap of a cursor that is not of this log: one from before the database was replaced by an older copy. */
  async foreign(after: LogPosition): Promise<Gap | undefined> {
    const head = await this.head();
    return comparePositions(after, head) > 0 ? { position: head, reason: 'foreign' } : undefined;
  }

  async #portfoliosOf(audience: Audience): Promise<readonly PortfolioId[] | undefined> {
    const { portfolioId } = audience;
    if (audience.kind === 'operator') return portfolioId === null ? undefined : [portfolioId];
    if (portfolioId === null) return await this.#ownership.portfoliosOf(audience.userId);
    await this.#ownership.learn([portfolioId]);
    return this.#ownership.ownersOf(portfolioId)?.has(audience.userId) === true ? [portfolioId] : [];
  }
}

const later = (a: LogPosition, b: LogPosition): LogPosition => (comparePositions(a, b) > 0 ? a : b);
