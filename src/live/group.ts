import { type Runtime, systemRuntime } from '../domain/runtime.ts';
import { comparePositions, type EventLogRow, type LogPosition } from '../store/index.ts';
import { type Feed, type FeedItem, gapItem, itemOf } from './feed.ts';

/** A serialised event: the same bytes for all members of a group; only the connection's envelope differs. */
export interface Frame {
  /** The execution result, JSON in UTF-8. */
  readonly body: Buffer;
  readonly cursor: string | undefined;
}

/** Makes the frame of an item. Never rejects: a failure is in the frame. */
export type Render = (item: FeedItem) => Promise<Frame>;

/** A subscriber of a group. */
export interface Member {
  /** Sends an item if it is new to the subscriber. */
  take(item: FeedItem, frame: Frame): void;
  /** The group has removed the member: it must catch up. */
  left(): void;
}

/** Frames that may be in the making at the same time. */
const MAX_RENDERING = 16;
/** Length of the queue; beyond it, members catch up from the log. */
const MAX_PENDING = 512;
/** Cached frames, for subscribers that reconnect together and replay the same rows. */
const KEPT_FRAMES = 128;
const KEPT_BYTES = 256 * 1024;

/** Members served before the event loop gets a turn. */
const YIELD_AFTER = 500;
/** Frames sent to a member in one go. */
const MAX_AT_ONCE = 32;

interface GroupOptions {
  readonly runtime?: Runtime | undefined;
  readonly onExecuted?: (() => void) | undefined;
}

interface Ready {
  readonly item: FeedItem;
  readonly frame: Frame;
}

interface Pending {
  readonly item: FeedItem;
  readonly make: () => Promise<Frame>;
  frame: Frame | undefined;
}

/**
 * Subscribers of the same operation: each row is executed and serialised once for all of them. Rows are delivered in
 * order, even if a later frame is ready first.
 */
export class Group {
  readonly feed: Feed;
  readonly #render: Render;
  readonly #members = new Set<Member>();
  #pending: Pending[] = [];
  /** Number of pending rows, counted from the end, whose frames are not started. */
  #unstarted = 0;
  #rendering = 0;
  #delivering = false;
  readonly #frames = new Map<string, Promise<Frame>>();
  #keptBytes = 0;
  readonly #options: GroupOptions;

  constructor(feed: Feed, render: Render, options: GroupOptions = {}) {
    this.feed = feed;
    this.#render = render;
    this.#options = options;
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

  offer(row: EventLogRow): void {
    const item = itemOf(this.feed, row);
    if (item !== undefined) this.#queue({ item, make: () => this.frameOf(row, item), frame: undefined });
  }

  /** In the row's place a gap; a state is read again. */
  withhold(row: EventLogRow): void {
    if (this.feed.kind === 'state') {
      this.#dismiss();
      return;
    }
    const item = gapItem(this.feed, { position: row, reason: 'withheld' });
    this.#queue({ item, make: () => this.render(item), frame: undefined });
  }

  #queue(pending: Pending): void {
    if (this.#pending.length >= MAX_PENDING) {
      this.#dismiss();
      return;
    }
    this.#pending.push(pending);
    this.#unstarted += 1;
    this.#pump();
  }

  /** All members catch up from the log. */
  #dismiss(): void {
    for (const member of [...this.#members]) this.leave(member);
  }

  /** The frame of a row, made once for all subscribers that need it at about the same time. */
  frameOf(row: EventLogRow, item: FeedItem): Promise<Frame> {
    // A row that is read twice is another object, so the key is its position.
    const key = `${row.generation}.${row.xid}.${row.sequence}`;
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const frame = this.render(item);
    this.#frames.set(key, frame);
    void frame.then(({ body }) => this.#keep(body.length));
    return frame;
  }

  /** A frame without the cache. */
  render(item: FeedItem): Promise<Frame> {
    this.#options.onExecuted?.();
    return this.#render(item);
  }

  #keep(bytes: number): void {
    this.#keptBytes += bytes;
    if (this.#frames.size <= KEPT_FRAMES && this.#keptBytes <= KEPT_BYTES) return;
    // Clears the whole cache: simpler than an LRU, and frames that are needed again are made again.
    this.#frames.clear();
    this.#keptBytes = 0;
  }

  #pump(): void {
    while (this.#unstarted > 0 && this.#rendering < MAX_RENDERING) {
      const pending = this.#pending[this.#pending.length - this.#unstarted];
      if (pending === undefined) return;
      this.#unstarted -= 1;
      this.#rendering += 1;
      void pending.make().then((frame) => {
        this.#rendering -= 1;
        pending.frame = frame;
        void this.#deliver();
        this.#pump();
      });
    }
  }

  /** Sends all ready frames, in order, to one member after the other, with breaks for the event loop. */
  async #deliver(): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    let served = 0;
    for (let ready = this.#takeReady(); ready.length > 0; ready = this.#takeReady()) {
      for (const member of this.#members) {
        for (const { item, frame } of ready) {
          // A member may leave at any frame, when its connection is full.
          if (this.#members.has(member)) member.take(item, frame);
        }
        served += 1;
        if (served % YIELD_AFTER === 0) await (this.#options.runtime ?? systemRuntime).nextTurn();
      }
    }
    this.#delivering = false;
  }

  /** The ready frames before the first that is not ready. */
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

/** Whether an item is new to a subscriber at this position and version. */
export function isNews(
  item: FeedItem,
  seen: { readonly position: LogPosition | undefined; readonly version: bigint | undefined },
): boolean {
  if (item.version !== undefined && seen.version !== undefined && item.version <= seen.version) return false;
  if (item.position === undefined || seen.position === undefined) return true;
  return comparePositions(item.position, seen.position) > 0;
}
