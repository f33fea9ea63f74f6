import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { add, type Decimal, decimal, subtract, sum } from '../../src/domain/decimal.ts';
import { type Store, verifyAudit } from '../../src/store/index.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import {
  cancelWithdrawal,
  decreaseVirtualCash,
  increaseVirtualCash,
  type MoneySettings,
  registerDeposit,
  requestWithdrawal,
} from '../../src/workflows/index.ts';
import type { Fault } from './faults.ts';
import { Clock, OPERATOR, P1, World } from './world.ts';

let folder: string;
let databases = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-once-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const amounts = fc.constantFrom('1', '10', '25.50', '99.99');
const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fc.constantFrom<Fault>('lost-after', 'lost-before', 'not-sent', { refuse: 409 }) },
);
const action = fc.oneof(
  fc.record({ do: fc.constant('deposit' as const), amount: amounts }),
  fc.record({ do: fc.constant('withdraw' as const), amount: amounts }),
  fc.record({ do: fc.constant('increase' as const), amount: amounts }),
  fc.record({ do: fc.constant('decrease' as const), amount: amounts }),
  fc.record({ do: fc.constant('cancel' as const), which: fc.nat(5) }),
  fc.record({ do: fc.constant('run' as const) }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
  fc.record({ do: fc.constant('tick' as const) }),
  fc.record({ do: fc.constant('deliver' as const), order: fc.constantFrom('as-is', 'reversed', 'twice', 'lost') }),
  fc.record({ do: fc.constant('rebalance' as const), on: fc.boolean() }),
  fc.record({ do: fc.constant('repeat' as const) }),
);
const scenario = fc.record({
  settings: fc.record({
    booking: fc.constantFrom<MoneySettings['booking']>('investsuite', 'gateway'),
    funding: fc.constantFrom<MoneySettings['funding']>('virtual-cash', 'none'),
    payout: fc.constantFrom<MoneySettings['payout']>('withdrawal', 'virtual-cash'),
  }),
  robo: fc.boolean(),
  others: fc.constantFrom('0', '3'),
  actions: fc.array(action, { minLength: 4, maxLength: 25 }),
  faults: fc.array(fault, { maxLength: 60 }),
  pauses: fc.array(fc.nat(6), { maxLength: 60 }),
  /** The process is killed at these points, counted over all that are passed. */
  kills: fc.uniqueArray(fc.nat(120), { maxLength: 12 }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

const START = '1000';

class Story {
  readonly world: World;
  readonly asked: { readonly key: string; readonly kind: string; readonly amount: Decimal; readonly id: string }[] = [];
  readonly cancels = new Map<string, string>();

  readonly store: Store;
  readonly told: Scenario;

  constructor(store: Store, clock: Clock, told: Scenario) {
    this.store = store;
    this.told = told;
    this.world = new World(store, clock, told.settings);
    const { world } = this;
    world.investSuite.add({
      id: P1,
      manager: told.robo ? 'ROBO_ADVISOR_DISCRETIONARY' : 'USER_MANAGED',
      holdings: [{ instrumentId: '$EUR', quantity: decimal(START) }],
      divestment: told.robo && told.others !== '0' ? { kind: 'exactly', amount: decimal(told.others) } : null,
    });
    world.upvest.fund(START);
    const faults = [...told.faults];
    const next = (): Fault | undefined => faults.shift();
    world.upvest.faults.next = (operation) => {
      const fault = next();
      // Upvest documents no 409 on creation that would not pass.
      return typeof fault === 'object' && operation !== 'createWithdrawal' ? undefined : fault;
    };
    world.investSuite.faults.next = next;
    world.upvest.faults.pauses = [...told.pauses];
    world.investSuite.faults.pauses = [...told.pauses].reverse();
    let passed = 0;
    world.onPoint = () => {
      passed += 1;
      if (told.kills.includes(passed)) world.crash();
    };
  }

  async play(): Promise<void> {
    for (const each of this.told.actions) await this.#act(each);
    this.world.upvest.faults.next = () => undefined;
    this.world.investSuite.faults.next = () => undefined;
    this.world.investSuite.rebalancing = false;
    await this.world.settle({ steps: 1_500 });
    // Those who were told to come back, come back.
    for (const [key, id] of this.cancels) await this.#cancel(id, key);
    await this.world.settle();
  }

  async #act(act: Scenario['actions'][number]): Promise<void> {
    const { world } = this;
    switch (act.do) {
      case 'deposit':
      case 'withdraw':
      case 'increase':
      case 'decrease':
        return await this.#ask(act.do, decimal(act.amount), `${act.do}-${this.asked.length}`);
      case 'repeat': {
        const last = this.asked.at(-1);
        return last && (await this.#ask(last.kind, last.amount, last.key));
      }
      case 'cancel': {
        const target = this.asked[act.which];
        if (target?.kind === 'withdraw') await this.#cancel(target.id, `cancel-${this.cancels.size}`);
        return;
      }
      case 'run':
        await world.runDue();
        return;
      case 'pass':
        return await world.pass(act.ms);
      case 'tick':
        return world.upvest.tick();
      case 'deliver':
        return await this.#deliver(act.order);
      case 'rebalance':
        world.investSuite.rebalancing = act.on;
        return;
      default:
        act satisfies never;
    }
  }

  async #deliver(order: string): Promise<void> {
    await this.world.deliver((events) => {
      if (order === 'lost') return [];
      if (order === 'reversed') return events.reverse();
      return order === 'twice' ? [...events, ...events] : events;
    });
  }

  async #ask(kind: string, amount: Decimal, idempotencyKey: string): Promise<void> {
    const input = { portfolioId: P1, amount, currency: 'EUR', idempotencyKey };
    const { services } = this.world;
    const commands = {
      deposit: registerDeposit,
      withdraw: requestWithdrawal,
      increase: increaseVirtualCash,
      decrease: decreaseVirtualCash,
    };
    const command = commands[kind as keyof typeof commands];
    const result = await command(services, OPERATOR, input).catch(() => undefined);
    if (result?.kind !== 'success') return;
    const before = this.asked.find((each) => each.key === idempotencyKey);
    expect(result.replayed).toBe(before !== undefined);
    if (before) expect(result.value.id).toBe(before.id);
    else this.asked.push({ key: idempotencyKey, kind, amount, id: result.value.id });
  }

  async #cancel(id: string, key: string): Promise<void> {
    const services = { ...this.world.services, answerWithinMs: 0 };
    const result = await cancelWithdrawal(services, OPERATOR, { id, idempotencyKey: key }).catch(() => undefined);
    if (result === undefined || (result.kind === 'notCancellable' && !this.cancels.has(key))) return;
    this.cancels.set(key, id);
    const { state } = await this.world.row(id);
    if (result.kind === 'success') expect(state).toBe('CANCELLED');
    if (result.kind === 'notCancellable') expect(state).not.toBe('CANCELLED');
  }

  /** What must be true whatever happened. */
  async check(): Promise<void> {
    const { world, told } = this;
    const rows = await Promise.all(this.asked.map(async (each) => ({ ...each, row: await world.row(each.id) })));
    for (const { row } of rows) {
      expect(['COMPLETED', 'CONFIRMED', 'CANCELLED', 'FAILED']).toContain(row.state);
      expect(row).toMatchObject({ step: null, due_at: null, sent_at: null, reserved: null });
    }
    const total = (kind: string, state: string): Decimal =>
      sum(rows.filter((each) => each.kind === kind && each.row.state === state).map((each) => each.amount));
    const deposited = total('deposit', 'COMPLETED');
    const withdrawn = total('withdraw', 'COMPLETED');
    const virtual = subtract(total('increase', 'CONFIRMED'), total('decrease', 'CONFIRMED'));
    expect(world.investSuite.cash(P1)).toBe(subtract(add(decimal(START), deposited), withdrawn));
    const funded = told.settings.funding === 'virtual-cash' ? deposited : decimal('0');
    expect(world.upvest.balance).toBe(subtract(add(add(decimal(START), funded), virtual), withdrawn));
    expect(world.upvest.available).toBe(world.upvest.balance);
    expect(world.investSuite.divested(P1)).toBe(told.robo && told.others !== '0' ? told.others : null);
    for (const written of world.investSuite.totals) expect(Number(written)).toBeGreaterThanOrEqual(0);
    const events = world.investSuite.depositEvents.size + world.investSuite.withdrawEvents.size;
    expect(events).toBe(rows.filter((each) => each.row.state === 'COMPLETED').length);
    expect(world.troubles).toEqual([]);
    expect((await this.store.read((reading) => verifyAudit(reading))).findings).toEqual([]);
  }
}

it('moves each amount exactly once through crashes, lost answers, and webhooks in any order or none', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (told) => {
      databases += 1;
      const clock = new Clock();
      const dataDir = join(folder, String(databases));
      const store = await openSqlite({ dataDir, now: clock.now });
      try {
        const story = new Story(store, clock, told);
        await story.play();
        await story.check();
      } finally {
        await store.close();
        rmSync(dataDir, { recursive: true, force: true });
      }
    }),
    { numRuns: Number(process.env['RUNS'] ?? 60), endOnFailure: false },
  );
}, 300_000);
