import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type AuditHead, type AuditHeads, HEADS_MESSAGE, type HeadsVerifier, headsSchema } from '../store/index.ts';

/** A line of the log that proves nothing. */
export interface LineFinding {
  /** From 1. */
  readonly line: number;
  readonly problem:
    | 'no signature'
    | 'signed by none of the keys'
    | 'what the key has signed there is not heads'
    | 'not readable';
}

/** A log that says nothing of the newest rows. */
export interface EndFinding {
  readonly problem: 'the log ends too early';
  /** RFC 3339: its last heads. */
  readonly at: string;
  /** RFC 3339: the newest row of the audit. */
  readonly newestRow: string;
}

export interface LoggedHeads {
  readonly heads: readonly AuditHead[];
  readonly lines: number;
  /** Times of the first and the last line. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly findings: readonly LineFinding[];
}

/** A compact JWS, whatever a log's collector has put around it. */
const JWS = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

/**
 * The heads in a log, without duplicates. With keys only signed lines count, and a line without a valid signature is a
 * finding: an attacker who can change the log could have removed it.
 */
export async function readLoggedHeads(path: string, verifier: HeadsVerifier | undefined): Promise<LoggedHeads> {
  const heads = new Map<string, AuditHead>();
  const findings: LineFinding[] = [];
  const times: string[] = [];
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (!text.includes(HEADS_MESSAGE)) continue;
    const told = verifier === undefined ? (plainHeads(text) ?? 'not readable') : await signedHeads(text, verifier);
    if (typeof told === 'string') {
      findings.push({ line, problem: told });
      continue;
    }
    times.push(told.at);
    for (const head of told.heads) heads.set(`${head.chain} ${head.sequence} ${head.hash}`, head);
  }
  const inOrder = times.sort();
  return { heads: [...heads.values()], lines: times.length, from: inOrder[0], to: inOrder.at(-1), findings };
}

/** Heads are written every hour: one line may be missing, as it is while a gateway writes the next. */
const LONGEST_GAP_MS = 2 * 3_600_000;

/** Whether the log ends long before the newest row: later rows could have been rewritten unnoticed. */
export function checkEndOf({ to }: LoggedHeads, newestAt: number | undefined): EndFinding[] {
  // Without any line there are findings already, or the file is no log.
  if (to === undefined || newestAt === undefined || Date.parse(to) >= newestAt - LONGEST_GAP_MS) return [];
  return [{ problem: 'the log ends too early', at: to, newestRow: timeText(newestAt) }];
}

/** An altered row may have a number that is no time. */
function timeText(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? String(ms) : time.toISOString();
}

async function signedHeads(text: string, verifier: HeadsVerifier): Promise<AuditHeads | LineFinding['problem']> {
  const signature = JWS.exec(text)?.[0];
  if (signature === undefined) return 'no signature';
  const signed = await verifier.verify(signature);
  if (signed === 'no heads') return 'what the key has signed there is not heads';
  return signed ?? 'signed by none of the keys';
}

/** As the gateway wrote the line; behind whatever a collector has put in front of it, or inside of its own JSON. */
function plainHeads(text: string): AuditHeads | undefined {
  const begin = text.indexOf('{');
  const end = text.lastIndexOf('}');
  const json = begin === -1 ? undefined : parsed(text.slice(begin, end + 1));
  const direct = headsSchema.safeParse(json).data;
  if (direct !== undefined || typeof json !== 'object' || json === null) return direct;
  for (const inner of Object.values(json)) {
    const wrapped = headsSchema.safeParse(typeof inner === 'string' ? parsed(inner) : inner).data;
    if (wrapped !== undefined) return wrapped;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
