import type { DateTime } from '../../src/domain/datetime.ts';
import type { PortfolioId, UserId } from '../../src/domain/ids.ts';
import type { Portfolio } from '../../src/domain/portfolio.ts';
import { UpstreamRefusedReadError, UpstreamUnavailableError } from '../../src/errors.ts';
import {
  type Audience,
  cursorOf,
  type EventFeed,
  type Frame,
  Hub,
  type HubOptions,
  type LiveSubscription,
  type LogPosition,
  type Sink,
} from '../../src/live/index.ts';
import { appendEvents, decodePosition, type NewLogEvent, type Store } from '../../src/store/index.ts';

export const P1 = 'P01F8ZSNV0J45R9DFZ3D7D8C26F' as PortfolioId;
export const P2 = 'P01F8ZSNV0J45R9DFZ3D7D8C26G' as PortfolioId;
export const ALICE = 'U01F8ZSNV0J45R9DFZ3D7D8C26A' as UserId;
export const BOB = 'U01F8ZSNV0J45R9DFZ3D7D8C26B' as UserId;

export const event = (portfolioId: PortfolioId | null, type: string, more: Partial<NewLogEvent> = {}): NewLogEvent => ({
  portfolioId,
  source: 'UPVEST',
  type,
  event: { kind: 'other', content: {} },
  objectId: null,
  occurredAt: '2026-01-01T00:00:00Z' as DateTime,
  receivedAt: 0,
  ...more,
});

export const append = (store: Store, ...events: readonly NewLogEvent[]): Promise<void> =>
  store.write((tx) => appendEvents(tx, events));

/** The owners of portfolios at InvestSuite. */
export class FakeOwners {
  readonly owners = new Map<PortfolioId, readonly UserId[]>();
  /** Calls fail while true. */
  down = false;
  /** InvestSuite is there and refuses everything while true, as with credentials that have ended. */
  refuses = false;
  /** Portfolios that can't be read by themselves, and of whose rows in lists only this can be read; or they are in no list. */
  readonly refused = new Map<PortfolioId, 'id and owners' | 'nothing' | 'not listed'>();
  calls = 0;

  readonly portfolio = async (id: PortfolioId): Promise<Portfolio | null> => {
    this.#ask();
    if (this.refused.has(id)) throw new UpstreamRefusedReadError('INVESTSUITE', 403);
    const owners = this.owners.get(id);
    return owners === undefined ? null : portfolioOf(id, owners);
  };

  readonly portfoliosPage: HubOptions['investSuite']['portfoliosPage'] = async ({ filter }) => {
    this.#ask();
    const fits = (owners: readonly UserId[]): boolean => owners.some((owner) => owner === filter?.anyOwnerId);
    const listed = [...this.owners].filter(([, owners]) => fits(owners));
    const unreadable = listed.flatMap(([id, ownerIds]) => {
      const readable = this.refused.get(id);
      const row = { system: 'INVESTSUITE', resource: 'portfolio' } as const;
      if (readable === undefined || readable === 'not listed') return [];
      return [readable === 'nothing' ? { ...row, id: null, ownerIds: null } : { ...row, id, ownerIds }];
    });
    return {
      portfolios: listed.flatMap(([id, owners]) => (this.refused.has(id) ? [] : [portfolioOf(id, owners)])),
      owners: new Map(),
      unreadable,
      next: null,
    };
  };

  #ask(): void {
    this.calls += 1;
    if (this.down) throw new UpstreamUnavailableError('INVESTSUITE', 'connection');
    if (this.refuses) throw new UpstreamRefusedReadError('INVESTSUITE', 401);
  }
}

/** Only whose it is matters here. */
const portfolioOf = (id: PortfolioId, [ownerId, ...coOwnerIds]: readonly UserId[]): Portfolio => ({
  id,
  externalId: null,
  name: null,
  ownerId: ownerId ?? null,
  coOwnerIds,
  baseCurrency: 'EUR',
  moneyType: 'REAL_MONEY',
  manager: 'USER_MANAGED',
  status: 'ACTIVE',
  archived: false,
  fundedSince: null,
  version: 1,
  holdings: [],
  divestment: null,
  brokerage: null,
});

/** A connection that takes what it is given, or holds it back. */
export class FakeSink implements Sink {
  readonly got: string[] = [];
  cursor: string | undefined;
  /** Frames that may wait before there is no room; 0 takes none. */
  room = Number.POSITIVE_INFINITY;
  waiting: Frame[] = [];
  #drained: (() => void)[] = [];

  send(frame: Frame): void {
    this.waiting.push(frame);
    if (this.room === Number.POSITIVE_INFINITY) this.drain();
  }

  get hasRoom(): boolean {
    return this.waiting.length < this.room;
  }

  drained(): Promise<void> {
    return this.hasRoom ? Promise.resolve() : new Promise((resolve) => this.#drained.push(resolve));
  }

  /** The client reads what is there. */
  drain(): void {
    for (const frame of this.waiting.splice(0)) {
      this.got.push(frame.body.toString().trimEnd());
      this.cursor = frame.cursor ?? this.cursor;
    }
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}

export const operator: Audience = { kind: 'operator', portfolioId: null };

/** A feed of types of events; a gap is told as such. */
export const typesFeed = (audience: Audience, after: LogPosition | null): EventFeed<string> => ({
  kind: 'events',
  audience,
  after,
  ofRow: (row) => row.type,
  ofGap: (gap) => `gap: ${gap.reason}`,
});

/** Sends the root itself. */
export const plainRender = async (
  item: Parameters<typeof cursorOf>[0] & { readonly root: unknown },
): Promise<Frame> => ({
  body: Buffer.from(String(item.root)),
  cursor: cursorOf(item),
});

export function listen(hub: Hub, sink: FakeSink, audience: Audience = operator, after?: string): LiveSubscription {
  const position = after === undefined ? null : (decodePosition(after) ?? null);
  const alike = { key: JSON.stringify(audience), render: plainRender };
  return hub.subscribe(typesFeed(audience, position), alike, sink, { caller: 'test' });
}

export const hubOn = (store: Store, owners = new FakeOwners(), now?: () => number): Hub =>
  new Hub({ store, investSuite: owners, pollMs: 200, now });
