import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { PortfolioId } from '../../src/domain/ids.ts';
import { parseAccountGroupId, parseBrokerageUserId } from '../../src/domain/ids.ts';
import type { Portfolio } from '../../src/domain/portfolio.ts';
import { systemRuntime } from '../../src/domain/runtime.ts';
import { LOCAL_OPERATOR } from '../../src/domain/viewer.ts';
import type { UpstreamSystem } from '../../src/errors.ts';
import {
  claimWorkflows,
  getWorkflow,
  historyOf,
  nextDueAt,
  releaseLeases,
  type Store,
  storeEvents,
  type WorkflowRow,
} from '../../src/store/index.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { Runner } from '../../src/workflows/engine/runner.ts';
import {
  CASH_WORKFLOWS,
  type Caller,
  type CashServices,
  inboxEventOf,
  type MoneySettings,
  type Point,
} from '../../src/workflows/index.ts';
import { writeUndoable } from '../helpers/undone-commits.ts';
import { FakeInvestSuite } from './fake-investsuite.ts';
import { FakeUpvest } from './fake-upvest.ts';

export const P1 = 'P01F8ZSNV0J45R9DFZ3D7D8C26F' as PortfolioId;
export const OPERATOR: Caller = { viewer: LOCAL_OPERATOR, maySee: () => true };
export const DEFAULTS: MoneySettings = { booking: 'investsuite', funding: 'virtual-cash', payout: 'withdrawal' };

/** A clock that only the test moves. */
export class Clock {
  ms = 1_700_000_000_000;
  readonly now = (): number => this.ms;
}

class Killed extends Error {}

/**
 * A gateway's money on a store, between two upstreams in memory, in a time of its own: due rows run side by side, and
 * when none is due the clock jumps to the next one that will be. A crash ends all writing at that instant.
 */
export class World {
  readonly upvest: FakeUpvest;
  readonly investSuite = new FakeInvestSuite();
  readonly services: CashServices;
  readonly troubles: unknown[] = [];
  /** Called at every point of every step; throw nothing, call `crash`. */
  onPoint: (point: Point, row: WorkflowRow) => void | Promise<void> = () => undefined;
  /** Whether calls of an upstream would fail without an attempt. */
  isAway: (system: UpstreamSystem) => boolean = () => false;
  readonly clock: Clock;
  readonly #store: Store;
  readonly #definitions = new Map(CASH_WORKFLOWS.map((definition) => [definition.kind, definition]));
  #killed = false;

