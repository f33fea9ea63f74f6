import type { BrokerLink, CashBalance } from '../../domain/broker.ts';
import { compare, type Decimal, isNegative, subtract, ZERO } from '../../domain/decimal.ts';
import type { InsufficientCash } from '../../domain/failures.ts';
import type { PortfolioId } from '../../domain/ids.ts';
import type { Portfolio } from '../../domain/portfolio.ts';
import { type Runtime, sleep } from '../../domain/runtime.ts';
import type { WorkflowKind } from '../../domain/workflow-kinds.ts';
import {
  listWorkflows,
  lockInTransaction,
  promiseLock,
  type Reading,
  type Store,
  type WorkflowRow,
  type Writing,
} from '../../store/index.ts';
import type { CashServices } from '../accept.ts';
import type { CashInput } from '../cash/check.ts';
import {
  amountOf,
  CASH_TAKERS,
  leftBy,
  leftForTrading,
  leftForTradingIfShown,
  leftIfShown,
  type Taker,
  takenBy,
  takersOf,
} from './promised-cash.ts';

/** The cash covers the request, as long as no more of it has been promised. */
export interface Covered {
  readonly kind: 'covered';
  /** Cash before this request. */
  readonly available: Decimal;
  readonly stillHolds: (writing: Writing) => Promise<boolean>;
}

/** Within this time a payment that is being sent is answered, and what the broker has booked is told by its event. */
const KNOWN_MS = 3_000;
const LOOK_AGAIN_MS = 50;
/** Requests that may be taken on between a look at the balance and the commit, and how long ago they may have begun, both with much to spare. */
const RECENT = 50;
const RECENT_MS = 60_000;

/** Use of the cash: what is left, and what would be left if all that may arrive were in the balance. */
export interface CashUse {
  readonly left: (balance: CashBalance | null, takers: readonly Taker[]) => Decimal;
  readonly leftIfShown: (balance: CashBalance | null, takers: readonly Taker[]) => Decimal;
}
export const TO_PAY_OUT: CashUse = { left: leftBy, leftIfShown };
export const TO_TRADE: CashUse = { left: leftForTrading, leftIfShown: leftForTradingIfShown };

/** Input of a check of cash or units, by a command or by a step. */
export interface CheckServices extends Pick<CashServices, 'answerWithinMs'> {
  readonly ports: { readonly upvest: Pick<CashServices['ports']['upvest'], 'cashBalance' | 'positions'> };
  readonly store: Pick<Store, 'read'> & { readonly runtime: Pick<Runtime, 'after' | 'monotonicMs'> };
}

/** A portfolio and its side at the broker. */
export interface Purse {
  readonly portfolio: Pick<Portfolio, 'id'>;
  readonly link: Pick<BrokerLink, 'accountGroupId'>;
}

/**
 * Whether the cash of a self-investor portfolio covers a request: nothing is sold for it, so cash that is missing now,
 * after promised cash is deducted, will not come. A payment that is being sent, or that the broker may have booked without
 * its event having told so, may or may not be in the balance: where that decides, news of it is awaited.
 */
export async function checkCash(
  { ports, store, answerWithinMs = KNOWN_MS }: CheckServices,
  purse: Purse,
  { amount, currency }: Pick<CashInput, 'amount' | 'currency'>,
  { left, leftIfShown: leftShown }: CashUse = TO_PAY_OUT,
): Promise<Covered | InsufficientCash> {
  const { accountGroupId } = purse.link;
  const look = () => store.read((reading) => promisesOf(reading, purse, currency));
  for (const deadline = store.runtime.monotonicMs() + Math.min(KNOWN_MS, answerWithinMs); ; ) {
    const before = await look();
    const balance = await ports.upvest.cashBalance(accountGroupId, currency, { fresh: true });
    const promises = await look();
    const isCertain = promises.version === before.version;
    const available = left(balance, isCertain ? promises.takers : notLessThan(before, promises));
    const isLate = store.runtime.monotonicMs() >= deadline;
    if (compare(available, amount) >= 0) {
      const spare = subtract(available, amount);
      return {
        kind: 'covered',
        available,
        stillHolds: (writing) => stillHolds(writing, purse, currency, { promises, spare }),
      };
    }
    const mayBeEnough = compare(leftShown(balance, promises.takers), amount) >= 0;
    if (isLate || (isCertain && !mayBeEnough)) return insufficient(available, currency);
    await sleep(store.runtime, LOOK_AGAIN_MS);
  }
}

