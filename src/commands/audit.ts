import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { StoreUnavailableError } from '../errors.ts';
import {
  type AuditHead,
  AuditKeyError,
  type AuditVerdict,
  type ChainFinding,
  exportAudit,
  HEADS_MESSAGE,
  headsSchema,
  headsVerifier,
  openForReading,
  type RowFinding,
  verifyAudit,
} from '../store/index.ts';
import { checkEndOf, type EndFinding, type LoggedHeads, readLoggedHeads } from './audit-heads.ts';
import type { CommandIo } from './command.ts';
import { configOrComplaint } from './config.ts';
import { USAGES } from './usages.ts';

/** Exit code 0 where the audit is as it was written, 1 where it is not or can't be read, 2 for a wrong command line. */
export async function audit(io: CommandIo): Promise<number> {
  if (io.args[0] === 'export' && io.args.length === 1) return await print(io);
  if (io.args[0] === 'show') return await (await import('./audit-show.ts')).auditShow(io);
  const asked = readArguments(io.args);
  if (asked === undefined) {
    io.stderr.write(USAGES.audit);
    return 2;
  }
  const config = configOrComplaint(io);
  if (config === undefined) return 1;
  try {
    const { findings, text } = await compare(asked, config.store);
    io.stdout.write(text);
    return findings === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof FileError) io.stderr.write(`invest-gateway: ${error.message}\n`);
    else complain(io, error);
    return 1;
  }
}

/** How many findings there are, and the text for standard output. */
async function compare(
  asked: Asked,
  where: Parameters<typeof openForReading>[0],
): Promise<{ readonly findings: number; readonly text: string }> {
  const logged = asked.heads === undefined ? undefined : await loggedHeads(asked.heads, asked.keys);
  const kept = asked.against === undefined ? [] : keptHeads(asked.against);
  const verdict = await verify(where, [...kept, ...(logged?.heads ?? [])]);
  const ends = logged === undefined ? [] : checkEndOf(logged, verdict.newestAt);
  const findings = [...(logged?.findings ?? []), ...ends, ...verdict.findings];
  if (!asked.json) return { findings: findings.length, text: report(verdict, logged, ends) };
  const { newestAt: _, ...rest } = verdict;
  const { lines, from, to } = logged ?? {};
  const whole = { ...rest, findings, ...(logged !== undefined && { logged: { lines, from, to } }) };
  return { findings: findings.length, text: `${JSON.stringify(whole)}\n` };
}

function complain(io: CommandIo, error: unknown): void {
  if (!(error instanceof StoreUnavailableError)) throw error;
  io.stderr.write(`invest-gateway: the database can't be used: ${error.message}\n`);
}

/** One JSON object a line: see docs/proof.md, "An audit, checked from outside". */
async function print(io: CommandIo): Promise<number> {
  const config = configOrComplaint(io);
  if (config === undefined) return 1;
  try {
    const store = await openForReading(config.store);
    await store
      .read((reading) => exportAudit(reading, (row) => io.stdout.write(`${JSON.stringify(row)}\n`)))
      .finally(() => store.close());
    return 0;
  } catch (error) {
    complain(io, error);
    return 1;
  }
}

/** A file of the command line that can't be used. */
class FileError extends Error {}

interface Asked {
  readonly json: boolean;
  readonly against: string | undefined;
  /** The log, and the keys that its lines must be signed by. */
  readonly heads: string | undefined;
  readonly keys: readonly string[];
}

function readArguments([what, ...flags]: readonly string[]): Asked | undefined {
  if (what !== 'verify') return undefined;
  const text = { type: 'string' } as const;
  const options = { json: { type: 'boolean' }, against: text, heads: text, key: { ...text, multiple: true } } as const;
  try {
    const { values } = parseArgs({ args: flags, options });
    const { json = false, against, heads, key: keys = [] } = values;
    return keys.length > 0 && heads === undefined ? undefined : { json, against, heads, keys };
  } catch {
    return undefined;
  }
}

/** Output of an earlier `audit verify --json`. */
const keptVerdict = headsSchema.pick({ heads: true });

