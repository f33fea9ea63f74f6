import { expect, it } from 'vitest';
import { dateTime } from '../../../src/domain/datetime.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import { parseTransactionId } from '../../../src/domain/ids.ts';
import type { WorkflowRow } from '../../../src/store/index.ts';
import {
  cancelOrder,
  cancelVirtualCashDecrease,
  cancelWithdrawal,
  decreaseVirtualCash,
  increaseVirtualCash,
  type MoneySettings,
  placeOrder,
  registerDeposit,
  requestWithdrawal,
  updateHoldings,
  updateOrderStatus,
} from '../../../src/workflows/index.ts';
import { describeStores } from '../../helpers/stores.ts';
import { Clock, OPERATOR } from '../world.ts';
import type { Account, Fate } from './simulated-account.ts';
import { TableWorld } from './table-world.ts';

const AMOUNT = 40;
const ISIN = 'US0378331005';

interface Ask {
  readonly world: TableWorld;
  readonly account: Account;
  readonly key: string;
}

/** One write of the upstreams, in the request that makes it. */
interface Write {
  readonly name: string;
  readonly step: string;
  /** Which calls it is: method, path and body. */
  readonly spoils: RegExp;
  readonly robo?: boolean;
  readonly slow?: boolean;
  readonly settings?: Partial<MoneySettings>;
  /** Answers the row's id; undefined where it is only found later. */
  readonly ask: (ask: Ask) => Promise<string | undefined>;
  /** Asked once the request has got as far as it can by itself. */
  readonly afterwards?: (ask: Ask, id: string) => Promise<void>;
  /** How often the effect is at the upstream. */
  readonly effects: (account: Account) => number;
  /** A row in this state has had its effect. */
  readonly done: readonly string[];
  /** It waits for nothing beyond a minute, whatever is refused. */
  readonly expires?: boolean;
}

type Command =
  | typeof registerDeposit
  | typeof requestWithdrawal
  | typeof increaseVirtualCash
  | typeof decreaseVirtualCash;

const money =
  (command: Command, settings: Partial<MoneySettings> = {}) =>
  async ({ world, account, key }: Ask): Promise<string> => {
    if (settings.booking === 'gateway') Object.assign(account.portfolio, { booking: 'gateway' });
    const services = { ...world.money, settings: { ...world.money.settings, ...settings } };
    const input = {
      portfolioId: account.portfolio.id,
      amount: decimal(String(AMOUNT)),
      currency: 'EUR',
      idempotencyKey: key,
    };
    const result = await command(services, OPERATOR, input);
    if (result.kind !== 'success') throw new Error(JSON.stringify(result));
    return result.value.id;
  };

const buy = async ({ world, account, key }: Ask): Promise<string> => {
  const result = await placeOrder(world.ordering, OPERATOR, {
    portfolioId: account.portfolio.id,
    side: 'BUY',
    isin: ISIN,
    amount: decimal(String(AMOUNT)),
    idempotencyKey: key,
  });
  if (result.kind !== 'success') throw new Error(JSON.stringify(result));
  return result.value.id;
};

const standing = (objects: ReadonlyMap<string, { readonly status: string }>): number =>
  [...objects.values()].filter(({ status }) => status !== 'CANCELLED').length;
const booked =
  (type: string, quantity: number) =>
  (account: Account): number =>
    account.transactions.filter(
      ({ movements }) => movements[0]?.['type'] === type && movements[0]['quantity'] === quantity,
    ).length;
const cashMoved =
  (sign: number) =>
  ({ holdings }: Account): number =>
    ((holdings['$EUR'] ?? 0) - 1_000) / (sign * AMOUNT);
const GATEWAY: Partial<MoneySettings> = { booking: 'gateway', funding: 'none' };
const DONE = ['COMPLETED', 'CONFIRMED'];