function insufficient(left: Decimal, currency: string): InsufficientCash {
  const available = isNegative(left) ? ZERO : left;
  return {
    kind: 'insufficientCash',
    message: `Only ${available} ${currency} is available now.`,
    available,
    currency,
  };
}

/** Promised cash of an account group at one moment. */
interface Promises {
  readonly takers: readonly Taker[];
  /** Requests that were over by then: one that begins and ends between two looks is not overlooked. */
  readonly over: readonly Omit<Taker, 'stage'>[];
  /** Both, and requests of other currencies. */
  readonly known: ReadonlySet<string>;
  /** The same while nothing of this has changed. */
  readonly version: string;
}

/**
 * The promises that a balance may not contain which was read between two looks at them: what changed from one to the other
 * is counted as a whole, also where it is paid by now.
 */
function notLessThan(before: Promises, after: Promises): readonly Taker[] {
  const stages = new Map(before.takers.map(({ id, stage }) => [id, stage]));
  const wasOver = new Set(before.over.map(({ id }) => id));
  const ended = [
    ...after.over.filter(({ id }) => !wasOver.has(id)),
    ...before.takers.filter(({ id }) => !after.known.has(id)),
  ];
  return [
    ...after.takers.map((taker) => (stages.get(taker.id) === taker.stage ? taker : inDoubt(taker))),
    ...ended.map(inDoubt),
  ];
}

const inDoubt = (taker: Omit<Taker, 'stage'>): Taker => ({ ...taker, stage: 'sending' });

async function promisesOf(reading: Reading, purse: Purse, currency: string): Promise<Promises> {
  // Two statements, and PostgreSQL commits between them: a request counts as it stood when it was seen last, and as long as one
  // of them has seen it open.
  const recent = await recentOf(reading, purse);
  const open = await takersOf(reading, purse.link.accountGroupId, currency);
  const seen = new Map<string, NonNullable<ReturnType<typeof takenBy>>>();
  for (const row of recent) {
    const taken = takenBy(row, currency);
    if (taken !== undefined) seen.set(row.id, taken);
  }
  for (const taker of open) seen.set(taker.id, taker);
  const all = [...seen.values()];
  return {
    takers: all.flatMap((taken) => (taken.stage === 'over' ? [] : [{ ...taken, stage: taken.stage }])),
    over: all.filter(({ stage }) => stage === 'over'),
    known: new Set([...seen.keys(), ...recent.map(({ id }) => id)]),
    version: JSON.stringify(all.map(({ id, stage }) => [id, stage]).sort()),
  };
}

/** Checked in the accepting transaction: whether the cash still suffices after promises made since. */
async function stillHolds(
  writing: Writing,
  purse: Purse,
  currency: string,
  { promises: { known }, spare }: { readonly promises: Promises; readonly spare: Decimal },
): Promise<boolean> {
  const { accountGroupId } = purse.link;
  await lockInTransaction(writing, promiseLock(accountGroupId));
  const since = new Map<string, Pick<Taker, 'amount'>>();
  for (const taker of await takersOf(writing, accountGroupId, currency)) since.set(taker.id, taker);
  for (const { id, amount, currency: of } of await recentOf(writing, purse)) {
    if (amount !== null && of === currency) since.set(id, { amount });
  }
  for (const id of known) since.delete(id);
  return compare(amountOf([...since.values()]), spare) <= 0;
}

const recentOf = (reading: Reading, { portfolio }: Purse): Promise<WorkflowRow[]> =>
  recentRows(reading, portfolio.id, CASH_TAKERS);

/** A portfolio's requests of the last minute, whatever became of them. */
export const recentRows = (reading: Reading, id: PortfolioId, kinds: readonly WorkflowKind[]): Promise<WorkflowRow[]> =>
  listWorkflows(reading, id, kinds, { after: undefined, limit: RECENT, since: reading.now() - RECENT_MS });
