import { generateKeyPairSync } from 'node:crypto';
import { createInvestSuite, type InvestSuite } from '../../../src/datasources/investsuite/index.ts';
import { createUpvest, parseEvents, type Upvest } from '../../../src/datasources/upvest/index.ts';
import { parseAccountGroupId, parseAccountId, parseBrokerageUserId } from '../../../src/domain/ids.ts';
import type { Portfolio } from '../../../src/domain/portfolio.ts';
import { systemRuntime } from '../../../src/domain/runtime.ts';
import {
  claimWorkflows,
  getWorkflow,
  nextDueAt,
  type Store,
  storeEvents,
  type WorkflowRow,
} from '../../../src/store/index.ts';
import { Runner } from '../../../src/workflows/engine/runner.ts';
import {
  CASH_WORKFLOWS,
  type CashServices,
  inboxEventOf,
  type OrderingServices,
  type OrderServices,
  orderWorkflow,
  orderWorkflows,
} from '../../../src/workflows/index.ts';
import { type Clock, DEFAULTS } from '../world.ts';
import { SimulatedUpstreams } from './simulated-upstreams.ts';

class Killed extends Error {}

/** A row's lease in the world's own time. */
const LEASE_MS = 6_000;
/** The clock goes in steps of this. */
const QUANTUM_MS = 2_000;
/** Rows run at once. */
const AT_ONCE = 200;

/**
 * Many rows side by side on one store, between simulated upstreams on a real socket, in a time that jumps to when the next row is due.
 * A row's worker may die at a point: from then on nothing of it reaches the store, and another takes the row when its lease ends.
 */
export class TableWorld {
  readonly upstreams: SimulatedUpstreams;
  readonly money: CashServices;
  readonly orders: OrderServices;
  readonly ordering: OrderingServices;
  readonly troubles: unknown[] = [];
  /** Whether the worker of a row dies now: right before it sends, or when it next reaches for the store. */
  dies: (at: 'sending' | 'store', row: WorkflowRow) => boolean = () => false;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #definitions;
  readonly #upvest: Upvest;
  readonly #investSuite: InvestSuite;

