import type { EventLogRow, LogPosition, Store } from '../store/index.ts';
import { type Audience, audienceName, operatorNames, ownerNames } from './audience.ts';
import type { Group } from './group.ts';
import { LogTail } from './log-tail.ts';
import type { Ownership } from './ownership.ts';

export interface LaneOptions {
  readonly store: Store;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
  readonly pollMs?: number | undefined;
}

interface LaneKind {
  /** The names of those who get a row; undefined where that is not known. */
  readonly namesOf: (row: EventLogRow) => readonly string[] | undefined;
  readonly prepare: (rows: readonly EventLogRow[]) => Promise<void>;
}

/**
 * A tail of the log and the groups that it serves, found by name: what a row costs depends on who gets it, not on how
 * many there are.
 */
export class Lane {
  readonly #kind: LaneKind;
  readonly #tail: LogTail;
  readonly #groups = new Map<string, Set<Group>>();

  constructor(kind: LaneKind, options: LaneOptions) {
    this.#kind = kind;
    this.#tail = new LogTail({
      ...options,
      onRows: (rows) => this.#passOn(rows),
      // Nobody to serve, nobody to ask for.
      prepare: async (rows) => (this.#groups.size === 0 ? undefined : await kind.prepare(rows)),
    });
  }

  start(): Promise<void> {
    return this.#tail.start();
  }

  stop(): Promise<void> {
    return this.#tail.stop();
  }

  get position(): LogPosition | undefined {
    return this.#tail.position;
  }

  /**
   * What an audience has to see between a position and the tail's own; undefined where that can't be told from memory.
   */
  recentFor(audience: Audience, position: LogPosition): readonly EventLogRow[] | undefined {
    const recent = this.#tail.recentAfter(position);
    if (recent === undefined) return undefined;
    const name = audienceName(audience);
    const mine: EventLogRow[] = [];
    for (const row of recent) {
      const names = this.#kind.namesOf(row);
      if (names === undefined) return undefined;
      if (names.includes(name)) mine.push(row);
    }
    return mine;
  }

  /** From now on the group is offered the rows of its audience. */
  add(group: Group): void {
    const name = audienceName(group.feed.audience);
    const groups = this.#groups.get(name) ?? new Set();
    this.#groups.set(name, groups.add(group));
  }

  remove(group: Group): void {
    const name = audienceName(group.feed.audience);
    const groups = this.#groups.get(name);
    groups?.delete(group);
    if (groups?.size === 0) this.#groups.delete(name);
  }

  #passOn(rows: readonly EventLogRow[]): void {
    for (const row of rows) {
      for (const name of this.#kind.namesOf(row) ?? []) {
        for (const group of this.#groups.get(name) ?? []) group.offer(row);
      }
    }
  }
}

/** Operators get everything, as soon as it is there. */
export const operatorLane = (options: LaneOptions): Lane =>
  new Lane({ namesOf: (row) => operatorNames(row.portfolio_id), prepare: async () => undefined }, options);

/** Customers get what they own: whose a portfolio is has to be known before its events are passed on. */
export const ownerLane = (ownership: Ownership, options: LaneOptions): Lane =>
  new Lane(
    {
      namesOf: ({ portfolio_id: id }) => {
        if (id === null) return [];
        const owners = ownership.ownersOf(id);
        return owners && ownerNames(id, owners);
      },
      prepare: async (rows) => {
        const ids = rows.flatMap(({ portfolio_id: id }) => (id === null ? [] : [id]));
        for (const row of rows) {
          if (row.shape === 'PortfolioNotification' && row.portfolio_id !== null) ownership.doubt(row.portfolio_id);
        }
        await ownership.learn(ids);
      },
    },
    options,
  );
