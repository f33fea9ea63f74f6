import { Gauge, type Registry } from 'prom-client';

/** Metrics of the store; times in milliseconds, `now` and `oldestCreatedAt` of one clock. */
export interface Figures {
  readonly workflows: readonly {
    readonly kind: string;
    readonly state: string;
    readonly count: number;
    readonly oldestCreatedAt: number;
  }[];
  readonly reviews: readonly { readonly kind: string; readonly count: number }[];
  readonly refused: readonly { readonly kind: string; readonly system: string; readonly count: number }[];
  readonly inDoubt: readonly { readonly kind: string; readonly count: number }[];
  readonly inbox: { readonly waiting: number; readonly parked: number; readonly oldestMs: number };
  readonly instrumentsCheckedAt: number | null;
  readonly synchronization: {
    readonly drifted: number;
    readonly problems: ReadonlyMap<string, number>;
    readonly behindSince: number | null;
  };
  readonly now: number;
}

export interface StateMetricsOptions {
  readonly read: () => Promise<Figures>;
  /** All kinds of workflows: each has metrics even without rows. */
  readonly kinds: readonly string[];
  /** By upstream name: whether its circuit breaker is open. */
  readonly circuits: Readonly<Record<string, () => boolean>>;
  /** How long a reading serves further scrapes. Default 1 s. */
  readonly freshMs?: number | undefined;
  /** Timeout of a scrape's read. Default 2 s. */
  readonly patienceMs?: number | undefined;
}

/** Gauges of waiting rows and their age, read from the store once per scrape. */
export function observeState(registry: Registry, options: StateMetricsOptions): void {
  const { read, freshMs = 1_000, patienceMs = 2_000 } = options;
  let refreshed: Promise<void> | undefined;
  let refreshedAt = Number.NEGATIVE_INFINITY;
  const collect = async (): Promise<void> => {
    if (refreshed === undefined || performance.now() - refreshedAt > freshMs) {
      refreshedAt = performance.now();
      refreshed = within(patienceMs, read()).then(
        (figures) => show(figures),
        () => showNothing(),
      );
    }
    await refreshed;
  };
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers: [registry], collect });
  const gauges = {
    storeUp: gauge('gateway_store_up', '1 while the store answers; without it the figures below are missing.'),
    workflows: gauge('gateway_workflows_open', 'Workflows that are not finished.', 'kind', 'state'),
    oldest: gauge('gateway_workflow_oldest_open_seconds', 'Age of the oldest workflow that is not finished.', 'kind'),
    reviews: gauge('gateway_workflows_needing_review', 'Workflows in review.', 'kind'),
    refused: gauge(
      'gateway_workflows_refused',
      'Workflows that wait because an upstream refuses the gateway.',
      'kind',
      'system',
    ),
    inDoubt: gauge('gateway_workflows_in_doubt', 'Workflows that wait with an unknown outcome of a write.', 'kind'),
    inbox: gauge('gateway_inbox_events_kept', 'Waiting and parked events of the inbox.', 'state'),
    inboxOldest: gauge('gateway_inbox_oldest_waiting_seconds', 'Age of the oldest waiting event of the inbox.'),
    instruments: gauge(
      'gateway_instruments_age_seconds',
      "Time since the copy of the broker's instruments was up to date; missing before it is complete.",
    ),
    lag: gauge(
      'gateway_synchronization_lag_seconds',
      'For how long the portfolio that has waited longest is behind the broker.',
    ),
    drifted: gauge('gateway_synchronization_drifted_portfolios', "Portfolios whose holdings can't be written."),
    problems: gauge('gateway_synchronization_problems', "Lines of the broker's ledgers without a transaction.", 'type'),
  };
  const reset = (): void => {
    for (const each of Object.values(gauges)) each.reset();
  };
  const show = (figures: Figures): void => {
    const { workflows, reviews, refused, inDoubt, inbox, instrumentsCheckedAt, synchronization, now } = figures;
    reset();
    if (instrumentsCheckedAt === null) gauges.instruments.remove();
    else gauges.instruments.set(Math.max(0, (now - instrumentsCheckedAt) / 1000));
    gauges.storeUp.set(1);
    const { drifted, problems, behindSince } = synchronization;
    gauges.lag.set(behindSince === null ? 0 : Math.max(0, (now - behindSince) / 1000));
    gauges.drifted.set(drifted);
    for (const [type, count] of problems) gauges.problems.set({ type }, count);
    for (const kind of options.kinds) {
      gauges.oldest.set({ kind }, 0);
      gauges.reviews.set({ kind }, 0);
      gauges.inDoubt.set({ kind }, 0);
      for (const system of Object.keys(options.circuits)) gauges.refused.set({ kind, system }, 0);
    }
    const oldest = new Map<string, number>();
    for (const { kind, state, count, oldestCreatedAt } of workflows) {
      gauges.workflows.set({ kind, state }, count);
      // The row of a portfolio stays for ever: its lag is a figure of its own.
      if (kind !== 'synchronization') oldest.set(kind, Math.min(oldest.get(kind) ?? oldestCreatedAt, oldestCreatedAt));
    }
    for (const [kind, at] of oldest) gauges.oldest.set({ kind }, Math.max(0, (now - at) / 1000));
    for (const { kind, count } of reviews) gauges.reviews.set({ kind }, count);
    for (const { kind, system, count } of refused) gauges.refused.set({ kind, system }, count);
    for (const { kind, count } of inDoubt) gauges.inDoubt.set({ kind }, count);
    gauges.inbox.set({ state: 'waiting' }, inbox.waiting);
    gauges.inbox.set({ state: 'parked' }, inbox.parked);
    gauges.inboxOldest.set(inbox.oldestMs / 1000);
  };
  // Old values must not look like current ones.
  const showNothing = (): void => {
    reset();
    for (const each of [gauges.instruments, gauges.lag, gauges.drifted]) each.remove();
    gauges.storeUp.set(0);
  };
  observeCircuits(registry, options.circuits);
}

function observeCircuits(registry: Registry, circuits: StateMetricsOptions['circuits']): void {
  const gauge: Gauge<'system'> = new Gauge({
    name: 'gateway_upstream_circuit_open',
    help: '1 while the circuit breaker of an upstream is open.',
    labelNames: ['system'],
    registers: [registry],
    collect: () => {
      for (const [system, isOpen] of Object.entries(circuits)) gauge.set({ system }, isOpen() ? 1 : 0);
    },
  });
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the store took too long')), ms);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
