import type { BrokerLink } from '../../domain/broker.ts';
import type { OpenDayRange } from '../../domain/calendar-day.ts';
import type { PortfolioId } from '../../domain/ids.ts';
import { isOver } from '../../domain/order/follow.ts';
import { allHoldings, type Portfolio } from '../../domain/portfolio.ts';
import { type BrokerAssets, brokerHoldings, differences } from '../../domain/reconciliation.ts';
import type { SynchronizationChange } from '../../domain/synchronization/change.ts';
import type { BrokerLine, ToldLine } from '../../domain/synchronization/line.ts';
import { cancelledType } from '../../domain/synchronization/map.ts';
import type { Transaction } from '../../domain/transaction.ts';
import { getWorkflow, type Reading, rowsInState, type Store, workflowOfSubject } from '../../store/index.ts';
import { followOrder } from '../order/follow.ts';
import { type BrokerLedgers, brokerLedgers } from './broker-ledgers.ts';
import { beginLine, LEDGER_LINE, lineOf, lineSubject, MAX_PROBLEMS } from './line.ts';
import { madeBy } from './map-line.ts';
import { followPortfolio } from './portfolio.ts';
import type { SynchronizationPorts } from './ports.ts';

/** Changes that InvestSuite lacks of a portfolio. */
export interface Plan {
  readonly portfolioId: PortfolioId;
  /** Lines without a transaction, problems among them, and problems that have got one by hand. */
  readonly lines: readonly ToldLine[];
  /** The broker's orders that have no transaction, or one that is behind. */
  readonly orders: readonly string[];
  readonly changes: readonly SynchronizationChange[];
  /** Rows of the broker's ledgers that can't be read. */
  readonly unreadable: number;
}

type Order = Awaited<ReturnType<SynchronizationPorts['upvest']['orders']>>[number];

interface Compared {
  readonly portfolio: Portfolio;
  readonly link: BrokerLink;
  readonly days?: OpenDayRange | undefined;
}

/** Compares a portfolio with the broker. Rejects with an UpstreamError where either can't be read. */
export async function planOf(
  ports: SynchronizationPorts,
  store: Pick<Store, 'read'>,
  { portfolio, link, days }: Compared,
): Promise<Plan> {
  const [ledgers, known, broker] = await Promise.all([
    brokerLedgers(ports, link.accountGroupId, days),
    knownTransactions(ports, portfolio.id),
    readBroker(ports, link),
  ]);
  const lines = await store.read((reading) => missingLines(ports, reading, { ledgers, known, portfolio }));
  const behind = broker.orders.filter((order) => isBehind(order, known));
  const orders = await store.read((reading) => toFollow(reading, behind, known));
  return {
    portfolioId: portfolio.id,
    lines: [...lines, ...ledgers.unreadable],
    orders: orders.map(({ id }) => id),
    unreadable: ledgers.unreadable.length,
    changes: [
      ...lines.filter(({ id }) => !known.has(idOf(id))).flatMap((line) => changeOfLine(ports, line)),
      ...orders.filter((order) => transactionOf(order, known) === undefined).flatMap(changeOfOrder),
      ...changedHoldings(portfolio, broker),
    ],
  };
}

interface BrokerNow {
  /** Null where the broker knows no such group. */
  readonly assets: BrokerAssets | null;
  readonly orders: readonly Order[];
}

async function readBroker({ upvest }: SynchronizationPorts, link: BrokerLink): Promise<BrokerNow> {
  const [cashBalances, accounts] = await Promise.all([
    upvest.cashBalances(link.accountGroupId, { fresh: true }),
    upvest.accountsOfGroup(link, { fresh: true }),
  ]);
  const positions = await Promise.all(accounts.map(({ id }) => upvest.positions(id, { fresh: true })));
  const orders = await Promise.all(accounts.map(({ id }) => upvest.orders(id, { fresh: true })));
  const assets = cashBalances === null ? null : { cashBalances, positions: positions.flat() };
  return { assets, orders: orders.flat() };
}

function changedHoldings(portfolio: Portfolio, { assets }: BrokerNow): SynchronizationChange[] {
  if (assets === null) return [];
  return differences(allHoldings(portfolio), brokerHoldings(assets)).map(
    ({ instrumentId, investsuite: from, upvest: to }) => ({ kind: 'HOLDING', instrumentId, from, to }),
  );
}

/** InvestSuite's transactions by their external id, as far as they can be read: one that is missing is looked for before it is made. */
async function knownTransactions({ investSuite }: SynchronizationPorts, id: PortfolioId): Promise<Known> {
  const { rows } = await investSuite.transactionListing(id);
  return new Map(rows.flatMap((each) => (each.externalId === null ? [] : [[idOf(each.externalId), each]])));
}

