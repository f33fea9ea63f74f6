import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '../../helpers/http.ts';
import {
  type Account,
  type Answer,
  type Call,
  type Fate,
  ok,
  type Tools,
  uuid,
  type Wire,
} from './simulated-account.ts';
import { SimulatedInvestSuite } from './simulated-investsuite.ts';
import { SimulatedUpvest } from './simulated-upvest.ts';

/** The request's path names the portfolio or group that it is about, or its body does. */
const PORTFOLIO = /P[0-9A-Z]{26}/;
const GROUP = /[0-9a-f]{8}-0000-4000-9000-[0-9a-f]{12}/;
const NOT_FOUND: Answer = { status: 404, body: { title: 'Resource not found', detail: 'not there', status: 404 } };
const UNAUTHORIZED: Answer = { status: 401, body: { title: 'Unauthorized', description: 'JWT invalid' } };
const LOGINS: Readonly<Record<string, { readonly secret: string; readonly answer: Answer }>> = {
  '/auth/token': {
    secret: 'client_secret=secret',
    answer: ok({ access_token: 'token', expires_in: 86_400, token_type: 'bearer', scope: 'all' }),
  },
  '/auth/login/': {
    secret: '"secret_access_key":"secret"',
    answer: ok({ access_token: 'token', token_type: 'Bearer', expires_in: '86400', refresh_token: 'refresh' }),
  },
};

/**
 * Both upstreams on one socket, as docs/upstream-contract.md has them. What each attempt of a cell's own write comes to is
 * scripted. Nobody signs here: signatures are tested with others.
 */
export class SimulatedUpstreams {
  readonly accounts = new Map<string, Account>();
  /** Webhooks that wait to be delivered. */
  readonly webhooks: Wire[] = [];
  readonly upvest: SimulatedUpvest;
  readonly investSuite: SimulatedInvestSuite;
  readonly #late: { readonly at: number; readonly work: () => void }[] = [];
  readonly #now: () => number;
  #counter = 0;
  #stop: () => Promise<void> = async () => undefined;

  constructor(now: () => number) {
    this.#now = now;
    const tools: Tools = {
      number: () => (this.#counter += 1),
      time: () => new Date(now()).toISOString(),
      tell: (type, object) => {
        this.webhooks.push({ id: uuid(tools.number()), created_at: tools.time(), type, object: { ...object } });
      },
    };
    this.upvest = new SimulatedUpvest(tools);
    this.investSuite = new SimulatedInvestSuite(tools);
  }

  async start(): Promise<string> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    const { url, stop } = await listenOnLoopback(server);
    this.#stop = stop;
    return url;
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
      rebalancing: false,
      balance: 1_000,
      available: 1_000,
      slow: more.slow ?? false,
      withdrawals: new Map(),
      movements: new Map(),
      orders: new Map(),
      ledger: [],
      // The list has shown a deposit and a withdrawal that InvestSuite booked before.
      transactions: [],
      events: [],
    };
    for (const [type, quantity] of [
      ['CASH_DEPOSIT', 3],
      ['CASH_WITHDRAWAL', -3],
    ] as const) {
      this.investSuite.book(account, type, quantity, '2021-01-01T00:00:00Z');
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
    for (const account of new Set(this.accounts.values())) if (!account.slow) this.upvest.move(account);
  }

  nextLateAt(): number | undefined {
    return this.#late.length === 0 ? undefined : Math.min(...this.#late.map(({ at }) => at));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const { pathname: path, searchParams: query } = new URL(url, 'http://simulated');
    const call: Call = { method, path, query, headers, text: Buffer.concat(chunks).toString('utf8') };
    const account = this.#accountOf(`${decodeURIComponent(url)} ${call.text}`, path);
    const isSpoiled = account?.spoils.test(`${method} ${path} ${call.text}`) === true;
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
    const type = status >= 400 && !isOfInvestSuite(path) ? 'application/problem+json' : 'application/json';
    response.writeHead(status, { 'content-type': type });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }

  #accountOf(text: string, path: string): Account | undefined {
    // A user's id differs from its group's in one place only.
    const name = PORTFOLIO.exec(text)?.[0] ?? GROUP.exec(text.replace(/^(\/users\/.{18})-8/, '$1-9'))?.[0];
    return this.accounts.get(name ?? '') ?? this.upvest.ownerOf(path.slice(path.lastIndexOf('/') + 1));
  }

  #answer(call: Call, account: Account | undefined): Answer {
    const login = LOGINS[call.path];
    if (login !== undefined) return call.text.includes(login.secret) ? login.answer : UNAUTHORIZED;
    if (call.headers['authorization'] !== 'Bearer token') return UNAUTHORIZED;
    if (account === undefined) return NOT_FOUND;
    return (isOfInvestSuite(call.path) ? this.investSuite : this.upvest).answer(call, account);
  }
}

const isOfInvestSuite = (path: string): boolean => path.startsWith('/portfolios') || path.startsWith('/events');
