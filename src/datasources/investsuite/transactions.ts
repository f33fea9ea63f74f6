import type { PortfolioId, TransactionId } from '../../domain/ids.ts';
import type { Movement, Transaction } from '../../domain/transaction.ts';
import { UpstreamRefusedReadError } from '../../errors.ts';
import type { CallOptions, WriteOptions } from '../upstream/client.ts';
import type { ExactJson, Writable } from '../upstream/exact-json.ts';
import { mapAccepted, type WriteOutcome } from '../upstream/outcome.ts';
import { mayHaveText, type Rows, readRows, type SentRow, tellDropped } from '../upstream/rows.ts';
import { SharedResource, withDeadline } from '../upstream/shared-resource.ts';
import { writableMembers } from '../upstream/writable-json.ts';
import { bodyOf, goodBodyOf, refusal, writableBodyOf } from './calls.ts';
import type { Reading } from './connection.ts';
import { invalidAnswer } from './fields.ts';
import type { TransactionDraft } from './investsuite.ts';
import { movementsBody, refusedFields, withMovementsAsRead } from './movements-body.ts';
import { readPage, wholeList, writableRows } from './pages.ts';
import { equalTo, pathWith } from './query.ts';
import { readTransaction, transactionBody } from './transaction-wire.ts';

const PAGE_LIMIT = '100';

const ITEM = 'investsuite.transactions.item';
const EXTERNAL_ID = 'investsuite.transactions.externalId';
const READ_ONLY = 'investsuite.transactions.readOnly';

/**
 * Transactions of a portfolio. Writing them is documented; that they can be listed under the path they are posted to,
 * read one by one and looked for with `query` is not, so each of the latter has a way round it.
 */
