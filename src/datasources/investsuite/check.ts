import type { PortfolioId } from '../../domain/ids.ts';
import { UpstreamError, UpstreamUnavailableError } from '../../errors.ts';
import { noAnswer } from '../upstream/check.ts';
import type { ExactJson } from '../upstream/exact-json.ts';
import type { WireAnswer } from '../upstream/wire-answer.ts';
import { goodBodyOf, refusal } from './calls.ts';
import { connect, type InvestSuiteConnection, type Reading } from './connection.ts';
import type { InvestSuiteOptions } from './investsuite.ts';
import { readPage } from './pages.ts';
import { readPortfolio } from './portfolio-wire.ts';
import { oneOf, pathWith } from './query.ts';
import { readTransaction } from './transaction-wire.ts';

export type InvestSuiteProblem =
  | 'unreachable'
  | 'upstream-failing'
  /** The access key id or the secret is not the right one. */
  | 'wrong-access-key'
  /** The credentials are right, but do not allow this read. */
  | 'not-allowed'
  /** `id in [...]` does not work here: ids are asked for one by one, with more calls. */
  | 'no-batching'
  | 'unexpected-answer';

/** One thing that was tried. Messages are for the operator: no secret, nothing of InvestSuite's answers. */
export interface InvestSuiteFinding {
  readonly tried: 'login' | 'portfolios' | 'batching' | 'transactions';
  /** Null: it works, or could not be tried; see the message. */
  readonly problem: InvestSuiteProblem | null;
  readonly message: string;
}

type Outcome = Pick<InvestSuiteFinding, 'problem' | 'message'>;

/** Tries everything that the gateway reads of InvestSuite, without writing anything. Never throws. */
export async function checkInvestSuite(options: InvestSuiteOptions): Promise<readonly InvestSuiteFinding[]> {
  const connection = connect(options);
  try {
    const login = await attempt(() => tryLogin(connection));
    if (login.problem !== null) return [{ tried: 'login', ...login }];
    const ids: PortfolioId[] = [];
    const portfolios = await attempt(() => tryPortfolios(connection, ids));
    const batching = await attempt(() => tryBatching(connection, options.batching ?? 'auto', ids));
    const transactions = await attempt(() => tryTransactions(connection, ids));
    return [
      { tried: 'login', ...login },
      { tried: 'portfolios', ...portfolios },
      { tried: 'batching', ...batching },
      { tried: 'transactions', ...transactions },
    ];
  } finally {
    await connection.upstream.close();
  }
}

async function tryLogin({ upstream }: InvestSuiteConnection): Promise<Outcome> {
  await upstream.credentials.logIn();
  return works('InvestSuite lets us in');
}

/** Leaves the ids of the first portfolios in `ids`. */
async function tryPortfolios({ calls }: Reading, ids: PortfolioId[]): Promise<Outcome> {
  const answer = await calls.get('/portfolios/?limit=2', 'investsuite.check', {});
  const { rows } = readPage(goodBodyOf(answer, 'portfolios'), 'portfolios');
  for (const row of rows) {
    const portfolio = readPortfolio(row);
    if (portfolio !== null) ids.push(portfolio.id);
  }
  return works(rows.length === 0 ? 'can be read, but there is none' : 'can be read');
}

async function tryBatching(
  { calls }: Reading,
  batching: 'auto' | 'on' | 'off',
  ids: readonly PortfolioId[],
): Promise<Outcome> {
  if (batching === 'off') return works('switched off: ids are asked for one by one');
  if (ids.length === 0) return works('could not be tried without a portfolio');
  const answer = await calls.get(pathWith('/portfolios/', { query: oneOf('id', ids) }), 'investsuite.check', {});
  const found = answer.ok ? readPage(goodBodyOf(answer, 'portfolios'), 'portfolios').rows.length : 0;
  if (found === ids.length) return works('several ids travel in one call');
  const how = batching === 'on' ? 'set INVESTSUITE_BATCHING=auto or off' : 'ids are asked for one by one';
  return { problem: 'no-batching', message: `\`id in [...]\` is not understood here; ${how}` };
}

async function tryTransactions({ calls }: Reading, ids: readonly PortfolioId[]): Promise<Outcome> {
  const [first] = ids;
  if (first === undefined) return works('could not be tried without a portfolio');
  const answer: WireAnswer = await calls.get(`/portfolios/${first}/transactions/?limit=1`, 'investsuite.check', {});
  if (!answer.ok && answer.status !== 404 && answer.status !== 405) throw refusal(answer);
  if (!answer.ok) {
    return { problem: 'unexpected-answer', message: 'transactions cannot be listed under the path they are posted to' };
  }
  const { rows } = readPage(goodBodyOf(answer, 'transactions'), 'transactions');
  return works(readsFirst(first, rows) ? 'can be listed' : 'can be listed; there is none to look at');
}

/** Throws where it is not like a transaction. */
function readsFirst(portfolioId: PortfolioId, [row]: readonly ExactJson[]): boolean {
  return row !== undefined && readTransaction(portfolioId, row) !== null;
}

const works = (message: string): Outcome => ({ problem: null, message });

async function attempt(run: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    if (!(error instanceof UpstreamUnavailableError)) return unusable(error);
    return noAnswer('InvestSuite', error) ?? refusedLogin(error.status);
  }
}

function unusable(error: UpstreamError): Outcome {
  if (error.code === 'UPSTREAM_REFUSED') return { problem: 'not-allowed', message: 'InvestSuite refuses this call' };
  return {
    problem: 'unexpected-answer',
    message: 'the answer is not what InvestSuite documents; is the address of InvestSuite right?',
  };
}

const KEY_REFUSED: ReadonlySet<number> = new Set([400, 401, 403, 422]);

function refusedLogin(status: number | undefined): Outcome {
  if (status === undefined || KEY_REFUSED.has(status)) {
    return { problem: 'wrong-access-key', message: 'InvestSuite does not accept the access key id or its secret' };
  }
  return {
    problem: 'unexpected-answer',
    message: `the login is not answered as InvestSuite documents (status ${status}); is the address right?`,
  };
}
