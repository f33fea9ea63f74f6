import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { StoreUnavailableError } from '../errors.ts';
import { type AuditFinding, type AuditHead, type AuditVerdict, openForReading, verifyAudit } from '../store/index.ts';
import type { CommandIo } from './command.ts';
import { configOrComplaint } from './config.ts';
import { USAGES } from './usages.ts';

/** Exit code 0 where the audit is as it was written, 1 where it is not or can't be read, 2 for a wrong command line. */
export async function audit(io: CommandIo): Promise<number> {
  const asked = readArguments(io.args);
  if (asked === undefined) {
    io.stderr.write(USAGES.audit);
    return 2;
  }
  const config = configOrComplaint(io);
  if (config === undefined) return 1;
  const earlier = asked.against === undefined ? [] : readHeads(asked.against);
  if (earlier === undefined) {
    io.stderr.write(`invest-gateway: ${asked.against} is no answer of audit verify --json\n`);
    return 1;
  }
  try {
    const verdict = await verify(config, earlier);
    io.stdout.write(asked.json ? `${JSON.stringify(verdict)}\n` : report(verdict));
    return verdict.findings.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    io.stderr.write(`invest-gateway: the database can't be used: ${error.message}\n`);
    return 1;
  }
}

interface Asked {
  readonly json: boolean;
  readonly against: string | undefined;
}

function readArguments([what, ...flags]: readonly string[]): Asked | undefined {
  if (what !== 'verify') return undefined;
  let asked: Asked = { json: false, against: undefined };
  for (let at = 0; at < flags.length; at += 1) {
    if (flags[at] === '--json') asked = { ...asked, json: true };
    else if (flags[at] === '--against' && flags[at + 1] !== undefined) {
      at += 1;
      asked = { ...asked, against: flags[at] };
    } else return undefined;
  }
  return asked;
}

const keptVerdict = z.object({
  heads: z.array(z.object({ chain: z.int(), sequence: z.int().positive(), hash: z.string() })),
});

/** Undefined where the file is none or something else. */
function readHeads(path: string): readonly AuditHead[] | undefined {
  try {
    return keptVerdict.parse(JSON.parse(readFileSync(path, 'utf8'))).heads;
  } catch {
    return undefined;
  }
}

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

const MEANING: Readonly<Record<AuditFinding['problem'], string>> = {
  altered: 'is not what was written',
  removed: 'is gone',
  inserted: 'was put in afterwards',
  'cut off': 'and whatever followed it is gone',
  rewritten: 'is not the one that was there when the heads were kept',
};

const report = ({ rows, findings }: AuditVerdict): string => {
  const lines = findings.map(({ chain, sequence, problem }) => {
    const row = sequence === 0 ? `chain ${chain}` : `chain ${chain}, row ${sequence}`;
    return `WRONG ${row} ${MEANING[problem]} (${problem})`;
  });
  return `${[...lines, `${findings.length === 0 ? 'ok   ' : 'read '} ${rows} rows`].join('\n')}\n`;
};
