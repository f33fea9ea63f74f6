import { type Decimal, equals } from '../../domain/decimal.ts';
import type { AccountGroupId, PortfolioId } from '../../domain/ids.ts';
import { systemName } from '../../errors.ts';
import { bucketOf, CLOCK_DIFFERENCE_MS, groupBy, matchWithoutKeys, type Pair } from './matching.ts';
import { type Effect, type Expectation, type Finding, type FindingKind, SYSTEM_OF, type WorkflowRef } from './model.ts';

/** One portfolio with its findings. */
export interface Comparison {
  readonly portfolioId: PortfolioId;
  readonly accountGroupId: AccountGroupId | null;
  readonly expectations: readonly Expectation[];
  readonly effects: readonly Effect[];
  /** Workflows with unknown outcome, with their reasons. */
  readonly unknown: readonly { readonly workflow: WorkflowRef; readonly reason: string | null; readonly at: number }[];
  /** Entries before this are none of the gateway's business; milliseconds since 1970. */
  readonly watchedFrom: number;
  /** By the same clock. */
  readonly now: number;
}

/** A change that an upstream made this recently may still be on its way to us. */
const LAG_MS = 15 * 60_000;
/** How close to a booking another of the same amount looks like the same money booked again. */
const DOUBLE_MS = 86_400_000;

/** Where the workflows of a portfolio and the upstreams' ledgers differ. Pure: the same again gives the same. */
export function compare(comparison: Comparison): readonly Finding[] {
  const tell = teller(comparison);
  const byKey = compareByKey(comparison, tell);
  const unkeyed = comparison.expectations.filter(({ key, presence }) => key === null && presence !== 'must not');
  const rest = comparison.effects.filter((effect) => !byKey.used.has(effect));
  const candidates = rest.filter((effect) => happened(effect) && !effect.keys.some(isOurId));
  const matching = matchWithoutKeys(unkeyed, candidates);
  const named = rest.filter((effect) => happened(effect) && effect.keys.some(isOurId));
  return [
    ...comparison.unknown.map(({ workflow, reason, at }) =>
      tell(workflow.state === 'NEEDS_REVIEW' ? 'review' : 'outcome-unknown', {
        workflow,
        at,
        message: `${workflow.state}: ${reason ?? 'the outcome is unknown'}`,
      }),
    ),
    ...byKey.findings,
    ...matching.missing.map((expectation) => missing(tell, expectation)),
    ...matching.pairs.flatMap(({ expectation, effect }) => differences(tell, expectation, effect, comparison.now)),
    ...unexpected(comparison, tell, matching.pairs, [...matching.left, ...named]),
  ];
}

/** Ids of the gateway in InvestSuite: such an entry belongs to that workflow only. */
const isOurId = (key: string): boolean => /^[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}$/.test(key);

const NOTHING_HAPPENED: ReadonlySet<string | null> = new Set(['CANCELLED', 'NOT_EXECUTED', 'EXPIRED']);

const happened = ({ status }: Effect): boolean => !NOTHING_HAPPENED.has(status);

type Tell = (kind: FindingKind, about: Partial<Finding> & Pick<Finding, 'message'>) => Finding;

const teller =
  ({ portfolioId, accountGroupId }: Comparison): Tell =>
  (kind, about) => ({
    kind,
    system: null,
    portfolioId,
    accountGroupId,
    workflow: null,
    upstreamIds: [],
    amount: null,
    currency: null,
    at: null,
    ...about,
  });

/** Compares entries that have the gateway's key or whose id the workflow has. */
function compareByKey({ expectations, effects, now }: Comparison, tell: Tell) {
  const keyed = effects.flatMap((effect) => [...new Set(effect.keys)].map((key) => ({ key, effect })));
  const effectsByKey = groupBy(keyed, ({ key, effect }) => `${effect.ledger}|${key}`);
  const used = new Set<Effect>();
  const findings: Finding[] = [];
  for (const expectation of expectations) {
    if (expectation.key === null) continue;
    const found = (effectsByKey.get(`${expectation.ledger}|${expectation.key}`) ?? [])
      .map(({ effect }) => effect)
      .filter(({ sort }) => expectation.sort === null || sort === expectation.sort);
    for (const effect of found) used.add(effect);
    findings.push(...judge(tell, expectation, found, now));
  }
  return { used, findings };
}

function judge(tell: Tell, expectation: Expectation, found: readonly Effect[], now: number): Finding[] {
  const real = found.filter(happened);
  const entries = new Set(real.map(({ id }) => id));
  const effect = real[0] ?? found[0];
  if (effect === undefined) return expectation.presence === 'must' ? [missing(tell, expectation)] : [];
  if (expectation.presence === 'must not') return real.map((each) => contradicts(tell, expectation, each));
  return entries.size > 1 ? [double(tell, expectation, real)] : differences(tell, expectation, effect, now);
}

const about = (expectation: Expectation) => ({
  system: SYSTEM_OF[expectation.ledger],
  workflow: expectation.workflow,
  amount: expectation.amount,
  currency: expectation.currency,
});

