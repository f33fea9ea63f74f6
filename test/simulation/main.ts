import { fork } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Outcome, run } from './run.ts';
import { type Scenario, scenarioOf } from './scenario.ts';
import { shrink } from './shrink.ts';

/** Work for a worker: so many seeds from one on. */
interface Batch {
  readonly from: number;
  readonly count: number;
}

/** A worker's report of a batch. */
interface Report {
  readonly scenarios: number;
  readonly rows: number;
  readonly reviews: number;
  readonly happenings: number;
  readonly virtualMs: number;
  readonly failures: readonly Failure[];
}

interface Failure {
  readonly scenario: Scenario;
  readonly lines: readonly string[];
}

const BATCH = 20;
const FAILURES = join(process.cwd(), 'node_modules', '.cache', 'simulation-failures');

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    scenarios: { type: 'string' },
    minutes: { type: 'string' },
    replay: { type: 'string' },
    workers: { type: 'string' },
    /** Prints the digest of each trace. */
    digests: { type: 'boolean' },
    /** Prints each trace. */
    trace: { type: 'boolean' },
    /** Stops at the first failure. */
    first: { type: 'boolean' },
  },
});

const print = (line: string): unknown => process.stdout.write(`${line}\n`);

if (process.send !== undefined) work();
else if (values.replay !== undefined) await replay(values.replay);
else if (values.digests === true || values.trace === true) await show();
else await explore();

/** A process that runs batches. */
function work(): void {
  process.on('message', (batch: Batch) => {
    runBatch(batch).then(
      (report) => process.send?.(report),
      (error: unknown) => {
        process.stderr.write(`${String(error instanceof Error ? error.stack : error)}\n`);
        process.exit(2);
      },
    );
  });
}

async function runBatch({ from, count }: Batch): Promise<Report> {
  const outcomes: Outcome[] = [];
  const failures: Failure[] = [];
  for (let seed = from; seed < from + count; seed += 1) {
    const outcome = await run(scenarioOf(seed));
    outcomes.push({ ...outcome, lines: [] });
    if (outcome.violations.length === 0) continue;
    const scenario = await shrink(scenarioOf(seed));
    failures.push({ scenario, lines: (await run(scenario, { isTraced: true })).lines });
  }
  const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, each) => total + of(each), 0);
  return {
    scenarios: outcomes.length,
    rows: sum(({ rows }) => rows),
    reviews: sum(({ reviews }) => reviews),
    happenings: sum(({ happenings }) => happenings),
    virtualMs: sum(({ virtualMs }) => virtualMs),
    failures,
  };
}

/** Runs seeds on several processes until there are enough, or the time is over. */
async function explore(): Promise<void> {
  const first = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  const many = Number(values.scenarios ?? (minutes === undefined ? 1_000 : Number.POSITIVE_INFINITY));
  const startedAt = Date.now();
  const total = { scenarios: 0, rows: 0, reviews: 0, happenings: 0, virtualMs: 0, failures: 0 };
  let next = first;
  let isOver = false;
  let toldAt = startedAt;
  print(`Seeds from ${first} on.`);
  const take = (): Batch | undefined => {
    const isLate = minutes !== undefined && Date.now() - startedAt > minutes * 60_000;
    const left = Math.min(BATCH, first + many - next);
    if (isOver || isLate || left <= 0) return undefined;
    next += left;
    return { from: next - left, count: left };
  };
  const speed = (): string => (total.scenarios / Math.max(0.001, (Date.now() - startedAt) / 1_000)).toFixed(1);
  const hear = (report: Report): void => {
    for (const key of ['scenarios', 'rows', 'reviews', 'happenings', 'virtualMs'] as const) total[key] += report[key];
    total.failures += report.failures.length;
    for (const failure of report.failures) tell(failure);
    if (values.first === true && report.failures.length > 0) isOver = true;
    if (Date.now() - toldAt < 10_000) return;
    toldAt = Date.now();
    print(`${total.scenarios} scenarios, ${total.failures} failed, ${speed()} a second`);
  };
  const workers = Array.from({ length: Number(values.workers ?? 2) }, () => runWorker(take, hear));
  await Promise.all(workers);
  const days = (total.virtualMs / 86_400_000).toFixed(2);
  print(
    `${total.scenarios} scenarios (seeds ${first} to ${next - 1}), ${total.failures} failed; ${total.rows} requests accepted, ${total.reviews} reviews, ${total.happenings} events in ${days} virtual days; ${speed()} a second.`,
  );
  process.exitCode = total.failures > 0 ? 1 : 0;
}

function runWorker(take: () => Batch | undefined, hear: (report: Report) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = fork(fileURLToPath(import.meta.url), []);
    const send = (): void => {
      const batch = take();
      if (batch === undefined) worker.disconnect();
      else worker.send(batch);
    };
    worker.on('message', (report: Report) => {
      hear(report);
      send();
    });
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
    send();
  });
}

function tell({ scenario, lines }: Failure): void {
  mkdirSync(FAILURES, { recursive: true });
  const file = join(FAILURES, `seed-${scenario.seed}.json`);
  writeFileSync(file, `${JSON.stringify([scenario], undefined, 2)}\n`);
  print(
    `\nSeed ${scenario.seed} fails. Shortened to ${scenario.operations.length} operations and ${scenario.faults.length} faults:`,
  );
  for (const line of lines) print(line.slice(0, 240));
  print(`Again: npm run simulate -- --replay ${file}\n`);
}

async function replay(file: string): Promise<void> {
  const scenarios = JSON.parse(readFileSync(file, 'utf8')) as readonly Scenario[];
  let failed = 0;
  for (const scenario of scenarios) {
    const { violations, lines } = await run(scenario, { isTraced: true });
    if (violations.length > 0) failed += 1;
    if (violations.length > 0 || values.trace === true) for (const line of lines) print(line);
    print(`seed ${scenario.seed}: ${violations.length === 0 ? 'holds' : 'FAILS'}`);
  }
  process.exitCode = failed > 0 ? 1 : 0;
}

async function show(): Promise<void> {
  const from = Number(values.seed ?? 1);
  for (let seed = from; seed < from + Number(values.scenarios ?? 1); seed += 1) {
    const { digest, lines } = await run(scenarioOf(seed), { isTraced: true });
    if (values.trace === true) for (const line of lines) print(line);
    print(`${seed} ${digest}`);
  }
}
