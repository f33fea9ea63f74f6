import { createHash } from 'node:crypto';
import { readAuditContent, writeAuditContent } from './audited-rows.ts';
import { AUDIT_CHAINS } from './migrations.ts';
import { type RowFinding, removedWorkflows, verifyRows } from './row-findings.ts';
import type { Reading, Writing } from './store.ts';
import type { AuditRow } from './tables.ts';

/** A request about money, or a change of its state. */
export interface AuditEntry {
  /** Caller of a mutation, or `gateway` for what it does by itself. */
  readonly actor: string;
  readonly action: string;
  /** Subject of the entry; entries of one subject are in one chain, in order. */
  readonly subjectId: string;
  /** Kept as canonical JSON; no bank accounts, no tokens. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** An entry with the time of the change that it is about, in milliseconds since 1970. */
export interface TimedEntry extends AuditEntry {
  readonly at: number;
}

/** Appends to the audit with the commit of this transaction. */
export const appendAudit = async (writing: Writing, entry: AuditEntry): Promise<void> => writing.audit(entry);

/**
 * Writes the entries of a transaction, or of all transactions that share a commit: the last thing before it, since the heads of their
 * chains stay locked until then. Heads are locked in the order of the chains, so two commits can't wait for each other's.
 */
export async function writeEntries({ db, dialect }: Reading, entries: readonly TimedEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const chains = [...new Set(entries.map(({ subjectId }) => chainOf(subjectId)))].sort((a, b) => a - b);
  const query = db.selectFrom('audit_heads').selectAll().where('chain', 'in', chains).orderBy('chain');
  const heads = new Map((await dialect.lock(query).execute()).map((head) => [head.chain, head]));
  const rows = entries.map((entry) => {
    const chain = chainOf(entry.subjectId);
    const head = heads.get(chain);
    if (head === undefined) throw new Error(`the audit has no head of chain ${chain}`);
    const row = rowAfter(head, entry);
    heads.set(chain, { chain, sequence: row.sequence, hash: row.hash });
    return row;
  });
  await dialect.together(db, [
    ...dialect.inserts(db, 'audit', rows),
    db
      .insertInto('audit_heads')
      .values([...heads.values()])
      .onConflict((conflict) =>
        conflict.column('chain').doUpdateSet((set) => ({
          sequence: set.ref('excluded.sequence'),
          hash: set.ref('excluded.hash'),
        })),
      )
      .compile(),
  ]);
}

function rowAfter(head: AuditHead, { at, actor, action, subjectId, content }: TimedEntry): AuditRow {
  const row = {
    chain: head.chain,
    sequence: head.sequence + 1,
    at,
    actor,
    action,
    subject_id: subjectId,
    content: writeAuditContent(content),
    previous_hash: head.hash,
  };
  return { ...row, hash: hashOf(row) };
}

/** A finding in the audit, with its position. */
export interface ChainFinding {
  readonly chain: number;
  readonly sequence: number;
  /** `unreadable`: as it was written, but in a form that this release does not know. */
  readonly problem: 'altered' | 'removed' | 'inserted' | 'cut off' | 'rewritten' | 'unreadable';
}

export type AuditFinding = ChainFinding | RowFinding;

/** End of a chain: kept elsewhere, it proves later that nothing before it was rewritten. */
export interface AuditHead {
  readonly chain: number;
  readonly sequence: number;
  readonly hash: string;
}

export interface AuditVerdict {
  readonly rows: number;
  /** Workflows that were compared with the audit. */
  readonly workflows: number;
  /** Those of which the audit has a part, see {@link RowsVerdict}. */
  readonly partlyKnown: number;
  readonly findings: readonly AuditFinding[];
  /** When the newest row was written, Unix time in milliseconds; undefined where there is none. */
  readonly newestAt: number | undefined;
  /** The last row of each chain that has rows. */
  readonly heads: readonly AuditHead[];
}

const PAGE = 1_000;

/**
 * Reads the whole audit and checks each row against the one before it, and the last against the chain's head; then each
 * workflow against its entries. Gateways may go on writing meanwhile.
 *
 * The chains need no secret, so anyone who may write all of the database can rewrite a chain from some row on, or
 * turn it back with its head. That shows against heads that were kept elsewhere.
 * @param earlier heads of an earlier verdict.
 */
export async function verifyAudit(reading: Reading, earlier: readonly AuditHead[] = []): Promise<AuditVerdict> {
  const findings: AuditFinding[] = [];
  const heads: AuditHead[] = [];
  let rows = 0;
  let newestAt: number | undefined;
  const kept = await reading.db.selectFrom('audit_heads').select('chain').orderBy('chain').execute();
  const chains = new Set(kept.map(({ chain }) => chain));
  for (const chain of chains) {
    const verdict = await verifyChain(reading, chain);
    rows += verdict.rows;
    findings.push(...verdict.findings);
    if (verdict.last.sequence > 0) heads.push({ chain, ...verdict.last });
    newestAt = later(newestAt, verdict.newestAt);
  }
  findings.push(...strangeChains(chains, await chainsWithoutHead(reading)));
  for (const head of earlier) {
    if ((await hashAt(reading, head)) !== head.hash) {
      findings.push({ chain: head.chain, sequence: head.sequence, problem: 'rewritten' });
    }
  }
  const { rowFindings, ...counts } = await verifyRows(reading);
  return { rows, ...counts, newestAt, findings: [...findings, ...rowFindings], heads };
}

/** Chains that are not the ones there were from the beginning. */
function strangeChains(withHead: ReadonlySet<number>, withoutHead: readonly number[]): ChainFinding[] {
  const all = Array.from({ length: AUDIT_CHAINS }, (_, chain) => chain);
  const gone = all.filter((chain) => !withHead.has(chain));
  const added = [...withHead].filter((chain) => !all.includes(chain));
  return [
    ...gone.map((chain) => ({ chain, sequence: 0, problem: 'removed' as const })),
    ...[...added, ...withoutHead.filter((chain) => !gone.includes(chain))].map((chain) => ({
      chain,
      sequence: 0,
      problem: 'inserted' as const,
    })),
  ];
}

/** Where each chain that has rows stands, all at one moment. */
export async function readAuditHeads(reading: Reading): Promise<AuditHead[]> {
  const heads = reading.db.selectFrom('audit_heads').select(['chain', 'sequence', 'hash']);
  return await heads.where('sequence', '>', 0).orderBy('chain').execute();
}

/**
 * Passes on each row of the audit as of now, with its columns in the order in which they are hashed, chain by chain; each chain ends
 * with its head.
 */
export async function exportAudit(reading: Reading, pass: (row: AuditRow | AuditHead) => void): Promise<void> {
  for (const head of await readAuditHeads(reading)) {
    let last = 0;
    while (last < head.sequence) {
      const page = await readPage(reading, head.chain, last);
      const rows = page.filter(({ sequence }) => sequence <= head.sequence);
      for (const { chain, sequence, at, actor, action, subject_id, content, previous_hash, hash } of rows)
        pass({ chain, sequence, at, actor, action, subject_id, content, previous_hash, hash });
      last = rows.at(-1)?.sequence ?? head.sequence;
    }
    pass(head);
  }
}

/** The entries of one object, oldest first. */
export async function auditOf(reading: Reading, subjectId: string): Promise<AuditRow[]> {
  const rows = reading.db.selectFrom('audit').selectAll().where('subject_id', '=', subjectId);
  return await rows.orderBy('sequence').execute();
}

async function hashAt(reading: Reading, { chain, sequence }: AuditHead): Promise<string | undefined> {
  const query = reading.db.selectFrom('audit').selectAll().where('chain', '=', chain).where('sequence', '=', sequence);
  const row = await query.executeTakeFirst();
  return row && hashOf(row);
}

const later = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

async function verifyChain(reading: Reading, chain: number) {
  const findings: AuditFinding[] = [];
  let rows = 0;
  let newestAt: number | undefined;
  let last = { sequence: 0, hash: '' };
  for (;;) {
    // The head first: what it names was committed with it, so it is among the rows that are read after it.
    const head = await readHead(reading, chain);
    const page = await readPage(reading, chain, last.sequence);
    if (page.length === 0) {
      return { rows, last, newestAt, findings: [...findings, ...checkEnd({ chain, ...head }, last)] };
    }
    findings.push(...(await removedWorkflows(reading, page)));
    for (const row of page) {
      findings.push(...checkRow(row, last));
      last = { sequence: row.sequence, hash: row.hash };
      newestAt = later(newestAt, row.at);
    }
    rows += page.length;
  }
}

async function readHead(reading: Reading, chain: number): Promise<{ sequence: number; hash: string }> {
  return await reading.db
    .selectFrom('audit_heads')
    .select(['sequence', 'hash'])
    .where('chain', '=', chain)
    .executeTakeFirstOrThrow();
}

const readPage = (reading: Reading, chain: number, after: number): Promise<AuditRow[]> =>
  reading.db
    .selectFrom('audit')
    .selectAll()
    .where('chain', '=', chain)
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(PAGE)
    .execute();

function checkRow(row: AuditRow, last: { readonly sequence: number; readonly hash: string }): ChainFinding[] {
  const findings: ChainFinding[] = [];
  for (let sequence = last.sequence + 1; sequence < row.sequence; sequence += 1) {
    findings.push({ chain: row.chain, sequence, problem: 'removed' });
    // A row numbered far ahead would list millions; a gap is reported once, by its first row.
    if (row.sequence - last.sequence > 1_000) break;
  }
  const here = { chain: row.chain, sequence: row.sequence };
  if (hashOf(row) !== row.hash) findings.push({ ...here, problem: 'altered' });
  else if (findings.length === 0 && row.previous_hash !== last.hash) findings.push({ ...here, problem: 'inserted' });
  else if (readAuditContent(row.content) === undefined) findings.push({ ...here, problem: 'unreadable' });
  return findings;
}

function checkEnd(
  head: { readonly chain: number; readonly sequence: number; readonly hash: string },
  last: { readonly sequence: number; readonly hash: string },
): ChainFinding[] {
  if (head.sequence === last.sequence && head.hash === last.hash) return [];
  if (last.sequence > head.sequence) return [{ chain: head.chain, sequence: last.sequence, problem: 'inserted' }];
  if (last.sequence < head.sequence) return [{ chain: head.chain, sequence: last.sequence + 1, problem: 'cut off' }];
  return [{ chain: head.chain, sequence: last.sequence, problem: 'altered' }];
}

async function chainsWithoutHead(reading: Reading): Promise<number[]> {
  const rows = await reading.db
    .selectFrom('audit')
    .select('chain')
    .distinct()
    .where((where) =>
      where.not(
        where.exists(where.selectFrom('audit_heads').select('hash').whereRef('audit_heads.chain', '=', 'audit.chain')),
      ),
    )
    .execute();
  return rows.map((row) => row.chain);
}

/** Everything in the row as JSON, so that no two different rows have the same text. */
function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const fields = [
    row.chain,
    row.sequence,
    row.at,
    row.actor,
    row.action,
    row.subject_id,
    row.content,
    row.previous_hash,
  ];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

function chainOf(subjectId: string): number {
  let sum = 0;
  for (let index = 0; index < subjectId.length; index += 1) sum = (sum * 31 + subjectId.charCodeAt(index)) >>> 0;
  return sum % AUDIT_CHAINS;
}
