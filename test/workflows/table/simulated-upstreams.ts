import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '../../helpers/http.ts';

/** What becomes of one attempt of the write that a cell is about. */
export type Fate =
  | { readonly kind: 'normal' }
  /** The connection ends without an answer. `work`: done before that, never, or this long after. */
  | { readonly kind: 'lost'; readonly work: 'done' | 'never' | { readonly afterMs: number } }
  /** Nothing is done. */
  | { readonly kind: 'answer'; readonly status: number };

export interface Wire {
  readonly [name: string]: unknown;
}

/** A portfolio with its account group, and all that was done to both. */
export interface Account {
  readonly portfolio: Wire & { readonly id: string; version: number };
  readonly group: string;
  /** The next fates of the write that is spoiled: of an attempt each, then normal. */
  readonly fates: Fate[];
  readonly spoils: RegExp;
  /** How many of those calls have come in. */
  taken: number;
  holdings: Record<string, number>;
  divest: number | null;
  /** True: what is paid stays NEW, so that it can be cancelled. */
  slow: boolean;
  readonly withdrawals: Map<string, Wire & { status: string; readonly amount: string }>;
  readonly movements: Map<string, Wire & { status: string; readonly direction: string; readonly amount: string }>;
  readonly ledger: Wire[];
  readonly transactions: (Wire & { readonly id: string; version: number; movements: Wire[] })[];
  readonly events: Wire[];
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly key: string;
  readonly body: Wire;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

const uuid = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const ok = (body: unknown, status = 200): Answer => ({ status, body });
const NOT_FOUND: Answer = { status: 404, body: {} };

/** The request's path names the portfolio or group that it is about, or its body does. */
const PORTFOLIO = /P[0-9A-Z]{26}/;
const GROUP = /[0-9a-f]{8}-0000-4000-9000-[0-9a-f]{12}/;

/**
 * Both upstreams on one socket, strict where their documents are: keys are kept, states only go forward, and what is refused is not
 * done. What each attempt of a cell's own write comes to is scripted.
 */
export class SimulatedUpstreams {
  readonly accounts = new Map<string, Account>();
  /** Webhooks that wait to be delivered. */
  readonly webhooks: Wire[] = [];
  readonly #byObject = new Map<string, Account>();
  readonly #keys = new Map<string, string>();
  readonly #late: { readonly at: number; readonly work: () => void }[] = [];
  readonly #now: () => number;
  #counter = 0;
  #url = '';
  #stop: () => Promise<void> = async () => undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  async start(): Promise<string> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    const { url, stop } = await listenOnLoopback(server);
    this.#url = url;
    this.#stop = stop;
    return this.#url;
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  add(
    index: number,
    spoils: RegExp,
    more: Partial<Pick<Account, 'slow'>> & { robo?: boolean; status?: string },
  ): Account {
    const id = `P${String(index).padStart(26, '0')}`;
    const group = `${index.toString(16).padStart(8, '0')}-0000-4000-9000-000000000000`;
    const account: Account = {
      portfolio: {
        id,
        owned_by_user_id: `U${String(index).padStart(26, '0')}`,
        base_currency: 'EUR',
        money_type: 'REAL_MONEY',
        status: 'ACTIVE',
        archived: false,
        deleted: false,
        funded_since: '2021-01-01T00:00:00Z',
        version: 1,
        manager: more.robo === true ? 'ROBO_ADVISOR_DISCRETIONARY' : 'USER_MANAGED',
      },
      group,
      fates: [],
      spoils,
      taken: 0,
      holdings: { $EUR: 1_000 },
      divest: null,
      slow: more.slow ?? false,
      withdrawals: new Map(),
      movements: new Map(),
      ledger: [],
      // The list has shown a deposit and a withdrawal that InvestSuite booked before.
      transactions: [],
      events: [],
    };
    for (const [type, quantity] of [
      ['CASH_DEPOSIT', 3],
      ['CASH_WITHDRAWAL', -3],
    ] as const) {
      this.#book(account, type, quantity, null, '2021-01-01T00:00:00Z');
    }
    this.accounts.set(id, account);
    this.accounts.set(group, account);
    return account;
  }

  /** Does what arrives late by now, and moves payments on. */
  tick(move: boolean): void {
    for (const late of this.#late.filter(({ at }) => at <= this.#now())) {
      this.#late.splice(this.#late.indexOf(late), 1);
      late.work();
    }
    if (!move) return;
    for (const account of new Set(this.accounts.values())) if (!account.slow) this.#move(account);
  }

  nextLateAt(): number | undefined {
    return this.#late.length === 0 ? undefined : Math.min(...this.#late.map(({ at }) => at));
  }

