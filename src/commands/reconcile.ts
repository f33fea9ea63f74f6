import { parseArgs } from 'node:util';
import { epochNanoseconds, parseDateTime } from '../domain/datetime.ts';
import type { Config } from '../settings.ts';
import { openForReading } from '../store/index.ts';
import { type Finding, type ReconcileResult, reconcile } from '../workflows/reconcile/index.ts';
import type { CommandIo } from './command.ts';
import { connectUpstreams } from './connect-upstreams.ts';
import { USAGES } from './usages.ts';
import { withConfig } from './with-config.ts';

interface Arguments {
  readonly json: boolean;
  readonly oursOnly: boolean;
  /** Milliseconds since 1970. */
  readonly since: number | undefined;
}

/** Exit code 0 where nothing differs, 1 where something does or could not be compared, 2 for a wrong command line. */
export async function reconcileCommand(io: CommandIo): Promise<number> {
  const wanted = readArguments(io.args);
  if (typeof wanted === 'string') {
    io.stderr.write(`invest-gateway reconcile: ${wanted}\n\n${USAGES.reconcile}`);
    return 2;
  }
  return await withConfig(io, async (config) => {
    if (config.upstreams !== undefined) return await compareAll(io, config, wanted);
    io.stderr.write(
      'invest-gateway: no upstream is set, so there is nothing to compare with; set INVESTSUITE_… and UPVEST_…\n',
    );
    return 1;
  });
}

async function compareAll(io: CommandIo, config: Config, { json, oursOnly, since }: Arguments): Promise<number> {
  const store = await openForReading(config.store);
  try {
    let told = 0;
    let unread = 0;
    const { close, ...ports } = connectUpstreams(config, (count) => {
      unread += count;
    });
    try {
      const result = await reconcile({
        store,
        ports,
        since,
        onFinding: (finding) => {
          if (oursOnly && finding.kind === 'not-ours') return;
          told += 1;
          io.stdout.write(json ? jsonLine(finding) : line(finding));
        },
        onProgress: progressTo(io),
      });
      io.stderr.write(summary(result, told, unread));
      return told === 0 && unread === 0 && !result.gaveUp ? 0 : 1;
    } finally {
      await close();
    }
  } finally {
    await store.close();
  }
}

function readArguments(args: readonly string[]): Arguments | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean' }, since: { type: 'string' }, 'ours-only': { type: 'boolean' } },
    });
    const since = values.since === undefined ? undefined : timeOf(values.since);
    if (Number.isNaN(since))
      return `--since must be a time like 2026-01-31T12:00:00Z; got ${JSON.stringify(values.since)}`;
    return { json: values.json === true, oursOnly: values['ours-only'] === true, since };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A time, or the beginning of a day in UTC; NaN for anything else. */
function timeOf(text: string): number {
  const time = parseDateTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  return time === undefined ? Number.NaN : Number(epochNanoseconds(time) / 1_000_000n);
}

const timeText = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function line({ kind, workflow, portfolioId, message, at }: Finding): string {
  const time = at === null ? '' : ` (${timeText(at)})`;
  return `${kind.padEnd(15)} ${workflow?.id ?? '-'} ${portfolioId} ${message}${time}\n`;
}

const jsonLine = (finding: Finding): string => `${JSON.stringify({ ...finding, at: timeText(finding.at) })}\n`;

/** One line that changes, for whoever is watching; nothing in a file. */
function progressTo({ stderr }: CommandIo): (progress: { workflows: number; ofWorkflows: number }) => void {
  if (stderr.isTTY !== true) return () => undefined;
  let lastAt = Number.NEGATIVE_INFINITY;
  return ({ workflows, ofWorkflows }) => {
    if (workflows < ofWorkflows && performance.now() - lastAt < 200) return;
    lastAt = performance.now();
    stderr.write(
      `\r\u001b[Kcompared ${workflows} of ${ofWorkflows} workflows${workflows < ofWorkflows ? '' : '\r\u001b[K'}`,
    );
  };
}

function summary(
  { workflows, portfolios, notCompared, gaveUp }: ReconcileResult,
  told: number,
  unread: number,
): string {
  const lines = [
    `compared ${workflows} workflows of ${portfolios} portfolios: ${told === 0 ? 'nothing differs' : `${told} to look at`}`,
  ];
  for (const [kind, count] of notCompared) lines.push(`${count} of kind ${kind} can't be compared`);
  if (unread > 0)
    lines.push(`${unread} rows of the upstreams' lists could not be read, so what they say was not compared`);
  if (gaveUp) lines.push('an upstream gave no answers: the rest was not compared');
  return `${lines.join('\n')}\n`;
}
