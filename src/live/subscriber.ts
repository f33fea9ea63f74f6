import type { Semaphore } from '../datasources/upstream/semaphore.ts';
import type { Runtime } from '../domain/runtime.ts';
import { comparePositions, type EventLogRow, type LogPosition } from '../store/index.ts';
import { type EventFeed, type Feed, type FeedItem, gapItem, itemOf, type StateFeed } from './feed.ts';
import { type Frame, type Group, isNews, type Member } from './group.ts';
import type { Lane } from './lane.ts';
import type { LogReader, LogWindow } from './log-reader.ts';

/** Output of a subscriber's frames: a connection, or one stream of it. */
export interface Sink {
  send(frame: Frame): void;
  /** False while sent bytes wait for the network: then nothing more is sent. */
  readonly hasRoom: boolean;
  /** Resolves when there is room again, or the connection is closed. */
  drained(): Promise<void>;
}

export interface SubscriberOptions {
  readonly feed: Feed;
  readonly group: Group;
  readonly lane: Lane;
  readonly reader: LogReader;
  readonly permits: Semaphore;
  readonly runtime: Runtime;
  readonly sink: Sink;
  /** The group gets its first live member, or loses its last. */
  readonly onMembers: () => void;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
}

/** Rows per read while catching up. */
const PAGE = 100;
/** Events before the event loop gets a turn. */
const YIELD_AFTER = 20;
/** Retry delay after a failure, while an upstream or the database is unavailable. */
const RETRY_MS = 1_000;

/**
 * A subscription of a client: catches up from the log, then is served live by its group, and catches up again whenever
 * its connection is too slow. docs/notifications.md proves that no event is missed or repeated.
 */