  #move(account: Account): void {
    for (const withdrawal of account.withdrawals.values()) {
      const next = { NEW: 'PROCESSING', PROCESSING: 'CONFIRMED' }[withdrawal.status];
      if (next !== undefined) this.#set('WITHDRAWAL', withdrawal, next);
    }
    for (const movement of account.movements.values()) {
      if (movement.status !== 'ISSUED') continue;
      this.#set(`VIRTUAL_CASH_${movement.direction}`, movement, 'CONFIRMED');
      const type = `VIRTUAL_CASH_${movement.direction}`;
      account.ledger.push({
        id: this.#id(),
        type,
        account_group_id: account.group,
        delta: { amount: movement.amount, currency: 'EUR' },
        references: [{ id: movement['id'], type }],
        created_at: this.#time(),
      });
    }
  }

  #set(noun: string, object: Wire & { status: string }, status: string): void {
    Object.assign(object, { status, updated_at: this.#time() });
    this.#tell(noun, object);
  }

  #tell(noun: string, object: Wire & { status: string }): void {
    const type = `${noun}.${object.status}`;
    this.webhooks.push({ id: this.#id(), created_at: this.#time(), type, object: { ...object } });
  }

  #id(): string {
    this.#counter += 1;
    return uuid(this.#counter);
  }

  #transactionId(): string {
    this.#counter += 1;
    return `T${String(this.#counter).padStart(26, '0')}`;
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const [path = ''] = (request.url ?? '').split('?');
    const key = String(request.headers['idempotency-key'] ?? '');
    const isJson = text.startsWith('{');
    const call: Call = {
      method: request.method ?? '',
      path: request.url ?? '',
      key,
      body: isJson ? JSON.parse(text) : {},
    };
    const account = this.#accountOf(`${decodeURIComponent(request.url ?? '')} ${text}`, path);
    const isSpoiled = account?.spoils.test(`${call.method} ${path} ${text}`) === true;
    if (isSpoiled) account.taken += 1;
    const fate: Fate = (isSpoiled ? account.fates.shift() : undefined) ?? { kind: 'normal' };
    if (fate.kind === 'lost') {
      if (fate.work === 'done') this.#answer(call, account);
      else if (fate.work !== 'never') {
        this.#late.push({ at: this.#now() + fate.work.afterMs, work: () => void this.#answer(call, account) });
      }
      response.socket?.resetAndDestroy();
      return;
    }
    const { status, body } = fate.kind === 'answer' ? { status: fate.status, body: {} } : this.#answer(call, account);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined || status === 204 ? undefined : JSON.stringify(body));
  }

  #accountOf(text: string, path: string): Account | undefined {
    // A user's id differs from its group's in one place only.
    const name = PORTFOLIO.exec(text)?.[0] ?? GROUP.exec(text.replace(/^(\/users\/.{18})-8/, '$1-9'))?.[0];
    return this.accounts.get(name ?? '') ?? this.#byObject.get(path.slice(path.lastIndexOf('/') + 1));
  }

