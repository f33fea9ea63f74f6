import { parseArgs } from 'node:util';
import { type AuditRow, auditOf, openForReading, readableEntry } from '../store/index.ts';
import type { CommandIo } from './command.ts';
import { USAGES } from './usages.ts';
import { withConfig } from './with-config.ts';

/** `audit show <id>`: exit code 1 where the audit knows nothing of the object. */
export async function auditShow(io: CommandIo): Promise<number> {
  const wanted = readArguments(io.args);
  if (wanted === undefined) {
    io.stderr.write(USAGES.audit);
    return 2;
  }
  return await withConfig(io, async (config) => {
    const store = await openForReading(config.store);
    try {
      const rows = await store.read((reading) => auditOf(reading, wanted.id));
      for (const row of rows) io.stdout.write(wanted.json ? jsonLine(row) : line(row));
      if (rows.length === 0) io.stderr.write(`invest-gateway: the audit has no entry of ${wanted.id}\n`);
      return rows.length === 0 ? 1 : 0;
    } finally {
      await store.close();
    }
  });
}

function readArguments(args: readonly string[]): { readonly id: string; readonly json: boolean } | undefined {
  try {
    const options = { json: { type: 'boolean' } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [, id, ...rest] = positionals;
    return id === undefined || rest.length > 0 ? undefined : { id, json: values.json === true };
  } catch {
    return undefined;
  }
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

const jsonLine = ({ at, actor, action, content, chain, sequence }: AuditRow): string => {
  const parsed: unknown = JSON.parse(content);
  return `${JSON.stringify({ at: timeOf(at), actor, action, content: parsed, chain, sequence })}\n`;
};

function line({ at, actor, action, content }: AuditRow): string {
  const { from, states, review, note, refusal } = readableEntry({ content });
  const way = states.map(({ state, reason }) => `${state}${reason === null ? '' : ` (${reason})`}`).join(', ');
  const parts = [
    `${timeOf(at)} ${actor} ${action}`,
    way === '' ? '' : `${from ?? 'new'} -> ${way}`,
    review === undefined ? '' : `review ended as ${review}`,
    note === undefined ? '' : `note: ${note}`,
    refusal === undefined
      ? ''
      : [`${refusal.step ?? '-'} refused by ${refusal.system}`, refusal.status, refusal.code, refusal.message]
          .filter((part) => part !== null)
          .join(' '),
  ];
  return `${parts.filter(Boolean).join('; ')}\n`;
}
