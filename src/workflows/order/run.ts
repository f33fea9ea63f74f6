import type { z } from 'zod';
import { type DateTime, dateTime, epochNanoseconds } from '../../domain/datetime.ts';
import type { Decimal } from '../../domain/decimal.ts';
import { type Failure, type Forbidden, forbidden, outcomePending } from '../../domain/failures.ts';
import { parsePortfolioId } from '../../domain/ids.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { isOperator } from '../../domain/viewer.ts';
import { UpstreamError } from '../../errors.ts';
import { getWorkflow, type Store } from '../../store/index.ts';
import { acceptWork, type Caller, type CommandResult, type NewWork, type Request } from '../accept.ts';
import { canonicalAmount } from '../cash/check.ts';
import type { Engine } from '../engine/engine.ts';
import { wokenWithin } from '../engine/woken.ts';
import { NO_PORTFOLIO } from '../holdings/change.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { OrderInvestSuitePort } from './ports.ts';
import { storedTransaction } from './stored.ts';

/** Dependencies of the commands on transactions and holdings; one per gateway. */
export interface OrderServices {
  readonly store: Store;
  readonly engine: Pick<Engine, 'definitions'>;
  readonly investSuite: OrderInvestSuitePort;
  /** How long a command waits for InvestSuite's answer before it is OUTCOME_PENDING. Default 10 s. */
  readonly answerWithinMs?: number | undefined;
}

/** Result of a command, and warnings for a person. */
export interface Ended<T> {
  readonly value: T;
  readonly warnings: readonly string[];
}

export const onlyOperators = ({ viewer }: Caller, doing: string): Forbidden | undefined =>
  isOperator(viewer) ? undefined : forbidden(`${doing} needs the scope operator.`);

/** Work of one portfolio that moves no cash by itself. */
export const work = (
  portfolio: Portfolio,
  rest: Pick<NewWork, 'kind' | 'idPrefix' | 'firstStep' | 'input'>,
): NewWork => ({ ...rest, portfolioId: portfolio.id, accountGroupId: null, amount: null, currency: null });

/** The portfolio, where it is there for this caller. Throws an UpstreamError where InvestSuite can't be asked. */
export async function findPortfolio(
  { investSuite }: OrderServices,
  caller: Caller,
  portfolioId: string,
): Promise<Portfolio | undefined> {
  const id = parsePortfolioId(portfolioId);
  const portfolio = id === undefined ? null : await investSuite.portfolio(id);
  return portfolio !== null && caller.maySee(portfolio) ? portfolio : undefined;
}

export { NO_PORTFOLIO };

/** Takes the request on, once for its key, and waits for how it ends. */
export async function runOnce<T>(
  services: OrderServices,
  caller: Caller,
  request: Request,
  how: { readonly check: () => Promise<NewWork | Failure>; readonly value: z.ZodType<T> },
): Promise<CommandResult<Ended<T>>> {
  const accepted = await acceptWork(services, caller, request, { check: how.check, answer: ({ id }) => id });
  if (accepted.kind !== 'success') return accepted;
  const outcome = await awaitOutcome(services, accepted.value, how.value);
  if (outcome === undefined) return outcomePending('INVESTSUITE');
  if (outcome.kind === 'failed') return outcome.failure;
  const { value, warnings } = outcome;
  return { kind: 'success', value: { value, warnings }, replayed: accepted.replayed };
}

/** A row that gets on wakes those who wait; one that ends without news is seen by the clock. */
const LOOK_AGAIN_MS = 100;

async function awaitOutcome<T>(
  { store, answerWithinMs = 10_000 }: OrderServices,
  id: string,
  value: z.ZodType<T>,
): Promise<Outcome<T> | undefined> {
  const deadline = store.runtime.monotonicMs() + answerWithinMs;
  for (;;) {
    const row = await store.read((reading) => getWorkflow(reading, id));
    if (row === undefined) throw new Error(`the row ${id} has gone`);
    const outcome = outcomeOf(row, value);
    if (outcome !== undefined) return outcome;
    const left = deadline - store.runtime.monotonicMs();
    if (left <= 0) return undefined;
    await wokenWithin(store, Math.min(left, LOOK_AGAIN_MS));
  }
}

/** A mutation whose answer is a transaction. */
export interface TransactionCommand<I> {
  readonly mutation: string;
  readonly formerly?: Request['formerly'];
  /** Begins the message that refuses callers who are no operators, e.g. `Recording transactions`. */
  readonly doing: string;
  readonly canonical: (input: I) => Request['input'];
  readonly check: (services: OrderServices, caller: Caller, input: I) => Promise<NewWork | Failure>;
  /** Called with the result, before a replay is read anew. */
  readonly afterwards?: (services: OrderServices, result: CommandResult<Ended<Transaction>>) => Promise<void>;
}

/** Takes the request on, waits for InvestSuite's answer, and answers with the transaction: as written now, or as it is since. */
export const transactionCommand =
  <I extends { readonly idempotencyKey: string }>(command: TransactionCommand<I>) =>
  async (services: OrderServices, caller: Caller, input: I): Promise<CommandResult<Ended<Transaction>>> => {
    const { mutation, formerly, canonical, check, doing, afterwards } = command;
    const no = onlyOperators(caller, doing);
    if (no !== undefined) return no;
    const { idempotencyKey } = input;
    const request = { mutation, ...(formerly && { formerly }), idempotencyKey, input: canonical(input) };
    const how = { check: () => check(services, caller, input), value: storedTransaction };
    const result = await runOnce(services, caller, request, how);
    await afterwards?.(services, result);
    if (result.kind !== 'success' || !result.replayed) return result;
    return { ...result, value: { ...result.value, value: await asItIsNow(services, result.value.value) } };
  };

/** A replay returns the object in its current state; as stored where InvestSuite can't be read. */
async function asItIsNow({ investSuite }: OrderServices, written: Transaction): Promise<Transaction> {
  try {
    const now = await investSuite.transaction(written.portfolioId, written.id);
    const isOlder = now?.version != null && written.version !== null && now.version < written.version;
    return now === null || isOlder ? written : now;
  } catch (error) {
    if (error instanceof UpstreamError) return written;
    throw error;
  }
}

export const nowOf = ({ store }: OrderServices): DateTime => dateTime(new Date(store.now()));

/** One form for one input: 10.50 and 10.5, `Z` and `+00:00` are the same. */
export const canonicalDecimal = (value: Decimal | null | undefined): Decimal | null =>
  value == null ? null : canonicalAmount(value);
export const canonicalTime = (time: DateTime | null | undefined): string | null =>
  time == null ? null : String(epochNanoseconds(time));