  #answer(call: Call, account: Account | undefined): Answer {
    const { method, path } = call;
    if (path.startsWith('/auth/token')) return ok({ access_token: 'token', expires_in: 86_400, token_type: 'Bearer' });
    if (path.startsWith('/auth/login')) {
      return ok({ access_token: 'token', token_type: 'Bearer', expires_in: '86400', refresh_token: 'refresh' });
    }
    if (account === undefined) return NOT_FOUND;
    const [bare = ''] = path.split('?');
    if (bare.startsWith('/portfolios') || bare.startsWith('/events'))
      return this.#investSuite(method, bare, call, account);
    return this.#upvest(method, bare, call, account);
  }

  #upvest(method: string, path: string, { key, body }: Call, account: Account): Answer {
    const objectId = path.slice(path.lastIndexOf('/') + 1);
    const list = (data: readonly unknown[]): Answer => ok({ meta: { total_count: data.length }, data });
    if (path.endsWith('/cash_balances')) return list([balanceOf(account)]);
    if (path.endsWith('/reference_accounts'))
      return list([{ id: uuid(1), user_id: uuid(2), iban: 'DE02100500000054540402' }]);
    if (path === '/transactions/cash') return list(account.ledger);
    if (path === '/payments/withdrawals' && method === 'POST') {
      return this.#once(
        key,
        account.withdrawals,
        () => {
          const made = {
            ...this.#object(account, body),
            reference_account_id: body['reference_account_id'],
            status: 'NEW',
          };
          this.#tell('WITHDRAWAL', made);
          return made;
        },
        account,
      );
    }
    if (path.endsWith('/payments/withdrawals')) return list([...account.withdrawals.values()]);
    const made = /\/virtual_cash_balances\/(increase|decrease)s$/.exec(path)?.[1];
    if (made !== undefined) {
      const direction = made.toUpperCase();
      return this.#once(
        key,
        account.movements,
        () => {
          const movement = { ...this.#object(account, body), direction, status: 'ISSUED' };
          this.#tell(`VIRTUAL_CASH_${direction}`, movement);
          return movement;
        },
        account,
      );
    }
    const withdrawal = account.withdrawals.get(objectId);
    if (withdrawal !== undefined && method === 'GET') return ok(withdrawal);
    const object = withdrawal ?? account.movements.get(objectId);
    if (object === undefined || method !== 'DELETE') return NOT_FOUND;
    if (!['NEW', 'ISSUED', 'QUEUED'].includes(object.status)) return { status: 422, body: {} };
    this.#set(withdrawal === undefined ? 'VIRTUAL_CASH_DECREASE' : 'WITHDRAWAL', object, 'CANCELLED');
    return { status: 204 };
  }

  /** The same key is the same object. */
  #once<T extends Wire>(key: string, objects: Map<string, T>, make: () => T, account: Account): Answer {
    const known = objects.get(this.#keys.get(key) ?? '');
    if (known !== undefined) return ok(known);
    const made = make();
    const id = String(made['id']);
    objects.set(id, made);
    this.#keys.set(key, id);
    this.#byObject.set(id, account);
    return ok(made);
  }

  #object({ group }: Account, { amount, currency }: Wire) {
    const at = this.#time();
    return {
      id: this.#id(),
      account_group_id: group,
      amount: String(amount),
      currency: currency ?? 'EUR',
      created_at: at,
      updated_at: at,
    };
  }

  #investSuite(method: string, path: string, { key, body }: Call, account: Account): Answer {
    const event = /^\/events\/(deposit|withdraw)/.exec(path)?.[1];
    if (event !== undefined) return this.#event(event, key, body, account);
    if (path.includes('/optimizations')) return NOT_FOUND;
    const [, transactions, id] = /(\/transactions)\/?([^/]*)/.exec(path) ?? [];
    if (transactions !== undefined) return this.#transaction(method, id ?? '', body, account);
    if (method === 'PATCH') this.#patch(body, account);
    const single = ok(wirePortfolio(account));
    return /^\/portfolios\/?$/.test(path) ? ok({ next: null, results: [single.body] }) : single;
  }

  #patch(body: Wire, account: Account): void {
    const { portfolio, config } = body as {
      portfolio?: Record<string, number>;
      config?: { manager_settings: { divest_amount: number } };
    };
    if (portfolio !== undefined) account.holdings = portfolio;
    if (config !== undefined) account.divest = config.manager_settings.divest_amount || null;
    account.portfolio.version += 1;
  }

  #transaction(method: string, id: string, body: Wire, account: Account): Answer {
    if (method === 'POST') {
      const movements = body['movements'] as Wire[];
      const made = {
        ...body,
        id: this.#transactionId(),
        version: 1,
        movements,
        creation_datetime: this.#time(),
      };
      account.transactions.push(made);
      return ok(made);
    }
    const known = account.transactions.find((each) => each.id === id);
    if (id === '') return ok({ next: null, results: account.transactions });
    if (known === undefined) return NOT_FOUND;
    if (method === 'PATCH') Object.assign(known, { movements: body['movements'], version: known.version + 1 });
    return ok(known);
  }

  #event(kind: string, key: string, body: Wire, account: Account): Answer {
    if (this.#keys.has(key)) return { status: 202, body: {} };
    this.#keys.set(key, kind);
    account.events.push({ kind, ...body });
    const amount = Number((body['data'] as Wire)['amount']);
    if (account.portfolio['booking'] === 'gateway') return { status: 202, body: {} };
    const signed = kind === 'deposit' ? amount : -amount;
    this.#book(account, kind === 'deposit' ? 'CASH_DEPOSIT' : 'CASH_WITHDRAWAL', signed, null, this.#time());
    account.holdings = { ...account.holdings, $EUR: (account.holdings['$EUR'] ?? 0) + signed };
    if (kind === 'withdraw') account.divest = null;
    account.portfolio.version += 1;
    return { status: 202, body: {} };
  }

  #book(account: Account, type: string, quantity: number, externalId: string | null, datetime: string): void {
    const movement = { type, status: 'SETTLED', datetime, instrument_id: '$EUR', quantity };
    const id = this.#transactionId();
    account.transactions.push({
      id,
      external_id: externalId,
      version: 1,
      movements: [movement],
      creation_datetime: datetime,
    });
  }
}

const balanceOf = ({ group, withdrawals }: Account) => {
  const paid = [...withdrawals.values()].filter(({ status }) => status !== 'CANCELLED');
  const left = String(1_000 - paid.reduce((sum, { amount }) => sum + Number(amount), 0));
  return {
    account_group_id: group,
    currency: 'EUR',
    balance: left,
    locked_for_trading: '0',
    pending_settlement: '0',
    available_for_withdrawal: left,
    available_for_trading: left,
  };
};

const wirePortfolio = ({ portfolio, holdings, divest, group }: Account) => ({
  ...portfolio,
  portfolio: holdings,
  config: { manager: portfolio['manager'], manager_settings: { divest_amount: divest } },
  brokerage_account: { brokerage_portfolio_id: group, brokerage_user_id: group.replace('-9000-', '-8000-') },
});