export class Subscriber implements Member {
  readonly #options: SubscriberOptions;
  #position: LogPosition | undefined;
  #version: bigint | undefined;
  /** Events before its position were withheld, and it was not told yet. */
  #owesGap = false;
  #stopped = false;
  #left: () => void = () => undefined;
  #wakeUp: () => void = () => undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
  }

  /** Serves until {@link stop}, then resolves. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#options.sink.drained();
        if (this.#stopped) return;
        const left = new Promise<void>((resolve) => {
          this.#left = resolve;
        });
        const release = await this.#options.permits.acquire();
        const live = await this.#catchUp().finally(release);
        if (live) await left;
      } catch (error) {
        this.#options.onTrouble?.('a subscriber could not be served; it is tried again', error);
        await this.#rest(RETRY_MS * (0.5 + this.#options.runtime.random()));
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#options.group.leave(this);
    this.#options.onMembers();
    this.#left();
    this.#wakeUp();
  }

  take(item: FeedItem, frame: Frame): void {
    if (this.#position === undefined || !isNews(item, { position: this.#position, version: this.#version })) return;
    this.#send(item, frame);
    if (this.#options.sink.hasRoom) return;
    this.#options.group.leave(this);
    this.#options.onMembers();
  }

  left(): void {
    this.#left();
  }

  #send({ position, version }: FeedItem, frame: Frame): void {
    this.#options.sink.send(frame);
    if (position !== undefined) this.#position = position;
    if (version !== undefined) this.#version = version;
  }

  get #canSend(): boolean {
    return !this.#stopped && this.#options.sink.hasRoom;
  }

  /** True: live. False: the connection is full, or the subscription has ended. */
  async #catchUp(): Promise<boolean> {
    const { feed, lane } = this.#options;
    await lane.start();
    if (feed.kind === 'state') await this.#showState(feed);
    else await this.#begin(feed);
    let window: LogWindow | undefined;
    while (this.#canSend) {
      const recent = this.#recent();
      if (recent !== undefined && this.#owesGap && feed.kind !== 'state') {
        // Then looks again: no row may come between the look and joining.
        await this.#sendOwedGap(feed);
      } else if (recent?.length === 0) {
        return this.#join();
      } else if (recent !== undefined) {
        window = undefined;
        await this.#sendRows(recent);
      } else if (feed.kind === 'state') {
        await this.#showState(feed);
      } else {
        window = await this.#sendPage(feed, window);
      }
    }
    return false;
  }

  /** Sets the first position; a cursor of another log yields a gap. */
  async #begin(feed: EventFeed): Promise<void> {
    if (this.#position !== undefined) return;
    const { reader, group } = this.#options;
    const gap = feed.after === null ? undefined : await reader.foreign(feed.after);
    if (gap === undefined) {
      this.#position = feed.after ?? (await reader.head());
      return;
    }
    const item = gapItem(feed, gap);
    this.#send(item, await group.render(item));
  }

  /** Rows between this subscriber and the tail; undefined where they are not all in memory. */
  #recent(): readonly [EventLogRow, FeedItem][] | undefined {
    const { lane, feed } = this.#options;
    const seen = { position: this.#position, version: this.#version };
    if (seen.position === undefined) return undefined;
    return lane.recentFor(feed.audience, seen.position)?.flatMap((row) => {
      const item = itemOf(feed, row);
      return item !== undefined && isNews(item, seen) ? [[row, item] as const] : [];
    });
  }

  /** Sends the next page of the log; returns the window to continue, undefined at its end. */
  async #sendPage(feed: EventFeed, begun: LogWindow | undefined): Promise<LogWindow | undefined> {
    const { group, reader } = this.#options;
    const position = this.#position;
    if (position === undefined) return undefined;
    const window = begun ?? (await reader.window(feed.audience));
    const page = await reader.page(window, position, PAGE);
    if (page.kind === 'gap') {
      const item = gapItem(feed, page.gap);
      this.#send(item, await group.render(item));
      return undefined;
    }
    if (window.withholds && comparePositions(page.scanned, position) > 0) this.#owesGap = true;
    const rows = page.rows.map((row) => [row, { root: feed.ofRow(row), position: row, version: undefined }] as const);
    if (!(await this.#sendRows(rows))) return undefined;
    this.#position = page.scanned;
    if (!page.complete) return window;
    await this.#sendOwedGap(feed);
    return undefined;
  }

  async #sendOwedGap(feed: EventFeed): Promise<void> {
    if (!this.#owesGap || this.#position === undefined) return;
    const item = gapItem(feed, { position: this.#position, reason: 'withheld' });
    const frame = await this.#options.group.render(item);
    this.#owesGap = false;
    this.#send(item, frame);
  }

  /** False where it stopped before all were sent. */
  async #sendRows(rows: readonly (readonly [EventLogRow, FeedItem])[]): Promise<boolean> {
    for (const [index, [row, item]] of rows.entries()) {
      const frame = await this.#options.group.frameOf(row, item);
      // An embedded database never waits for the network, so the event loop needs a turn.
      if (index % YIELD_AFTER === YIELD_AFTER - 1) await this.#options.runtime.nextTurn();
      if (!this.#canSend) return false;
      this.#send(item, frame);
    }
    await this.#options.runtime.nextTurn();
    return true;
  }

  /** Reads the state again instead of replaying: only the newest matters. */
  async #showState(feed: StateFeed): Promise<void> {
    const { group, reader } = this.#options;
    const first = this.#position === undefined;
    // A later event is either not contained in the state that is read, or has a version that shows it is.
    this.#position = first ? feed.begin.position : await reader.head();
    const item = { ...(first ? feed.begin.item : await feed.now()), position: undefined };
    const frame = await group.render(item);
    if (this.#canSend && isNews(item, { position: undefined, version: this.#version })) this.#send(item, frame);
  }

  /** In the turn of the event loop in which no row is left between this subscriber and the tail. */
  #join(): true {
    const { group, lane, onMembers } = this.#options;
    const tail = lane.position;
    if (tail !== undefined && this.#position !== undefined && comparePositions(tail, this.#position) > 0) {
      this.#position = tail;
    }
    group.join(this);
    onMembers();
    return true;
  }

  async #rest(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancelTimer = this.#options.runtime.after(ms, resolve);
      this.#wakeUp = () => {
        cancelTimer();
        resolve();
      };
    });
  }
}
