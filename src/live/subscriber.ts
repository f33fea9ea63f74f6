import { setImmediate } from 'node:timers/promises';
import type { Semaphore } from '../datasources/upstream/semaphore.ts';
import { comparePositions, type EventLogRow, type LogPosition } from '../store/index.ts';
import { type EventFeed, type Feed, type FeedItem, gapItem, itemOf, type StateFeed } from './feed.ts';
import { type Frame, type Group, isNews, type Member } from './group.ts';
import type { Lane } from './lane.ts';
import type { LogReader, LogWindow } from './log-reader.ts';

/** Where a subscriber's frames go: one connection, or one stream of it. */
export interface Sink {
  send(frame: Frame): void;
  /** False while what was sent waits for the network: then nothing more is sent. */
  readonly hasRoom: boolean;
  /** Resolves when there is room again, or the connection is gone. */
  roomy(): Promise<void>;
}

export interface SubscriberOptions {
  readonly feed: Feed;
  readonly group: Group;
  readonly lane: Lane;
  readonly reader: LogReader;
  readonly permits: Semaphore;
  readonly sink: Sink;
  /** The group gets its first live member, or loses its last. */
  readonly onMembers: () => void;
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
}

/** Events read at once while catching up. */
const PAGE = 100;
/** Events after which others get their turn. */
const BREATHER = 20;
/** After a failure: as long as an upstream or the database is away, it is tried again this often. */
const RETRY_MS = 1_000;

/**
 * One subscription of one client: catches up from the log, then is served live by its group, and catches up again
 * whenever its connection could not keep up. docs/notifications.md says why nothing is missed or repeated.
 */
export class Subscriber implements Member {
  readonly #options: SubscriberOptions;
  #position: LogPosition | undefined;
  #version: bigint | undefined;
  #stopped = false;
  #left: () => void = () => undefined;
  #wakeUp: () => void = () => undefined;

  constructor(options: SubscriberOptions) {
    this.#options = options;
  }

  /** Serves until {@link stop}; resolves then. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#options.sink.roomy();
        if (this.#stopped) return;
        const left = new Promise<void>((resolve) => {
          this.#left = resolve;
        });
        const release = await this.#options.permits.acquire();
        const live = await this.#catchUp().finally(release);
        if (live) await left;
      } catch (error) {
        this.#options.onTrouble?.('a subscriber could not be served; it is tried again', error);
        await this.#rest(RETRY_MS * (0.5 + Math.random()));
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

  /** True: live now. False: there is no room, or it is over. */
  async #catchUp(): Promise<boolean> {
    const { feed, lane } = this.#options;
    await lane.start();
    if (feed.kind === 'state') await this.#showState(feed);
    else await this.#begin(feed);
    let window: LogWindow | undefined;
    while (this.#canSend) {
      const recent = this.#recent();
      if (recent?.length === 0) return this.#join();
      if (recent !== undefined) {
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

  /** Where to begin, the first time; a cursor of another log is told as a gap. */
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

  /** What stands between this subscriber and the tail; undefined where memory does not reach back so far. */
  #recent(): readonly [EventLogRow, FeedItem][] | undefined {
    const { lane, feed } = this.#options;
    const seen = { position: this.#position, version: this.#version };
    if (seen.position === undefined) return undefined;
    return lane.recentFor(feed.audience, seen.position)?.flatMap((row) => {
      const item = itemOf(feed, row);
      return item !== undefined && isNews(item, seen) ? [[row, item] as const] : [];
    });
  }

  /** Sends the next page of the log; answers the window to go on with, undefined where that is at its end. */
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
    const rows = page.rows.map((row) => [row, { root: feed.ofRow(row), position: row, version: undefined }] as const);
    if (!(await this.#sendRows(rows))) return undefined;
    this.#position = page.scanned;
    return page.complete ? undefined : window;
  }

  /** False where it had to end before all were sent. */
  async #sendRows(rows: readonly (readonly [EventLogRow, FeedItem])[]): Promise<boolean> {
    for (const [index, [row, item]] of rows.entries()) {
      const frame = await this.#options.group.frameOf(row, item);
      // With an embedded database nothing here waits for the network: everybody else would wait for us.
      if (index % BREATHER === BREATHER - 1) await setImmediate();
      if (!this.#canSend) return false;
      this.#send(item, frame);
    }
    await setImmediate();
    return true;
  }

  /** A state is read anew rather than replayed: only the newest matters. */
  async #showState(feed: StateFeed): Promise<void> {
    const { group, reader } = this.#options;
    const first = this.#position === undefined;
    // What comes behind this position is not in what is read, or is in it and known by its version.
    this.#position = first ? feed.begin.position : await reader.head();
    const item = { ...(first ? feed.begin.item : await feed.now()), position: undefined };
    const frame = await group.render(item);
    if (this.#canSend && isNews(item, { position: undefined, version: this.#version })) this.#send(item, frame);
  }

  /** In the turn of the event loop in which nothing is left between this subscriber and the tail. */
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
      const timer = setTimeout(resolve, ms);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
