import { expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import { LOCAL_OPERATOR } from '../../src/domain/viewer.ts';
import { countOpenWorkflows, getWorkflow, type Store, storeEvents, verifyAudit } from '../../src/store/index.ts';
import {
  CASH_WORKFLOWS,
  type CashServices,
  Engine,
  type EngineOptions,
  inboxEventOf,
  registerDeposit,
  requestWithdrawal,
} from '../../src/workflows/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { describeStores } from '../helpers/stores.ts';
import { FakeInvestSuite } from './fake-investsuite.ts';
import { FakeUpvest } from './fake-upvest.ts';
import { DEFAULTS, P1 } from './world.ts';

const OPERATOR = { viewer: LOCAL_OPERATOR, maySee: () => true };

/** Both upstreams in memory, moving on by themselves, with webhooks that come at once. */
class Upstreams {
  readonly upvest = new FakeUpvest(Date.now);
  readonly investSuite = new FakeInvestSuite();
  readonly #timer: NodeJS.Timeout;

  constructor(store: Store) {
    this.investSuite.add({ id: P1, holdings: [{ instrumentId: '$EUR', quantity: decimal('100000') }] });
    this.upvest.fund('100000');
    this.#timer = setInterval(() => {
      this.upvest.tick();
      const events = this.upvest.events.splice(0).map(inboxEventOf);
      if (events.length > 0) void store.write((writing) => storeEvents(writing, events)).catch(() => undefined);
    }, 5);
  }

  engine(store: Store, more: Partial<EngineOptions> = {}): Engine {
    return new Engine({ store, ports: this, definitions: CASH_WORKFLOWS, ...more });
  }

  services(store: Store, engine: Engine): CashServices {
    return {
      store,
      engine,
      ports: this,
      settings: DEFAULTS,
      link: () => ({ accountGroupId: 'group-1', brokerageUserId: 'user-1' }) as ReturnType<CashServices['link']>,
    };
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

const input = (key: string, amount = '1') => ({
  portfolioId: P1 as string,
  amount: decimal(amount),
  currency: 'EUR',
  idempotencyKey: key,
});

const openCount = async (store: Store): Promise<number> =>
  (await store.read(countOpenWorkflows)).reduce((total, each) => total + each.count, 0);

describeStores('the engine', (kind, name) => {
  it('works on many requests at once and finishes them all', async () => {
    const store = await kind.open();
    const upstreams = new Upstreams(store);
    const engine = upstreams.engine(store);
    const services = upstreams.services(store, engine);
    await engine.start();
    const asked = Array.from({ length: 100 }, (_, index) => [
      registerDeposit(services, OPERATOR, input(`d${index}`)),
      requestWithdrawal(services, OPERATOR, input(`w${index}`, '2')),
    ]).flat();
    const results = await Promise.all(asked);
    expect(results.every((result) => result.kind === 'success')).toBe(true);
    await eventually(async () => expect(await openCount(store)).toBe(0), 100_000);
    await engine.stop();
    upstreams.stop();
    expect(upstreams.upvest.balance).toBe('99900');
    expect(upstreams.investSuite.cash(P1)).toBe('99900');
    expect((await store.read((reading) => verifyAudit(reading))).findings).toEqual([]);
  });

  it('finishes the step under way when it is stopped, and leaves the rest to the next one', async () => {
    const store = await kind.open();
    const upstreams = new Upstreams(store);
    const stopped: string[] = [];
    const first = upstreams.engine(store, {
      probe: async (point) => {
        if (point === 'marked') await new Promise((resolve) => setTimeout(resolve, 50));
        if (point === 'sent') stopped.push(point);
      },
    });
    const services = upstreams.services(store, first);
    await first.start();
    await registerDeposit(services, OPERATOR, input('d'));
    await eventually(() => expect(first.active).toBe(1));
    await first.stop();
    expect(stopped.length).toBeGreaterThan(0);
    const rows = await store.read((reading) => reading.db.selectFrom('workflows').selectAll().execute());
    expect(rows.every((row) => row.lease_owner === null && row.sent_at === null)).toBe(true);
    const second = upstreams.engine(store);
    await second.start();
    await eventually(async () => expect(await openCount(store)).toBe(0));
    await second.stop();
    upstreams.stop();
    expect(upstreams.upvest.movements.size).toBe(1);
  });

  it('refuses what a paused gateway commits after another has taken its work over', async () => {
    if (name === 'SQLite') return;
    const store = await kind.open();
    const other = await kind.openAgain();
    const upstreams = new Upstreams(store);
    let paused = true;
    let resume = (): void => undefined;
    const pause = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const first = upstreams.engine(store, {
      leaseMs: 1_200,
      probe: async (point) => {
        if (point === 'sent' && paused) await pause;
      },
    });
    const services = upstreams.services(store, first);
    await first.start();
    const result = await registerDeposit(services, OPERATOR, input('d'));
    if (result.kind !== 'success') throw new Error(result.kind);
    await eventually(() => expect(upstreams.upvest.movements.size).toBe(1));
    const row = await store.read((reading) => getWorkflow(reading, result.value.id));
    // Like SIGSTOP: the lease expires without its holder noticing.
    await store.write((writing) => writing.db.updateTable('workflows').set({ lease_until: 0 }).execute());
    const second = upstreams.engine(other);
    await second.start();
    await eventually(async () => expect(await openCount(store)).toBe(0));
    const done = await store.read((reading) => getWorkflow(reading, result.value.id));
    expect(done?.fence).toBeGreaterThan(row?.fence ?? 0);
    paused = false;
    resume();
    await first.stop();
    await second.stop();
    upstreams.stop();
    expect(await store.read((reading) => getWorkflow(reading, result.value.id))).toEqual(done);
    expect(upstreams.upvest.movements.size).toBe(1);
    expect(upstreams.investSuite.depositEvents.size).toBe(1);
  });

  it('takes over in seconds what a killed gateway had', async () => {
    if (name === 'SQLite') return;
    const store = await kind.open();
    const other = await kind.openAgain();
    const upstreams = new Upstreams(store);
    const dead = upstreams.engine(store, { leaseMs: 1_500, probe: () => new Promise<void>(() => undefined) });
    await dead.start();
    const services = upstreams.services(store, dead);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => registerDeposit(services, OPERATOR, input(`d${index}`))),
    );
    await eventually(() => expect(dead.active).toBeGreaterThan(0));
    // Killed: nothing of it runs any more, its heartbeat neither.
    await store.close();
    const heir = upstreams.engine(other);
    await heir.start();
    await eventually(async () => expect(await openCount(other)).toBe(0));
    await heir.stop();
    upstreams.stop();
    expect(upstreams.investSuite.depositEvents.size).toBe(20);
  });

  it('shares the rows of one database between gateways', async () => {
    if (name === 'SQLite') return;
    const stores = [await kind.open(), await kind.openAgain(), await kind.openAgain()];
    const [store] = stores;
    if (!store) throw new Error('no store');
    const upstreams = new Upstreams(store);
    const worked = new Map<number, number>();
    const engines = stores.map((each, index) =>
      upstreams.engine(each, {
        concurrency: 4,
        probe: (point) => {
          if (point === 'sent') worked.set(index, (worked.get(index) ?? 0) + 1);
        },
      }),
    );
    for (const engine of engines) await engine.start();
    const [engine] = engines;
    if (!engine) throw new Error('no engine');
    const services = upstreams.services(store, engine);
    await Promise.all(
      Array.from({ length: 120 }, (_, index) => registerDeposit(services, OPERATOR, input(`d${index}`))),
    );
    await eventually(async () => expect(await openCount(store)).toBe(0), 100_000);
    for (const each of engines) await each.stop();
    upstreams.stop();
    expect(upstreams.investSuite.depositEvents.size).toBe(120);
    expect([...worked.values()].reduce((total, each) => total + each, 0)).toBe(240);
    expect(worked.size).toBe(3);
    expect(Math.min(...worked.values())).toBeGreaterThan(24);
  });
});
