import type { WorkflowRow } from '../../src/store/index.ts';
import { NOT_DONE } from './expectations.ts';
import type { Portfolio } from './investsuite.ts';
import type { BookedLine } from './ledgers.ts';
import { isForeign } from './orders.ts';
import { BROKER_START } from './upvest.ts';
import { CUSTOMERS, type Customer, type Wire } from './wire.ts';
import type { World } from './world.ts';

/** Exact to the sixth decimal: the simulated broker counts in binary. */
const rounded = (units: number): number => Math.round(units * 1e6) / 1e6;

const isCounted = ({ status }: Wire): boolean => status === 'EXECUTED' || status === 'SETTLED';

/** What was promised of InvestSuite and the broker at the end. Not checked for a portfolio that a person has to look at. */
export function* synchronized(world: World, rows: readonly WorkflowRow[]): Generator<string> {
  if (world.scenario.follows !== true) return;
  yield* world.watch.violations;
  for (const customer of CUSTOMERS) {
    const mine = rows.filter((row) => row.portfolio_id === customer.portfolio);
    if (mine.some(({ state }) => state === 'NEEDS_REVIEW')) continue;
    yield* lines(world, customer, mine);
    yield* orders(world, customer);
    if (!isByHand(world, customer, mine)) yield* sums(world, customer, mine);
    yield* holdings(world, customer, mine);
  }
}

const linesOf = ({ upvest }: World, { group }: Customer): readonly BookedLine[] =>
  upvest.groups.get(group)?.ledgers.lines ?? [];

const problemsOf = (world: World, customer: Customer, mine: readonly WorkflowRow[]): readonly BookedLine[] => {
  const ids = new Set(
    mine.filter(({ kind, state }) => kind === 'ledger-line' && state === 'PROBLEM').map(({ subject }) => subject),
  );
  return linesOf(world, customer).filter(({ wire }) => ids.has(`upvest:ledger-line:${wire.id}`));
};

const transactionsOf = ({ investSuite }: World, { portfolio }: Customer) =>
  investSuite.portfolios.get(portfolio)?.transactions ?? [];

/** Each line is one transaction, or none. */
function* lines(world: World, customer: Customer, mine: readonly WorkflowRow[]): Generator<string> {
  const problems = new Set(problemsOf(world, customer, mine));
  for (const line of linesOf(world, customer)) {
    const { wire, expects } = line;
    const many = transactionsOf(world, customer).filter(({ external_id: id }) => id === wire.id).length;
    const what = `${wire.type} ${wire.id.slice(0, 8)} of ${customer.portfolio.slice(-1)}`;
    if (many > 1) yield `${what} is ${many} transactions`;
    if (expects !== 'maybe' && many !== (expects === 'one' ? 1 : 0))
      yield `${what} is ${many} transactions, not ${expects}`;
    if (expects !== 'maybe' && problems.has(line) !== (expects === 'problem'))
      yield `${what} is ${problems.has(line) ? 'a' : 'no'} problem`;
  }
}

/** Each order of another origin is one transaction. */
function* orders(world: World, customer: Customer): Generator<string> {
  for (const order of world.upvest.groups.get(customer.group)?.orders.all.values() ?? []) {
    const many = transactionsOf(world, customer).filter(({ external_id: id }) => id === order.id).length;
    if (isForeign(order) && many !== 1) yield `the order ${order.id.slice(0, 8)} is ${many} transactions`;
  }
}

/** An order that InvestSuite refused to record, and that the operator has taken on. */
const isByHand = (world: World, customer: Customer, mine: readonly WorkflowRow[]): boolean =>
  mine.some(
    ({ kind, state, id }) =>
      kind === 'order' &&
      !NOT_DONE.includes(state) &&
      !transactionsOf(world, customer).some(({ external_id: made }) => made === id),
  );

