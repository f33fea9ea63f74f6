import { z } from 'zod';
import type { Position } from '../../domain/broker.ts';
import { checkHoldings } from '../../domain/holdings.ts';
import { allHoldings, type Holding, type Portfolio } from '../../domain/portfolio.ts';
import { brokerHoldings, differences } from '../../domain/reconciliation.ts';
import type { WorkflowKind } from '../../domain/workflow-kinds.ts';
import { portfolioLock } from '../../store/index.ts';
import { waitForRebalancing } from '../cash/booking.ts';
import { readUnderLock } from '../engine/read-under-lock.ts';
import { REBALANCING } from '../engine/settle.ts';
import {
  ABSENT,
  type Decision,
  found,
  type Ready,
  type ReviewAnswers,
  type StepContext,
  type Wait,
  type WriteStep,
  writeStepOf,
} from '../engine/step.ts';
import type { OrderPorts } from '../order/ports.ts';
import { storedHoldings } from '../order/stored.ts';
import { overwriteWarnings, untilVisible } from '../order/visible.ts';

/** Outcome of the comparison with the broker. */
export type HoldingsFollowed =
  | { readonly kind: 'written' }
  /** They agree already: nothing was sent, since any PATCH of a robo portfolio starts an optimization. */
  | { readonly kind: 'unchanged' }
  /** The portfolio is gone, or the broker has nothing of it. */
  | { readonly kind: 'notLinked' }
  /** The broker has what InvestSuite can't hold: a position without ISIN, or less than nothing of one. */
  | { readonly kind: 'notWritable'; readonly reason: string }
  | { readonly kind: 'refused'; readonly status: number };

export interface FollowingHoldings<K extends WorkflowKind> {
  readonly next: (context: StepContext, followed: HoldingsFollowed) => Decision<K>;
  /** Asked under the portfolio's lock before anything is read: a decision where the holdings must not be written now. */
  readonly instead?: (context: StepContext) => Promise<Decision<K> | undefined>;
  /** Instruments whose lines stay as InvestSuite has them. */
  readonly kept?: (row: StepContext['row']) => readonly string[];
  readonly resolve: ReviewAnswers<K>;
}

type FollowPorts = Pick<OrderPorts, 'investSuite' | 'upvest' | 'link' | 'onTrouble'>;

const memo = z.object({ version: z.number().nullable(), holdings: storedHoldings });

const OVERWRITTEN =
  'Another system changed the portfolio in InvestSuite while the gateway wrote its holdings; check that no holding is missing.';

/**
 * The step that makes the holdings in InvestSuite what the broker has: one PATCH, under the portfolio's lock, of all lines, and none
 * where they agree. Read and computed again until an attempt is known to have done nothing, so a repetition has no second effect.
 */
export function followHoldings<K extends WorkflowKind>(
  ports: FollowPorts,
  { next, instead, kept = () => [], resolve }: FollowingHoldings<K>,
): WriteStep<K> {
  const { investSuite } = ports;
  const ask = ({ row }: StepContext): Promise<Portfolio | null> => investSuite.portfolioFresh(row.portfolio_id);
  const read = (context: StepContext): Promise<Portfolio | null> => readUnderLock(context, () => ask(context));
  return writeStepOf<K>()({
    system: 'INVESTSUITE',
    memo,
    lock: (row) => portfolioLock(row.portfolio_id),
    prepare: async (context) =>
      (await instead?.(context)) ??
      (await prepared(ports, await read(context), { kept: kept(context.row), next: (how) => next(context, how) })),
    send: async (context, { holdings }) => {
      const outcome = await investSuite.patchPortfolio(context.row.portfolio_id, { holdings }, context.sending);
      if (outcome.kind === 'accepted') await untilVisible(context.runtime, () => ask(context), outcome.value.version);
      return outcome;
    },
    repeats: 'never',
    look: async (context, { holdings }) => {
      const portfolio = await read(context);
      return portfolio !== null && isSame(portfolio, holdings) ? found(portfolio) : ABSENT;
    },
    doubt:
      'The outcome of the update of holdings is unknown: InvestSuite did not answer. Compare its holdings with the broker.',
    accepted: (context, { version }, portfolio) => {
      const about = { portfolioId: portfolio.id, rowId: context.row.id };
      overwriteWarnings(ports, { version }, portfolio, OVERWRITTEN, about);
      return next(context, { kind: 'written' });
    },
    refused: (context, _memo, status) => waitAfter(status) ?? next(context, { kind: 'refused', status }),
    refusedBy: [STALE],
    resolve,
  });
}