const nameOf = ({ ledger }: Pick<Effect, 'ledger'>): string => systemName(SYSTEM_OF[ledger]);
const money = ({ amount, currency }: { amount: Decimal | null; currency: string | null }): string =>
  amount === null ? '' : ` of ${amount} ${currency ?? ''}`.trimEnd();

function missing(tell: Tell, expectation: Expectation): Finding {
  const { workflow, sort, key } = expectation;
  const named = key === null || key === workflow.id ? '' : ` ${key}`;
  const message =
    expectation.missing ?? `${nameOf(expectation)} has no ${sort ?? 'entry'}${named}${money(expectation)} for it`;
  return tell('missing', {
    ...about(expectation),
    upstreamIds: key === null || key === workflow.id ? [] : [key],
    at: expectation.near,
    message: `${workflow.state} here, but ${message}`,
  });
}

function contradicts(tell: Tell, expectation: Expectation, effect: Effect): Finding {
  const { workflow } = expectation;
  return tell('contradicts', {
    ...about(expectation),
    upstreamIds: [effect.id],
    at: effect.at,
    message: `${workflow.state} here, but ${nameOf(effect)} has its ${effect.sort} ${effect.id}${money(effect)}`,
  });
}

function double(tell: Tell, expectation: Expectation, effects: readonly Effect[]): Finding {
  const ids = effects.map(({ id }) => id);
  return tell('double', {
    ...about(expectation),
    upstreamIds: ids,
    at: effects.at(-1)?.at ?? null,
    message: `${nameOf(expectation)} has the effect ${effects.length} times: ${ids.join(', ')}`,
  });
}

/** Amount, currency and status of an entry that is the workflow's. */
function differences(tell: Tell, expectation: Expectation, effect: Effect, now: number): Finding[] {
  const here = { ...about(expectation), upstreamIds: [effect.id], at: effect.at };
  if (expectation.ended === true) return happened(effect) ? [contradicts(tell, expectation, effect)] : [];
  const other = otherMoney(expectation, effect);
  const wrong = wrongStatus(expectation, effect, now);
  return [
    ...(other === undefined ? [] : [tell('differs', { ...here, message: other })]),
    ...(wrong === undefined
      ? []
      : [tell('contradicts', { ...here, message: `${expectation.workflow.state} here, but ${wrong}` })]),
  ];
}

function otherMoney({ amount, currency }: Expectation, effect: Effect): string | undefined {
  if (amount === null || effect.amount === null) return undefined;
  if (equals(amount, effect.amount) && currency === effect.currency) return undefined;
  return `${amount} ${currency ?? ''} here, but ${nameOf(effect)} has ${effect.amount} ${effect.currency ?? ''} in ${effect.sort} ${effect.id}`;
}

/** A status that does not go with the workflow's state, unless it is so new that the event may be on its way. */
function wrongStatus({ amount, presence, statuses }: Expectation, effect: Effect, now: number): string | undefined {
  const { status, changedAt, sort, id } = effect;
  if (statuses === undefined) {
    const isUndone = presence === 'must' && amount !== null && !happened(effect);
    return isUndone ? `${sort} ${id} at ${nameOf(effect)} is ${status}` : undefined;
  }
  const isNew = changedAt !== null && changedAt > now - LAG_MS;
  const fits = status === null || status === 'UNKNOWN' || statuses.includes(status);
  return fits || isNew ? undefined : `${nameOf(effect)} says ${status} of ${sort} ${id}`;
}

/** Entries that nothing explains: the same money once more, or somebody else's doing. */
function unexpected(
  { watchedFrom }: Comparison,
  tell: Tell,
  pairs: readonly Pair[],
  left: readonly Effect[],
): Finding[] {
  const matched = groupBy(pairs, ({ effect }) => bucketOf(effect));
  return left.flatMap((effect) => {
    const { at, id, amount, currency } = effect;
    if (!effect.watched || (at !== null && at < watchedFrom - CLOCK_DIFFERENCE_MS)) return [];
    // An entry with an id of the gateway names its workflow itself.
    const alike = effect.keys.some(isOurId) ? undefined : matched.get(bucketOf(effect));
    const like = alike?.find((pair) => Math.abs((pair.effect.at ?? 0) - (at ?? 0)) < DOUBLE_MS);
    const here = { system: SYSTEM_OF[effect.ledger], at, amount, currency };
    if (like === undefined) {
      const message = `${nameOf(effect)} has ${effect.sort} ${id}${money(effect)}, which no workflow here made`;
      return [tell('not-ours', { ...here, upstreamIds: [...new Set([id, ...effect.keys])], message })];
    }
    const { workflow } = like.expectation;
    const upstreamIds = [like.effect.id, id];
    const message = `${nameOf(effect)} has its ${effect.sort} ${like.effect.id}, and ${id}${money(effect)} within a day of it, which no other workflow made`;
    return [tell('double', { ...here, workflow, upstreamIds, message })];
  });
}
