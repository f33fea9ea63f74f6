import { type Account, type Answer, type Call, objectIn, ok, type Tools, type Wire } from './simulated-account.ts';

const refusal = (status: number, title: string, detail: unknown): Answer => ({
  status,
  body: { title, detail, status },
});
const NOT_FOUND = refusal(404, 'Resource not found', "Entity '?' (version=0) not found for tenant 'example.com'");
const REBALANCING = refusal(409, 'Business logic error', 'The portfolio is being rebalanced');
const badRequest = (...loc: string[]): Answer =>
  refusal(400, 'Bad request', [{ loc, msg: 'extra fields not permitted', type: 'value_error.extra' }]);

const PATCHED = ['portfolio', 'config', 'funded_since'];

/** InvestSuite's portfolios, transactions and cash events, as docs/upstream-contract.md has them. */
export class SimulatedInvestSuite {
  readonly #tools: Tools;
  readonly #keys = new Map<string, Answer>();

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  answer(call: Call, account: Account): Answer {
    const { method, path } = call;
    const event = /^\/events\/(deposit|withdraw)\/$/.exec(path)?.[1];
    if (event !== undefined) return this.#event(event, call, account);
    if (path.includes('/optimizations')) return NOT_FOUND;
    const [, transactions, id] = /(\/transactions)\/?([^/]*)/.exec(path) ?? [];
    if (transactions !== undefined) return this.#transaction(call, id ?? '', account);
    if (/^\/portfolios\/?$/.test(path)) return pageOf([wirePortfolio(account)], call);
    return (method === 'PATCH' ? this.#patch(objectIn(call.text), account) : undefined) ?? ok(wirePortfolio(account));
  }

  /** Books cash as InvestSuite itself does. */
  book(account: Account, type: string, quantity: number, datetime: string): void {
    const movement = { type, status: 'SETTLED', datetime, instrument_id: '$EUR', quantity };
    this.#add(account, { external_id: null, movements: [movement] }, datetime);
  }

  #add(account: Account, body: Wire & { readonly movements: Wire[] }, at = this.#tools.time()): Wire {
    const id = `T${String(this.#tools.number()).padStart(26, '0')}`;
    const made = { ...body, id, version: 1, deleted: false, creation_datetime: at };
    account.transactions.push(made);
    return made;
  }

  #patch(body: Wire, account: Account): Answer | undefined {
    const extra = Object.keys(body).find((name) => !PATCHED.includes(name));
    if (extra !== undefined) return badRequest('body', extra);
    const { portfolio, config, funded_since } = body as {
      portfolio?: Record<string, number>;
      config?: { manager_settings?: { divest_amount?: number | null } };
      funded_since?: string;
    };
    const divest = config?.manager_settings?.divest_amount;
    if (account.rebalancing && (divest ?? 0) > (account.divest ?? 0)) return REBALANCING;
    if (portfolio !== undefined) account.holdings = portfolio;
    if (divest !== undefined) account.divest = divest === 0 ? null : divest;
    if (funded_since !== undefined) account.portfolio.funded_since ??= funded_since;
    account.portfolio.version += 1;
    return undefined;
  }

  #transaction(call: Call, id: string, account: Account): Answer {
    const { method } = call;
    const body = objectIn(call.text);
    const movements = Array.isArray(body['movements']) ? body['movements'] : [];
    if (method === 'POST') return ok(this.#add(account, { ...body, movements }), 201);
    if (id === '') return pageOf(matching(account.transactions, call), call);
    const known = account.transactions.find((each) => each.id === id);
    if (known === undefined) return NOT_FOUND;
    if (method === 'PATCH') Object.assign(known, { movements, version: known.version + 1 });
    return ok(known);
  }

  /** With a key the first answer comes again, and nothing is booked twice. */
  #event(kind: string, { headers, text }: Call, account: Account): Answer {
    const key = headers['idempotency-key'];
    const slot = `${kind} ${String(key)}`;
    const known = key === undefined ? undefined : this.#keys.get(slot);
    if (known !== undefined) return known;
    const body = objectIn(text);
    const { amount } = Object(body['data']);
    if (typeof amount !== 'string' || !(Number(amount) > 0)) return badRequest('body', 'data', 'amount');
    if (account.rebalancing && kind === 'withdraw') return REBALANCING;
    this.#keys.set(slot, ok({}, 202));
    account.events.push({ kind, ...body });
    if (account.portfolio['booking'] !== 'gateway') this.#bookEvent(kind, Number(amount), account);
    return ok({}, 202);
  }

  #bookEvent(kind: string, amount: number, account: Account): void {
    const signed = kind === 'deposit' ? amount : -amount;
    const at = this.#tools.time();
    this.book(account, kind === 'deposit' ? 'CASH_DEPOSIT' : 'CASH_WITHDRAWAL', signed, at);
    account.holdings = { ...account.holdings, $EUR: (account.holdings['$EUR'] ?? 0) + signed };
    if (kind === 'withdraw') account.divest = null;
    else account.portfolio.funded_since ??= at;
    account.portfolio.version += 1;
  }
}

/** Those of `query=external_id eq '…'`; all without a query. */
function matching(rows: readonly Wire[], { query }: Call): readonly Wire[] {
  const wanted = /^external_id eq '([^']*)'$/.exec(query.get('query') ?? '')?.[1];
  return wanted === undefined ? rows : rows.filter((row) => row['external_id'] === wanted);
}

function pageOf(rows: readonly Wire[], { path, query }: Call): Answer {
  const limit = Number(query.get('limit') ?? 20);
  const offset = Number(query.get('offset') ?? 0);
  if (!(limit >= 1 && limit <= 100)) return badRequest('query', 'limit');
  const results = rows.slice(offset, offset + limit);
  const rest = new URLSearchParams(query);
  rest.set('offset', String(offset + limit));
  const next = offset + limit < rows.length ? `${path}?${rest}` : null;
  return ok({ next, count: String(results.length), offset: String(offset), results, _embedded: {} });
}

const wirePortfolio = ({ portfolio, holdings, divest, group }: Account) => ({
  ...portfolio,
  portfolio: holdings,
  config: { manager: portfolio['manager'], manager_settings: { divest_amount: divest } },
  brokerage_account: { brokerage_portfolio_id: group, brokerage_user_id: group.replace('-9000-', '-8000-') },
});
