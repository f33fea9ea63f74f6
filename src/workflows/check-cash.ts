import { add, compare, type Decimal, isNegative, subtract, sum, ZERO } from '../domain/decimal.ts';
import type { Failure } from '../domain/failures.ts';
import {
  listWorkflows,
  lockInTransaction,
  openWorkflows,
  promiseLock,
  type Reading,
  type WorkflowRow,
  type Writing,
} from '../store/index.ts';
import type { MoneyServices } from './accept.ts';
import type { Fundable, MoneyInput } from './check-money.ts';
import { WITHDRAWAL } from './rows.ts';

/** The cash covers the request, as long as no more of it has been promised. */
export interface Covered {
  readonly kind: 'covered';
  readonly stillHolds: (writing: Writing) => Promise<boolean>;
}

/** A payment that is being sent is answered within this time, or it is in doubt for longer. */
const SENDING_MS = 3_000;
const LOOK_AGAIN_MS = 50;
/** Withdrawals that may be taken on between a look at the balance and the commit, with much to spare. */
const RECENT = 50;

/**
 * Whether the cash of a self-investor portfolio covers a request: it sells nothing by itself, so what is not there now,
 * less what is already promised, won't come. A payment that is being sent may be in the balance already or not: where
 * that decides, its end is awaited.
 */
export async function checkCash(
  { ports, store }: MoneyServices,
  fundable: Fundable,
  { amount, currency }: MoneyInput,
): Promise<Covered | Failure> {
  const look = () => store.read((reading) => promisesOf(reading, fundable));
  for (const deadline = performance.now() + SENDING_MS; ; ) {
    const before = await look();
    const balance = await ports.upvest.cashBalance(fundable.link.accountGroupId, currency);
    const promises = await look();
    const available = subtract(balance?.availableForWithdrawal ?? ZERO, promises.total);
    // Where the promises have changed meanwhile it is not known which of them the balance goes with.
    const isCertain = promises.version === before.version;
    const isLate = performance.now() >= deadline;
    if ((isCertain || isLate) && compare(available, amount) >= 0) {
      const spare = subtract(available, amount);
      return { kind: 'covered', stillHolds: (writing) => stillHolds(writing, fundable, promises, spare) };
    }
    const mayBeEnough = compare(add(available, promises.beingSent), amount) >= 0;
    if (isLate || (isCertain && !mayBeEnough)) return insufficient(available, currency);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

function insufficient(left: Decimal, currency: string): Failure {
  const available = isNegative(left) ? ZERO : left;
  return {
    kind: 'insufficientCash',
    message: `Only ${available} ${currency} can be withdrawn now.`,
    available,
    currency,
  };
}

/** What withdrawals of a portfolio will take of the broker's cash that its balance does not show yet. */
interface Promises {
  readonly total: Decimal;
  /** The part of it that the balance may show already. */
  readonly beingSent: Decimal;
  readonly recent: ReadonlySet<string>;
  /** The same while nothing of this has changed. */
  readonly version: string;
}

async function promisesOf(reading: Reading, fundable: Fundable): Promise<Promises> {
  const open = await openWorkflows(reading, fundable.portfolio.id, [WITHDRAWAL]);
  const promised = open.filter((row) => row.subject === null);
  const recent = (await recentOf(reading, fundable)).map((row) => row.id);
  return {
    total: amountOf(promised),
    beingSent: amountOf(promised.filter((row) => row.sent_at !== null)),
    recent: new Set(recent),
    version: JSON.stringify([promised.map((row) => [row.id, row.sent_at]), recent]),
  };
}

/** In the transaction that takes the request on: whether what others have been promised since leaves enough. */
async function stillHolds(
  writing: Writing,
  fundable: Fundable,
  { recent }: Promises,
  spare: Decimal,
): Promise<boolean> {
  await lockInTransaction(writing, promiseLock(fundable.link.accountGroupId));
  const since = (await recentOf(writing, fundable)).filter((row) => !recent.has(row.id));
  return compare(amountOf(since), spare) <= 0;
}

const recentOf = (reading: Reading, { portfolio }: Fundable): Promise<WorkflowRow[]> =>
  listWorkflows(reading, portfolio.id, [WITHDRAWAL], { after: undefined, limit: RECENT });

const amountOf = (rows: readonly WorkflowRow[]): Decimal => sum(rows.map((row) => row.amount ?? ZERO));
