import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { type Figures, observeState, type StateMetricsOptions } from '../../src/telemetry/state-metrics.ts';

const FIGURES: Figures = {
  workflows: [
    { kind: 'deposit', state: 'FUNDING', count: 3, oldestCreatedAt: 1_000 },
    { kind: 'deposit', state: 'BOOKING', count: 1, oldestCreatedAt: 5_000 },
  ],
  refused: [{ kind: 'withdrawal', system: 'UPVEST', count: 2 }],
  inDoubt: [{ kind: 'deposit', count: 1 }],
  reviews: [{ kind: 'deposit', count: 2 }],
  inbox: { waiting: 4, parked: 1, oldestMs: 2_500 },
  instrumentsCheckedAt: 7_000,
  synchronization: { drifted: 1, problems: new Map([['SOMETHING_NEW', 2]]), behindSince: 58_000 },
  now: 61_000,
};

function observed(options: Partial<StateMetricsOptions>) {
  const registry = new Registry();
  observeState(registry, { read: async () => FIGURES, kinds: ['deposit'], circuits: {}, ...options });
  return async () =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('gateway_') && !line.startsWith('#'));
}

describe('figures of the store', () => {
  it('are read once for all gauges, and once for two scrapes at a time', async () => {
    let reads = 0;
    const scrape = observed({
      read: async () => {
        reads += 1;
        return FIGURES;
      },
      freshMs: 60_000,
    });
    const [lines] = await Promise.all([scrape(), scrape()]);
    expect(reads).toBe(1);
    expect(lines).toEqual([
      'gateway_store_up 1',
      'gateway_workflows_open{kind="deposit",state="FUNDING"} 3',
      'gateway_workflows_open{kind="deposit",state="BOOKING"} 1',
      'gateway_workflow_oldest_open_seconds{kind="deposit"} 60',
      'gateway_workflows_needing_review{kind="deposit"} 2',
      'gateway_workflows_refused{kind="withdrawal",system="UPVEST"} 2',
      'gateway_workflows_in_doubt{kind="deposit"} 1',
      'gateway_inbox_events_kept{state="waiting"} 4',
      'gateway_inbox_events_kept{state="parked"} 1',
      'gateway_inbox_oldest_waiting_seconds 2.5',
      'gateway_instruments_age_seconds 54',
      'gateway_synchronization_lag_seconds 3',
      'gateway_synchronization_drifted_portfolios 1',
      'gateway_synchronization_problems{type="SOMETHING_NEW"} 2',
    ]);
  });

  it('are read again when they are old; a state that is no longer there goes', async () => {
    let figures = FIGURES;
    const scrape = observed({ read: async () => figures, freshMs: -1 });
    await scrape();
    figures = { ...FIGURES, workflows: [], reviews: [] };
    const lines = await scrape();
    expect(lines).toContain('gateway_workflows_needing_review{kind="deposit"} 0');
    expect(lines.filter((line) => line.startsWith('gateway_workflows_open'))).toEqual([]);
  });

  it.each<[string, () => Promise<Figures>]>([
    ['fails', () => Promise.reject(new Error('no database'))],
    ['does not answer', () => new Promise(() => undefined)],
  ])('are left out while the store %s, and the scrape goes on', async (_what, away) => {
    let read = async (): Promise<Figures> => FIGURES;
    const scrape = observed({ read: () => read(), freshMs: -1, patienceMs: 20 });
    await scrape();
    read = away;
    expect((await scrape()).filter((line) => !line.startsWith('gateway_inbox_oldest'))).toEqual(['gateway_store_up 0']);
  });

  it('show which circuit is open', async () => {
    const scrape = observed({ circuits: { UPVEST: () => true, INVESTSUITE: () => false } });
    expect(await scrape()).toEqual(
      expect.arrayContaining([
        'gateway_upstream_circuit_open{system="UPVEST"} 1',
        'gateway_upstream_circuit_open{system="INVESTSUITE"} 0',
      ]),
    );
  });
});
