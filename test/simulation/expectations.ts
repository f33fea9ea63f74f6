import type { WorkflowRow } from '../../src/store/index.ts';
import type { MoneySettings } from '../../src/workflows/index.ts';
import { isForeign } from './orders.ts';
import { CUSTOMERS, cents } from './wire.ts';
import type { World } from './world.ts';

/** Something that was done at an upstream, or should have been: equal ones have equal texts. */
export type Effect = `${'upvest' | 'investsuite'} ${string}`;

/** The effects that a row must have, by its final state. `maybe`: a person has to find out. */
export interface Expected {
  readonly certainly: readonly Effect[];
  readonly maybe: readonly Effect[];
}

/** The effects of a completed workflow by kind. A new kind joins the simulation with a line here: docs/proof.md. */
type EffectsOf = (row: WorkflowRow, settings: MoneySettings) => readonly Effect[];

const of = (row: WorkflowRow): string => `${row.portfolio_id.slice(-1)} ${cents(row.amount)}`;

const EFFECTS: Readonly<Partial<Record<WorkflowRow['kind'], EffectsOf>>> = {
  deposit: (row, { funding }) => [
    ...(funding === 'virtual-cash' ? [`upvest INCREASE ${of(row)}` as const] : []),
    `investsuite CASH_DEPOSIT ${of(row)}`,
    `investsuite event deposit ${of(row)}`,
  ],
  withdrawal: (row, { payout }) => [
    payout === 'withdrawal' ? `upvest WITHDRAWAL ${of(row)}` : `upvest DECREASE ${of(row)}`,
    `investsuite CASH_WITHDRAWAL ${of(row)}`,
    `investsuite event withdraw ${of(row)}`,
  ],
  'virtual-cash-increase': (row) => [`upvest INCREASE ${of(row)}`],
  'virtual-cash-decrease': (row) => [`upvest DECREASE ${of(row)}`],
  'transaction-record': (row) => [`investsuite ${typeOf(row)} ${row.portfolio_id.slice(-1)} ${quantityOf(row)}`],
  order: (row) => [`upvest ORDER ${row.id}`],
  // Its orders and their transactions have rows of their own.
  rebalancing: () => [],
  'holdings-change': () => [],
};

/** A fee that a client records, or the planned transaction of an order. */
const typeOf = ({ input }: WorkflowRow): string => /"type":"(\w+)"/.exec(input)?.[1] ?? 'nothing';

/** Of the one movement of a recorded transaction. */
function quantityOf({ input }: WorkflowRow): number {
  const found = /"quantity":"?-?([\d.]+)/.exec(input)?.[1];
  return cents(found);
}

const DONE: readonly string[] = ['COMPLETED', 'CONFIRMED', 'SETTLED'];
export const NOT_DONE: readonly string[] = ['FAILED', 'CANCELLED', 'REJECTED', 'EXPIRED'];

export function expectedOf(row: WorkflowRow, settings: MoneySettings): Expected {
  const effects = EFFECTS[row.kind]?.(row, settings) ?? [];
  const sentBack: Effect = `upvest WITHDRAWAL SENT BACK ${of(row)}`;
  if (row.state === 'RETURNED')
    return { certainly: [sentBack], maybe: effects.filter((effect) => effect.startsWith('investsuite')) };
  if (DONE.includes(row.state)) return { certainly: effects, maybe: [] };
  // A payment that came back before the gateway had seen it as paid has failed for the gateway.
  if (NOT_DONE.includes(row.state)) return { certainly: [], maybe: row.kind === 'withdrawal' ? [sentBack] : [] };
  return { certainly: [], maybe: [...effects, ...(row.kind === 'withdrawal' ? [sentBack] : [])] };
}

/** The ledgers of both upstreams. */
export function doneIn({ upvest, investSuite }: Pick<World, 'upvest' | 'investSuite'>): readonly Effect[] {
  const done: Effect[] = [];
  for (const { group, portfolio } of CUSTOMERS) {
    const name = portfolio.slice(-1);
    const { withdrawals = [], movements = [], orders, ledgers } = upvest.groups.get(group) ?? {};
    // Of the broker's own making: they have promises of their own.
    const others = new Set([...(ledgers?.lines ?? []).map(({ wire }) => wire.id)]);
    for (const order of orders?.all.values() ?? []) {
      const { id, status, client_reference: reference } = order;
      if (isForeign(order)) others.add(id);
      else if (status !== 'CANCELLED') done.push(`upvest ORDER ${String(reference)}`);
    }
    for (const { id, status, amount } of withdrawals.values()) {
      if (upvest.returned.has(id)) done.push(`upvest WITHDRAWAL SENT BACK ${name} ${cents(amount)}`);
      else if (status !== 'CANCELLED') done.push(`upvest WITHDRAWAL ${name} ${cents(amount)}`);
    }
    for (const { status, amount, direction } of movements.values()) {
      if (status !== 'CANCELLED') done.push(`upvest ${direction} ${name} ${cents(amount)}`);
    }
    for (const { external_id: id, movements: legs } of investSuite.portfolios.get(portfolio)?.transactions ?? []) {
      if (id !== null && others.has(id)) continue;
      const [leg] = legs;
      done.push(`investsuite ${String(leg?.['type'])} ${name} ${Math.abs(cents(leg?.['quantity']))}`);
    }
  }
  for (const { kind, portfolio, amount } of investSuite.events.values()) {
    done.push(`investsuite event ${String(kind)} ${String(portfolio).slice(-1)} ${cents(amount)}`);
  }
  return done;
}
