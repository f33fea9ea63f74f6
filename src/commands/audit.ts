import { StoreUnavailableError } from '../errors.ts';
import { type AuditFinding, type AuditVerdict, openForReading, verifyAudit } from '../store/index.ts';
import type { CommandIo } from './command.ts';
import { configOrComplaint } from './config.ts';

const AUDIT_USAGE = `Usage: invest-gateway audit verify [--json]

Checks the audit's chains: that no row was altered, removed or inserted since it was written.
It only reads, and may run beside a gateway.

Exit codes: 0 all is as it was written; 1 it is not, or it could not be read; 2 the command line is wrong.
`;

/** Exit code 0 where the audit is as it was written, 1 where it is not or can't be read, 2 for a wrong command line. */
export async function audit(io: CommandIo): Promise<number> {
  const [what, ...flags] = io.args;
  if (what !== 'verify' || flags.some((flag) => flag !== '--json')) {
    io.stderr.write(AUDIT_USAGE);
    return 2;
  }
  const config = configOrComplaint(io);
  if (config === undefined) return 1;
  try {
    const verdict = await verify(config);
    io.stdout.write(flags.includes('--json') ? `${JSON.stringify(verdict)}\n` : report(verdict));
    return verdict.findings.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    io.stderr.write(`invest-gateway: the database can't be used: ${error.message}\n`);
    return 1;
  }
}

async function verify(where: Parameters<typeof openForReading>[0]): Promise<AuditVerdict> {
  const store = await openForReading(where);
  try {
    return await store.read(verifyAudit);
  } finally {
    await store.close();
  }
}

const MEANING: Readonly<Record<AuditFinding['problem'], string>> = {
  altered: 'is not what was written',
  removed: 'is gone',
  inserted: 'was put in afterwards',
  'cut off': 'and whatever followed it is gone',
};

const report = ({ rows, findings }: AuditVerdict): string => {
  const lines = findings.map(({ chain, sequence, problem }) => {
    const row = sequence === 0 ? `chain ${chain}` : `chain ${chain}, row ${sequence}`;
    return `WRONG ${row} ${MEANING[problem]} (${problem})`;
  });
  return `${[...lines, `${findings.length === 0 ? 'ok   ' : 'read '} ${rows} rows`].join('\n')}\n`;
};