const WRITES: readonly Write[] = [
  {
    name: 'POST withdrawal',
    step: 'submit',
    spoils: /^POST \/payments\/withdrawals/,
    ask: money(requestWithdrawal),
    effects: ({ withdrawals }) => standing(withdrawals),
    done: ['SUBMITTED', 'PROCESSING', 'PAID', ...DONE],
  },
  {
    name: 'POST increase',
    step: 'issue',
    spoils: /^POST .*increases/,
    ask: money(increaseVirtualCash),
    effects: ({ movements }) => standing(movements),
    done: ['ISSUED', ...DONE],
  },
  {
    name: 'POST decrease',
    step: 'issue',
    spoils: /^POST .*decreases/,
    ask: money(decreaseVirtualCash),
    effects: ({ movements }) => standing(movements),
    done: ['ISSUED', 'QUEUED', ...DONE],
  },
  {
    name: 'POST events/deposit',
    step: 'book',
    spoils: /^POST \/events\/deposit/,
    settings: { funding: 'none' },
    ask: money(registerDeposit, { funding: 'none' }),
    effects: booked('CASH_DEPOSIT', AMOUNT),
    done: DONE,
  },
  {
    name: 'POST events/withdraw',
    step: 'tell',
    spoils: /^POST \/events\/withdraw/,
    ask: money(requestWithdrawal),
    effects: booked('CASH_WITHDRAWAL', -AMOUNT),
    done: DONE,
  },
  {
    name: 'POST transaction',
    step: 'book-transaction',
    spoils: /^POST .*\/transactions/,
    ask: money(registerDeposit, GATEWAY),
    effects: booked('CASH_DEPOSIT', AMOUNT),
    done: DONE,
  },
  {
    name: 'PATCH holdings',
    step: 'book-holdings',
    spoils: /^PATCH \/portfolios\/[^/]*\/? .*"portfolio"/,
    ask: money(registerDeposit, GATEWAY),
    effects: cashMoved(1),
    done: DONE,
  },
  {
    name: 'PATCH divest_amount',
    step: 'reserve',
    spoils: /^PATCH \/portfolios\/[^/]*\/? .*divest_amount/,
    robo: true,
    ask: money(requestWithdrawal),
    effects: ({ withdrawals }) => standing(withdrawals),
    done: ['SUBMITTED', 'PROCESSING', 'PAID', ...DONE],
  },
  {
    name: 'PATCH transaction',
    step: 'move',
    spoils: /^PATCH .*\/transactions/,
    ask: async ({ world, account, key }) => {
      const id = `T9${account.portfolio.id.slice(2)}`;
      const placed = {
        type: 'BUY',
        status: 'PLACED',
        datetime: '2023-01-01T00:00:00Z',
        instrument_id: ISIN,
        quantity: 7,
      };
      account.transactions.push({ id, external_id: 'order', version: 1, order_type: 'MARKET', movements: [placed] });
      await updateOrderStatus(world.orders, OPERATOR, {
        portfolioId: account.portfolio.id,
        transactionId: parseTransactionId(id) ?? '',
        status: 'EXECUTED',
        quantity: decimal('7'),
        unitPrice: decimal('10'),
        datetime: dateTime(new Date('2023-01-02T00:00:00Z')),
        idempotencyKey: key,
      });
      return undefined;
    },
    effects: ({ transactions }) =>
      transactions
        .flatMap(({ movements }) => movements)
        .filter(({ type, status }) => type === 'BUY' && status === 'EXECUTED').length,
    done: DONE,
  },
  {
    name: 'PATCH of all holdings',
    step: 'write',
    spoils: /^PATCH \/portfolios\/[^/]*\/? .*"portfolio"/,
    ask: async ({ world, account, key }) => {
      const portfolioId = account.portfolio.id;
      const holdings = [{ instrumentId: ISIN, quantity: decimal('7') }];
      await updateHoldings(world.orders, OPERATOR, { portfolioId, holdings, idempotencyKey: key });
      return undefined;
    },
    effects: ({ holdings }) => (holdings[ISIN] === 7 ? 1 : 0),
    done: DONE,
  },
  {
    name: 'POST order',
    step: 'submit',
    spoils: /^POST \/orders/,
    ask: buy,
    effects: ({ orders }) => orders.size,
    done: ['SUBMITTED', 'WORKING', 'FILLED', 'SETTLED'],
    expires: true,
  },
  {
    name: 'POST transaction of an order',
    step: 'record',
    spoils: /^POST .*\/transactions/,
    ask: async (asked) => {
      await buy(asked);
      return await asked.world.rowOf(asked.account.portfolio.id, 'transaction-record');
    },
    effects: ({ transactions }) => transactions.filter(({ external_id: id }) => String(id).startsWith('ord_')).length,
    done: DONE,
  },
  {
    name: 'DELETE order',
    step: 'watch',
    spoils: /^DELETE \/orders/,
    slow: true,
    ask: buy,
    afterwards: async ({ world, key }, id) => {
      await cancelOrder(world.money, OPERATOR, { id, idempotencyKey: `${key}-cancel` });
    },
    effects: ({ orders }) => orders.size - standing(orders),
    done: ['CANCELLED'],
  },
  {
    name: 'DELETE withdrawal',
    step: 'watch',
    spoils: /^DELETE \/payments\/withdrawals/,
    slow: true,
    ask: money(requestWithdrawal),
    afterwards: async ({ world, key }, id) => {
      await cancelWithdrawal(world.money, OPERATOR, { id, idempotencyKey: `${key}-cancel` });
    },
    effects: ({ withdrawals }) => withdrawals.size - standing(withdrawals),
    done: ['CANCELLED'],
  },
  {
    name: 'DELETE decrease',
    step: 'await',
    spoils: /^DELETE .*decreases/,
    slow: true,
    ask: money(decreaseVirtualCash),
    afterwards: async ({ world, key }, id) => {
      await cancelVirtualCashDecrease(world.money, OPERATOR, { id, idempotencyKey: `${key}-cancel` });
    },
    effects: ({ movements }) => movements.size - standing(movements),
    done: ['CANCELLED'],
  },
];

