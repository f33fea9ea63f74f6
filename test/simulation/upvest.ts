import { type BookedLine, type Booking, SimulatedLedgers } from './ledgers.ts';
import { type Order, SimulatedOrders } from './orders.ts';
import {
  type Answer,
  type Call,
  CUSTOMERS,
  cents,
  list,
  money,
  NOT_FOUND,
  ok,
  type UpstreamWorld,
  type Wire,
} from './wire.ts';

export interface Payment extends Wire {
  readonly id: string;
  readonly account_group_id: string;
  readonly amount: string;
  status: string;
  updated_at: string;
}
export interface VirtualCash extends Payment {
  readonly direction: 'INCREASE' | 'DECREASE';
}

interface Group {
  /** In cents. */
  balance: number;
  /** Of which not yet settled. */
  pending: number;
  /** Of sells, not yet settled: it can be traded with. */
  sold: number;
  readonly withdrawals: Map<string, Payment>;
  readonly movements: Map<string, VirtualCash>;
  readonly orders: SimulatedOrders;
  readonly ledgers: SimulatedLedgers;
}

export interface UpvestEvent extends Wire {
  readonly id: string;
  readonly type: string;
}

/** The broker's opening balance, in cents. */
export const BROKER_START = 100_000;
/** Of the robo portfolio's, what has to be settled first. */
const UNSETTLED = 80_000;

/** Cash that arrives at the end, so that nothing waits for it for ever. */
export const FUNDED = 1_000_000;

const HELD = ['US0378331005', 'IE00B4L5Y983'];
const UNITS_HELD = 20;

/** How long an object may be missing from the lists after it was made. */
const LAG_MS = 3_000;

/** Upvest as far as money goes: docs of the fact sheet's chapters on idempotency, virtual cash and withdrawals. */
export class SimulatedUpvest {
  readonly groups: ReadonlyMap<string, Group>;
  /** Withdrawals that were paid, and whose money came back. */
  readonly returned = new Set<string>();
  readonly #world: UpstreamWorld;
  readonly #emit: (event: UpvestEvent) => void;
  readonly #keys = new Map<string, string>();
  readonly #groupOfObject = new Map<string, Group>();
  /** Until when an object is not in the lists yet. */
  readonly #hiddenUntil = new Map<string, number>();
  /** Whether it tells of the lines of its ledgers. */
  readonly #follows: boolean;
  #isSlow = false;