const idOf = (id: string): string => id.toLowerCase();

type Known = ReadonlyMap<string, Transaction>;

interface Ledgered {
  readonly ledgers: Pick<BrokerLedgers, 'lines'>;
  readonly known: Known;
  readonly portfolio: Pick<Portfolio, 'id'>;
}

/** Lines that are to become a transaction, and those that can't. */
async function missingLines(
  ports: SynchronizationPorts,
  reading: Reading,
  { ledgers, known, portfolio }: Ledgered,
): Promise<readonly BrokerLine[]> {
  const problems = await problemsOf(reading, portfolio.id);
  const missing: BrokerLine[] = [];
  for (const line of ledgers.lines) {
    if (known.has(idOf(line.id))) {
      // Recorded by hand.
      if (problems.has(idOf(line.id))) missing.push(line);
      continue;
    }
    const mapped = ports.map(line);
    if (mapped.kind === 'nothing') continue;
    // A fill that is taken back may be a problem.
    if (mapped.kind === 'order' && cancelledType(line.type) === undefined) continue;
    const row = await workflowOfSubject(reading, lineSubject(line.id));
    if (row !== undefined && row.state !== 'PROBLEM') continue;
    const isOurs = mapped.kind === 'transaction' && mapped.payment === true && mapped.reverses === undefined;
    if (isOurs && typeof (await madeBy(reading, line)) === 'object') continue;
    missing.push(line);
  }
  return missing;
}

/** Ids of lines that have no transaction, as far as they are shown. */
async function problemsOf(reading: Reading, id: PortfolioId): Promise<ReadonlySet<string>> {
  const rows = await rowsInState(reading, id, { kind: LEDGER_LINE, state: 'PROBLEM', limit: MAX_PROBLEMS });
  return new Set(rows.map((row) => idOf(lineOf(row).id)));
}

/** Null quantities and types of problems are no changes: nothing is made of them. */
function changeOfLine(ports: SynchronizationPorts, line: BrokerLine): SynchronizationChange[] {
  const mapped = ports.map(line);
  const [main] = mapped.kind === 'transaction' ? mapped.movements : [];
  if (main === undefined) return [];
  const { type: movementType, instrumentId, quantity: to } = main;
  return [{ kind: 'TRANSACTION', externalId: line.id, movementType, instrumentId, to }];
}

function changeOfOrder({ id: externalId, side, instrumentId }: Order): SynchronizationChange[] {
  return side === null ? [] : [{ kind: 'TRANSACTION', externalId, movementType: side, instrumentId, to: null }];
}

const transactionOf = ({ id, clientReference }: Order, known: Known): Transaction | undefined =>
  known.get(idOf(id)) ?? (clientReference === null ? undefined : known.get(idOf(clientReference)));

const FINAL: readonly Transaction['status'][] = ['SETTLED', 'CANCELLED', 'NOT_EXECUTED', 'EXPIRED'];

function isBehind(order: Order, known: Known): boolean {
  const transaction = transactionOf(order, known);
  const executions = order.executions.map((execution) => ({ ...execution, reportedAt: null }));
  return transaction === undefined || !FINAL.includes(transaction.status) || !isOver({ ...order, executions });
}

/** Without orders that the gateway has placed and not recorded yet: their own rows do that. */
async function toFollow(reading: Reading, orders: readonly Order[], known: Known): Promise<readonly Order[]> {
  const followed: Order[] = [];
  for (const order of orders) {
    const { clientReference: reference } = order;
    const isRecorded = transactionOf(order, known) !== undefined || reference === null || reference === '';
    if (isRecorded || (await getWorkflow(reading, reference)) === undefined) followed.push(order);
  }
  return followed;
}

/** Rows of one transaction of the store. */
const CHUNK = 100;

/** Begins what a plan found; what is under way already stays as it is. */
export async function begin(store: Pick<Store, 'write'>, { portfolioId, lines, orders, changes }: Plan): Promise<void> {
  for (let start = 0; start < lines.length; start += CHUNK) {
    await store.write(async (writing) => {
      for (const line of lines.slice(start, start + CHUNK)) await beginLine(writing, portfolioId, line);
    });
  }
  if (orders.length === 0 && changes.length === 0) return;
  await store.write(async (writing) => {
    for (const id of [...orders].sort()) await followOrder(writing, id, portfolioId);
    // Orders that are only looked at again change no holdings.
    if (changes.length > 0) await followPortfolio(writing, portfolioId);
  });
}
