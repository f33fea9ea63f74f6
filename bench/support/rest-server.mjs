// Both upstreams as one stub that costs little: bodies are made once and kept. It plays what is read, asks nobody for a token,
// and counts its calls.
import { createServer } from 'node:http';
import {
  brokerList,
  cashBalances,
  groupOf,
  idOf,
  lineRow,
  portfolioRow,
  positionRows,
  transactionRow,
} from './rest-data.mjs';

/**
 * `lines`: of each cash ledger. `strict`: ids that are not there are not found; else each is as good as the first. `each`: portfolios of one customer; where it
 * is 0, a list of one customer's is not played.
 */
let world = { portfolios: 0, transactions: 0, movements: 0, delayMs: 0, strict: false, each: 0, lines: 0 };
const bodies = new Map();
const calls = { count: 0, paths: new Set() };

export const server = createServer((request, response) => {
  const { pathname, search, searchParams } = new URL(request.url, 'http://stub');
  request.resume();
  const token = TOKENS[pathname];
  if (token !== undefined) return answer(response, 200, token);
  calls.count += 1;
  calls.paths.add(pathname + search);
  const key = pathname + search;
  let body = bodies.get(key);
  if (body === undefined) {
    const found = bodyOf(pathname, searchParams);
    if (found === undefined) return setTimeout(answer, world.delayMs, response, 404, NOT_FOUND);
    if (found === NOT_PLAYED) return setTimeout(answer, world.delayMs, response, 400, NOT_PLAYED);
    body = Buffer.from(JSON.stringify(found));
    if (bodies.size < 10_000) bodies.set(key, body);
  }
  if (world.delayMs === 0) answer(response, 200, body);
  else setTimeout(answer, world.delayMs, response, 200, body);
});
server.keepAliveTimeout = 60_000;

const NOT_FOUND = Buffer.from('{"title":"Resource not found","detail":"not there","status":404}');
/** A query that is not played: refused as a tenant may, rather than answered with everything. */
const NOT_PLAYED = Buffer.from(
  '{"title":"Bad request","detail":[{"loc":["query","query"],"msg":"not played"}],"status":400}',
);
const TOKENS = {
  '/auth/login/': Buffer.from(
    '{"access_token":"bench","token_type":"Bearer","refresh_token":"bench","expires_in":"36000"}',
  ),
  '/auth/token': Buffer.from('{"access_token":"bench","token_type":"bearer","expires_in":36000,"scope":"bench"}'),
};

function answer(response, status, body) {
  response.writeHead(status, ['content-type', 'application/json', 'content-length', String(body.length)]).end(body);
}

function bodyOf(path, query) {
  const [, kind, id, below] = path.split('/');
  const limit = Math.min(100, Number(query.get('limit') ?? 20));
  const offset = Number(query.get('offset') ?? 0);
  if (kind === 'portfolios' && below === 'transactions') {
    if (query.has('query')) return NOT_PLAYED;
    const portfolio = numberOf(id);
    return page(path, { limit, offset, of: world.transactions }, (at) =>
      transactionRow(portfolio, at, world.movements),
    );
  }
  if (kind === 'portfolios' && !id) {
    const wanted = /^id in \[(.*)\]$/.exec(query.get('query') ?? '')?.[1];
    if (wanted !== undefined) {
      const asked = wanted.split(',').map((quoted) => quoted.replace(/[^0-9A-Z]/g, ''));
      const ids = asked.filter(isThere);
      return { next: null, count: ids.length, offset: 0, results: ids.map((each) => owned(numberOf(each))) };
    }
    const owner = /^owned_by_user_id eq '(\w+)'$/.exec(query.get('query') ?? '')?.[1];
    if (owner !== undefined && world.each > 0) {
      const first = ownerNumber(owner) * world.each;
      return page(path, { limit, offset, of: world.each }, (at) => owned(first + at));
    }
    return page(path, { limit, offset, of: world.portfolios }, owned);
  }
  if (kind === 'portfolios') return isThere(id) ? owned(numberOf(id)) : undefined;
  if (kind === 'account_groups') return cashBalances(groupNumber(id));
  if (kind === 'users' && below === 'accounts') {
    // The one account of a group has its id.
    const group = groupOf(groupNumber(id) % 1_000_000);
    return brokerList([{ id: group, account_group_id: group, type: 'TRADING' }]);
  }
  if (kind === 'accounts') return brokerList(below === 'positions' ? positionRows(groupNumber(id), id) : []);
  if (kind === 'transactions') {
    const group = query.get('account_group_id');
    const lines = id === 'cash' ? world.lines : 0;
    return brokerList(Array.from({ length: lines }, (_, at) => lineRow(group, at)));
  }
  return undefined;
}

function page(path, { limit, offset, of }, row) {
  const length = Math.max(0, Math.min(limit, of - offset));
  const next = offset + length < of ? `http://stub${path}?limit=${limit}&offset=${offset + length}` : null;
  return { next, count: length, offset, results: Array.from({ length }, (_, at) => row(offset + at)) };
}

const numbers = new Map();
function numberOf(id) {
  for (let at = numbers.size; at < world.portfolios; at += 1) numbers.set(idOf('P', at), at);
  return numbers.get(id) ?? 0;
}
const owned = (number) => portfolioRow(number, Math.floor(number / Math.max(1, world.each)));
const owners = new Map();
function ownerNumber(id) {
  for (let at = owners.size; at * world.each < world.portfolios; at += 1) owners.set(idOf('U', at), at);
  return owners.get(id) ?? 0;
}
const isThere = (id) => !world.strict || numbers.has(id) || (numberOf(id) >= 0 && numbers.has(id));
const groupNumber = (group) => Number(group.slice(groupOf(0).length - 12));

/** Another world from now on. */
export function change(options) {
  world = { ...world, ...options };
  bodies.clear();
}

/** Calls since this was asked last; logins do not count. */
export function takeCalls() {
  const answered = { count: calls.count, distinct: calls.paths.size };
  calls.count = 0;
  calls.paths.clear();
  return answered;
}
