import type { Deposit } from '../../domain/deposit.ts';
import type { PortfolioId } from '../../domain/ids.ts';
import { isOver, ORDER_STATES, type Order } from '../../domain/order/placed.ts';
import type { Rebalancing } from '../../domain/rebalancing.ts';
import type { Withdrawal } from '../../domain/withdrawal.ts';
import type { WorkflowKind, WorkflowState } from '../../domain/workflow-kinds.ts';
import {
  type CallerKey,
  getWorkflow,
  historyOf,
  isOfKind,
  listReviews,
  listWorkflows,
  type Reading,
  recall,
  type Store,
  type WorkflowRow,
} from '../../store/index.ts';
import { type CashRequest, objectOf } from '../objects.ts';
import { orderOf } from '../placed-order/rows.ts';
import { REBALANCING, rebalancingOf } from '../rebalancing/rows.ts';
import { DEPOSIT, depositOf, ORDER, WITHDRAWAL, withdrawalOf } from './rows.ts';

/** Where a page begins: after this row. */
export interface After {
  readonly id: string;
}

/** The deposit, withdrawal or movement of virtual cash of an id of ours (`dep_…`, `wdr_…`, `vcm_…`). */
export async function findCashRequest(store: Pick<Store, 'read'>, id: string): Promise<CashRequest | undefined> {
  const [found] = await store.read(async (reading) => {
    const row = await getWorkflow(reading, id);
    return await objectsOf(reading, row === undefined ? [] : [row]);
  });
  return found;
}

/** A caller's request by its key, for a client that lost the answer. Undefined where there is none. */
export async function findCashRequestByKey(
  store: Store,
  caller: CallerKey,
  idempotencyKey: string,
  mutation: string,
): Promise<CashRequest | undefined> {
  const known = await store.read((reading) => recall(reading, caller, idempotencyKey));
  return known?.mutation === mutation ? await findCashRequest(store, known.subject_id) : undefined;
}

/** A page of a portfolio's deposits, newest first. */
export async function listDeposits(
  store: Store,
  portfolioId: PortfolioId,
  after: After | undefined,
  limit: number,
): Promise<readonly Deposit[]> {
  const { rows, histories } = await page(store, portfolioId, DEPOSIT, after, limit);
  return rows.map((row) => depositOf(row, histories.get(row.id) ?? []));
}

/** A page of a portfolio's withdrawals, newest first. */
export async function listWithdrawals(
  store: Store,
  portfolioId: PortfolioId,
  after: After | undefined,
  limit: number,
): Promise<readonly Withdrawal[]> {
  const { rows, histories } = await page(store, portfolioId, WITHDRAWAL, after, limit);
  return rows.map((row) => withdrawalOf(row, histories.get(row.id) ?? []));
}

/** A page of a portfolio's orders that the gateway placed, newest first; `open`: only those that are not over, or only the others. */
export async function listOrders(
  store: Store,
  portfolioId: PortfolioId,
  {
    after,
    limit,
    open,
  }: { readonly after: After | undefined; readonly limit: number; readonly open: boolean | undefined },
): Promise<readonly Order[]> {
  const { rows, histories } = await page(
    store,
    portfolioId,
    ORDER,
    after,
    limit,
    open === undefined ? undefined : ORDER_STATES.filter((state) => isOver(state) !== open),
  );
  return rows.map((row) => orderOf(row, histories.get(row.id) ?? []));
}

/** A page of a portfolio's rebalancings, newest first. */
export async function listRebalancings(
  store: Store,
  portfolioId: PortfolioId,
  after: After | undefined,
  limit: number,
): Promise<readonly Rebalancing[]> {
  const { rows, histories } = await page(store, portfolioId, REBALANCING, after, limit);
  return rows.map((row) => rebalancingOf(row, histories.get(row.id) ?? []));
}

/** The orders with these ids, in their order. */
export async function ordersWithIds(store: Store, ids: readonly string[]): Promise<readonly Order[]> {
  return await store.read(async (reading) => {
    const rows = await Promise.all(ids.map((id) => getWorkflow(reading, id)));
    const found = await objectsOf(
      reading,
      rows.flatMap((row) => row ?? []),
    );
    return found.flatMap((each) => (each.type === 'Order' ? [each.object] : []));
  });
}

async function page<K extends WorkflowKind>(
  store: Store,
  portfolioId: PortfolioId,
  kind: K,
  after: After | undefined,
  limit: number,
  states?: readonly WorkflowState[],
) {
  return await store.read(async (reading) => {
    const last = after === undefined ? undefined : await getWorkflow(reading, after.id);
    // A cursor of another portfolio's row leads nowhere.
    if (after !== undefined && last?.portfolio_id !== portfolioId) return { rows: [], histories: new Map() };
    const rows = await listWorkflows(reading, portfolioId, [kind], { after: last, limit, states });
    return {
      rows: rows.filter(isOfKind(kind)),
      histories: await historyOf(
        reading,
        rows.map((row) => row.id),
      ),
    };
  });
}

/** Rows in review, oldest first. */
export async function reviewsPage(
  store: Pick<Store, 'read'>,
  after: After | undefined,
  limit: number,
): Promise<readonly CashRequest[]> {
  return await store.read(async (reading) => {
    const last = after === undefined ? undefined : await getWorkflow(reading, after.id);
    return await objectsOf(reading, await listReviews(reading, last, limit));
  });
}

async function objectsOf(reading: Reading, rows: readonly WorkflowRow[]): Promise<CashRequest[]> {
  const histories = await historyOf(
    reading,
    rows.map((row) => row.id),
  );
  return rows.flatMap((row) => objectOf(row, histories.get(row.id) ?? []) ?? []);
}
