import type { Feed, FeedItem } from './feed.ts';

/**
 * Returned by the `subscribe` of a live field: for GraphQL an async iterable; for the gateway's transports the feed
 * behind it, which equal subscriptions share.
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
