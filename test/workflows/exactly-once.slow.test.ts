import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { add, type Decimal, decimal, subtract, sum } from '../../src/domain/decimal.ts';
import { type Store, verifyAudit, type WorkflowRow } from '../../src/store/index.ts';
import { AUDIT_CHAINS } from '../../src/store/migrations.ts';
import { stepKey } from '../../src/workflows/engine/upstream-keys.ts';
import {
  cancelVirtualCashDecrease,
  cancelWithdrawal,
  decreaseVirtualCash,
  increaseVirtualCash,
  type MoneySettings,
  type ReviewOutcome,
  registerDeposit,
  requestWithdrawal,
  resolveReview,
} from '../../src/workflows/index.ts';
import { describeStores, memoryFolder } from '../helpers/stores.ts';
import type { Fault } from './faults.ts';
import { Clock, OPERATOR, P1, World } from './world.ts';

/** Histories on each store. A failing one is printed with its seed and path: SEED=… REPLAY=… plays it again. */
// The simulation runs the same on a clock of its own; RUNS has more of these.
const HISTORIES = { SQLite: 200, PostgreSQL: process.env['CI'] === 'true' ? 200 : 50 };

/** Two of them are spelled in two ways: what compares texts for amounts makes or misses a movement. */
const amounts = fc.constantFrom('1', '10', '10.00', '25.5', '25.50', '99.99');
const fault: fc.Arbitrary<Fault | undefined> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: fc.constantFrom<Fault>('lost-after', 'lost-before', 'late', 'not-sent') },
  { weight: 2, arbitrary: fc.integer({ min: 400, max: 429 }).map((refuse): Fault => ({ refuse })) },
  { weight: 1, arbitrary: fc.constantFrom<Fault>({ refuse: 500 }, { refuse: 502 }, { refuse: 503 }, { refuse: 504 }) },
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
  /** The effects visible at the upstreams. */
  shows: fc.record({ bookings: fc.boolean(), groups: fc.boolean(), newWithdrawals: fc.boolean() }),
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
    world.upvest.knowsGroups = told.shows.groups;
    world.upvest.showsNew = told.shows.newWithdrawals;
    world.investSuite.showsBookings = told.shows.bookings;
    const faults = [...told.faults];
    const next = (): Fault | undefined => faults.shift();
    world.upvest.faults.next = next;
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
    // An operator first has each looked at again, then says what is the case.
    for (let round = 0; round < 4; round += 1) {
      await this.#rest();
      for (const row of await this.#rows()) {
        if (row.state === 'NEEDS_REVIEW') await this.#resolve(row, round === 0 ? 'RETRY' : this.#truth(row), round);
      }
    }
    await this.#rest();
    // Those who were told to come back, come back.
    for (const [key, id] of this.cancels) await this.#cancel(id, key);
    await this.#rest();
  }

  /** A row in review keeps what it has locked, so that others of its portfolio may go on waiting until it is resolved. */
  async #rest(): Promise<void> {
    const isHeldUp = (await this.#rows()).some(({ state }) => state === 'NEEDS_REVIEW');
    if (!isHeldUp) return await this.world.settle({ steps: 1_500 });
    await this.world.settle({ steps: 100 }).catch(() => undefined);
  }

  async #rows(): Promise<WorkflowRow[]> {
    return await Promise.all(this.asked.map(({ id }) => this.world.row(id)));
  }

  async #resolve({ id }: WorkflowRow, outcome: ReviewOutcome, round: number): Promise<void> {
    const answer = { id, outcome, note: 'Looked at both upstreams.', idempotencyKey: `review ${id} ${round}` };
    const result = await resolveReview(this.world.services, OPERATOR, answer);
    if (result.kind !== 'success') throw new Error(result.message);
  }

  /** The doubtful step of a row as an operator sees it. */
  #truth(row: WorkflowRow): ReviewOutcome {
    const { investSuite } = this.world;
    const key = stepKey(row, row.step ?? '');
    if (investSuite.depositEvents.has(key) || investSuite.withdrawEvents.has(key)) return 'DONE';
    const made = this.#made(row);
    if (made === undefined) return ['fund', 'issue', 'submit'].includes(row.step ?? '') ? 'NOT_DONE' : 'RETRY';
    if (made.status === 'CANCELLED') return 'NOT_DONE';
    return made.status === 'CONFIRMED' && ['fund', 'issue', 'submit', 'await', 'watch', null].includes(row.step)
      ? 'DONE'
      : 'RETRY';
  }

  /** The broker's object for a row. */
  #made(row: WorkflowRow) {
    const step = row.kind === 'deposit' ? 'fund' : row.kind === 'withdrawal' ? 'submit' : 'issue';
    return this.world.upvest.madeUnder(stepKey(row, step));
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
        if (target?.kind === 'withdraw' || target?.kind === 'decrease') {
          await this.#cancel(target.id, `cancel-${this.cancels.size}`);
        }
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
    const patient = { ...services, answerWithinMs: 0 };
    const result = await command(patient, OPERATOR, input).catch(() => undefined);
    if (result?.kind !== 'success') return;
    const before = this.asked.find((each) => each.key === idempotencyKey);
    expect(result.replayed).toBe(before !== undefined);
    if (before) expect(result.value.id).toBe(before.id);
    else this.asked.push({ key: idempotencyKey, kind, amount, id: result.value.id });
  }

  async #cancel(id: string, key: string): Promise<void> {
    const services = { ...this.world.services, answerWithinMs: 0 };
    const command = id.startsWith('wdr_') ? cancelWithdrawal : cancelVirtualCashDecrease;
    const result = await command(services, OPERATOR, { id, idempotencyKey: key }).catch(() => undefined);
    if (result === undefined || (result.kind === 'notCancellable' && !this.cancels.has(key))) return;
    this.cancels.set(key, id);
    if (result.kind === 'success') expect((await this.world.row(id)).state).toBe('CANCELLED');
  }

  /** The invariants, true after every history. */
  async check(): Promise<void> {
    const { world, told } = this;
    const rows = await this.#rows();
    for (const row of rows) this.#checkRow(row);
    const done = rows.filter(({ state }) => state === 'COMPLETED');
    const reviews = rows.filter(({ state }) => state === 'NEEDS_REVIEW');
    const made = rows.filter((row) => this.#made(row) !== undefined);
    expect(world.upvest.withdrawals.size + world.upvest.movements.size).toBe(made.length);
    const signed = ({ kind, amount }: WorkflowRow): Decimal =>
      kind === 'deposit' ? ((amount ?? '0') as Decimal) : subtract(decimal('0'), amount ?? decimal('0'));
    const booked = add(decimal(START), sum(done.map(signed)));
    expect(combinations(reviews.map(signed)).map((part) => add(booked, part))).toContain(world.investSuite.cash(P1));
    for (const written of world.investSuite.totals) expect(Number(written)).toBeGreaterThanOrEqual(0);
    expect(world.troubles).toEqual([]);
    expect((await this.store.read((reading) => verifyAudit(reading))).findings).toEqual([]);
    if (reviews.length > 0) return;
    const events = world.investSuite.depositEvents.size + world.investSuite.withdrawEvents.size;
    expect(events).toBe(done.length);
    expect(world.upvest.available).toBe(world.upvest.balance);
    expect(world.investSuite.divested(P1)).toBe(told.robo && told.others !== '0' ? told.others : null);
    const held = await this.store.read(({ db }) =>
      db.selectFrom('locks').select('name').where('owner', 'is not', null).execute(),
    );
    expect(held).toEqual([]);
  }

  /** Each effect once, and none of a row that ended without. */
  #checkRow(row: WorkflowRow): void {
    const { world, told } = this;
    const made = this.#made(row);
    const isBookedHere = told.settings.booking === 'gateway' && (row.kind === 'deposit' || row.kind === 'withdrawal');
    const transactions = world.investSuite.transactions.filter(({ externalId }) => externalId === row.id).length;
    expect(transactions).toBeLessThanOrEqual(1);
    if (row.state === 'NEEDS_REVIEW') {
      expect(row.reason).toBeTruthy();
      return;
    }
    expect(row).toMatchObject({ step: null, due_at: null, sent_at: null, reserved: null });
    switch (row.state) {
      case 'COMPLETED':
      case 'CONFIRMED': {
        const isMade = row.kind !== 'deposit' || told.settings.funding === 'virtual-cash';
        expect(made?.status).toBe(isMade ? 'CONFIRMED' : undefined);
        expect(transactions).toBe(isBookedHere ? 1 : 0);
        break;
      }
      case 'CANCELLED':
      case 'FAILED':
        expect([undefined, 'CANCELLED']).toContain(made?.status);
        expect(transactions).toBe(0);
        break;
      default:
        throw new Error(`${row.id} is ${row.state}`);
    }
  }
}

