import { isRobo, type Portfolio } from '../../domain/portfolio.ts';
import { rowsInState } from '../../store/index.ts';
import type { Decision, StepContext } from '../engine/step.ts';
import { orderIdOf } from '../order/followed.ts';
import { LEDGER_LINE, lineOf } from './line.ts';
import { drifted, noting, progressOf } from './portfolio.ts';
import type { SynchronizationPorts } from './ports.ts';

export const refusedHoldings = (status: number): string => `InvestSuite refused the holdings (${status}).`;

/** How the reasons of lines and orders begin that InvestSuite refused. */
const REFUSED = 'InvestSuite refused the transaction';
/** Orders that are read for their instruments. */
const MAX_ORDERS = 20;

/**
 * Decides what becomes of holdings that InvestSuite has refused as a whole. It does not say which line it means; that it knows
 * nothing of an instrument shows where it has refused transactions of it. A robo portfolio is left as it is: an
 * optimization of a part of what the customer has would trade on it.
 */
export async function afterRefusal(
  ports: SynchronizationPorts,
  context: StepContext,
  portfolio: Portfolio,
): Promise<Decision<'synchronization'> | undefined> {
  const { row, now } = context;
  const { refused } = progressOf(row);
  if (refused === undefined) return undefined;
  const kept = isRobo(portfolio) ? [] : await refusedInstruments(ports, context);
  if (kept.length === 0) return drifted(row, now, refusedHoldings(refused));
  return { kind: 'advance', step: 'holdings', patch: noting(row, { kept }) };
}

async function refusedInstruments({ upvest }: SynchronizationPorts, { row, read }: StepContext): Promise<string[]> {
  const [lines, orders] = await read(async (reading) => {
    const found = await rowsInState(reading, row.portfolio_id, { kind: LEDGER_LINE, state: 'PROBLEM', limit: 500 });
    const followers = { kind: 'order-sync', state: 'UNMATCHED', limit: MAX_ORDERS } as const;
    return [found, await rowsInState(reading, row.portfolio_id, followers)];
  });
  const isRefused = ({ reason }: { readonly reason: string | null }): boolean => reason?.startsWith(REFUSED) === true;
  const ofLines = (lines ?? []).filter(isRefused).flatMap((line) => lineOf(line).isin ?? []);
  const ids = (orders ?? []).filter(isRefused).map(orderIdOf);
  const ofOrders = await Promise.all(ids.map((id) => upvest.order(id, { fresh: true })));
  return [...new Set([...ofLines, ...ofOrders.flatMap((order) => order?.instrumentId ?? [])])].sort();
}