/** The movements in InvestSuite, and the lines that are problems, add up to what has moved at the broker. */
function* sums(world: World, customer: Customer, mine: readonly WorkflowRow[]): Generator<string> {
  const moved = new Map<string, number>();
  const count = (instrument: string, quantity: number): void =>
    void moved.set(instrument, (moved.get(instrument) ?? 0) + quantity);
  for (const { movements } of transactionsOf(world, customer))
    for (const movement of movements)
      if (isCounted(movement)) count(String(movement['instrument_id']), Number(movement['quantity']));
  for (const { ledger, wire } of problemsOf(world, customer, mine)) {
    const { amount } = wire['delta'] as { readonly amount: string };
    count(ledger === 'cash' ? '$EUR' : String((wire['instrument'] as Wire)['isin']), Number(amount));
  }
  const { group } = customer;
  const at = world.upvest.groups.get(group);
  // Fees that clients recorded by themselves, and cash that is at the broker only.
  const booked = new Set(linesOf(world, customer).map(({ wire }) => wire.id));
  const recorded = transactionsOf(world, customer).flatMap(({ external_id: id, movements: [leg] }) =>
    leg?.['type'] === 'OTHER_FEE' && !booked.has(id ?? '') ? [Number(leg['quantity'])] : [],
  );
  for (const quantity of recorded) count('$EUR', -quantity);
  for (const { kind, state, amount } of mine) {
    if (state !== 'CONFIRMED' && state !== 'COMPLETED') continue;
    if (kind === 'virtual-cash-increase') count('$EUR', Number(amount));
    if (kind === 'virtual-cash-decrease') count('$EUR', -Number(amount));
  }
  const start = world.upvest.startingUnits(group);
  const held = new Map(
    [...(at?.orders.positions ?? [])].map(([isin, units]) => [isin, units - (start.get(isin) ?? 0)]),
  );
  held.set('$EUR', ((at?.balance ?? 0) - BROKER_START) / 100);
  for (const instrument of new Set([...moved.keys(), ...held.keys()])) {
    const [ours, theirs] = [moved, held].map((all) => rounded(all.get(instrument) ?? 0));
    if (ours !== theirs)
      yield `${instrument} of ${customer.portfolio.slice(-1)} has moved by ${ours} in InvestSuite, by ${theirs} at the broker`;
  }
}

/** The holdings are the broker's, unless InvestSuite can't have them. */
function* holdings(world: World, { portfolio, group }: Customer, mine: readonly WorkflowRow[]): Generator<string> {
  const at = world.upvest.groups.get(group);
  const theirs = new Map<string, number>([...(at?.orders.positions ?? []), ['$EUR', (at?.balance ?? 0) / 100]]);
  const ours = world.investSuite.portfolios.get(portfolio)?.holdings ?? {};
  const state = mine.find(({ kind }) => kind === 'synchronization')?.state;
  if ([...theirs].some(([id, units]) => id !== '$EUR' && rounded(units) < 0)) {
    if (state !== 'DRIFTED') yield `${portfolio} can't be written, and is ${state}`;
    return;
  }
  for (const instrument of new Set([...theirs.keys(), ...Object.keys(ours)])) {
    const [here, there] = [rounded(ours[instrument] ?? 0), rounded(theirs.get(instrument) ?? 0)];
    if (here !== there)
      yield `${portfolio} holds ${here} of ${instrument} in InvestSuite, ${there} at the broker (${state})`;
  }
}

/** Of what may be under way when holdings are written that were decided on before it began. */
const SLACK_MS = 1_500;
/** The same where a gateway is paused, or an answer, a request or the store takes its time. */
const MOST_SLACK_MS = 30_000;
const MOVING = "'deposit', 'withdrawal', 'virtual-cash-increase', 'virtual-cash-decrease', 'rebalancing'";

/** Looks at each update of a robo portfolio's holdings by the synchronization when it arrives: InvestSuite must be left in peace until all is quiet. */
export class Watch {
  readonly violations: string[] = [];
  readonly #world: Pick<World, 'database' | 'timeline' | 'upvest' | 'scenario'>;

  constructor(world: Pick<World, 'database' | 'timeline' | 'upvest' | 'scenario'>) {
    this.#world = world;
  }

  readonly onHoldings = (
    { customer, holdings, optimization }: Portfolio,
    to: Readonly<Record<string, number>>,
  ): void => {
    const { database, timeline, upvest, scenario } = this.#world;
    const { portfolio: id, group, isRobo } = customer;
    const [row] = database.rows(
      "select id from workflows where kind = 'synchronization' and portfolio_id = ? and sent_at is not null",
      id,
    );
    if (!isRobo || row === undefined) return;
    const slack = scenario.faults.length > 0 ? MOST_SLACK_MS : SLACK_MS;
    const since = timeline.now - slack;
    const seen = (what: string): void => void this.violations.push(`holdings were written while ${what}`);
    const isSame = [...new Set([...Object.keys(holdings), ...Object.keys(to)])].every(
      (instrument) => rounded(holdings[instrument] ?? 0) === rounded(to[instrument] ?? 0),
    );
    if (isSame && scenario.faults.length === 0) seen('they were equal');
    for (const { id: open } of database.rows(
      `select id from workflows where portfolio_id = ? and due_at is not null and kind in (${MOVING}) and created_at < ?`,
      ...[id, since],
    ))
      seen(`${String(open)} was under way`);
    for (const { status, created_at: at, id: order } of upvest.groups.get(group)?.orders.all.values() ?? [])
      if ((status === 'NEW' || status === 'PROCESSING') && Date.parse(String(at)) < since)
        seen(`the order ${order} was open`);
    const { startedAt, readyAt = 0 } = optimization ?? {};
    if (startedAt !== undefined && startedAt < since && readyAt > timeline.now) seen('InvestSuite optimized');
  };
}
