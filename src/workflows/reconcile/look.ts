import type { AccountId, PortfolioId } from '../../domain/ids.ts';
import type { WorkflowState } from '../../domain/workflow-kinds.ts';
import {
  systemName,
  UpstreamError,
  UpstreamInvalidAnswerError,
  UpstreamRefusedReadError,
  UpstreamUnavailableError,
} from '../../errors.ts';
import {
  groupsOfPortfolio,
  inputsOfKind,
  type PortfolioGroup,
  type ReadOnlyStore,
  subjectsOfWorkflows,
  type WorkflowRow,
  workflowsOfPortfolio,
} from '../../store/index.ts';
import { placedOrderSubject, virtualCashSubject, withdrawalSubject } from '../cash/broker-events.ts';
import { ORDER } from '../cash/rows.ts';
import { isInDoubt } from '../engine/sendings.ts';
import { orderInputOf } from '../placed-order/rows.ts';
import type { Comparator } from './comparators.ts';
import { type Comparison, compare } from './compare.ts';
import { type LedgerPorts, readBrokerLedgers, readInvestSuiteLedger, readOrderLedger } from './ledgers.ts';
import { LATEST_BOOKING_MS } from './matching.ts';
import type { Effect, Expectation, Finding, WorkflowRef } from './model.ts';

export interface Looking {
  readonly store: Pick<ReadOnlyStore, 'read' | 'now'>;
  readonly ports: LedgerPorts;
  readonly comparators: ReadonlyMap<string, Comparator>;
  /** Milliseconds since 1970; 0 for everything. */
  readonly since: number;
}

/** Reads of one portfolio. */
export interface Look {
  readonly findings: readonly Finding[];
  readonly workflows: number;
  /** How many of them are of kinds that there is no comparator for. */
  readonly notCompared: ReadonlyMap<string, number>;
  /** An upstream gave no answer. */
  readonly silent: boolean;
}

const DAY_MS = 86_400_000;

/** Reads one portfolio's ledgers and workflows and compares them. An upstream's trouble is a finding, not an error. */
export async function lookAt(looking: Looking, portfolioId: PortfolioId): Promise<Look> {
  const groups = await looking.store.read((reading) => groupsOfPortfolio(reading, portfolioId));
  try {
    // The upstreams first, then the rows: a row is always there before its effect is.
    const inputs = await looking.store.read((reading) => inputsOfKind(reading, portfolioId, ORDER));
    const accounts = [...new Set(inputs.map((input) => orderInputOf({ input }).accountId))];
    const effects = await readEffects(looking.ports, { portfolioId, groups, accounts });
    return await compareWith(looking, { portfolioId, groups, effects });
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const findings = [notCompared(portfolioId, groups, error)];
    return { findings, workflows: 0, notCompared: new Map(), silent: error instanceof UpstreamUnavailableError };
  }
}

async function readEffects(
  ports: LedgerPorts,
  { portfolioId, groups, accounts }: Omit<Material, 'effects'> & { readonly accounts: readonly AccountId[] },
): Promise<readonly Effect[]> {
  const lists = await Promise.all([
    readInvestSuiteLedger(ports, portfolioId),
    readOrderLedger(ports, accounts),
    ...groups.map(({ accountGroupId, firstAt }) =>
      accountGroupId === null ? [] : readBrokerLedgers(ports, accountGroupId, firstAt - DAY_MS),
    ),
  ]);
  return lists.flat();
}

interface Material {
  readonly portfolioId: PortfolioId;
  readonly groups: readonly PortfolioGroup[];
  readonly effects: readonly Effect[];
}

async function compareWith(looking: Looking, { portfolioId, groups, effects }: Material): Promise<Look> {
  const { store, since } = looking;
  const { expectations, unknown, old, workflows, notCompared } = await readWorkflows(looking, portfolioId);
  const findings = compare({
    portfolioId,
    accountGroupId: groups[0]?.accountGroupId ?? null,
    expectations,
    effects,
    unknown,
    watchedFrom: Math.max(since, Math.min(...groups.map(({ firstAt }) => firstAt))),
    now: store.now(),
  });
  const recent = findings.filter(({ workflow }) => workflow === null || !old.has(workflow.id));
  return { findings: await withoutOthers(store, recent), workflows, notCompared, silent: false };
}

/** Also rows that changed shortly before the given time: their bookings may be later. */
async function readWorkflows({ store, comparators, since }: Looking, portfolioId: PortfolioId) {
  const expectations: Expectation[] = [];
  const unknown: Comparison['unknown'][number][] = [];
  const notCompared = new Map<string, number>();
  const old = new Set<string>();
  let workflows = 0;
  for await (const row of workflowsOfPortfolio(store, portfolioId, since - LATEST_BOOKING_MS)) {
    workflows += 1;
    if (row.updated_at < since) old.add(row.id);
    const comparator = comparators.get(row.kind);
    if (comparator === undefined) notCompared.set(row.kind, (notCompared.get(row.kind) ?? 0) + 1);
    else expectations.push(...comparator(row));
    if (UNKNOWN.has(row.state)) unknown.push({ workflow: subjectOf(row), reason: row.reason, at: row.updated_at });
    else if (isInDoubt(row)) unknown.push({ workflow: subjectOf(row), reason: doubtOf(row), at: row.updated_at });
  }
  return { expectations, unknown, old, workflows, notCompared };
}

/** States of any kind with an unknown outcome. */
const UNKNOWN: ReadonlySet<WorkflowState> = new Set(['NEEDS_REVIEW', 'IN_DOUBT']);

const doubtOf = ({ step, sent_at: sentAt }: WorkflowRow): string =>
  `step ${step} was sent at ${new Date(sentAt ?? 0).toISOString()}, and its outcome is not known yet`;

const subjectOf = ({ id, kind, state }: WorkflowRow): WorkflowRef => ({ id, kind, state });

/** An account group may belong to several portfolios: effects of workflows of the others are the gateway's too. */
async function withoutOthers(store: Looking['store'], findings: readonly Finding[]): Promise<readonly Finding[]> {
  const mayBeAnothers = ({ kind, system }: Finding): boolean => kind === 'not-ours' && system === 'UPVEST';
  const subjects = findings.filter(mayBeAnothers).flatMap(subjectsIn);
  if (subjects.length === 0) return findings;
  const ours = await store.read((reading) => subjectsOfWorkflows(reading, subjects));
  return findings.filter((finding) => !(mayBeAnothers(finding) && subjectsIn(finding).some((each) => ours.has(each))));
}

const subjectsIn = ({ upstreamIds }: Finding): string[] =>
  upstreamIds.flatMap((id) => [
    withdrawalSubject(id),
    virtualCashSubject('INCREASE', id),
    virtualCashSubject('DECREASE', id),
    placedOrderSubject(id),
  ]);

function notCompared(portfolioId: PortfolioId, groups: readonly PortfolioGroup[], error: UpstreamError): Finding {
  return {
    kind: 'not-compared',
    system: error.system,
    portfolioId,
    accountGroupId: groups[0]?.accountGroupId ?? null,
    workflow: null,
    upstreamIds: [],
    amount: null,
    currency: null,
    at: null,
    message: `${systemName(error.system)} refused the comparison: ${why(error)}`,
  };
}

function why(error: UpstreamError): string {
  if (error instanceof UpstreamUnavailableError) return `not available (${error.reason})`;
  if (error instanceof UpstreamRefusedReadError) return `it refused to list (${error.status})`;
  return error instanceof UpstreamInvalidAnswerError ? error.detail : error.message;
}