/** The sums of all parts of some amounts: what a ledger may hold of rows that nobody knows about yet. */
function combinations(amounts: readonly Decimal[]): Decimal[] {
  const parts = [decimal('0')];
  for (const amount of amounts) parts.push(...parts.map((part) => add(part, amount)));
  return parts;
}

const TABLES = ['workflows', 'workflow_history', 'idempotency_keys', 'inbox', 'event_log', 'locks', 'audit'] as const;

async function empty(store: Store): Promise<void> {
  await store.write(async ({ db }) => {
    for (const table of [...TABLES, 'audit_heads'] as const) await db.deleteFrom(table).execute();
    const heads = Array.from({ length: AUDIT_CHAINS }, (_, chain) => ({ chain, sequence: 0, hash: '' }));
    await db.insertInto('audit_heads').values(heads).execute();
  });
}

const replayed =
  process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']), path: process.env['REPLAY'] ?? '' };

describeStores('histories', (kind, name) => {
  const clock = new Clock();
  let store: Store;
  beforeAll(async () => {
    store = await kind.open(clock.now, memoryFolder());
  });

  it('move each amount exactly once through crashes, lost and late answers, refusals, and webhooks in any order or none', async () => {
    const history = async (told: Scenario): Promise<void> => {
      await empty(store);
      const story = new Story(store, clock, told);
      await story.play();
      await story.check();
    };
    const numRuns = Number(process.env['RUNS'] ?? HISTORIES[name]);
    await fc.assert(fc.asyncProperty(scenario, history), { numRuns, endOnFailure: true, ...replayed });
  }, 300_000);
});