  private constructor(store: Store, clock: Clock, upstreams: SimulatedUpstreams, url: string) {
    this.#store = store;
    this.#clock = clock;
    this.upstreams = upstreams;
    // Failures here are on purpose: no circuit opens.
    const patient = {
      baseUrl: url,
      breakerFailures: 1e9,
      maxConcurrentCalls: 64,
      deadlineMs: 60_000,
      attemptTimeoutMs: 60_000,
    };
    this.#investSuite = createInvestSuite({
      ...patient,
      accessKeyId: 'key',
      secretAccessKey: 'secret',
      batching: 'off',
    });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#upvest = createUpvest({
      ...patient,
      clientId: '11111111-2222-4333-8444-555555555555',
      clientSecret: 'secret',
      keyId: 'aaaaaaaa-0000-4000-8000-000000000001',
      privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    });
    const ports = { investSuite: this.#investSuite, upvest: this.#upvest };
    const orders = orderWorkflows({ ...ports, link: linkOf });
    this.#definitions = new Map(
      [...CASH_WORKFLOWS, orderWorkflow, ...orders].map((definition) => [definition.kind, definition]),
    );
    const engine = { definitions: this.#definitions };
    this.money = { store, engine, ports, link: linkOf, settings: DEFAULTS, answerWithinMs: 0 };
    this.ordering = {
      ...this.money,
      market: { instrument: async () => undefined, newestPrice: async () => null },
      accountsOf: async ({ accountGroupId }) => {
        // An account group's one account has its id.
        const id = parseAccountId(accountGroupId);
        return id === undefined ? [] : [{ id, accountGroupId }];
      },
      mayTrade: () => true,
      submitWithin: 60,
    };
    this.orders = { store, engine, investSuite: this.#investSuite, answerWithinMs: 0 };
  }

  static async start(store: Store, clock: Clock): Promise<TableWorld> {
    const upstreams = new SimulatedUpstreams(clock.now);
    return new TableWorld(store, clock, upstreams, await upstreams.start());
  }

  async stop(): Promise<void> {
    await this.#investSuite.close();
    await this.#upvest.close();
    await this.upstreams.stop();
  }

  async row(id: string): Promise<WorkflowRow> {
    const row = await this.#store.read((reading) => getWorkflow(reading, id));
    if (row === undefined) throw new Error(`no row ${id}`);
    return row;
  }

  /** The one row of a portfolio, or the one of a kind. */
  async rowOf(portfolioId: string, kind?: string): Promise<string> {
    const rows = await this.#store.read(({ db }) =>
      db.selectFrom('workflows').select(['id', 'portfolio_id', 'kind']).execute(),
    );
    const row = rows.find((each) => each.portfolio_id === portfolioId && each.kind === (kind ?? each.kind));
    if (row === undefined) throw new Error(`no row of ${portfolioId}`);
    return row.id;
  }

  /** Lets time pass, with rows running whenever they are due and the broker moving whenever none is. */
  async pass(ms: number): Promise<void> {
    const end = this.#clock.ms + ms;
    while (this.#clock.ms < end) {
      await this.#deliver();
      if ((await this.#runDue()) > 0) continue;
      this.upstreams.tick(true);
      if (this.upstreams.webhooks.length > 0) continue;
      const times = [
        await this.#store.read((reading) => nextDueAt(reading, 'workflows')),
        this.upstreams.nextLateAt(),
        end,
      ];
      const next = Math.min(...times.map((at) => at ?? end));
      // Leases of the dead end by the clock alone. In whole steps, so that many rows are due together.
      const target = Math.min(Math.max(next, this.#clock.ms + 1), this.#clock.ms + LEASE_MS);
      this.#clock.ms = Math.ceil(target / QUANTUM_MS) * QUANTUM_MS;
      this.upstreams.tick(false);
    }
  }

  async #deliver(): Promise<void> {
    const payload = this.upstreams.webhooks.splice(0);
    if (payload.length === 0) return;
    const batch = parseEvents(Buffer.from(JSON.stringify({ payload })));
    const items = batch.kind === 'events' ? batch.items : [];
    const events = items.flatMap((item) => (item.kind === 'event' ? [inboxEventOf(item.event)] : []));
    await this.#store.write((writing) => storeEvents(writing, events));
  }

  async #runDue(): Promise<number> {
    const until = this.#clock.ms + LEASE_MS;
    const rows = await this.#store.write((writing) => claimWorkflows(writing, { owner: 'w', until, limit: AT_ONCE }));
    await Promise.all(rows.map((row) => this.#runnerOf(row).run(row).catch(ignoreKilled)));
    return rows.length;
  }

  /** A process of its own for each row: it alone dies. */
  #runnerOf(leased: WorkflowRow): Runner {
    let isDead = false;
    const alive = <T>(work: () => Promise<T>): Promise<T> => {
      isDead ||= this.dies('store', leased);
      return isDead ? Promise.reject(new Killed()) : work();
    };
    const store: Store = {
      writesFail: false,
      isShared: false,
      runtime: systemRuntime,
      kind: this.#store.kind,
      now: this.#store.now,
      read: (work) => alive(() => this.#store.read(work)),
      write: (work) => alive(() => this.#store.write(work)),
      onWake: (topic, listener) => this.#store.onWake(topic, listener),
      close: () => this.#store.close(),
      abandon: () => undefined,
    };
    return new Runner({
      store,
      ports: this.money.ports,
      definitions: this.#definitions,
      mayStillSend: (row) => {
        isDead ||= this.dies('sending', row);
        return !isDead;
      },
      onTrouble: (_what, error) => {
        if (!(error instanceof Killed)) this.troubles.push(error);
      },
    });
  }
}

function ignoreKilled(error: unknown): void {
  if (!(error instanceof Killed)) throw error;
}

function linkOf({ brokerage }: Portfolio) {
  const accountGroupId = parseAccountGroupId(brokerage?.brokeragePortfolioId ?? '');
  const brokerageUserId = parseBrokerageUserId(brokerage?.brokerageUserId ?? '') ?? null;
  return accountGroupId === undefined ? null : { accountGroupId, brokerageUserId };
}
