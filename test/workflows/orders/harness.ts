import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInvestSuite } from '../../../src/datasources/investsuite/index.ts';
import { createUpvest } from '../../../src/datasources/upvest/index.ts';
import { parseAccountGroupId, parseBrokerageUserId } from '../../../src/domain/ids.ts';
import type { Instrument } from '../../../src/domain/instrument.ts';
import type { Portfolio } from '../../../src/domain/portfolio.ts';
import type { Price } from '../../../src/domain/prices.ts';
import { systemRuntime } from '../../../src/domain/runtime.ts';
import { LOCAL_OPERATOR } from '../../../src/domain/viewer.ts';
import { combineSeeds, type PartialSeed, type Standins, startStandins } from '../../../src/standins/index.ts';
import type { Store, WorkflowRow } from '../../../src/store/index.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import {
  type Caller,
  Engine,
  type OrderingServices,
  type OrderPorts,
  type OrderServices,
  type OrderTrouble,
  orderWorkflow,
  orderWorkflows,
  type Point,
  type WorkflowDefinition,
} from '../../../src/workflows/index.ts';
import type { LedgerPorts } from '../../../src/workflows/reconcile/index.ts';
import { writeUndoable } from '../../helpers/undone-commits.ts';
import { gatewaySettings } from '../../helpers/world.ts';

export const OPERATOR: Caller = { viewer: LOCAL_OPERATOR, maySee: () => true };

export interface OrdersOptions {
  readonly seed: readonly PartialSeed[];
  readonly answerWithinMs?: number;
  readonly attemptTimeoutMs?: number;
  /** Further kinds of work, or others of the same kind. */
  readonly definitions?: (ports: OrderPorts) => readonly WorkflowDefinition[];
}

class Killed extends Error {}

/** An engine with the store as it sees it: when it dies, nothing of it gets through any more. */
interface Life {
  readonly engine: Engine;
  dead: boolean;
}

/** The work on orders between two stand-ins, over real sockets, with a clock that can be moved on. */
export class Orders {
  readonly standins: Standins;
  readonly services: OrderServices;
  readonly ordering: OrderingServices;
  readonly ledgers: LedgerPorts;
  /** The instrument as the checks of an order see it; undefined: there is no directory. */
  readonly instruments = new Map<string, Instrument | null>();
  price: Price | null = null;
  readonly troubles: OrderTrouble[] = [];
  readonly errors: unknown[] = [];
  /** Called at every point of every step; may call {@link crash}. */
  onPoint: (point: Point, row: WorkflowRow) => void = () => undefined;
  readonly store: Store;
  readonly #settings: Standins['investSuite']['settings'];
  readonly #folder: string;
  readonly #close: (() => Promise<unknown>)[];
  readonly #begin: () => Life;
  #life: Life;
  #restarting: Promise<void> = Promise.resolve();
  #aheadMs = 0;