  constructor(
    world: UpstreamWorld,
    { follows, emit }: { readonly follows: boolean; readonly emit: (event: UpvestEvent) => void },
  ) {
    this.#world = world;
    this.#emit = emit;
    this.#follows = follows;
    this.groups = new Map(
      CUSTOMERS.map(({ group, isRobo }) => {
        const pending = isRobo ? UNSETTLED : 0;
        return [group, this.#groupWith(group, pending)];
      }),
    );
    for (const [id, group] of this.groups) {
      if (group.pending > 0) world.later(world.random.between(1_000, 15_000), () => this.#settle(id, group));
    }
    this.#isSlow = world.random.chance(0.2);
  }

  #groupWith(id: string, pending: number): Group {
    const tools = {
      ...this.#world,
      event: (type: string, object: Wire) => this.#event(type, object),
      time: () => this.#time(),
      follows: this.#follows,
    };
    const ledgers = new SimulatedLedgers(tools, id);
    const purse = {
      available: () => this.available(group) + group.sold,
      spend: (amount: number) => {
        group.balance -= amount;
        if (amount < 0) group.sold -= amount;
        this.#tellBalance(id, group);
      },
      settle: (amount: number) => {
        group.sold -= amount;
        this.#tellBalance(id, group);
      },
      ...(this.#follows && { book: (booking: Booking) => void ledgers.book(booking) }),
    };
    const orders = new SimulatedOrders(tools, purse);
    const [withdrawals, movements] = [new Map(), new Map()];
    const group: Group = { balance: BROKER_START, pending, sold: 0, withdrawals, movements, orders, ledgers };
    for (const [isin, units] of this.startingUnits(id)) orders.positions.set(isin, units);
    return group;
  }

  /** Units that the robo advisor may sell. */
  startingUnits(groupId: string): ReadonlyMap<string, number> {
    return new Map(groupId === CUSTOMERS[0]?.group ? HELD.map((isin) => [isin, UNITS_HELD]) : []);
  }

  /** The object created under an idempotency key. */
  madeUnder(key: string): Payment | Order | undefined {
    const id = this.#keys.get(key) ?? '';
    const group = this.#groupOfObject.get(id);
    return group?.withdrawals.get(id) ?? group?.movements.get(id) ?? group?.orders.all.get(id);
  }

  /** Whether a payment or a movement has not come to its end. */
  get isMoving(): boolean {
    return [...this.groups.values()].some(
      ({ withdrawals, movements, orders }) =>
        orders.isMoving ||
        [...withdrawals.values(), ...movements.values()].some(
          ({ status }) => !['CONFIRMED', 'CANCELLED'].includes(status),
        ),
    );
  }

  /** Money for everything that waits for some. */
  fund(): void {
    for (const [id, group] of this.groups) {
      if (this.#follows)
        this.book(id, {
          ...{ ledger: 'cash', type: 'CREDIT_FUNDING', amount: money(FUNDED), references: [], expects: 'one' },
        });
      else {
        group.balance += FUNDED;
        this.#tellBalance(id, group);
      }
    }
  }

  /** An order that came from elsewhere. */
  place(groupId: string, body: Wire): void {
    const group = this.groups.get(groupId);
    if (group !== undefined) this.#groupOfObject.set(group.orders.make(body).id, group);
  }

  /** Books a line, and what it moves. */
  book(groupId: string, booking: Booking): BookedLine | undefined {
    const group = this.groups.get(groupId);
    if (group === undefined) return undefined;
    const { ledger, amount, isin = '' } = booking;
    if (ledger === 'cash') group.balance += cents(amount);
    else group.orders.positions.set(isin, (group.orders.positions.get(isin) ?? 0) + Number(amount));
    const line = group.ledgers.book(booking);
    if (booking.isTold !== false) this.#tellBalance(groupId, group);
    return line;
  }

  answer(call: Call): Answer {
    const { method, path, query, key, body } = call;
    if (path === '/auth/token') return ok({ access_token: 'token', expires_in: 86_400, token_type: 'Bearer' });
    if (path === '/auth/verify_keys') return ok({ keys: [VERIFY_KEY] });
    // A group's one account has its id.
    const named = String(body['account_group_id'] ?? body['account_id']);
    const groupId = this.groups.has(named)
      ? named
      : CUSTOMERS.find(({ group, brokerUser }) => `${path}?${query}`.includes(group) || path.includes(brokerUser))
          ?.group;
    const objectId = path.slice(path.lastIndexOf('/') + 1);
    const group = this.groups.get(groupId ?? '') ?? this.#groupOfObject.get(objectId);
    if (group === undefined) return NOT_FOUND;
    if (method === 'POST') return this.#create(path, key, body, group);
    if (path.startsWith('/orders/'))
      return method === 'DELETE' ? group.orders.cancel(objectId) : group.orders.read(objectId);
    if (method === 'DELETE') return this.#cancel(objectId, group);
    if (path.endsWith('/payments/withdrawals'))
      return list([...group.withdrawals.values()].filter((each) => this.#isListed(each)));
    if (path.includes('/payments/withdrawals/')) {
      const found = group.withdrawals.get(objectId);
      return found === undefined ? NOT_FOUND : ok(found);
    }
    return this.#read(call, groupId ?? '', group);
  }

  #read({ path, query }: Call, groupId: string, group: Group): Answer {
    if (path.endsWith('/cash_balances')) return list([this.#balanceOf(groupId, group)]);
    if (path.endsWith('/reference_accounts')) return list([REFERENCE_ACCOUNT]);
    if (path === '/transactions/cash') return group.ledgers.list('cash', (line) => this.#isListed(line));
    if (path === '/transactions/securities') return group.ledgers.list('securities', () => true);
    const customer = CUSTOMERS.find((each) => each.group === groupId);
    if (path === `/account_groups/${groupId}`)
      return ok({ id: groupId, status: 'ACTIVE', users: [{ id: customer?.brokerUser, type: 'OWNER' }] });
    if (path.endsWith('/orders')) return group.orders.list(query, (order) => this.#isListed(order));
    if (path.endsWith('/positions')) return group.orders.positionsOf(groupId);
    if (path.endsWith('/accounts')) return list([{ id: groupId, account_group_id: groupId }]);
    return NOT_FOUND;
  }

  available(group: Group): number {
    const open = (payment: Payment): boolean => payment.status === 'NEW' || payment.status === 'PROCESSING';
    const taken = [...group.withdrawals.values()].filter(open).reduce((sum, { amount }) => sum + cents(amount), 0);
    return group.balance - group.pending - group.sold - taken - group.orders.locked;
  }

  #balanceOf(id: string, group: Group): Wire {
    const available = money(this.available(group));
    return {
      account_group_id: id,
      currency: 'EUR',
      balance: money(group.balance),
      locked_for_trading: money(group.orders.locked),
      pending_settlement: money(group.pending + group.sold),
      available_for_withdrawal: available,
      available_for_trading: money(this.available(group) + group.sold),
    };
  }

  #create(path: string, key: string, body: Wire, group: Group): Answer {
    if (!/^[0-9a-f-]{36}$/.test(key)) return { status: 400, body: { type: 'missing_idempotency_key' } };
    const known = this.#keys.get(key);
    if (known !== undefined) return ok(this.madeUnder(key) ?? {});
    if (path === '/orders') {
      const order = group.orders.make(body);
      this.#keep(key, { id: order.id, amount: order.cash_amount || order.quantity }, group);
      return ok(order, 202);
    }
    const amount = cents(body['amount']);
    if (path === '/payments/withdrawals') {
      if (this.available(group) < amount) return { status: 400, body: { title: 'Insufficient funds', status: 400 } };
      const made: Payment = {
        ...this.#object(body),
        reference_account_id: body['reference_account_id'],
        status: 'NEW',
      };
      group.withdrawals.set(made.id, made);
      this.#keep(key, made, group);
      this.#change('WITHDRAWAL', made, 'NEW');
      this.#moveOn(made, group);
      return ok(made);
    }
    const direction = path.endsWith('/increases') ? 'INCREASE' : 'DECREASE';
    const made: VirtualCash = { ...this.#object(body), direction, status: 'ISSUED' };
    group.movements.set(made.id, made);
    this.#keep(key, made, group);
    this.#change(`VIRTUAL_CASH_${direction}`, made, 'ISSUED');
    this.#confirmLater(made, group);
    return ok(made, 202);
  }

  #object(body: Wire) {
    const at = this.#time();
    const id = this.#world.random.uuid();
    const { account_group_id, amount, currency } = body;
    return {
      id,
      account_group_id: String(account_group_id),
      amount: String(amount),
      currency,
      created_at: at,
      updated_at: at,
    };
  }

  #keep(key: string, made: Pick<Payment, 'id' | 'amount'>, group: Group): void {
    this.#keys.set(key, made.id);
    this.#groupOfObject.set(made.id, group);
    if (this.#world.random.chance(0.3))
      this.#hiddenUntil.set(made.id, this.#world.now() + this.#world.random.between(0, LAG_MS));
    this.#world.tell(`makes ${made.id.slice(0, 8)} over ${made.amount}`);
  }

  #isListed({ id, references }: Wire): boolean {
    const object = Array.isArray(references) ? references[0]?.id : id;
    return (this.#hiddenUntil.get(String(object)) ?? 0) <= this.#world.now();
  }

  #cancel(id: string, group: Group): Answer {
    const payment = group.withdrawals.get(id);
    const object = payment ?? group.movements.get(id);
    if (object === undefined) return NOT_FOUND;
    const mayBe = payment === undefined ? ['ISSUED', 'QUEUED'] : ['NEW'];
    if (!mayBe.includes(object.status)) return { status: 422, body: { title: 'Too late', status: 422 } };
    this.#change(payment === undefined ? 'VIRTUAL_CASH_DECREASE' : 'WITHDRAWAL', object, 'CANCELLED');
    return { status: 204 };
  }

  #moveOn(payment: Payment, group: Group): void {
    const { random, later } = this.#world;
    later(random.between(100, this.#isSlow ? 12_000 : 3_000), () => {
      if (payment.status !== 'NEW') return;
      if (random.chance(0.04)) return this.#change('WITHDRAWAL', payment, 'CANCELLED');
      this.#change('WITHDRAWAL', payment, 'PROCESSING');
      later(random.between(100, 4_000), () => {
        if (random.chance(0.03)) return this.#change('WITHDRAWAL', payment, 'CANCELLED');
        group.balance -= cents(payment.amount);
        this.#book(group, payment, 'WITHDRAWAL');
        this.#change('WITHDRAWAL', payment, 'CONFIRMED');
        this.#tellBalance(payment.account_group_id, group);
        if (this.#world.rare.chance(0.06)) later(random.between(50, 6_000), () => this.#takeBack(payment, group));
      });
    });
  }

  /** The receiver's bank sends the money back. */
  #takeBack(payment: Payment, group: Group): void {
    group.balance += cents(payment.amount);
    this.returned.add(payment.id);
    if (this.#follows) this.#book(group, payment, 'WITHDRAWAL', true);
    this.#change('WITHDRAWAL', payment, 'CANCELLED');
    this.#tellBalance(payment.account_group_id, group);
  }

  #confirmLater(movement: VirtualCash, group: Group): void {
    const { random, later } = this.#world;
    later(random.between(100, this.#isSlow ? 12_000 : 3_000), () => {
      if (movement.status !== 'ISSUED' && movement.status !== 'QUEUED') return;
      const isIn = movement.direction === 'INCREASE';
      const amount = cents(movement.amount);
      if (!isIn && this.available(group) < amount) {
        if (movement.status === 'ISSUED') this.#change('VIRTUAL_CASH_DECREASE', movement, 'QUEUED');
        return this.#confirmLater(movement, group);
      }
      group.balance += isIn ? amount : -amount;
      const noun = `VIRTUAL_CASH_${movement.direction}`;
      this.#book(group, movement, noun);
      this.#change(noun, movement, 'CONFIRMED');
      this.#tellBalance(movement.account_group_id, group);
    });
  }

  #book({ ledgers }: Group, { id, amount }: Payment, type: string, isBack = false): void {
    const isIn = type === 'VIRTUAL_CASH_INCREASE' || isBack;
    ledgers.book({
      ledger: 'cash',
      type: isBack ? `${type}_CANCELLATION` : type,
      amount: isIn ? amount : `-${amount}`,
      references: [{ id, type }],
      expects: isBack ? 'maybe' : 'none',
    });
  }

  #settle(id: string, group: Group): void {
    group.pending = 0;
    this.#world.tell('settles trades');
    this.#tellBalance(id, group);
  }

  #tellBalance(id: string, group: Group): void {
    this.#event('CASH_BALANCE.UPDATED', this.#balanceOf(id, group));
  }

  #change(noun: string, object: Payment, status: string): void {
    object.status = status;
    object.updated_at = this.#time();
    this.#world.tell(`${noun} ${object.id.slice(0, 8)} is ${status}`);
    this.#event(`${noun}.${status}`, { ...object });
  }

  #event(type: string, object: Wire): void {
    this.#emit({ id: this.#world.random.uuid(), created_at: this.#time(), type, object });
  }

  #time(): string {
    return new Date(this.#world.now()).toISOString();
  }
}

const REFERENCE_ACCOUNT = {
  id: '00000000-0000-4000-8000-00000000000a',
  name: 'Bank',
  account_owner: 'Somebody',
  iban: 'DE02100500000054540402',
};

/** A public key that nothing is verified by: see SimulatedProcess.verify. */
export const VERIFY_KEY = {
  kid: 'simulated',
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};
