// Shared by all peers: the calls to the two upstreams and the mapping of their rows. As few as anybody could write them.
import { createPrivateKey, randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { signRequest } from '../../dist/datasources/upvest/signature.js';
import { systemRuntime } from '../../dist/domain/runtime.js';

const { UPSTREAM_URL, SIGNING_KEY } = process.env;
export const investSuite = new Pool(UPSTREAM_URL, { connections: 32, pipelining: 1 });
export const upvest = new Pool(UPSTREAM_URL, { connections: 32, pipelining: 1 });
const key = { key: createPrivateKey(SIGNING_KEY), algorithm: 'ed25519' };

export async function ask(pool, path, headers) {
  const { statusCode, body } = await pool.request({ method: 'GET', path, headers });
  return { status: statusCode, text: await body.text() };
}

async function get(pool, path, headers) {
  const { status, text } = await ask(pool, path, headers);
  if (status !== 200) throw new Error(`${path} answered ${status}`);
  return JSON.parse(text);
}

export const AUTHORIZED = { accept: 'application/json', authorization: 'Bearer bench' };

/** Upvest takes signed requests only: the same signature as the gateway's, by the gateway's own code. */
export async function signed(path) {
  const created = Math.floor(Date.now() / 1000);
  return await signRequest(
    {
      method: 'GET',
      path,
      query: '',
      headers: { ...AUTHORIZED, 'upvest-client-id': 'bench', 'upvest-api-version': '1' },
      body: undefined,
    },
    { key, keyId: 'bench', runtime: systemRuntime },
    { created, expires: created + 10, nonce: randomUUID() },
  );
}

export async function portfolios(first, filter) {
  const owned = filter?.ownerId == null ? '' : `&query=owned_by_user_id+eq+%27${filter.ownerId}%27`;
  const { results } = await get(investSuite, `/portfolios/?limit=${first}${owned}`, AUTHORIZED);
  return results.map(portfolioOf);
}

export const portfolio = async (id) => portfolioOf(await get(investSuite, `/portfolios/${id}/`, AUTHORIZED));

export const portfolioOf = (row) => ({
  id: row.id,
  name: row.name,
  baseCurrency: row.base_currency,
  holdings: Object.entries(row.portfolio).map(([instrumentId, quantity]) => ({ instrumentId, quantity })),
  group: row.brokerage_account.brokerage_portfolio_id,
  ownerId: row.owned_by_user_id,
});

/** In one currency. */
export async function cashBalance(group, currency) {
  const path = `/account_groups/${group}/payments/cash_balances`;
  const { data } = await get(upvest, path, await signed(path));
  return balanceIn(currency, data);
}

export function balanceIn(currency, rows) {
  const row = rows.find((each) => each.currency === currency);
  return row ? { balance: row.balance, availableForWithdrawal: row.available_for_withdrawal } : null;
}

/** Newest first. */
export async function transactions(portfolioId, first) {
  const { results } = await get(investSuite, `/portfolios/${portfolioId}/transactions/?limit=100`, AUTHORIZED);
  return newest(results, first).map(transactionOf);
}

export function newest(rows, first) {
  const dated = rows.map((row) => ({ row, at: Date.parse(row.movements[0].datetime) }));
  dated.sort((a, b) => b.at - a.at || (a.row.id < b.row.id ? -1 : 1));
  return dated.slice(0, first).map(({ row }) => row);
}

export const transactionOf = (row) => ({
  id: row.id,
  type: row.type,
  status: row.movements.at(-1).status,
  movements: row.movements.map((movement) => ({
    type: movement.type,
    status: movement.status,
    instrumentId: movement.instrument_id,
    quantity: movement.quantity,
    unitPrice: movement.unit_price ?? null,
  })),
});

export const edges = (nodes) => ({ edges: nodes.map((node) => ({ node })) });

export const SDL = `
  scalar Decimal
  type Query { portfolios(first: Int = 20, filter: PortfolioFilter): PortfolioConnection portfolio(id: ID!): Portfolio }
  input PortfolioFilter { ownerId: ID }
  type PortfolioConnection { edges: [PortfolioEdge!]! }
  type PortfolioEdge { node: Portfolio! }
  type Portfolio {
    id: ID!
    name: String
    baseCurrency: String!
    holdings: [Holding!]
    cashBalance: CashBalance
    transactions(first: Int = 20): TransactionConnection
  }
  type Holding { instrumentId: String! quantity: Decimal! }
  type CashBalance { balance: Decimal! availableForWithdrawal: Decimal! }
  type TransactionConnection { edges: [TransactionEdge!]! }
  type TransactionEdge { node: Transaction! }
  type Transaction { id: ID! type: String! status: String! movements: [Movement!]! }
  type Movement { type: String! status: String! instrumentId: String! quantity: Decimal! unitPrice: Decimal }
`;

/** Says where it listens, as the bench expects of each peer. */
export const listening = (port) => process.stdout.write(`port ${port}\n`);