async function prepared<K extends WorkflowKind>(
  ports: FollowPorts,
  portfolio: Portfolio | null,
  { kept, next }: { readonly kept: readonly string[]; readonly next: (followed: HoldingsFollowed) => Decision<K> },
): Promise<Decision<K> | Ready<K, z.output<typeof memo>>> {
  const wanted = portfolio === null ? NOT_LINKED : await wantedHoldings(ports, portfolio, kept);
  if (wanted.kind === 'moving') return { kind: 'wait', for: 'broker-event' };
  if (wanted.kind !== 'different') return next(wanted);
  return { kind: 'send', memo: { version: portfolio?.version ?? null, holdings: wanted.holdings } };
}

/** The version that the lines were computed from is outdated. */
const STALE = 412;

function waitAfter(status: number): Wait | undefined {
  if (status === REBALANCING) return waitForRebalancing;
  return status === STALE ? { kind: 'wait', for: 'investsuite' } : undefined;
}

const isSame = (portfolio: Portfolio, holdings: readonly Holding[]): boolean =>
  differences(allHoldings(portfolio), holdings).length === 0;

type Wanted =
  | { readonly kind: 'different'; readonly holdings: readonly Holding[] }
  /** Something was booked at the broker while it was read. */
  | { readonly kind: 'moving' }
  | Exclude<HoldingsFollowed, { readonly kind: 'written' | 'refused' }>;

const NOT_LINKED: Wanted = { kind: 'notLinked' };

/**
 * The holdings that the portfolio should have. Cash and positions are different calls, so cash is read again afterwards: a trade in
 * between, of which only one side would be in the holdings, shows as other cash.
 */
async function wantedHoldings(
  { upvest, link: linkOf }: FollowPorts,
  portfolio: Portfolio,
  kept: readonly string[],
): Promise<Wanted> {
  const link = linkOf(portfolio);
  if (link === null) return NOT_LINKED;
  const askCash = () => upvest.cashBalances(link.accountGroupId, { fresh: true });
  const cashBalances = await askCash();
  if (cashBalances === null) return NOT_LINKED;
  const accounts = await upvest.accountsOfGroup(link, { fresh: true });
  const positions = await Promise.all(accounts.map(({ id }) => upvest.positions(id, { fresh: true })));
  const isKept = ({ instrumentId }: Holding): boolean => kept.includes(instrumentId);
  const holdings = [
    ...brokerHoldings({ cashBalances, positions: positions.flat() }).filter((line) => !isKept(line)),
    ...allHoldings(portfolio).filter(isKept),
  ];
  const wrong = holdings.find((line) => !isWritable(line));
  if (wrong !== undefined) return { kind: 'notWritable', reason: unwritable(wrong) };
  if (isSame(portfolio, holdings)) return { kind: 'unchanged' };
  const since = await askCash();
  const none: readonly Position[] = [];
  const moved =
    since === null ||
    differences(
      brokerHoldings({ cashBalances, positions: none }),
      brokerHoldings({ cashBalances: since, positions: none }),
    ).length > 0;
  return moved ? { kind: 'moving' } : { kind: 'different', holdings };
}

/** InvestSuite knows instruments by their ISIN, and has no negative units. */
const isWritable = (line: Holding): boolean => checkHoldings([line]) === undefined;

const unwritable = ({ instrumentId, quantity }: Holding): string =>
  `InvestSuite cannot hold what the broker has: ${quantity} of ${instrumentId}.`;
