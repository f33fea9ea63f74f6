import { afterEach, expect, it } from 'vitest';
import type { PortfolioId, UserId } from '../../src/domain/ids.ts';
import { type Audience, type Hub, LiveSource, type StateFeed } from '../../src/live/index.ts';
import {
  appendEvents,
  decodePosition,
  encodePosition,
  type LogPosition,
  logHead,
  type Store,
  trimLog,
} from '../../src/store/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { describeStores, type StoreKind } from '../helpers/stores.ts';
import {
  ALICE,
  append,
  BOB,
  event,
  FakeOwners,
  FakeSink,
  hubOn,
  listen,
  operator,
  P1,
  P2,
  plainRender,
  typesFeed,
} from './live-helpers.ts';

const hubs: Hub[] = [];
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.stop();
});
const started = (store: Store, owners?: FakeOwners, now?: () => number): Hub => {
  const hub = hubOn(store, owners, now);
  hubs.push(hub);
  return hub;
};
const numbers = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${from + index}`);
/** A store with a hub, where {@link P1} is Alice's. */
async function opened(kind: StoreKind, now?: () => number) {
  const store = await kind.open();
  const owners = new FakeOwners();
  owners.owners.set(P1, [ALICE]);
  return { store, owners, hub: started(store, owners, now) };
}
const head = async (store: Store): Promise<string> => encodePosition(await store.read(logHead));
/** The cursor of an event that is there before those of the test. */
async function beginning(store: Store): Promise<string> {
  await append(store, event(null, 'start'));
  return await head(store);
}

describeStores('live', (kind, name) => {
  it('begins now without a cursor, and goes on behind one', async () => {
    const { store, hub } = await opened(kind);
    await append(store, event(P1, 'before'));
    const sink = new FakeSink();
    const subscription = listen(hub, sink);
    await eventually(() => expect(hub.figures.groups).toBe(1));
    await eventually(async () => {
      await append(store, event(null, 'x'));
      expect(sink.got.length).toBeGreaterThan(0);
    });
    subscription.stop();
    expect(sink.got).not.toContain('before');
    await append(store, event(P1, 'while away'));
    const again = new FakeSink();
    listen(hub, again, operator, sink.cursor);
    await eventually(() => expect(again.got.at(-1)).toBe('while away'));
    expect(again.got.filter((type) => type === 'while away')).toHaveLength(1);
  });

  it('gives each of many slow, cut and resuming readers every event once and in order, while many write', async () => {
    const { store, hub } = await opened(kind);
    const begin = await beginning(store);
    let writing = true;
    const readers = Array.from({ length: 20 }, async (_, index) => {
      const got: string[] = [];
      let cursor = begin;
      while (writing || got.length < 600) {
        const sink = new FakeSink();
        sink.room = index % 4 === 0 ? Number.POSITIVE_INFINITY : 1 + ((index * 7) % 13);
        const subscription = listen(hub, sink, operator, cursor);
        for (let times = 0; times < 5 + (index % 3) * 10; times += 1) {
          await new Promise((resolve) => setTimeout(resolve, (index * times) % 9));
          sink.drain();
        }
        subscription.stop();
        sink.drain();
        got.push(...sink.got);
        cursor = sink.cursor ?? cursor;
      }
      return got;
    });
    await Promise.all(
      Array.from({ length: 6 }, async (_, writer) => {
        for (let index = 0; index < 100; index += 1) {
          await store.write(async (tx) => {
            await appendEvents(tx, [event(index % 2 === 0 ? P1 : null, `${writer}-${index}`)]);
            if (name === 'PostgreSQL' && index % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
          });
        }
      }),
    );
    writing = false;
    const [first, ...others] = await Promise.all(readers);
    expect(first).toHaveLength(600);
    expect(new Set(first).size).toBe(600);
    for (const other of others) expect(other).toEqual(first);
  });

  it('repeats nothing for those who join while their group is still executing', async () => {
    const { store, hub } = await opened(kind);
    const begin = await beginning(store);
    const seen = new Set<unknown>();
    const slowly: typeof plainRender = async (item) => {
      const again = seen.has(item.root);
      seen.add(item.root);
      await new Promise((resolve) => setTimeout(resolve, again ? 0 : item.root === '0' ? 5 : 200));
      // Too large to be kept for those who come behind: they have it made once more, and have it sooner.
      return { ...(await plainRender(item)), body: Buffer.from(String(item.root).padEnd(300_000)) };
    };
    const join = (after: string): FakeSink => {
      const sink = new FakeSink();
      const feed = typesFeed(operator, decodePosition(after) ?? null);
      hub.subscribe(feed, { key: 'slow', render: slowly }, sink, { caller: 'test' });
      return sink;
    };
    const first = join(begin);
    await eventually(() => expect(hub.figures.groups).toBe(1));
    const all = numbers(0, 10);
    await append(store, ...all.map((type) => event(P1, type)));
    await eventually(() => expect(first.got).toEqual(['0']));
    const second = join(begin);
    await eventually(() => expect(second.got).toEqual(all));
    await eventually(() => expect(first.got).toEqual(all));
    await append(store, event(P1, 'last'));
    for (const sink of [first, second]) await eventually(() => expect(sink.got).toEqual([...all, 'last']));
  });

  it('yields one gap where the events after a cursor are deleted, and resumes after it', async () => {
    const { store, hub } = await opened(kind);
    await append(store, event(P1, 'a', { receivedAt: 1 }));
    const cursor = await head(store);
    await append(store, event(P1, 'b', { receivedAt: 2 }), event(P1, 'c', { receivedAt: 3 }));
    await append(store, event(P1, 'd', { receivedAt: 10 }));
    await eventually(async () => {
      await store.write((tx) => trimLog(tx, 5));
      const sink = new FakeSink();
      const subscription = listen(hub, sink, operator, cursor);
      await eventually(() => expect(sink.got.at(-1)).toBe('d'));
      subscription.stop();
      expect(sink.got).toEqual(['gap: forgotten', 'd']);
    });
  });

  it('yields a gap for a cursor of another log', async () => {
    const { store, hub } = await opened(kind);
    await append(store, event(P1, 'a'));
    const foreign: LogPosition = { generation: 1_000, xid: 1, sequence: 1 };
    const sink = new FakeSink();
    listen(hub, sink, operator, encodePosition(foreign));
    await eventually(() => expect(sink.got).toEqual(['gap: foreign']));
    await append(store, event(P1, 'b'));
    await eventually(() => expect(sink.got).toEqual(['gap: foreign', 'b']));
    expect(sink.cursor).toBe(await head(store));
  });

  it('executes once for all who want the same', async () => {
    const { store, hub } = await opened(kind);
    const sinks = Array.from({ length: 50 }, () => new FakeSink());
    for (const sink of sinks) listen(hub, sink);
    await eventually(() => expect(hub.figures.subscribers).toBe(50));
    await eventually(async () => {
      await append(store, event(null, 'warm'));
      for (const sink of sinks) expect(sink.got.length).toBeGreaterThan(0);
    });
    const before = hub.figures.executions;
    await append(store, ...numbers(0, 20).map((type) => event(null, type)));
    await eventually(() => {
      for (const sink of sinks) expect(sink.got.slice(-20)).toEqual(numbers(0, 20));
    });
    expect(hub.figures.executions - before).toBeLessThanOrEqual(21);
    expect(hub.figures.groups).toBe(1);
  });

  it('keeps nothing for a reader that does not read, and gives it everything when it does', async () => {
    const { store, hub } = await opened(kind);
    await append(store, event(null, 'start'));
    const stuck = new FakeSink();
    stuck.room = 3;
    const quick = new FakeSink();
    const begin = await head(store);
    listen(hub, stuck, operator, begin);
    listen(hub, quick, operator, begin);
    const all = numbers(0, 3_000);
    for (let start = 0; start < all.length; start += 100) {
      await append(store, ...all.slice(start, start + 100).map((type) => event(P1, type)));
    }
    await eventually(() => expect(quick.got).toEqual(all));
    expect(stuck.waiting.length).toBeLessThanOrEqual(4);
    stuck.room = Number.POSITIVE_INFINITY;
    stuck.drain();
    await eventually(() => expect(stuck.got).toEqual(all));
  });

  it('yields to the event loop while a subscriber catches up, and while many are served', async () => {
    const { store, hub } = await opened(kind);
    const begin = await beginning(store);
    const all = numbers(0, 1_000);
    await append(store, ...all.map((type) => event(P1, type)));
    let [delivered, most, done] = [0, 0, false];
    /** The most deliveries without a turn of the event loop. */
    const count = (): void => {
      most = Math.max(most, hub.figures.deliveries - delivered);
      delivered = hub.figures.deliveries;
      if (!done) setImmediate(count);
    };
    count();
    const one = new FakeSink();
    listen(hub, one, operator, begin);
    await eventually(() => expect(one.got).toEqual(all));
    expect(most).toBeLessThanOrEqual(20);
    most = 0;
    const sinks = Array.from({ length: 500 }, () => new FakeSink());
    for (const sink of sinks) listen(hub, sink, operator, one.cursor);
    await eventually(() => expect(hub.figures.subscribers).toBe(501));
    await append(store, event(P1, 'warm'));
    for (const sink of sinks) await eventually(() => expect(sink.got).toEqual(['warm']));
    await append(store, ...numbers(0, 100).map((type) => event(P1, type)));
    for (const sink of sinks) await eventually(() => expect(sink.got).toHaveLength(101));
    // At most 32 events to each of 500 members.
    expect(most).toBeLessThanOrEqual(16_000);
    done = true;
  });

  it('shows a state now, then each newer one, and skips to the newest for who is slow', async () => {
    const { store, hub } = await opened(kind);
    let version = 5n;
    const feed: StateFeed<string> = {
      kind: 'state',
      audience: { kind: 'operator', portfolioId: P1 },
      begin: { position: await store.read(logHead), item: { root: 'v5', version: 5n } },
      now: async () => ({ root: `v${version}`, version }),
      ofRow: (row) => (row.type === 'other' ? undefined : { root: row.type, version: BigInt(row.type.slice(1)) }),
    };
    const sink = new FakeSink();
    const slow = new FakeSink();
    slow.room = 1;
    for (const each of [sink, slow])
      hub.subscribe(feed, { key: 'state', render: plainRender }, each, { caller: 'test' });
    await eventually(() => expect([sink.got, slow.waiting.length]).toEqual([['v5'], 1]));
    for (const next of ['v4', 'v5', 'v6', 'other', 'v7', 'v6', 'v8']) {
      version = 8n;
      await append(store, event(P1, next));
    }
    await eventually(() => expect(sink.got).toEqual(['v5', 'v6', 'v7', 'v8']));
    slow.drain();
    await eventually(() => {
      slow.drain();
      expect(slow.got).toEqual(['v5', 'v8']);
    });
  });

  it('can be iterated by any other server, page by page', async () => {
    const { store, hub } = await opened(kind);
    await append(store, event(null, 'start'));
    const source = hub.source(typesFeed(operator, decodePosition(await head(store)) ?? null));
    expect(source).toBeInstanceOf(LiveSource);
    await append(store, ...numbers(0, 250).map((type) => event(null, type)));
    const got: string[] = [];
    for await (const type of source) {
      got.push(type);
      if (got.length === 250) void append(store, event(null, 'live'));
      if (type === 'live') break;
    }
    expect(got).toEqual([...numbers(0, 250), 'live']);
  });

  it('gives customers the events of their own portfolios only, of new ones too', async () => {
    const { store, owners, hub } = await opened(kind);
    const alice = new FakeSink();
    const bob = new FakeSink();
    listen(hub, alice, { kind: 'owner', userId: ALICE, portfolioId: null });
    listen(hub, bob, { kind: 'owner', userId: BOB, portfolioId: null });
    const bobs = 'P3' as PortfolioId;
    owners.owners.set(bobs, [BOB]);
    const toBob = () => bob.got.filter((type) => type !== 'warm');
    // Both begin at the end of the log, which is read after the call.
    await eventually(async () => {
      await append(store, event(P1, 'p1'), event(null, 'operators'), event(P2, 'nobody'), event(bobs, 'warm'));
      for (const sink of [alice, bob]) expect(sink.got.length).toBeGreaterThan(0);
    });
    // Until then one that is nobody's may still wait for its owner to be looked up, who would be Bob.
    await append(store, event(P1, 'all before is gone'));
    await eventually(() => expect(alice.got).toContain('all before is gone'));
    expect(new Set(alice.got)).toEqual(new Set(['p1', 'all before is gone']));
    expect(toBob()).toEqual([]);
    owners.owners.set(P2, [BOB, ALICE]);
    await append(store, event(P2, 'created', { event: { kind: 'portfolio', content: {} } }), event(P2, 'p2'));
    await eventually(() => expect(toBob()).toEqual(['created', 'p2']));
    await eventually(() => expect(alice.got.slice(-2)).toEqual(['created', 'p2']));
    owners.owners.set(P1, [BOB]);
    await append(store, event(P1, 'sold', { event: { kind: 'portfolio', content: {} } }), event(P1, "bob's"));
    await eventually(() => expect(toBob()).toEqual(['created', 'p2', 'sold', "bob's"]));
    expect(alice.got).not.toContain("bob's");
  });

  it('visits only the receivers of an event, however many other subscribers there are', async () => {
    const { store, hub } = await opened(kind);
    let looks = 0;
    const follow = (audience: Audience): FakeSink => {
      const sink = new FakeSink();
      const ofRow = (row: { readonly type: string }): string => {
        looks += 1;
        return row.type;
      };
      const feed = { ...typesFeed(audience, null), ofRow };
      hub.subscribe(feed, { key: JSON.stringify(audience), render: plainRender }, sink, { caller: 'test' });
      return sink;
    };
    for (const user of numbers(0, 500)) follow({ kind: 'owner', userId: `U${user}` as UserId, portfolioId: null });
    for (const id of numbers(0, 500)) follow({ kind: 'operator', portfolioId: `P${id}` as PortfolioId });
    const alice = follow({ kind: 'owner', userId: ALICE, portfolioId: null });
    await eventually(async () => {
      await append(store, event(P1, 'warm'));
      expect(alice.got.length).toBeGreaterThan(0);
    }, 20_000);
    looks = 0;
    const executions = hub.figures.executions;
    await append(store, event(P1, 'hers'), event(P2, "nobody's"));
    await eventually(() => expect(alice.got.at(-1)).toBe('hers'));
    // A few more where the last ones from above were still on their way.
    expect(looks).toBeLessThan(100);
    expect(hub.figures.executions - executions).toBeLessThan(100);
  });

  it('while InvestSuite is away customers wait and operators do not; nothing is lost', async () => {
    const { store, owners, hub } = await opened(kind);
    const begin = await beginning(store);
    owners.down = true;
    const alice = new FakeSink();
    const all = new FakeSink();
    listen(hub, alice, { kind: 'owner', userId: ALICE, portfolioId: null }, begin);
    listen(hub, all, operator, begin);
    await append(store, ...numbers(0, 10).map((type) => event(P1, type)));
    await eventually(() => expect(all.got).toEqual(numbers(0, 10)));
    expect(alice.got).toEqual([]);
    owners.down = false;
    await eventually(() => expect(alice.got).toEqual(numbers(0, 10)));
    owners.down = true;
    await append(store, event(P1, 'known'), event(P2, 'unknown'), event(P1, 'behind'));
    await eventually(() => expect(all.got.at(-1)).toBe('behind'));
    owners.down = false;
    await eventually(() => expect(alice.got.slice(-2)).toEqual(['known', 'behind']));
  });

  it('nothing is delivered once ownership could not be read for five minutes, and everything when it can', async () => {
    let now = 0;
    const { store, owners, hub } = await opened(kind, () => now);
    const alice = new FakeSink();
    listen(hub, alice, { kind: 'owner', userId: ALICE, portfolioId: null });
    await eventually(async () => {
      await append(store, event(P1, 'warm'));
      expect(alice.got.length).toBeGreaterThan(0);
    });
    const all = new FakeSink();
    listen(hub, all);
    // It begins at the end of the log, which is read after the call.
    await eventually(async () => {
      await append(store, event(P1, 'warm'));
      expect(all.got.length).toBeGreaterThan(0);
    });
    for (const trouble of ['down', 'refuses'] as const) {
      owners[trouble] = true;
      now += 4 * 60_000;
      await append(store, event(P1, `${trouble} for four minutes`));
      await eventually(() => expect(alice.got.at(-1)).toBe(`${trouble} for four minutes`));
      now += 2 * 60_000;
      const asked = owners.calls;
      await append(store, event(P1, `${trouble} for six minutes`), event(P1, 'and more'));
      await eventually(() => expect(all.got.at(-1)).toBe('and more'));
      await eventually(() => expect(owners.calls).toBeGreaterThan(asked + 1));
      expect(alice.got.at(-1)).toBe(`${trouble} for four minutes`);
      owners[trouble] = false;
      await eventually(() => expect(alice.got.slice(-2)).toEqual([`${trouble} for six minutes`, 'and more']));
    }
  });

  it('an owner who was never read is waited for while InvestSuite refuses everything; nothing is lost', async () => {
    const { store, owners, hub } = await opened(kind);
    const begin = await beginning(store);
    owners.refuses = true;
    const alice = new FakeSink();
    const all = new FakeSink();
    listen(hub, alice, { kind: 'owner', userId: ALICE, portfolioId: P1 }, begin);
    listen(hub, all, operator, begin);
    await append(store, event(P1, 'hers'));
    await eventually(() => expect(all.got).toEqual(['hers']));
    const asked = owners.calls;
    await eventually(() => expect(owners.calls).toBeGreaterThan(asked + 3));
    expect(alice.got).toEqual([]);
    owners.refuses = false;
    await eventually(() => expect(alice.got).toEqual(['hers']));
  });

  it.each([
    { readable: 'id and owners', instead: 'refused' },
    { readable: 'nothing', instead: 'gap: withheld' },
    { readable: 'not listed', instead: 'gap: withheld' },
  ] as const)(
    'one portfolio that InvestSuite refuses for good, and of which a list gives $readable, does not hold up others: its owner gets "$instead"',
    async ({ readable, instead }) => {
      const store = await kind.open();
      const owners = new FakeOwners();
      owners.owners.set(P1, [ALICE]);
      owners.owners.set(P2, [ALICE]);
      let now = 0;
      const begin = await beginning(store);
      const hub = started(store, owners, () => now);
      const alice = new FakeSink();
      listen(hub, alice, { kind: 'owner', userId: ALICE, portfolioId: null });
      await eventually(async () => {
        await append(store, event(P1, 'warm'), event(P2, 'warm'));
        expect(alice.got.length).toBeGreaterThan(0);
      });
      owners.refused.set(P2, 'nothing');
      now += 6 * 60_000;
      await append(store, event(P2, 'refused for a moment'));
      const asked = owners.calls;
      await eventually(() => expect(owners.calls).toBeGreaterThan(asked + 1));
      owners.refused.delete(P2);
      await eventually(() => expect(alice.got.at(-1)).toBe('refused for a moment'));
      owners.refused.set(P2, readable);
      now += 6 * 60_000;
      await append(store, event(P2, 'refused'));
      await append(store, event(P1, 'hers'), event(P2, 'refused'), event(P1, 'hers'));
      await eventually(() => {
        now += 3_000;
        expect(alice.got.slice(-4)).toEqual([instead, 'hers', instead, 'hers']);
      });
      // Who catches up is told too, and so is who iterates.
      const again = new FakeSink();
      listen(hub, again, { kind: 'owner', userId: ALICE, portfolioId: null }, begin);
      const end = readable === 'id and owners' ? [instead, 'hers', instead, 'hers'] : ['hers', 'hers', instead];
      await eventually(() => expect(again.got.slice(-end.length)).toEqual(end));
      const iterated: string[] = [];
      const audience = { kind: 'owner', userId: ALICE, portfolioId: null } as const;
      const after = decodePosition(begin) ?? null;
      for await (const type of hub.source(typesFeed(audience, after))) {
        iterated.push(type);
        if (iterated.length === again.got.length) break;
      }
      expect(iterated).toEqual(again.got);
      owners.refused.clear();
      now += 6 * 60_000;
      await append(store, event(P2, 'read again'));
      await eventually(() => expect(alice.got.at(-1)).toBe('read again'));
    },
  );

  it('who catches up while it is not known whether a portfolio is theirs gets a gap where its events would be', async () => {
    const store = await kind.open();
    const owners = new FakeOwners();
    owners.owners.set(P1, [ALICE]);
    owners.owners.set(P2, [ALICE]);
    const hub = started(store, owners);
    const begin = await beginning(store);
    await append(store, event(P1, 'hers'), event(P2, 'refused'), event(P1, 'also hers'));
    owners.refused.set(P2, 'nothing');
    const alice = new FakeSink();
    listen(hub, alice, { kind: 'owner', userId: ALICE, portfolioId: null }, begin);
    await eventually(() => expect(alice.got).toEqual(['hers', 'also hers', 'gap: withheld']));
    await append(store, event(P1, 'live'));
    await eventually(() => expect(alice.got.at(-1)).toBe('live'));
    expect(alice.got).toEqual(['hers', 'also hers', 'gap: withheld', 'live']);
  });

  it('who catches up gets that gap too where the rest is in the memory of recent rows', async () => {
    const store = await kind.open();
    const owners = new FakeOwners();
    owners.owners.set(P1, [ALICE]);
    owners.owners.set(P2, [ALICE]);
    let now = 0;
    const hub = started(store, owners, () => now);
    const audience = { kind: 'owner', userId: ALICE, portfolioId: null } as const;
    const live = new FakeSink();
    listen(hub, live, audience);
    await eventually(async () => {
      await append(store, event(P1, 'warm'), event(P2, 'warm'));
      expect(live.got.length).toBeGreaterThan(0);
    });
    owners.refused.set(P2, 'nothing');
    now += 6 * 60_000;
    const begin = await head(store);
    await append(store, event(P2, 'refused'), ...numbers(0, 150).map((type) => event(P1, type)));
    await eventually(() => {
      now += 3_000;
      expect(live.got.slice(-151)).toEqual(['gap: withheld', ...numbers(0, 150)]);
    });
    const alice = new FakeSink();
    listen(hub, alice, audience, begin);
    await eventually(() => expect(alice.got.at(-1)).toBe('149'));
    expect(alice.got).toEqual([...numbers(0, 100), 'gap: withheld', ...numbers(100, 50)]);
  });

  it('who catches up gets that gap too where a full page ends at the end of the log', async () => {
    const store = await kind.open();
    const owners = new FakeOwners();
    owners.owners.set(P1, [ALICE]);
    owners.owners.set(P2, [ALICE]);
    owners.refused.set(P2, 'nothing');
    const hub = started(store, owners);
    const begin = await beginning(store);
    await append(store, event(P2, 'refused'), ...numbers(0, 100).map((type) => event(P1, type)));
    const audience = { kind: 'owner', userId: ALICE, portfolioId: null } as const;
    const alice = new FakeSink();
    listen(hub, alice, audience, begin);
    const expected = [...numbers(0, 100), 'gap: withheld'];
    await eventually(() => expect(alice.got).toEqual(expected));
    const iterated: string[] = [];
    for await (const type of hub.source(typesFeed(audience, decodePosition(begin) ?? null))) {
      iterated.push(type);
      if (iterated.length === expected.length) break;
    }
    expect(iterated).toEqual(expected);
  });
});
