import type { UserId } from '../../src/domain/ids.ts';
import { LOCAL_OPERATOR, type Viewer } from '../../src/domain/viewer.ts';
import type { Slot } from './gateways.ts';
import type { SimulatedProcess } from './process.ts';
import type { Random } from './random.ts';
import { START, type Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';
import { CUSTOMERS } from './wire.ts';

const NOTIFICATIONS = `subscription S($after: ID) {
  notifications(after: $after) { __typename id portfolioId type }
}`;

const NEVER = new AbortController().signal;

/** An app that shows what happens, loses its connection, and goes on where it was. */
export class Subscriber {
  readonly customer: 0 | 1 | null;
  /** Cursors, in the order in which they came. */
  readonly seen: string[] = [];
  readonly violations: string[] = [];
  readonly #world: SubscriberWorld;
  readonly #viewer: Viewer;
  /** Whether it has listened since before anything could happen. */
  isFromTheBeginning = false;
  #connection = 0;
  #stop = (): void => undefined;

  constructor(customer: 0 | 1 | null, world: SubscriberWorld) {
    this.customer = customer;
    this.#world = world;
    const user = customer === null ? undefined : CUSTOMERS[customer]?.user;
    this.#viewer =
      user === undefined
        ? LOCAL_OPERATOR
        : { subject: user, issuer: 'bank', userId: user as UserId, scopes: new Set(['portfolios:read']) };
  }

  get name(): string {
    return this.customer === null ? 'operator' : `customer ${this.customer}`;
  }

  connect(gateway: number): void {
    const { slots, timeline, random, trace } = this.#world;
    this.#connection += 1;
    const mine = this.#connection;
    const slot = slots[gateway % slots.length];
    const process = slot?.process;
    const again = (): void => {
      if (mine === this.#connection) this.connect(gateway + 1);
    };
    const operations = slot?.assembly?.operations;
    if (operations === undefined || process === undefined) {
      timeline.after(random.between(200, 1_000), again);
      return;
    }
    slot?.onDown(process, () => timeline.after(random.between(50, 800), again));
    const exchange = { requestId: this.name, viewer: this.#viewer, signal: () => NEVER };
    const variables = { after: this.seen.at(-1) ?? null };
    // Without a cursor it begins anew, with what happens from now on.
    if (this.seen.length === 0) this.isFromTheBeginning = false;
    operations.run({ query: NOTIFICATIONS, variables }, exchange).then(
      (outcome) => {
        if (mine !== this.#connection) return;
        if (outcome.kind === 'result') {
          timeline.after(random.between(200, 1_500), again);
          return;
        }
        // One that was cut before it had a cursor begins anew: what was logged meanwhile is not for it.
        this.isFromTheBeginning = timeline.now < START + 900 || (this.isFromTheBeginning && this.seen.length > 0);
        trace.tell(this.name, `subscribes at ${process.name}`);
        const reading = new Reading(process, this.#world, (body, cursor) => {
          if (mine === this.#connection) this.#take(body, cursor);
        });
        const serving = outcome.serve(reading, again);
        this.#stop = () => {
          reading.end();
          serving.stop();
        };
      },
      () => timeline.after(random.between(200, 1_500), again),
    );
  }

  reconnect(gateway: number): void {
    this.#stop();
    this.#stop = () => undefined;
    this.#connection += 1;
    const mine = this.#connection;
    this.#world.trace.tell(this.name, 'is cut off');
    this.#world.timeline.after(this.#world.random.between(10, 2_000), () => {
      if (mine === this.#connection) this.connect(gateway);
    });
  }

  #take(body: Buffer, cursor: string | undefined): void {
    const { data, errors } = JSON.parse(body.toString('utf8')) as Told;
    const told = data?.notifications;
    if (cursor === undefined || told == null || errors !== undefined) {
      this.violations.push(`${this.name} was sent ${body.toString('utf8')}`);
      return;
    }
    if (told.__typename === 'GapNotification') this.violations.push(`${this.name} was told of a gap`);
    if (told.id !== cursor) this.violations.push(`${this.name} was sent ${told.id} under the cursor ${cursor}`);
    this.seen.push(cursor);
    this.#world.trace.tell(this.name, `sees ${told.type}`);
  }
}

/** Frames of one connection, whose reader does not always keep up. */
class Reading {
  readonly #process: SimulatedProcess;
  readonly #world: SubscriberWorld;
  readonly #take: (body: Buffer, cursor: string | undefined) => void;
  #waiting: (() => void)[] = [];
  #isFull = false;
  #hasEnded = false;

  constructor(
    process: SimulatedProcess,
    world: SubscriberWorld,
    take: (body: Buffer, cursor: string | undefined) => void,
  ) {
    this.#process = process;
    this.#world = world;
    this.#take = take;
  }

  get hasRoom(): boolean {
    return !this.#isFull;
  }

  drained(): Promise<void> {
    return this.hasRoom || this.#hasEnded
      ? Promise.resolve()
      : new Promise((resolve) => void this.#waiting.push(resolve));
  }

  send({ body, cursor }: { readonly body: Buffer; readonly cursor: string | undefined }): void {
    this.#take(body, cursor);
    const { rare, timeline, faultsHaveEnded } = this.#world;
    if (this.#isFull || faultsHaveEnded() || !rare.chance(0.1)) return;
    this.#isFull = true;
    timeline.after(rare.between(10, 5_000), () => {
      this.#isFull = false;
      this.#goOn();
    });
  }

  end(): void {
    this.#hasEnded = true;
    this.#goOn();
  }

  #goOn(): void {
    for (const resolve of this.#waiting.splice(0)) this.#process.comes(0, resolve);
  }
}

interface Told {
  readonly data?: {
    readonly notifications?: { readonly __typename: string; readonly id: string; readonly type: string };
  };
  readonly errors?: unknown;
}

export interface SubscriberWorld {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly rare: Random;
  readonly faultsHaveEnded: () => boolean;
  readonly trace: Trace;
  readonly slots: readonly Slot[];
}
