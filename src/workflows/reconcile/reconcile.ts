import type { PortfolioId } from '../../domain/ids.ts';
import { sleep, systemRuntime } from '../../domain/runtime.ts';
import { countWorkflows, portfoliosWithWorkflows, type ReadOnlyStore } from '../../store/index.ts';
import { COMPARATORS, type Comparator } from './comparators.ts';
import type { LedgerPorts } from './ledgers.ts';
import { type Look, type Looking, lookAt } from './look.ts';
import type { Finding } from './model.ts';

export interface ReconcileOptions {
  readonly store: Pick<ReadOnlyStore, 'read' | 'now'>;
  readonly ports: LedgerPorts;
  /** Reports only what happened since; milliseconds since 1970. Default: everything. */
  readonly since?: number | undefined;
  /** Default: the gateway's own kinds. */
  readonly comparators?: ReadonlyMap<string, Comparator> | undefined;
  /** Portfolios compared at once. Default 8. */
  readonly concurrency?: number | undefined;
  /** Delay before differences are read again, so that running work is not reported. Default 2 s. */
  readonly secondLookAfterMs?: number | undefined;
  readonly onFinding: (finding: Finding) => void;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface Progress {
  /** Workflows compared so far. */
  readonly workflows: number;
  /** All of the store's, when it began. */
  readonly ofWorkflows: number;
  readonly portfolios: number;
  readonly findings: number;
}

export interface ReconcileResult extends Progress {
  /** Workflows of kinds that nothing is known to compare by: only those with an unknown outcome are reported. */
  readonly notCompared: ReadonlyMap<string, number>;
  /** It stopped before the end because an upstream did not answer. */
  readonly gaveUp: boolean;
}

/** Portfolios per page. */
const PAGE = 200;
/** After this many portfolios in a row that an upstream gave no answer about, the rest is not tried. */
const GIVE_UP_AFTER = 25;

/**
 * Compares every workflow with the upstreams' ledgers, one portfolio after the other, and reports what differs in two
 * reads. It never writes, and keeps only one page of portfolios in memory. Rejects with a StoreUnavailableError.
 */
export async function reconcile(options: ReconcileOptions): Promise<ReconcileResult> {
  const { store, ports, since = 0, comparators = COMPARATORS } = options;
  const looking: Looking = { store, ports, comparators, since };
  const ofWorkflows = await store.read(countWorkflows);
  const notCompared = new Map<string, number>();
  let done = { workflows: 0, ofWorkflows, portfolios: 0, findings: 0 };
  let silentInARow = 0;
  for await (const page of pagesOfPortfolios(store)) {
    const { looks, findings } = await comparePage(looking, page, options);
    for (const finding of findings) options.onFinding(finding);
    for (const look of looks) {
      silentInARow = look.silent ? silentInARow + 1 : 0;
      for (const [kind, count] of look.notCompared) notCompared.set(kind, (notCompared.get(kind) ?? 0) + count);
    }
    done = {
      ...done,
      workflows: done.workflows + looks.reduce((sum, { workflows }) => sum + workflows, 0),
      portfolios: done.portfolios + looks.length,
      findings: done.findings + findings.length,
    };
    options.onProgress?.(done);
    if (silentInARow >= GIVE_UP_AFTER) return { ...done, notCompared, gaveUp: true };
  }
  return { ...done, notCompared, gaveUp: false };
}

async function* pagesOfPortfolios(store: ReconcileOptions['store']): AsyncGenerator<readonly PortfolioId[]> {
  let after: PortfolioId | undefined;
  for (;;) {
    const last = after;
    const page = await store.read((reading) => portfoliosWithWorkflows(reading, last, PAGE));
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = page.at(-1);
  }
}

/** Differences that are the same in both reads. */
async function comparePage(
  looking: Looking,
  page: readonly PortfolioId[],
  { concurrency = 8, secondLookAfterMs = 2_000 }: ReconcileOptions,
): Promise<{ looks: readonly Look[]; findings: readonly Finding[] }> {
  let silent = 0;
  const looks = await mapBounded(page, concurrency, async (portfolioId) => {
    if (silent >= GIVE_UP_AFTER) return undefined;
    const look = await lookAt(looking, portfolioId);
    silent = look.silent ? silent + 1 : 0;
    return look;
  });
  const seen = looks.filter((look) => look !== undefined);
  const first = seen.flatMap(({ findings }) => findings);
  const suspicions = new Set(first.filter((each) => !isFailure(each)).map(signatureOf));
  const again = page.filter((_, index) => looks[index]?.findings.some((each) => suspicions.has(signatureOf(each))));
  if (again.length > 0) await sleep(systemRuntime, secondLookAfterMs);
  const second = await mapBounded(again, concurrency, (portfolioId) => lookAt(looking, portfolioId));
  const findings = [...first.filter(isFailure), ...second.flatMap((look) => look.findings)];
  return { looks: seen, findings: findings.filter((each) => isFailure(each) || suspicions.has(signatureOf(each))) };
}

/** Nothing was seen, so there is nothing to look at again. */
const isFailure = ({ kind }: Finding): boolean => kind === 'not-compared';

/** Identity of a finding in both reads. */
const signatureOf = ({ kind, system, portfolioId, workflow, upstreamIds }: Finding): string =>
  [kind, system, portfolioId, workflow?.id, ...upstreamIds].join(' ');

async function mapBounded<T, R>(
  values: readonly T[],
  concurrency: number,
  work: (value: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = values.entries();
  const worker = async (): Promise<void> => {
    for (const [index, value] of waiting) results[index] = await work(value);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, values.length) }, worker));
  return results;
}