/** The outcome of the first attempt. A kill loses its answer as well, or ends it before anything was sent. */
const FIRST = {
  'no lost answer': { fates: [] },
  'lost, done': { fates: [{ kind: 'lost', work: 'done' }] },
  'lost, not done': { fates: [{ kind: 'lost', work: 'never' }] },
  'lost, done late': { fates: [{ kind: 'lost', work: { afterMs: 20_000 } }] },
  'killed before it was sent': { fates: [], kill: 'sending' },
  'killed, done': { fates: [{ kind: 'normal' }], kill: 'store' },
  'killed, not done': { fates: [{ kind: 'lost', work: 'never' }], kill: 'store' },
  'killed, done late': { fates: [{ kind: 'lost', work: { afterMs: 20_000 } }], kill: 'store' },
} as const satisfies Record<string, { readonly fates: readonly Fate[]; readonly kill?: 'sending' | 'store' }>;
type First = keyof typeof FIRST;

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const STATUSES = [...range(400, 429), ...range(500, 504)];
/** Answers of this status before all is well: a few, or for longer than anybody waits. */
const TIMES = [3, 1_000];

interface Cell {
  readonly write: Write;
  readonly first: First;
  readonly status: number;
  readonly times: number;
  readonly account: Account;
  id: string;
}

const nameOf = ({ write, first, status, times }: Cell): string => `${write.name} × ${first} × ${times} × ${status}`;

type Place = Readonly<Record<'write' | 'first' | 'status' | 'times', number>>;

/** Each write with each status once, the rest of the cell in turn. */
const sample = ({ write, first, status, times }: Place): boolean =>
  first * TIMES.length + times === (status + 5 * write) % (Object.keys(FIRST).length * TIMES.length);
/** A DELETE that is done after it was refused, and one that is never allowed: a complete run found these. */
const found = ({ write, first, status, times }: Place): boolean =>
  WRITES[write]?.name.startsWith('DELETE') === true &&
  times === TIMES.length - 1 &&
  ((Object.keys(FIRST)[first] === 'lost, done late' && [400, 404, 409, 410, 422].includes(STATUSES[status] ?? 0)) ||
    (Object.keys(FIRST)[first] === 'no lost answer' && [401, 429].includes(STATUSES[status] ?? 0)));

/** `TABLE=all` plays every cell (some ten minutes), `TABLE="DELETE withdrawal"` those of one write. */
const chosen = (table: string | undefined): ((place: Place) => boolean) => {
  if (table === undefined || table === '') return (place) => sample(place) || found(place);
  return ({ write }) => table === 'all' || WRITES[write]?.name === table;
};

function cellsOf(world: TableWorld, isIn: (place: Place) => boolean): Cell[] {
  const cells: Cell[] = [];
  for (const [w, write] of WRITES.entries()) {
    for (const [f, first] of (Object.keys(FIRST) as First[]).entries()) {
      for (const [s, status] of STATUSES.entries()) {
        for (const [t, times] of TIMES.entries()) {
          if (!isIn({ write: w, first: f, status: s, times: t })) continue;
          const account = world.upstreams.add(cells.length + 1, write.spoils, write);
          const answers = Array.from({ length: times }, (): Fate => ({ kind: 'answer', status }));
          account.fates.push(...FIRST[first].fates, ...answers);
          cells.push({ write, first, status, times, account, id: '' });
        }
      }
    }
  }
  return cells;
}

/** Ends of a request that had no effect. */
const NOT_DONE: readonly string[] = ['FAILED', 'REJECTED', 'EXPIRED'];

/** The violation found in a cell; undefined where it holds. */
function wrongIn({ write, account }: Cell, row: WorkflowRow): string | undefined {
  const effects = write.effects(account);
  const told = `${row.state} (${row.reason}) with ${effects} effects`;
  if (effects > 1) return `more than once: ${told}`;
  if (write.done.includes(row.state)) return effects === 1 ? undefined : `done without effect: ${told}`;
  if (NOT_DONE.includes(row.state)) return effects === 0 ? undefined : `failed with an effect: ${told}`;
  if (row.state === 'NEEDS_REVIEW' || row.state === 'IN_DOUBT') return row.reason ? undefined : `no reason: ${told}`;
  if (row.step === null) return `ended: ${told}`;
  return row.waiting_for === null || row.due_at === null ? `neither waits nor ends: ${told}` : undefined;
}