export class Transactions {
  readonly #reading: Reading;
  readonly #lists: SharedResource<Rows<Transaction>>;
  readonly #items: SharedResource<Transaction | null>;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#lists = new SharedResource(reading.sharing);
    this.#items = new SharedResource(reading.sharing);
  }

  forget(portfolioId: PortfolioId): void {
    this.#lists.forget((key) => key === portfolioId);
    this.#items.forget((key) => key.startsWith(`${portfolioId}/`));
  }

  async list(portfolioId: PortfolioId, options: CallOptions = {}): Promise<Rows<Transaction>> {
    return await this.#lists.read(portfolioId, options, (inner) => this.#listing(portfolioId, undefined, inner));
  }

  async listFresh(portfolioId: PortfolioId, options: CallOptions = {}): Promise<Rows<Transaction>> {
    return await this.#listing(portfolioId, undefined, this.#within(options));
  }

  async one(portfolioId: PortfolioId, id: TransactionId, options: CallOptions = {}): Promise<Transaction | null> {
    const list = (inner: CallOptions): Promise<Rows<Transaction>> => this.list(portfolioId, inner);
    return await this.#items.read(`${portfolioId}/${id}`, options, (inner) => this.#one(portfolioId, id, list, inner));
  }

  /** To be written again: its movements keep what they were read from. */
  async oneFresh(portfolioId: PortfolioId, id: TransactionId, options: CallOptions = {}): Promise<Transaction | null> {
    const bodies: Bodies = new Map();
    const list = (inner: CallOptions): Promise<Rows<Transaction>> =>
      this.#listing(portfolioId, undefined, inner, bodies);
    const found = await this.#one(portfolioId, id, list, this.#within(options), bodies);
    return found === null ? null : withMovementsAsRead(found, bodies.get(id));
  }

  /**
   * Throws where a transaction could not be read that may be the one: then it is not known to be absent.
   */
  async findByExternalId(
    portfolioId: PortfolioId,
    externalId: string,
    options: CallOptions = {},
  ): Promise<readonly Transaction[]> {
    const query = equalTo('external_id', externalId);
    const { rows, unreadable } = await this.#lookFor(portfolioId, query, this.#within(options));
    const doubtful = unreadable.find((row) => mayHaveText(row, 'external_id', externalId));
    if (doubtful !== undefined) throw doubtful.error;
    return rows.filter((transaction) => transaction.externalId === externalId);
  }

  async create(
    portfolioId: PortfolioId,
    draft: TransactionDraft,
    options?: WriteOptions,
  ): Promise<WriteOutcome<Transaction>> {
    const path = collection(portfolioId);
    const outcome = await this.#write('POST', path, 'create', transactionBody(draft), portfolioId, options);
    // The answer to a write repeats only part of what was sent.
    return mapAccepted(outcome, (transaction) => ({
      ...transaction,
      orderType: transaction.orderType ?? draft.orderType ?? null,
      optimizationId: transaction.optimizationId ?? draft.optimizationId ?? null,
    }));
  }

  async patch(
    portfolioId: PortfolioId,
    id: TransactionId,
    movements: readonly Movement[],
    options?: WriteOptions,
  ): Promise<WriteOutcome<Transaction>> {
    const path = `${collection(portfolioId)}${id}`;
    const write = (refused: ReadonlySet<string>): Promise<WriteOutcome<Transaction>> =>
      this.#write('PATCH', path, 'patch', movementsBody(movements, refused), portfolioId, options);
    const { profile } = this.#reading;
    const before = profile.names(READ_ONLY);
    const outcome = await write(before);
    // InvestSuite may return a computed field and refuse it in a write: leaving it out loses nothing.
    if (outcome.kind !== 'refused' || !movements.some(({ asRead }) => asRead !== undefined)) return outcome;
    const refused = new Set([...before, ...refusedFields(outcome.problem)]);
    if (refused.size === before.size) return outcome;
    const again = await write(refused);
    if (again.kind !== 'refused') profile.learnNames(READ_ONLY, refused);
    return again;
  }

  async #write(
    method: 'POST' | 'PATCH',
    path: string,
    operation: string,
    body: Writable,
    portfolioId: PortfolioId,
    options: WriteOptions | undefined,
  ): Promise<WriteOutcome<Transaction>> {
    const request = { method, path, operation: `investsuite.transactions.${operation}`, body };
    return await this.#reading.calls.write(
      request,
      (answer) => {
        const transaction = readTransaction(portfolioId, onlyRow(bodyOf(answer, 'transaction')));
        if (transaction === null) throw invalidAnswer('transaction: deleted or of another portfolio');
        return transaction;
      },
      options,
    );
  }

  /** By its own path, else from the list. */
  async #one(
    portfolioId: PortfolioId,
    id: TransactionId,
    list: (options: CallOptions) => Promise<Rows<Transaction>>,
    options: CallOptions,
    bodies?: Bodies,
  ): Promise<Transaction | null> {
    const { profile } = this.#reading;
    const isTried = profile.prefers(ITEM, 'path');
    if (isTried) {
      const path = `${collection(portfolioId)}${id}`;
      const answer = await this.#reading.calls.get(path, 'investsuite.transactions.get', options);
      if (answer.ok) {
        const transaction = readTransaction(portfolioId, bodyOf(answer, 'transaction'));
        profile.learn(ITEM, 'path');
        bodies?.set(id, writableBodyOf(answer, 'transaction'));
        if (transaction !== null && transaction.id !== id) throw invalidAnswer('transaction: not the id asked for');
        return transaction;
      }
      if (answer.status !== 404 && answer.status !== 405) throw refusal(answer);
      if (answer.status === 404 && profile.hasSeen(ITEM, 'path')) return null;
    }
    const found = await this.#fromList(id, list, options);
    // It is there and yet was not at its own path: then there is no such path.
    if (found !== null && isTried) profile.learn(ITEM, 'list');
    return found;
  }

  async #fromList(
    id: TransactionId,
    list: (options: CallOptions) => Promise<Rows<Transaction>>,
    options: CallOptions,
  ): Promise<Transaction | null> {
    try {
      const { rows, unreadable } = await list(options);
      const found = rows.find((transaction) => transaction.id === id);
      const doubtful = found ?? unreadable.find((row) => mayHaveText(row, 'id', id));
      if (doubtful !== undefined && 'error' in doubtful) throw doubtful.error;
      return found ?? null;
    } catch (error) {
      // No such portfolio, so no such transaction in it.
      if (error instanceof UpstreamRefusedReadError && error.status === 404) return null;
      throw error;
    }
  }

  /** By `query`, else all of them. A 404 may mean that none was found or that nothing can be asked there. */
  async #lookFor(portfolioId: PortfolioId, query: string, options: CallOptions): Promise<Rows<Transaction>> {
    const { profile } = this.#reading;
    if (profile.prefers(EXTERNAL_ID, 'scan')) return await this.#listing(portfolioId, undefined, options);
    try {
      const found = await this.#listing(portfolioId, query, options);
      profile.learn(EXTERNAL_ID, 'query');
      return found;
    } catch (error) {
      if (!(error instanceof UpstreamRefusedReadError) || !QUERY_REFUSED.has(error.status)) throw error;
      const all = await this.#listing(portfolioId, undefined, options);
      if (error.status !== 404) profile.learn(EXTERNAL_ID, 'scan');
      return all;
    }
  }

  async #listing(
    portfolioId: PortfolioId,
    query: string | undefined,
    options: CallOptions,
    bodies?: Bodies,
  ): Promise<Rows<Transaction>> {
    // By id: rows that are added during paging move others to the next page.
    const transactions = new Map<string, Transaction>();
    const unreadable: SentRow[] = [];
    const fetch = async (place: string) => {
      const path = pathWith(collection(portfolioId), { limit: PAGE_LIMIT, query }, place);
      const answer = await this.#reading.calls.get(path, 'investsuite.transactions.list', options);
      const page = readPage(goodBodyOf(answer, 'transactions'), 'transactions');
      if (bodies !== undefined) keepBodies(bodies, writableBodyOf(answer, 'transactions'));
      return page;
    };
    for await (const page of wholeList(fetch)) {
      const read = readRows('transaction', page.rows, (row) => readTransaction(portfolioId, row));
      for (const transaction of read.rows) transactions.set(transaction.id, transaction);
      unreadable.push(...read.unreadable);
    }
    tellDropped(this.#reading.onDropped, 'transaction', unreadable);
    return { rows: [...transactions.values()], unreadable };
  }

  #within(options: CallOptions): CallOptions {
    return withDeadline(options, this.#reading.sharing);
  }
}

/** Transactions by their ids, in a form that can be written again. */
type Bodies = Map<string, Writable>;

function keepBodies(bodies: Bodies, page: Writable): void {
  for (const row of writableRows(page)) {
    const id = writableMembers(row)?.['id'];
    if (typeof id === 'string') bodies.set(id, row);
  }
}

const QUERY_REFUSED: ReadonlySet<number> = new Set([400, 404, 405, 422]);

const collection = (portfolioId: PortfolioId): string => `/portfolios/${portfolioId}/transactions/`;

/** The answer to one transaction; a list of one is understood, since several can be posted as a list. */
function onlyRow(body: ExactJson): ExactJson {
  const { rows } = readPage(body, 'transaction');
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw invalidAnswer('transaction: not one');
  return row;
}
