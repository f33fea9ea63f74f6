import {
  type Answer,
  type Call,
  CUSTOMERS,
  type Customer,
  cents,
  NOT_FOUND,
  ok,
  type UpstreamWorld,
  type Wire,
} from './wire.ts';

export interface Portfolio {
  readonly customer: Customer;
  version: number;
  holdings: Record<string, number>;
  divest: number | null;
  readonly transactions: Transaction[];
  /** The latest; undefined while there is none. */
  optimization: Optimization | undefined;
}

interface Optimization {
  readonly id: string;
  readonly isRecommended: boolean;
  readonly startedAt?: number;
  /** Until then it is computed. */
  readonly readyAt: number;
  readonly orders: Readonly<Record<string, number | string>>;
}

interface Transaction extends Wire {
  readonly id: string;
  readonly external_id: string | null;
  version: number;
  movements: readonly Wire[];
  /** Made by a cash event and not by a POST. */
  readonly isOwn: boolean;
  readonly visibleFrom: number;
}

export interface BusEvent extends Wire {
  readonly id: string;
}

/** Cash in InvestSuite at the start, in cents; the same as the broker's. */
export const INVESTSUITE_START = 100_000;
/** Reservations by others of the robo portfolio, in currency units. */
export const RESERVED_BY_OTHERS = 3;

/** How long a transaction may be missing from the lists after it was made. */
const LAG_MS = 3_000;

interface InvestSuiteOptions {
  readonly booksByEvents: boolean;
  readonly emit: (event: BusEvent) => void;
  /** Before holdings are written. Where it is given, the list of all portfolios has one of them a page. */
  readonly onHoldings?: ((portfolio: Portfolio, holdings: Readonly<Record<string, number>>) => void) | undefined;
}

/** InvestSuite as far as money goes: portfolios with holdings and reservations, transactions, cash events with keys. */
export class SimulatedInvestSuite {
  readonly portfolios: ReadonlyMap<string, Portfolio>;
  /** Effects of cash events, by their keys. */
  readonly events = new Map<string, Wire>();
  readonly #world: UpstreamWorld;
  readonly #emit: (event: BusEvent) => void;
  readonly #booksByEvents: boolean;
  readonly #onHoldings: InvestSuiteOptions['onHoldings'];
  /** Answers 409 to writes until then. */
  rebalancingUntil = 0;

  constructor(world: UpstreamWorld, { booksByEvents, emit, onHoldings }: InvestSuiteOptions) {
    this.#world = world;
    this.#booksByEvents = booksByEvents;
    this.#onHoldings = onHoldings;
    this.#emit = emit;
    this.portfolios = new Map(
      CUSTOMERS.map((customer) => [
        customer.portfolio,
        {
          customer,
          version: 1,
          holdings: { $EUR: INVESTSUITE_START / 100, US0378331005: 2.5 },
          divest: customer.isRobo ? RESERVED_BY_OTHERS : null,
          transactions: [],
          optimization: undefined,
        },
      ]),
    );
  }

  answer(call: Call): Answer {
    const { method, path, query } = call;
    if (path.startsWith('/auth/'))
      return ok({ access_token: 'token', token_type: 'Bearer', expires_in: '86400', refresh_token: 'refresh' });
    if (path.startsWith('/users')) return this.#users(path, query);
    const event = /^\/events\/(deposit|withdraw)/.exec(path)?.[1];
    if (event !== undefined) return this.#event(event, call);
    const portfolio = this.portfolios.get(/P[0-9A-Z]{26}/.exec(path)?.[0] ?? '');
    if (path.includes('/optimizations')) return this.#optimization(portfolio);
    if (portfolio === undefined) return path.startsWith('/portfolios') ? this.#search(query) : NOT_FOUND;
    const [, transactions, id = ''] = /(\/transactions)\/?([^/]*)/.exec(path) ?? [];
    if (transactions !== undefined) return this.#transaction(portfolio, id, call);
    if (method === 'PATCH') {
      if (this.#isRebalancing) return CONFLICT;
      this.#patch(portfolio, call.body);
    }
    return ok(wireOf(portfolio));
  }

  get #isRebalancing(): boolean {
    return this.#world.now() < this.rebalancingUntil;
  }