/** Statuses that speak of us; those of a DELETE or PATCH that mean its object's state are left out. */
const isOfUs = (status: number): boolean => status < 500 && ![400, 404, 408, 409, 410, 412, 422].includes(status);

/** A request refused for a fault on our side waits, and is counted. */
function notCounted(
  { write, first, status, times }: Cell,
  { waiting_for: waitingFor, sent_at: sentAt }: WorkflowRow,
): boolean {
  const isRefused = write.expires !== true && first === 'no lost answer' && times > 3 && isOfUs(status);
  return isRefused && !(waitingFor?.endsWith('-refused') === true && sentAt === null);
}

const MINUTE_MS = 60_000;

/** A few at a time, so that no call waits for its turn longer than its time. */
async function inTurns<T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < values.length; start += 100)
    await Promise.all(values.slice(start, start + 100).map(work));
}

/** The worker of a cell's row dies once, at the call that the cell is about. */
function killOnce(world: TableWorld, cells: readonly Cell[]): void {
  const left = new Map(cells.filter(({ first }) => 'kill' in FIRST[first]).map((cell) => [cell.id, cell]));
  world.dies = (at, row) => {
    const cell = left.get(row.id);
    if (cell === undefined) return false;
    const { first, account, write } = cell;
    const how = FIRST[first];
    const isNow = 'kill' in how && how.kill === at && (at === 'store' ? account.taken > 0 : row.step === write.step);
    return isNow && left.delete(row.id);
  };
}

async function play(world: TableWorld, isIn: (place: Place) => boolean): Promise<string[]> {
  const cells = cellsOf(world, isIn);
  const ask = (cell: Cell, key: string) =>
    cell.write.ask({ world, account: cell.account, key: `${cell.account.group}-${key}` });
  await inTurns(cells, async (cell) => {
    cell.id = (await ask(cell, 'first')) ?? (await world.rowOf(cell.account.portfolio.id));
  });
  killOnce(world, cells);
  await world.pass(10_000);
  await inTurns(
    cells,
    async (cell) => await cell.write.afterwards?.({ world, account: cell.account, key: cell.id }, cell.id),
  );
  await world.pass(12 * MINUTE_MS);
  const wrong: string[] = [];
  const failed: Cell[] = [];
  for (const cell of cells) {
    const row = await world.row(cell.id);
    const problem = wrongIn(cell, row);
    if (problem !== undefined) wrong.push(`${nameOf(cell)}: ${problem}`);
    if (notCounted(cell, row)) wrong.push(`${nameOf(cell)}: ${row.state} waits for ${row.waiting_for}`);
    if (NOT_DONE.includes(row.state) && row.amount !== null) failed.push(cell);
  }
  // A client that was told that nothing was done asks again.
  for (const { account } of failed) account.fates.splice(0);
  await inTurns(failed, async (cell) => void (await ask(cell, 'second')));
  await world.pass(MINUTE_MS);
  for (const cell of failed) {
    const effects = cell.write.effects(cell.account);
    if (effects !== 1) wrong.push(`${nameOf(cell)}: asked again after FAILED, and ${effects} effects`);
  }
  return wrong;
}

describeStores('every write × what becomes of its first attempt × every status', (kind, name) => {
  it('has its effect once, or never, or a review with the doubt as its reason', async () => {
    const clock = new Clock();
    const store = await kind.open(clock.now);
    const world = await TableWorld.start(store, clock);
    try {
      const some = (place: Place): boolean => sample(place) && place.status % 9 === 0;
      const wrong = await play(world, name === 'PostgreSQL' ? some : chosen(process.env['TABLE']));
      expect(wrong).toEqual([]);
      expect(world.troubles).toEqual([]);
    } finally {
      await world.stop();
    }
  }, 1_800_000);

  it('does not take the booking of one deposit for that of another of the same amount', async () => {
    const clock = new Clock();
    const store = await kind.open(clock.now);
    const world = await TableWorld.start(store, clock);
    try {
      const account = world.upstreams.add(1, /^POST \/events\/deposit/, {});
      const refused = Array.from({ length: 1_000 }, (): Fate => ({ kind: 'answer', status: 400 }));
      account.fates.push({ kind: 'normal' }, { kind: 'lost', work: 'never' }, ...refused);
      const deposit = money(registerDeposit, { funding: 'none' });
      const first = await deposit({ world, account, key: 'first' });
      await world.pass(10_000);
      const second = await deposit({ world, account, key: 'second' });
      await world.pass(12 * MINUTE_MS);
      expect((await world.row(first)).state).toBe('COMPLETED');
      expect(await world.row(second)).toMatchObject({ state: 'NEEDS_REVIEW', step: 'book' });
      expect(booked('CASH_DEPOSIT', AMOUNT)(account)).toBe(1);
    } finally {
      await world.stop();
    }
  });
});
