import { parsePortfolioId, parseTransactionId, parseUserId } from '../../domain/ids.ts';
import { wholeOf } from '../../domain/listing.ts';
import { allHoldings, type Portfolio } from '../../domain/portfolio.ts';
import { systemRuntime } from '../../domain/runtime.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { BadUserInputError } from '../../errors.ts';
import { RecentReads } from '../upstream/recent-reads.ts';
import { sendCashEvent } from './cash-events.ts';
import { connect } from './connection.ts';
import { EntitiesById } from './entities-by-id.ts';
import type { InvestSuite, InvestSuiteOptions } from './investsuite.ts';
import { Optimizations } from './optimizations.ts';
import { PortfolioWrites } from './portfolio-writes.ts';
import { Portfolios } from './portfolios.ts';
import { Transactions } from './transactions.ts';
import { readUser } from './users.ts';

const portfolioId = checker('portfolio', parsePortfolioId);
const transactionId = checker('transaction', parseTransactionId);
const userId = checker('user', parseUserId);

/** As long as an order waits for InvestSuite. */
const LOOKED_MS = 2_000;

/** The InvestSuite datasource, with its own connections. Opens none before the first call. */
export function createInvestSuite(options: InvestSuiteOptions): InvestSuite {
  const { upstream, ...reading } = connect(options);
  const { calls } = reading;
  const portfolios = new Portfolios(reading);
  const users = new EntitiesById(reading, { resource: 'user', collection: '/users/', read: readUser });
  const transactions = new Transactions(reading);
  const optimizations = new Optimizations(reading);
  const portfolioWrites = new PortfolioWrites(reading, portfolios.byId);

  /** After any outcome of a write, reads that began before or during it are not shared with later callers. */
  const writing = async <T>(id: Parameters<typeof portfolioId>[0], write: () => Promise<T>): Promise<T> => {
    const of = portfolioId(id);
    try {
      return await write();
    } finally {
      portfolios.forget(of);
      transactions.forget(of);
      optimizations.forget(of);
    }
  };

  const looks = new RecentReads<readonly Transaction[]>(options.runtime ?? systemRuntime, LOOKED_MS);

  return {
    portfolio: async (id, call) => await portfolios.byId.load(portfolioId(id), call),
    portfolioFresh: async (id, call) => whole(await portfolios.byId.fresh(portfolioId(id), call)),
    portfoliosPage: async (request, call) => await portfolios.page(request, call),
    portfoliosOfAccountGroup: async (id, call) => await portfolios.ofAccountGroup(id, call),
    user: async (id, call) => await users.load(userId(id), call),
    transactions: async (id, call) => wholeOf(await transactions.list(portfolioId(id), call)),
    transactionListing: async (id, call) => await transactions.list(portfolioId(id), call),
    transactionsFresh: async (id, call) => wholeOf(await transactions.listFresh(portfolioId(id), call)),
    transaction: async (of, id, call) => await transactions.one(portfolioId(of), transactionId(id), call),
    transactionFresh: async (of, id, call) => await transactions.oneFresh(portfolioId(of), transactionId(id), call),
    findTransactionsByExternalId: async (of, externalId, call) =>
      await transactions.findByExternalId(portfolioId(of), externalId, call),
    lookedForTransactions: (of, externalId) =>
      looks.read(`${of} ${externalId}`, 0, () => transactions.findByExternalId(portfolioId(of), externalId)),
    optimization: async (id, call) => await optimizations.latest(portfolioId(id), call),

    patchPortfolio: (id, patch, call) => writing(id, () => portfolioWrites.patch(id, patch, call)),
    createTransaction: (of, draft, call) => writing(of, () => transactions.create(of, draft, call)),
    patchTransaction: (of, id, movements, call) =>
      writing(of, () => transactions.patch(of, transactionId(id), movements, call)),
    sendDepositEvent: (event, call) => writing(event.portfolioId, () => sendCashEvent(calls, 'deposit', event, call)),
    sendWithdrawEvent: (event, call) => writing(event.portfolioId, () => sendCashEvent(calls, 'withdraw', event, call)),

    get circuitOpen() {
      return upstream.circuitOpen;
    },
    get refusesCalls() {
      return upstream.refusesCalls;
    },
    get outOfReach() {
      return upstream.outOfReach;
    },
    close: () => upstream.close(),
  };
}

/** A portfolio of which no line of the holdings is missing. Throws an UpstreamRowUnreadableError. */
function whole(portfolio: Portfolio | null): Portfolio | null {
  if (portfolio !== null) allHoldings(portfolio);
  return portfolio;
}

/** Ids go into paths and queries, so they are looked at once more where the types may have been talked round. */
function checker<I extends string>(what: string, parse: (text: string) => I | undefined): (id: I) => I {
  return (id) => {
    const checked = parse(id);
    if (checked === undefined) throw new BadUserInputError(`This is not the id of a ${what}.`);
    return checked;
  };
}
