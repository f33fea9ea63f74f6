import { randomUUID } from 'node:crypto';
import type { Answer, Exchange } from '../server/exchange.ts';
import type { Route } from '../server/router.ts';
import { upvestTime } from '../values/clock.ts';
import type { Collection } from '../values/collection.ts';
import type { JsonObject } from '../values/json.ts';
import { matching, nullable, object, text } from '../values/shape.ts';
import { bodyOf, type Operation, operation, type UpvestContext } from './context.ts';
import { maskedIban, type ReferenceAccount } from './entities.ts';
import { notFound } from './errors.ts';
import { pageAnswer } from './paging.ts';
import { securitiesTransactions } from './securities.ts';

const ACCOUNTS = ['accounts:read', 'accounts:admin'];
const USERS = ['users:read', 'users:admin'];
const POSITIONS = ['positions:read'];
const BANK = ['reference_accounts:read', 'reference_accounts:admin'];
const BANK_ADMIN = ['reference_accounts:admin'];

/** Users, account groups, accounts, positions, cash balances and cash transactions. */
export function readOperations(context: UpvestContext): readonly Route<Operation>[] {
  const { store } = context;
  return [
    operation('GET /users', USERS, (exchange) => pageAnswer(exchange, store.users.all())),
    operation('GET /users/:id', USERS, (_, { id = '' }) => one(store.users, 'User', id)),
    operation('GET /users/:id/account_groups', ACCOUNTS, (exchange, { id = '' }) => {
      known(store.users, 'User', id);
      return pageAnswer(exchange, store.groupsOf(id), ['created_at', 'updated_at']);
    }),
    operation('GET /users/:id/accounts', ACCOUNTS, (exchange, { id = '' }) => {
      known(store.users, 'User', id);
      return pageAnswer(exchange, store.accountsOf(id), ['created_at', 'updated_at']);
    }),
    operation('GET /account_groups', ACCOUNTS, (exchange) =>
      pageAnswer(exchange, store.accountGroups.all(), ['created_at', 'updated_at']),
    ),
    operation('GET /account_groups/:id', ACCOUNTS, (_, { id = '' }) => one(store.accountGroups, 'Account group', id)),
    operation('GET /accounts', ACCOUNTS, (exchange) =>
      pageAnswer(exchange, store.accounts.all(), ['created_at', 'updated_at']),
    ),
    operation('GET /accounts/:id', ACCOUNTS, (_, { id = '' }) => one(store.accounts, 'Account', id)),
    operation('GET /accounts/:id/positions', POSITIONS, (exchange, { id = '' }) => {
      known(store.accounts, 'Account', id);
      return pageAnswer(exchange, store.positions(id), []);
    }),
    operation('GET /accounts/:id/positions/:instrument', POSITIONS, (_, { id = '', instrument = '' }) => {
      known(store.accounts, 'Account', id);
      const position = store
        .positions(id)
        .find(({ instrument: { isin, uuid } }) => instrument === `isin:${isin}` || instrument === `uuid:${uuid}`);
      if (!position) throw notFound('Position', instrument);
      return { status: 200, body: position };
    }),
    ...balanceOperations(context),
    operation('GET /transactions/cash', ['transactions:read'], (exchange) => cashTransactions(context, exchange)),
    operation('GET /transactions/securities', ['transactions:read'], (exchange) =>
      securitiesTransactions(context, exchange),
    ),
    ...referenceAccountOperations(context),
  ];
}

function balanceOperations({ store }: UpvestContext): readonly Route<Operation>[] {
  const path = '/account_groups/:id/payments';
  const balance = (id: string, currency: string): Answer => {
    known(store.accountGroups, 'Account group', id);
    const found = store.balance(id, currency);
    if (!found) throw notFound('Cash balance', currency);
    return { status: 200, body: found };
  };
  return [
    // The older, deprecated call knows one balance only.
    operation(`GET ${path}/cash_balance`, POSITIONS, (_, { id = '' }) => {
      known(store.accountGroups, 'Account group', id);
      return balance(id, store.balance(id, 'EUR') ? 'EUR' : (store.balances(id)[0]?.currency ?? 'EUR'));
    }),
    operation(`GET ${path}/cash_balances`, POSITIONS, (exchange, { id = '' }) => {
      known(store.accountGroups, 'Account group', id);
      return pageAnswer(exchange, store.balances(id), []);
    }),
    operation(`GET ${path}/cash_balances/:currency`, POSITIONS, (_, { id = '', currency = '' }) =>
      balance(id, currency),
    ),
  ];
}

