import type { PortfolioId } from '../../domain/ids.ts';
import { type ReconciliationDifference, reconcile } from '../../domain/reconciliation.ts';
import type { Runtime } from '../../domain/runtime.ts';
import { UpstreamError } from '../../errors.ts';
import type { OrderPorts } from '../order/ports.ts';

/** A caller waits for this, so an Upvest that is slow is not waited for. */
const ASK_WITHIN_MS = 3_000;
/** Differences named in a warning; further ones are counted. */
const MAX_TOLD = 20;

const NOT_COMPARED = "The holdings could not be compared with the broker's positions.";

/**
 * Where the broker's cash and positions differ from the holdings, in words; of the given lines only, or of all. Empty
 * where they agree and for portfolios without a broker. Never throws for an upstream that is away.
 */
export async function compareWithBroker(
  ports: OrderPorts,
  runtime: Pick<Runtime, 'monotonicMs'>,
  id: PortfolioId,
  lines: ReadonlySet<string> | 'all',
): Promise<readonly string[]> {
  try {
    const differences = await differencesOf(ports, id, runtime.monotonicMs() + ASK_WITHIN_MS);
    const told = differences.filter(({ instrumentId }) => lines === 'all' || lines.has(instrumentId));
    const more = told.length > MAX_TOLD ? [`${told.length - MAX_TOLD} more lines differ from the broker's.`] : [];
    return [...told.slice(0, MAX_TOLD).map(inWords), ...more];
  } catch (error) {
    if (error instanceof UpstreamError) return [NOT_COMPARED];
    throw error;
  }
}

const inWords = ({ instrumentId, investsuite, upvest }: ReconciliationDifference): string =>
  `${instrumentId}: ${investsuite} in InvestSuite, ${upvest} at the broker.`;

async function differencesOf(
  { investSuite, upvest, link: linkOf }: OrderPorts,
  id: PortfolioId,
  deadlineAt: number,
): Promise<readonly ReconciliationDifference[]> {
  const portfolio = await investSuite.portfolioFresh(id);
  const link = portfolio && linkOf(portfolio);
  if (portfolio === null || link === null) return [];
  const options = { deadlineAt };
  const [cashBalances, accounts] = await Promise.all([
    upvest.cashBalances(link.accountGroupId, options),
    upvest.accountsOfGroup(link, options),
  ]);
  // The broker knows no such group: there is nothing to compare with.
  if (cashBalances === null) return [];
  const positions = await Promise.all(accounts.map((account) => upvest.positions(account.id, options)));
  return reconcile(portfolio.holdings, { cashBalances, positions: positions.flat() }).differences;
}