  constructor(store: Store, clock: Clock, settings: Partial<MoneySettings> = {}) {
    this.#store = store;
    this.clock = clock;
    this.upvest = new FakeUpvest(clock.now);
    this.services = {
      store,
      engine: { definitions: this.#definitions },
      ports: { investSuite: this.investSuite, upvest: this.upvest },
      link: ({ brokerage }) => {
        const accountGroupId = parseAccountGroupId(brokerage?.brokeragePortfolioId ?? '');
        if (accountGroupId === undefined) return null;
        return { accountGroupId, brokerageUserId: parseBrokerageUserId(brokerage?.brokerageUserId ?? '') ?? null };
      },
      settings: { ...DEFAULTS, ...settings },
      answerWithinMs: 2_000,
    };
    this.investSuite.booking = this.services.settings.booking;
    for (const { faults } of [this.upvest, this.investSuite]) faults.now = clock.now;
  }

  /** To be called from `onPoint`: the process is gone. */
  crash(): never {
    this.#killed = true;
    throw new Killed('killed');
  }

  #runner(): Runner {
    const dies = <T>(work: () => Promise<T>): Promise<T> =>
      this.#killed ? Promise.reject(new Killed('killed')) : work();
    const store: Store = {
      writesFail: false,
      isShared: false,
      runtime: systemRuntime,
      kind: this.#store.kind,
      now: this.#store.now,
      read: (work) => dies(() => this.#store.read(work)),
      write: (work, how) => dies(() => writeUndoable(this.#store, work, how)),
      onWake: (topic, listener) => this.#store.onWake(topic, listener),
      close: () => this.#store.close(),
      abandon: () => undefined,
    };
    return new Runner({
      store,
      ports: this.services.ports,
      definitions: this.#definitions,
      mayStillSend: () => true,
      isAway: (system) => this.isAway(system),
      onTrouble: (_what, error) => {
        if (!(error instanceof Killed)) this.troubles.push(error);
      },
      probe: (point, row) => this.onPoint(point, row),
    });
  }

  /** Delivers the webhooks that wait, in the order given (default: as they came). */
  async deliver(order: (events: FakeUpvest['events']) => FakeUpvest['events'] = (events) => events): Promise<void> {
    const events = order(this.upvest.events.splice(0));
    if (events.length > 0) await this.#store.write((writing) => storeEvents(writing, events.map(inboxEventOf)));
  }

  /** Runs rows that are due now. Answers how many. A crash in between is followed by a restart. */
  async runDue(limit = 100): Promise<number> {
    for (const { faults } of [this.upvest, this.investSuite]) faults.arrive();
    const until = this.clock.ms + 6_000;
    const rows = await this.#store.write((writing) => claimWorkflows(writing, { owner: 'world', until, limit }));
    const runner = this.#runner();
    const runs = rows.map((row) =>
      runner.run(row).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      }),
    );
    await Promise.all(runs);
    if (this.#killed) await this.restart();
    return rows.length;
  }

  async restart(): Promise<void> {
    this.#killed = false;
    await this.#store.write((writing) => releaseLeases(writing, undefined));
  }

  /** Goes on until everything rests, moving the upstreams and the clock. `moves` keeps the upstreams moving. */
  async settle({ moves = true, steps = 400 }: { moves?: boolean; steps?: number } = {}): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      await this.deliver();
      if ((await this.runDue()) > 0) continue;
      if (moves) this.upvest.tick();
      if (this.upvest.events.length > 0) continue;
      const dueAt = await this.#store.read((reading) => nextDueAt(reading, 'workflows'));
      if (dueAt === undefined) return;
      this.clock.ms = Math.max(this.clock.ms, dueAt);
    }
    throw new Error('it does not come to rest');
  }

  /** Lets time pass, with rows running whenever they are due. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.ms + ms;
    for (let step = 0; step < 5_000; step += 1) {
      await this.deliver();
      if ((await this.runDue()) > 0) continue;
      const dueAt = await this.#store.read((reading) => nextDueAt(reading, 'workflows'));
      if (dueAt === undefined || dueAt > end) break;
      this.clock.ms = Math.max(this.clock.ms, dueAt);
    }
    this.clock.ms = end;
  }

  async row(id: string): Promise<WorkflowRow> {
    const row = await this.#store.read((reading) => getWorkflow(reading, id));
    if (!row) throw new Error(`no row ${id}`);
    return row;
  }

  /** The states that a row has been in, in order, without notes. */
  async states(id: string): Promise<string[]> {
    const history = (await this.#store.read((reading) => historyOf(reading, [id]))).get(id) ?? [];
    return history.map((entry) => entry.state).filter((state, index, all) => state !== all[index - 1]);
  }
}

/** Worlds with the portfolio {@link P1}, each on an embedded database of its own, which the test closes. */
export function worlds(portfolio: Partial<Portfolio> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-worlds-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return async (settings: Partial<MoneySettings> = {}): Promise<{ store: Store; clock: Clock; world: World }> => {
    const clock = new Clock();
    const store = await openSqlite({ dataDir: mkdtempSync(join(folder, 'w-')), now: clock.now });
    const world = new World(store, clock, settings);
    world.investSuite.add({ id: P1, ...portfolio });
    return { store, clock, world };
  };
}