function cashTransactions(context: UpvestContext, exchange: Exchange): Answer {
  const group = exchange.query.get('account_group_id');
  const from = exchange.query.get('start_date');
  const until = exchange.query.get('end_date');
  const { cashTransactions: all } = context.store;
  const found = settled(context, group === null ? all.all() : all.of(group)).filter(
    ({ booking_date }) =>
      (from === null || booking_date.slice(0, 10) >= from.slice(0, 10)) &&
      (until === null || booking_date.slice(0, 10) <= until.slice(0, 10)),
  );
  return pageAnswer(exchange, found, ['booking_date']);
}

/** Without rows that are too new for lists (`readLagMs`). */
export function settled<T extends { readonly created_at: string }>(
  context: UpvestContext,
  items: readonly T[],
): readonly T[] {
  const { readLagMs } = context.settings;
  if (readLagMs === 0) return items;
  const newest = context.clock().getTime() - readLagMs;
  return items.filter(({ created_at }) => Date.parse(created_at) <= newest);
}

const REFERENCE_ACCOUNT = object(
  {
    user_id: text(36),
    account_owner: text(140),
    name: text(100),
    iban: matching(/^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/),
    bic: matching(/^[A-Z0-9]{8}([A-Z0-9]{3})?$/),
    confirmed_at: nullable(text(40)),
  },
  ['user_id', 'account_owner', 'name', 'iban'],
);

function referenceAccountOperations(context: UpvestContext): readonly Route<Operation>[] {
  const { store } = context;
  const masked = (account: ReferenceAccount): JsonObject => ({ ...account, iban: maskedIban(account.iban) });
  return [
    operation('GET /users/:id/payments/reference_accounts', BANK, (exchange, { id = '' }) => {
      known(store.users, 'User', id);
      const own = store.referenceAccounts.of(id);
      return pageAnswer(exchange, own.map(masked), ['created_at', 'id']);
    }),
    operation('GET /payments/reference_accounts/:id', BANK, (_, { id = '' }) => ({
      status: 200,
      body: masked(known(store.referenceAccounts, 'Reference account', id)),
    })),
    operation('DELETE /payments/reference_accounts/:id', BANK_ADMIN, (_, { id = '' }) => {
      known(store.referenceAccounts, 'Reference account', id);
      store.referenceAccounts.remove(id);
      return { status: 204 };
    }),
    operation(
      'POST /payments/reference_accounts',
      BANK_ADMIN,
      (exchange) => ({ status: 200, body: masked(newReferenceAccount(context, exchange)) }),
      'needs-key',
    ),
  ];
}

function newReferenceAccount({ store, clock }: UpvestContext, exchange: Exchange): ReferenceAccount {
  const { user_id, bic = 'BELADEBEXXX', ...given } = bodyOf(exchange, REFERENCE_ACCOUNT);
  const now = upvestTime(clock());
  return store.referenceAccounts.put({
    ...given,
    id: randomUUID(),
    created_at: now,
    updated_at: now,
    user_id: known(store.users, 'User', user_id).id,
    bic,
    confirmed_at: given.confirmed_at ?? now,
  });
}

export function known<T extends { readonly id: string }>(collection: Collection<T>, what: string, id: string): T {
  const found = collection.get(id);
  if (!found) throw notFound(what, id);
  return found;
}

function one<T extends JsonObject & { readonly id: string }>(
  collection: Collection<T>,
  what: string,
  id: string,
): Answer {
  return { status: 200, body: known(collection, what, id) };
}