function keptHeads(path: string): readonly AuditHead[] {
  try {
    return keptVerdict.parse(JSON.parse(readFileSync(path, 'utf8'))).heads;
  } catch {
    throw new FileError(`${path} is no answer of audit verify --json`);
  }
}

async function loggedHeads(path: string, keyFiles: readonly string[]): Promise<LoggedHeads> {
  const verifier = keyFiles.length === 0 ? undefined : headsVerifier(keyFiles.map(readKey));
  const logged = await readLoggedHeads(path, verifier).catch((error: unknown) => {
    throw new FileError(`${path} can't be read (${codeOf(error)})`);
  });
  if (logged.lines === 0 && logged.findings.length === 0) {
    throw new FileError(`${path} has no line "${HEADS_MESSAGE}": it is not a gateway's log, or not of level info`);
  }
  return logged;
}

function readKey(path: string): string {
  try {
    const pem = readFileSync(path, 'utf8');
    headsVerifier([pem]);
    return pem;
  } catch (error) {
    throw new FileError(`${path} can't be used: ${error instanceof AuditKeyError ? error.message : codeOf(error)}`);
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';

async function verify(
  where: Parameters<typeof openForReading>[0],
  earlier: readonly AuditHead[],
): Promise<AuditVerdict> {
  const store = await openForReading(where);
  try {
    return await store.read((reading) => verifyAudit(reading, earlier));
  } finally {
    await store.close();
  }
}

const CHAIN_MEANING: Readonly<Record<ChainFinding['problem'], string>> = {
  altered: 'is not what was written',
  removed: 'is gone',
  inserted: 'was put in afterwards',
  'cut off': 'and whatever followed it is gone',
  unreadable:
    'is in a form that this release does not know; verify with the newest release that has written to the database',
  rewritten: 'is not the one that was there when the heads were kept',
};

const ROW_MEANING: Readonly<Record<RowFinding['problem'], string>> = {
  altered: 'is not what the audit says',
  removed: 'is gone',
  inserted: 'is not in the audit',
  'altered and worked on': 'was not what the audit says when a gateway went on with it',
};

const KIND: Readonly<Record<RowFinding['table'], string>> = {
  workflows: '',
  workflow_history: ', its history',
  idempotency_keys: ', its idempotency key',
};

function chainLine({ chain, sequence, problem }: ChainFinding): string {
  const row = sequence === 0 ? `chain ${chain}` : `chain ${chain}, row ${sequence}`;
  return `WRONG ${row} ${CHAIN_MEANING[problem]} (${problem})`;
}

function rowLine({ workflow, table, column, sequence, problem }: RowFinding): string {
  const which = `${workflow}${KIND[table]}${sequence === null ? '' : ` ${sequence}`}`;
  return `WRONG ${which}${column === null ? '' : `, ${column}`} ${ROW_MEANING[problem]} (${problem})`;
}

function loggedLines({ lines, from, to, findings, heads }: LoggedHeads): string[] {
  const wrong = findings.map(({ line, problem }) => `WRONG line ${line} of the log: ${problem}`);
  return [...wrong, `read  ${heads.length} heads in ${lines} lines of the log, from ${from ?? '-'} to ${to ?? '-'}`];
}

function endLine({ at, newestRow }: EndFinding): string {
  return `WRONG the log ends at ${at}, more than two hours before the newest row of the audit, of ${newestRow}`;
}

function report(
  { rows, workflows, partlyKnown, findings }: AuditVerdict,
  logged: LoggedHeads | undefined,
  ends: readonly EndFinding[],
): string {
  const lines = findings.map((finding) => ('chain' in finding ? chainLine(finding) : rowLine(finding)));
  const compared = workflows === 0 ? '' : `, ${workflows} workflow${workflows === 1 ? '' : 's'}`;
  const partly =
    partlyKnown === 0 ? [] : [`note  ${partlyKnown} of an earlier release were compared in part: see docs/security.md`];
  const wrong = findings.length + ends.length + (logged?.findings ?? []).length;
  const last = `${wrong === 0 ? 'ok   ' : 'read '} ${rows} rows${compared}`;
  const ofLog = logged === undefined ? [] : loggedLines(logged);
  return `${[...lines, ...ofLog, ...ends.map(endLine), ...partly, last].join('\n')}\n`;
}
