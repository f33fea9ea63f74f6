import type { PortfolioId } from '../domain/ids.ts';
import {
  appendEvents,
  finishEvents,
  type InboxRow,
  nudgeWaiting,
  returnEvents,
  subjectsOfWorkflows,
  type Writing,
} from '../store/index.ts';
import { awaitedEffects, type ReportedEffect } from '../workflows/index.ts';
import type { Interpreted } from './interpretation.ts';

/** A leased event and its interpretation. */
export interface Piece {
  readonly row: InboxRow;
  readonly read: Interpreted;
}

export type Claiming = (writing: Writing, effect: ReportedEffect) => Promise<boolean>;

interface Logging {
  readonly random: () => number;
  readonly owner: string;
  readonly pieces: readonly Piece[];
  readonly portfolioOf: (piece: Piece) => PortfolioId | null;
  readonly claim: Claiming | undefined;
}

export type Counts = Record<'logged' | 'ours' | 'postponed', number>;

/**
 * In one transaction: finishes events of own workflows without a row, since the workflow writes it; postpones events
 * that may turn out to be a workflow's; logs the rest.
 */
export async function logPieces(tx: Writing, { owner, pieces, portfolioOf, claim, random }: Logging): Promise<Counts> {
  const effects = pieces.flatMap(({ read }) => read.mayBeOurs ?? []);
  // In this sequence: a request that is answered in between has its object id by the second query.
  const awaited = await awaitedEffects(tx, effects);
  const ours = await subjectsOfWorkflows(
    tx,
    effects.map(({ subject }) => subject),
  );
  const isOurs = ({ read }: Piece): boolean => read.mayBeOurs !== null && ours.has(read.mayBeOurs.subject);
  const makersOf = ({ read }: Piece) => (read.mayBeOurs === null ? undefined : awaited.get(read.mayBeOurs));
  const isUnclear = (piece: Piece): boolean => makersOf(piece) !== undefined && !isOurs(piece);
  const waiting = pieces.filter(isUnclear);
  const unknown = pieces.filter((piece) => !isUnclear(piece) && !isOurs(piece));
  const news = await withoutClaimed(tx, unknown, claim);
  const finished = pieces.filter((piece) => !isUnclear(piece)).map((piece) => piece.row.id);
  await finishEvents(tx, owner, finished);
  const tries = Math.max(0, ...waiting.map((piece) => piece.row.attempts));
  const put = { dueAt: tx.now() + retryDelayMs(tries, random), failed: true };
  const waitingIds = waiting.map((piece) => piece.row.id);
  await returnEvents(tx, owner, waitingIds, put);
  // Right after a request its answer is expected. An event that waits longer is evidence for a row in doubt.
  const evidence = waiting.filter(({ row }) => row.attempts > 0).flatMap((piece) => makersOf(piece) ?? []);
  await nudgeWaiting(tx, [...new Set(evidence)]);
  await appendEvents(
    tx,
    news.map((piece) => ({ ...piece.read.entry, portfolioId: portfolioOf(piece) })),
  );
  return { logged: news.length, ours: finished.length - news.length, postponed: waiting.length };
}

/** Without the events that ended requests take: their history shows them. */
async function withoutClaimed(
  tx: Writing,
  pieces: readonly Piece[],
  claim: Claiming | undefined,
): Promise<readonly Piece[]> {
  const claimed = new Set<string>();
  const left: Piece[] = [];
  for (const piece of pieces) {
    const effect = piece.read.mayBeOurs;
    const mayBe = claim !== undefined && effect !== null;
    if (mayBe && (claimed.has(effect.subject) || (await claim(tx, effect)))) claimed.add(effect.subject);
    else left.push(piece);
  }
  return left;
}

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;

/**
 * Grows from half a second to 15 s; random in the upper half, so that events postponed together do not return together.
 */
export function retryDelayMs(attempts: number, random: () => number): number {
  const step = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(attempts, 10));
  return Math.round(step * (0.5 + random() / 2));
}
