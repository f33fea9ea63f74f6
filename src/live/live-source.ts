import type { Feed, FeedItem } from './feed.ts';

/**
 * What the `subscribe` of a live field answers: for GraphQL an iterable of what the field yields; for our own transports
 * the feed behind it, which they serve together with all who want the same.
 */
export class LiveSource<T = unknown> implements AsyncIterable<T> {
  readonly feed: Feed<T>;
  readonly #iterate: (feed: Feed<T>) => AsyncGenerator<FeedItem<T>, void, undefined>;

  constructor(feed: Feed<T>, iterate: (feed: Feed<T>) => AsyncGenerator<FeedItem<T>, void, undefined>) {
    this.feed = feed;
    this.#iterate = iterate;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const item of this.#iterate(this.feed)) yield item.root;
  }
}
