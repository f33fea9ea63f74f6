import { CAPABILITIES, type Capability, type CapabilityState } from '../datasources/upvest/index.ts';
import { type DateTime, dateTime } from '../domain/datetime.ts';
import { parsePortfolioId } from '../domain/ids.ts';
import type { Portfolio } from '../domain/portfolio.ts';
import {
  auditOf,
  type EventSource,
  type InboxRow,
  type JsonContent,
  parkedEvents,
  portfoliosWithProblems,
  type ReadableEntry,
  readableEntry,
  verifyAudit,
} from '../store/index.ts';
import {
  replayParkedEvent as commandReplay,
  eventIdOf,
  eventNumberOf,
  type ReplayParkedEventInput,
} from '../workflows/index.ts';
import { requireScope } from './access.ts';
import { rowPage } from './cash-requests.ts';
import { callerOf, named } from './commands.ts';
import type { RequestContext } from './context.ts';
import type { Connection, PageArguments } from './cursors.ts';
import { portfolioById } from './portfolios.ts';
import type { Result } from './results.ts';

/** An event of the inbox that could not be processed. */
export interface ParkedEvent {
  readonly id: string;
  readonly source: EventSource;
  readonly type: string;
  readonly eventId: string;
  readonly receivedAt: DateTime;
  readonly reason: string | null;
  /** Numbers are strings. */
  readonly payload: JsonContent;
}

/** Parked events, oldest first. Throws ForbiddenError for callers other than operators, as all of this file. */
export async function listParkedEvents(context: RequestContext, page: PageArguments): Promise<Connection<ParkedEvent>> {
  requireScope(context.viewer, 'operator');
  return await rowPage(context, 'parkedEvents', page, async (after, limit) => {
    const from = after === undefined ? 0 : (eventNumberOf(after.id) ?? 0);
    return (await storeOf(context).read((reading) => parkedEvents(reading, from, limit))).map(parkedEventOf);
  });
}

const storeOf = ({ services }: RequestContext) => services.money.store;

const timeAt = (ms: number): DateTime => dateTime(new Date(ms));

const parkedEventOf = ({ id, source, type, event_id, received_at, reason, payload }: InboxRow): ParkedEvent => ({
  ...{ id: eventIdOf(id), source, type, eventId: event_id, receivedAt: timeAt(received_at), reason },
  payload: JSON.parse(payload),
});

export const replayParkedEvent = async (
  context: RequestContext,
  input: ReplayParkedEventInput,
): Promise<Result<{ readonly event: { readonly id: string } }>> =>
  named(context, 'event', await commandReplay(storeOf(context), callerOf(context), input));

/** Portfolios that could not be brought to what the broker has, by id. */
export async function listDriftedPortfolios(
  context: RequestContext,
  page: PageArguments,
): Promise<Connection<Portfolio>> {
  requireScope(context.viewer, 'operator');
  const found = await rowPage(context, 'driftedPortfolios', page, async (after, limit) =>
    (
      await storeOf(context).read((reading) =>
        portfoliosWithProblems(reading, parsePortfolioId(after?.id ?? ''), limit),
      )
    ).map((id) => ({
      id,
    })),
  );
  const edges = await Promise.all(
    found.edges.map(async ({ cursor, node: { id } }) => ({ cursor, node: await portfolioById(context, id) })),
  );
  return { ...found, edges: edges.flatMap(({ cursor, node }) => (node === null ? [] : [{ cursor, node }])) };
}

export interface CapabilityStatus {
  readonly name: Capability;
  readonly state: CapabilityState;
}

export function capabilityStates(context: RequestContext): readonly CapabilityStatus[] {
  requireScope(context.viewer, 'operator');
  const { capabilities } = context.services.upvest;
  return CAPABILITIES.map((name) => context.vouched.add({ name, state: capabilities.stateOf(name) }));
}

export interface AuditEntry extends ReadableEntry {
  readonly at: DateTime;
  readonly actor: string;
  readonly action: string;
}

/** Entries of the audit about one object, oldest first. */
export async function auditEntries(context: RequestContext, id: string): Promise<readonly AuditEntry[]> {
  requireScope(context.viewer, 'operator');
  const rows = await storeOf(context).read((reading) => auditOf(reading, id));
  return rows.map((row) =>
    context.vouched.add({ ...readableEntry(row), at: timeAt(row.at), actor: row.actor, action: row.action }),
  );
}

export interface AuditCheck {
  readonly entries: number;
  readonly objects: number;
  readonly newestAt: DateTime | null;
  readonly findings: readonly string[];
}

/** Checks the whole audit and all objects against it, as `invest-gateway audit verify` does without heads that were kept elsewhere. */
export async function checkAudit(context: RequestContext): Promise<AuditCheck> {
  requireScope(context.viewer, 'operator');
  const { rows, workflows, newestAt, findings } = await storeOf(context).read((reading) => verifyAudit(reading));
  return context.vouched.add({
    ...{ entries: rows, objects: workflows, newestAt: newestAt === undefined ? null : timeAt(newestAt) },
    findings: findings.map((finding) =>
      'chain' in finding
        ? `Entry ${finding.sequence} of chain ${finding.chain}: ${finding.problem}`
        : Object.values(finding).map(String).join(' '),
    ),
  });
}
