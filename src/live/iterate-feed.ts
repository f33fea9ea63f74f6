import { comparePositions, type LogPosition, type Store, within } from '../store/index.ts';
import { type EventFeed, type Feed, type FeedItem, gapItem, itemOf } from './feed.ts';
import { isNews } from './group.ts';
import type { LogReader } from './log-reader.ts';

export interface IterateOptions {
  readonly store: Store;
  readonly reader: LogReader;
  readonly signal: AbortSignal;
}

const PAGE = 100;
const POLL_MS = 1_000;

/**
 * A feed for other consumers, such as another GraphQL server with this schema. Reads the log page by page on demand, so
 * nothing piles up.
 */
export async function* iterateFeed<T>(
  feed: Feed<T>,
  options: IterateOptions,
): AsyncGenerator<FeedItem<T>, void, undefined> {
  const changes = new Changes(options.store);
  try {
    yield* feed.kind === 'events' ? iterateEvents(feed, options, changes) : iterateStates(feed, options, changes);
  } finally {
    changes.stop();
  }
}

async function* iterateEvents<T>(
  feed: EventFeed<T>,
  options: IterateOptions,
  changes: Changes,
): AsyncGenerator<FeedItem<T>, void, undefined> {
  const { reader } = options;
  const foreign = feed.after === null ? undefined : await reader.foreign(feed.after);
  if (foreign !== undefined) yield gapItem(feed, foreign);
  yield* rowsFrom(feed, foreign?.position ?? feed.after ?? (await reader.head()), options, changes);
}

async function* iterateStates<T>(
  feed: Extract<Feed<T>, { kind: 'state' }>,
  options: IterateOptions,
  changes: Changes,
): AsyncGenerator<FeedItem<T>, void, undefined> {
  const { position, item: first } = feed.begin;
  yield { ...first, position: undefined };
  let { version } = first;
  for await (const item of rowsFrom(feed, position, options, changes)) {
    if (!isNews(item, { position: undefined, version })) continue;
    version = item.version;
    yield item;
  }
}

async function* rowsFrom<T>(
  feed: Feed<T>,
  from: LogPosition,
  { store, reader, signal }: IterateOptions,
  changes: Changes,
): AsyncGenerator<FeedItem<T>, void, undefined> {
  let position = from;
  while (!signal.aborted) {
    const change = changes.next();
    const window = await reader.window(feed.audience);
    for (let complete = false; !complete; ) {
      const page = await reader.page(window, position, PAGE);
      if (page.kind === 'gap') {
        position = page.gap.position;
        if (feed.kind === 'events') yield gapItem(feed, page.gap);
        break;
      }
      for (const row of page.rows) {
        const item = itemOf(feed, row);
        if (item !== undefined) yield item;
      }
      const isNewer = comparePositions(page.scanned, position) > 0;
      position = page.scanned;
      complete = page.complete;
      if (complete && isNewer && window.withholds && feed.kind === 'events')
        yield gapItem(feed, { position, reason: 'withheld' });
      await store.runtime.nextTurn();
    }
    await within(store.runtime, change, POLL_MS);
  }
}

class Changes {
  #changed: () => void = () => undefined;
  readonly stop: () => void;

  constructor(store: Store) {
    this.stop = store.onWake('log', () => this.#changed());
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}