  #users(path: string, query: string): Answer {
    const known = CUSTOMERS.filter(({ user }) => `${path}?${query}`.includes(user));
    const rows = known.map(({ user }) => ({ id: user, first_name: 'First', last_name: 'Last' }));
    if (/\/U[0-9A-Z]{26}/.test(path)) return rows[0] === undefined ? NOT_FOUND : ok(rows[0]);
    return ok({ next: null, count: rows.length, results: rows });
  }

  #search(query: string): Answer {
    const all = [...this.portfolios.values()];
    const named = all.filter(({ customer }) =>
      [customer.portfolio, customer.user, customer.group].some((id) => query.includes(id)),
    );
    const isOpen = !/[PU]0{10}|-4000-9000-/.test(query);
    const start = Number(/offset=(\d+)/.exec(query)?.[1] ?? 0);
    if (isOpen && this.#onHoldings !== undefined) {
      const next = start + 1 < all.length ? `https://investsuite.test/portfolios/?offset=${start + 1}` : null;
      return ok({ next, count: all.length, results: all.slice(start, start + 1).map(wireOf) });
    }
    const results = (isOpen ? all : named).map(wireOf);
    return ok({ next: null, count: results.length, results });
  }

  #patch(portfolio: Portfolio, body: Wire): void {
    const { portfolio: holdings, config } = body as {
      portfolio?: Record<string, number>;
      config?: { manager_settings: { divest_amount: number } };
    };
    if (holdings !== undefined) {
      this.#onHoldings?.(portfolio, holdings);
      this.#world.tell(`sets cash to ${holdings['$EUR']}`);
      portfolio.holdings = holdings;
    }
    if (config !== undefined) this.#reserve(portfolio, config.manager_settings.divest_amount);
    portfolio.version += 1;
    this.#optimize(portfolio);
  }

  /** Orders to recommend for the robo portfolio, at once the latest: negative units are sold, text is an amount to buy for. */
  recommend(id: string, orders: Readonly<Record<string, number | string>>): void {
    const portfolio = this.portfolios.get(CUSTOMERS[0]?.portfolio ?? '');
    if (portfolio === undefined || this.#isCarriedOut(portfolio)) return;
    this.#world.tell(`recommends ${JSON.stringify(orders)} as ${id.slice(-2)}`);
    portfolio.optimization = { id, isRecommended: true, readyAt: this.#world.now(), orders };
    const data = {
      id,
      portfolio_id: portfolio.customer.portfolio,
      external_id: null,
      is_recommended: true,
      value: 'SUCCESS',
    };
    const event = { subject: 'optimizations', action: 'status-update', data };
    this.#emit({ id: this.#world.random.uuid(), created: this.#time(), version: '1.0.0', ...event });
  }

  /** Every PATCH of a robo portfolio starts one, which has nothing to recommend; where there was none yet, it is as if there were no adviser. */
  #optimize(portfolio: Portfolio): void {
    if (portfolio.optimization === undefined || this.#isCarriedOut(portfolio)) return;
    const id = `O9${String(portfolio.version).padStart(25, '0')}`;
    const readyAt = this.#world.now() + 500 + ((portfolio.version * 700) % 2_500);
    portfolio.optimization = { id, isRecommended: false, startedAt: this.#world.now(), readyAt, orders: {} };
  }

  /** No optimization is made before all transactions of the latest are executed, or have ended. */
  #isCarriedOut({ optimization, transactions }: Portfolio): boolean {
    const own = transactions.filter(
      (each) => optimization !== undefined && each['optimization_id'] === optimization.id,
    );
    const isOpen = ({ movements }: Transaction): boolean =>
      movements.every(({ status }) => status === 'PLANNED' || status === 'PENDING' || status === 'PLACED');
    return own.some(isOpen) || (own.length > 0 && own.length < Object.keys(optimization?.orders ?? {}).length);
  }

  #optimization(portfolio: Portfolio | undefined): Answer {
    const { optimization } = portfolio ?? {};
    if (optimization === undefined) return NOT_FOUND;
    if (optimization.readyAt > this.#world.now()) return { status: 202, body: { message: 'not available (yet)' } };
    const orders = Object.entries(optimization.orders).map(([isin, wanted]) => {
      const isAmount = typeof wanted === 'string';
      const quantity = Number(wanted);
      const shares = isAmount ? quantity / 12.5 : quantity;
      const order = { shares, expected_share_price: 12.5, quantity_type: isAmount ? 'AMOUNT' : 'UNITS', quantity };
      return [isin, order] as const;
    });
    const { id, isRecommended: is_recommended } = optimization;
    const body = { id, status: 'SUCCESS', owner_choice: null };
    return ok({ ...body, portfolio_update: { is_recommended, orders: Object.fromEntries(orders) } });
  }

  #reserve(portfolio: Portfolio, total: number | null): void {
    portfolio.divest = total === 0 ? null : total;
    this.#world.tell(`reserves ${total}`);
    this.#emit({
      id: this.#world.random.uuid(),
      created: this.#time(),
      version: '1.0.0',
      subject: 'portfolios',
      action: 'divest-amount-update',
      data: { id: portfolio.customer.portfolio, external_id: null, divest_amount: total ?? 0, currency: 'EUR' },
    });
  }

  #transaction(portfolio: Portfolio, id: string, { method, body, query }: Call): Answer {
    const { transactions } = portfolio;
    if (method === 'POST') {
      if (this.#isRebalancing) return CONFLICT;
      return ok(this.#make(portfolio, { ...body, movements: body['movements'] as Wire[], isOwn: false }));
    }
    const known = transactions.find((each) => each.id === id);
    if (id === '') {
      const wanted = /external_id eq '([^']*)'/.exec(decodeURIComponent(query.replaceAll('+', ' ')))?.[1];
      const seen = transactions.filter(
        (each) => each.visibleFrom <= this.#world.now() && (wanted === undefined || each.external_id === wanted),
      );
      return ok({ next: null, count: seen.length, results: seen.map(transactionOf) });
    }
    if (known === undefined) return NOT_FOUND;
    if (method === 'PATCH') {
      if (this.#isRebalancing) return CONFLICT;
      known.movements = body['movements'] as Wire[];
      known.version += 1;
    }
    return ok(transactionOf(known));
  }

  #make(portfolio: Portfolio, of: Wire & { readonly movements: readonly Wire[]; readonly isOwn: boolean }): Wire {
    const { random, now } = this.#world;
    const made: Transaction = {
      ...of,
      id: `T${String(this.#count(portfolio)).padStart(26, '0')}`,
      external_id: typeof of['external_id'] === 'string' ? of['external_id'] : null,
      version: 1,
      creation_datetime: this.#time(),
      visibleFrom: now() + (random.chance(0.3) ? random.between(0, LAG_MS) : 0),
    };
    portfolio.transactions.push(made);
    this.#world.tell(`books ${JSON.stringify(made.movements[0]?.['quantity'])} as ${made.id.slice(-3)}`);
    return transactionOf(made);
  }

  #count(portfolio: Portfolio): number {
    return Number(portfolio.customer.portfolio.slice(-1)) * 1_000 + portfolio.transactions.length;
  }

  #event(kind: string, { key, body }: Call): Answer {
    if (this.events.has(key)) return { status: 202, body: {} };
    if (this.#isRebalancing) return CONFLICT;
    const data = body['data'] as { readonly portfolio: string; readonly amount: number };
    const portfolio = this.portfolios.get(data.portfolio);
    if (portfolio === undefined) return NOT_FOUND;
    this.events.set(key, { kind, ...data });
    this.#world.tell(`takes the event ${kind} ${data.amount}`);
    if (!this.#booksByEvents) return { status: 202, body: {} };
    const signed = kind === 'deposit' ? Number(data.amount) : -Number(data.amount);
    const type = kind === 'deposit' ? 'CASH_DEPOSIT' : 'CASH_WITHDRAWAL';
    const movement = { type, status: 'SETTLED', datetime: this.#time(), instrument_id: '$EUR', quantity: signed };
    this.#make(portfolio, { movements: [movement], isOwn: true });
    const cash = cents(portfolio.holdings['$EUR'] ?? 0) + cents(signed);
    portfolio.holdings = { ...portfolio.holdings, $EUR: cash / 100 };
    if (kind === 'withdraw' && portfolio.divest !== null) this.#reserve(portfolio, 0);
    portfolio.version += 1;
    return { status: 202, body: {} };
  }

  #time(): string {
    return new Date(this.#world.now()).toISOString();
  }
}

const CONFLICT: Answer = { status: 409, body: { title: 'Conflict', detail: 'rebalancing', status: 409 } };

const transactionOf = ({ isOwn, visibleFrom, ...wire }: Transaction): Wire => wire;

const wireOf = ({ customer, version, holdings, divest }: Portfolio): Wire => ({
  id: customer.portfolio,
  external_id: null,
  owned_by_user_id: customer.user,
  base_currency: 'EUR',
  money_type: 'REAL_MONEY',
  status: 'ACTIVE',
  archived: false,
  deleted: false,
  funded_since: '2021-01-01T00:00:00Z',
  version,
  portfolio: holdings,
  config: {
    manager: customer.isRobo ? 'ROBO_ADVISOR_DISCRETIONARY' : 'USER_MANAGED',
    manager_settings: { divest_amount: divest },
  },
  brokerage_account: { brokerage_portfolio_id: customer.group, brokerage_user_id: customer.brokerUser },
});
