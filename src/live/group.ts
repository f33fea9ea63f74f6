import { setImmediate } from 'node:timers/promises';
import { comparePositions, type EventLogRow, type LogPosition } from '../store/index.ts';
import { type Feed, type FeedItem, itemOf } from './feed.ts';

/** An event as it is sent: the same bytes for all members of a group, in whatever envelope their connection needs. */
export interface Frame {
  /** The execution result, JSON in UTF-8. */
  readonly body: Buffer;
  readonly cursor: string | undefined;
}

/** Makes the frame of an item. It does not reject: what fails is told in the frame. */
export type Render = (item: FeedItem) => Promise<Frame>;

/** A subscriber that a group delivers to. */
export interface Member {
  /** Sends what is new to it. */
  take(item: FeedItem, frame: Frame): void;
  /** The group delivers to it no more: it has to catch up. */
  left(): void;
}

/** Rows whose frames may be in the making at the same time. */
const MAX_RENDERING = 16;
/** Rows that may wait; beyond, members catch up from the log, and nothing is kept for them here. */
const MAX_PENDING = 512;
/** Frames kept for those who come behind: subscribers that reconnect together replay the same rows. */
const KEPT_FRAMES = 128;
const KEPT_BYTES = 256 * 1024;

/** Members served after which others get their turn. */
const BREATHER = 500;
/** Frames sent to a member in one go. */
const MAX_AT_ONCE = 32;

interface Ready {
  readonly item: FeedItem;
  readonly frame: Frame;
}

interface Pending {
  readonly row: EventLogRow;
  readonly item: FeedItem;
  frame: Frame | undefined;
}

/**
 * Subscribers of the same thing: each row is executed and serialised once for all of them. Rows are delivered in order,
 * also when a later one's frame is ready first.
 */
export class Group {
  readonly feed: Feed;
  readonly #render: Render;
  readonly #members = new Set<Member>();
  #pending: Pending[] = [];
  /** How many of the pending ones, counted from the end, nobody works on yet. */
  #unstarted = 0;
  #rendering = 0;
  #delivering = false;
  readonly #frames = new Map<string, Promise<Frame>>();
  #keptBytes = 0;
  readonly #onExecuted: (() => void) | undefined;

  constructor(feed: Feed, render: Render, onExecuted?: () => void) {
    this.feed = feed;
    this.#render = render;
    this.#onExecuted = onExecuted;
  }

  get size(): number {
    return this.#members.size;
  }

  join(member: Member): void {
    this.#members.add(member);
  }

  leave(member: Member): void {
    if (!this.#members.delete(member)) return;
    if (this.#members.size === 0) {
      this.#pending = [];
      this.#unstarted = 0;
    }
    member.left();
  }

  /** A new row of the tail. */
  offer(row: EventLogRow): void {
    const item = itemOf(this.feed, row);
    if (item === undefined) return;
    if (this.#pending.length >= MAX_PENDING) {
      for (const member of [...this.#members]) this.leave(member);
      return;
    }
    this.#pending.push({ row, item, frame: undefined });
    this.#unstarted += 1;
    this.#pump();
  }

  /** The frame of a row, made once for all who need it at about the same time. */
  frameOf(row: EventLogRow, item: FeedItem): Promise<Frame> {
    // The same row read twice is another object: known by its place.
    const key = `${row.generation}.${row.xid}.${row.sequence}`;
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const frame = this.render(item);
    this.#frames.set(key, frame);
    void frame.then(({ body }) => this.#keep(body.length));
    return frame;
  }

  /** A frame of its own. */
  render(item: FeedItem): Promise<Frame> {
    this.#onExecuted?.();
    return this.#render(item);
  }

  #keep(bytes: number): void {
    this.#keptBytes += bytes;
    if (this.#frames.size <= KEPT_FRAMES && this.#keptBytes <= KEPT_BYTES) return;
    // All at once: what is needed again soon is made once more, and nothing has to be counted per frame.
    this.#frames.clear();
    this.#keptBytes = 0;
  }

  #pump(): void {
    while (this.#unstarted > 0 && this.#rendering < MAX_RENDERING) {
      const pending = this.#pending[this.#pending.length - this.#unstarted];
      if (pending === undefined) return;
      this.#unstarted -= 1;
      this.#rendering += 1;
      void this.frameOf(pending.row, pending.item).then((frame) => {
        this.#rendering -= 1;
        pending.frame = frame;
        void this.#deliver();
        this.#pump();
      });
    }
  }

  /** Sends what is ready, in order, all of it to one member after the other; others get their turn in between. */
  async #deliver(): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    let served = 0;
    for (let ready = this.#takeReady(); ready.length > 0; ready = this.#takeReady()) {
      for (const member of this.#members) {
        for (const { item, frame } of ready) {
          // It may leave at any of them, when its connection is full.
          if (this.#members.has(member)) member.take(item, frame);
        }
        served += 1;
        if (served % BREATHER === 0) await setImmediate();
      }
    }
    this.#delivering = false;
  }

  /** The frames that are ready and have none before them that is not. */
  #takeReady(): readonly Ready[] {
    const ready: Ready[] = [];
    for (const { item, frame } of this.#pending) {
      if (frame === undefined || ready.length === MAX_AT_ONCE) break;
      ready.push({ item, frame });
    }
    this.#pending.splice(0, ready.length);
    return ready;
  }
}

/** True where an item is news to somebody who has seen everything up to a position, and states up to a version. */
export function isNews(
  item: FeedItem,
  seen: { readonly position: LogPosition | undefined; readonly version: bigint | undefined },
): boolean {
  if (item.version !== undefined && seen.version !== undefined && item.version <= seen.version) return false;
  if (item.position === undefined || seen.position === undefined) return true;
  return comparePositions(item.position, seen.position) > 0;
}