  private constructor(standins: Standins, store: Store, folder: string, options: OrdersOptions) {
    const settings = gatewaySettings(standins);
    const { attemptTimeoutMs } = options;
    const investSuite = createInvestSuite({
      ...settings.investSuite,
      baseUrl: standins.investSuite.url,
      attemptTimeoutMs,
    });
    const upvest = createUpvest({
      ...settings.upvest,
      baseUrl: standins.upvest.url,
      privateKeyPem: settings.upvest.privateKey,
    });
    this.standins = standins;
    this.#settings = { ...standins.investSuite.settings };
    this.store = store;
    this.#folder = folder;
    const ports = {
      investSuite,
      upvest,
      link: linkOf,
      onTrouble: (trouble: OrderTrouble) => this.troubles.push(trouble),
    };
    const definitions = [orderWorkflow, ...orderWorkflows(ports), ...(options.definitions?.(ports) ?? [])];
    this.#begin = () => {
      const life: Life = {
        dead: false,
        engine: new Engine({
          store: mortal(store, () => life.dead),
          ports: { investSuite, upvest },
          definitions,
          pollMs: 10,
          // Time is made to pass faster than leases are kept.
          leaseMs: 3_600_000,
          onTrouble: (_what, error) => {
            if (!(error instanceof Killed)) this.errors.push(error);
          },
          probe: (point, row) => this.onPoint(point, row),
        }),
      };
      return life;
    };
    this.#life = this.#begin();
    const { engine } = this.#life;
    this.services = { store, engine, investSuite, answerWithinMs: options.answerWithinMs ?? 5_000 };
    this.ledgers = { investSuite, upvest };
    this.ordering = {
      store,
      engine,
      ports: { investSuite, upvest },
      link: linkOf,
      settings: { booking: 'investsuite', funding: 'virtual-cash', payout: 'withdrawal' },
      answerWithinMs: options.answerWithinMs ?? 5_000,
      market: { instrument: async (isin) => this.instruments.get(isin), newestPrice: async () => this.price },
      accountsOf: (link) => upvest.accountsOfGroup(link),
      mayTrade: () => true,
      submitWithin: 60,
    };
    this.#close = [() => investSuite.close(), () => upvest.close()];
  }

  static async start(options: OrdersOptions): Promise<Orders> {
    const standins = await startStandins({ seed: combineSeeds(...options.seed), settleDelayMs: 'manual' });
    const folder = mkdtempSync(join(tmpdir(), 'gateway-orders-'));
    const clock = { now: () => Date.now() };
    const store = await openSqlite({ dataDir: folder, now: () => clock.now() });
    const orders = new Orders(standins, store, folder, options);
    clock.now = () => Date.now() + orders.#aheadMs;
    await orders.#life.engine.start();
    return orders;
  }

  get investSuite(): Standins['investSuite'] {
    return this.standins.investSuite;
  }

  get upvest(): Standins['upvest'] {
    return this.standins.upvest;
  }

  /** The writes that InvestSuite received since the last reset. */
  get writes(): readonly string[] {
    return this.investSuite.calls
      .list({ path: /^\/portfolios\// })
      .filter(({ method }) => method !== 'GET')
      .map(({ method }) => method);
  }

  /** Begins a test with what it needs and nothing of the one before. */
  fresh(seed: PartialSeed): void {
    for (const standin of [this.investSuite, this.upvest]) {
      standin.faults.clear();
      standin.calls.reset();
    }
    Object.assign(this.investSuite.settings, this.#settings);
    this.investSuite.add(seed.investSuite ?? {});
    this.upvest.add(seed.upvest ?? {});
    this.onPoint = () => undefined;
    this.troubles.length = 0;
    this.errors.length = 0;
  }

  /** Lets so much time pass at once. */
  pass(ms: number): void {
    this.#aheadMs += ms;
  }

  /**
   * Lets time pass ten times as fast (or more) until something is settled. Not faster where something is under way: what
   * takes long on a busy machine must not look as if it had been lost for good.
   */
  async hurry<T>(asked: Promise<T>, stepMs = 100): Promise<T> {
    const timer = setInterval(() => this.pass(stepMs), 10);
    try {
      return await asked;
    } finally {
      clearInterval(timer);
    }
  }

  /** To be called from `onPoint`: the process is gone; another one begins with what is on disk. */
  crash(): never {
    const { engine } = this.#life;
    this.#life.dead = true;
    this.#life = this.#begin();
    this.#restarting = engine.stop().then(() => this.#life.engine.start());
    throw new Killed('killed');
  }

  async stop(): Promise<void> {
    await this.#restarting;
    await this.#life.engine.stop();
    for (const close of this.#close) await close();
    await this.store.close();
    await this.standins.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function mortal(store: Store, isDead: () => boolean): Store {
  const alive = <T>(work: () => Promise<T>): Promise<T> => (isDead() ? Promise.reject(new Killed('killed')) : work());
  return {
    kind: store.kind,
    now: store.now,
    writesFail: false,
    isShared: false,
    runtime: systemRuntime,
    read: (work) => alive(() => store.read(work)),
    write: (work, how) => alive(() => writeUndoable(store, work, how)),
    onWake: (topic, listener) => store.onWake(topic, listener),
    close: () => store.close(),
    abandon: () => undefined,
  };
}

function linkOf({ brokerage }: Portfolio) {
  const accountGroupId = parseAccountGroupId(brokerage?.brokeragePortfolioId ?? '');
  if (accountGroupId === undefined) return null;
  return { accountGroupId, brokerageUserId: parseBrokerageUserId(brokerage?.brokerageUserId ?? '') ?? null };
}
