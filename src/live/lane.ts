import { type EventLogRow, kindOfEvent, type LogPosition, type Store } from '../store/index.ts';
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
  /** Audience names of a row; undefined where they are not known. */
  readonly namesOf: (row: EventLogRow) => readonly string[] | undefined;
  /** Audience names that get a gap in the row's place. */
  readonly withheldFrom: (row: EventLogRow) => readonly string[];
  readonly prepare: (rows: readonly EventLogRow[]) => Promise<void>;
}

/**
 * A tail of the log with its groups, indexed by audience name: the cost of a row depends on its receivers, not on the
 * number of groups.
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
      // Skips the read when there are no subscribers.
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

  /** An audience's rows between a position and the tail's; undefined where they are not all in memory. */
  recentFor(audience: Audience, position: LogPosition): readonly EventLogRow[] | undefined {
    const recent = this.#tail.recentAfter(position);
    if (recent === undefined) return undefined;
    const name = audienceName(audience);
    const mine: EventLogRow[] = [];
    for (const row of recent) {
      const names = this.#kind.namesOf(row);
      if (names === undefined || this.#kind.withheldFrom(row).includes(name)) return undefined;
      if (names.includes(name)) mine.push(row);
    }
    return mine;
  }

  /** From now on the group gets the rows of its audience. */
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
      for (const group of this.#named(this.#kind.namesOf(row))) group.offer(row);
      for (const group of this.#named(this.#kind.withheldFrom(row))) group.withhold(row);
    }
  }

  #named(names: readonly string[] = []): readonly Group[] {
    return names.flatMap((name) => [...(this.#groups.get(name) ?? [])]);
  }
}

/** Operators get all rows at once. */
export const operatorLane = (options: LaneOptions): Lane =>
  new Lane(
    {
      namesOf: (row) => operatorNames(row.portfolio_id),
      withheldFrom: () => [],
      prepare: async () => undefined,
    },
    options,
  );

/** Customers get rows of own portfolios: the owners must be read before a row is passed on. */
export const ownerLane = (ownership: Ownership, options: LaneOptions): Lane =>
  new Lane(
    {
      namesOf: ({ portfolio_id: id }) => {
        if (id === null) return [];
        const owners = ownership.ownersOf(id);
        return owners && ownerNames(id, owners);
      },
      withheldFrom: ({ portfolio_id: id }) => (id === null ? [] : ownerNames(id, ownership.formerOwnersOf(id))),
      prepare: async (rows) => {
        const ids = rows.flatMap(({ portfolio_id: id }) => (id === null ? [] : [id]));
        for (const row of rows) {
          if (kindOfEvent(row) === 'portfolio' && row.portfolio_id !== null) ownership.doubt(row.portfolio_id);
        }
        await ownership.learn(ids);
      },
    },
    options,
  );
