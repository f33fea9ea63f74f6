import { add, ZERO } from '../../domain/decimal.ts';
import type { Effect, Expectation } from './model.ts';

/** Clocks of the upstreams and ours may differ by this much. */
export const CLOCK_DIFFERENCE_MS = 300_000;
/** A booking this close to its report is matched first. */
const CLOSE_MS = 600_000;
/** The latest that an upstream books what it has taken: over a weekend. */
export const LATEST_BOOKING_MS = 3 * 86_400_000;

export interface Pair {
  readonly expectation: Expectation;
  readonly effect: Effect;
}

export interface Matching {
  readonly pairs: readonly Pair[];
  /** Expectations that must be there and are not. */
  readonly missing: readonly Expectation[];
  readonly left: readonly Effect[];
}

/**
 * Finds, for expectations that no id ties to an entry, entries of the same sort, amount and currency in the time when
 * they should have come about. First those that are close in time, then those that must be there, then those that may.
 */
export function matchWithoutKeys(expectations: readonly Expectation[], effects: readonly Effect[]): Matching {
  const pairs: Pair[] = [];
  const missing: Expectation[] = [];
  const left: Effect[] = [];
  const wanted = groupBy(expectations, bucketOf);
  const there = groupBy(effects, bucketOf);
  for (const bucket of new Set([...wanted.keys(), ...there.keys()])) {
    const all = wanted.get(bucket) ?? [];
    const required = all.filter(({ presence }) => presence === 'must');
    const close = matchClose(required, there.get(bucket) ?? []);
    const must = matchEarliestEnd(close.missing, close.left);
    const may = matchEarliestEnd(
      all.filter(({ presence }) => presence === 'may'),
      must.left,
    );
    pairs.push(...close.pairs, ...must.pairs, ...may.pairs);
    missing.push(...must.missing);
    left.push(...may.left);
  }
  return { pairs, missing, left };
}

type Comparable = Pick<Expectation, 'ledger' | 'sort' | 'amount' | 'currency'>;

/** The same for 100, 100.0 and 100.00. */
export const bucketOf = ({ ledger, sort, amount, currency }: Comparable): string =>
  `${ledger}|${sort}|${amount === null ? '' : add(amount, ZERO)}|${currency ?? ''}`;

/** Both in the order of time; the next of one is paired with the next of the other where they are close. */
function matchClose(expectations: readonly Expectation[], effects: readonly Effect[]): Matching {
  const wanted = expectations.toSorted((a, b) => a.near - b.near);
  const there = effects.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
  const pairs: Pair[] = [];
  const missing: Expectation[] = [];
  const left: Effect[] = [];
  let next = 0;
  for (const expectation of wanted) {
    for (let effect = there[next]; effect !== undefined; effect = there[next]) {
      if ((effect.at ?? 0) >= expectation.near - CLOSE_MS) break;
      left.push(effect);
      next += 1;
    }
    const effect = there[next];
    if (effect !== undefined && (effect.at ?? 0) <= expectation.near + CLOSE_MS) {
      pairs.push({ expectation, effect });
      next += 1;
    } else missing.push(expectation);
  }
  return { pairs, missing, left: [...left, ...there.slice(next)] };
}

/** Assigns each entry to the expectation with the earliest end, which matches as many as possible. */
function matchEarliestEnd(expectations: readonly Expectation[], effects: readonly Effect[]): Matching {
  if (expectations.length === 0) return { pairs: [], missing: [], left: effects };
  const waiting = expectations.toSorted((a, b) => endOf(a) - endOf(b));
  const pairs: Pair[] = [];
  const left: Effect[] = [];
  for (const effect of effects.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))) {
    const index = waiting.findIndex((expectation) => fits(expectation, effect));
    const [expectation] = index < 0 ? [] : waiting.splice(index, 1);
    if (expectation === undefined) left.push(effect);
    else pairs.push({ expectation, effect });
  }
  return { pairs, missing: waiting, left };
}

/** An open row has no end. */
const endOf = ({ presence, near, ended }: Expectation): number =>
  presence === 'must' || ended === true ? near + LATEST_BOOKING_MS : Number.POSITIVE_INFINITY;

function fits(expectation: Expectation, { at }: Effect): boolean {
  return at === null || (at >= expectation.from - CLOCK_DIFFERENCE_MS && at <= endOf(expectation));
}

export function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}
