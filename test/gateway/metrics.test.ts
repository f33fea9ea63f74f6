import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { storeEvents } from '../../src/store/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

const portfolio = seedPortfolio({ key: 'metrics' });

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [portfolio] });
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(() => world.stop());

/** Value of each line of the metrics whose name begins so: `name{labels}` to number. */
async function scrape(prefix: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${world.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(prefix));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
}

const register = async (): Promise<string> => {
  const answer = await world.ask(
    'mutation ($input: RegisterDepositInput!) { registerDeposit(input: $input) { ... on RegisterDepositSuccess { deposit { id } } } }',
    {
      input: { portfolioId: portfolio.portfolioId, amount: '5.00', currency: 'EUR', idempotencyKey: randomUUID() },
    },
  );
  return (answer.data as { registerDeposit: { deposit: { id: string } } }).registerDeposit.deposit.id;
};

describe('the metrics', () => {
  it('distinguish queries, mutations, subscriptions and unreadable documents', async () => {
    await world.ask('{ __typename }');
    await world.ask('mutation { registerDeposit(input: {}) { __typename } }');
    await world.ask('{ nonsense');
    const aborted = new AbortController();
    await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { notifications { id } }' }),
      signal: aborted.signal,
    });
    aborted.abort();
    expect(await scrape('gateway_graphql_requests_total')).toEqual({
      'gateway_graphql_requests_total{operation="query",outcome="ok"}': 1,
      'gateway_graphql_requests_total{operation="mutation",outcome="errors"}': 1,
      'gateway_graphql_requests_total{operation="unknown",outcome="errors"}': 1,
      'gateway_graphql_requests_total{operation="subscription",outcome="ok"}': 1,
    });
  });

  it('show the workflows that are open, how old the oldest is, and those that need a person', async () => {
    expect(await scrape('gateway_workflows_needing_review')).toMatchObject({
      'gateway_workflows_needing_review{kind="deposit"}': 0,
      'gateway_workflows_needing_review{kind="withdrawal"}': 0,
    });
    world.upvest.faults.add({ kind: 'status', status: 503, match: { path: /virtual_cash_balances/ } });
    const id = await register();
    await world.gateway.store.write((writing) =>
      writing.db
        .updateTable('workflows')
        .set({ created_at: writing.now() - 90_000 } as never)
        .where('id', '=', id)
        .execute(),
    );
    await eventually(async () => {
      const open = await scrape('gateway_workflows_open');
      expect(open).toEqual({ 'gateway_workflows_open{kind="deposit",state="REQUESTED"}': 1 });
      const { 'gateway_workflow_oldest_open_seconds{kind="deposit"}': age } = await scrape('gateway_workflow_oldest');
      expect(age).toBeGreaterThanOrEqual(90);
    });
    world.upvest.faults.clear();
    await eventually(async () => expect(await scrape('gateway_workflows_open')).toEqual({}));
    await world.gateway.store.write((writing) =>
      writing.db.updateTable('workflows').set({ state: 'NEEDS_REVIEW' }).where('id', '=', id).execute(),
    );
    await eventually(async () =>
      expect(await scrape('gateway_workflows_needing_review{kind="deposit"')).toEqual({
        'gateway_workflows_needing_review{kind="deposit"}': 1,
      }),
    );
  });

  it('show events that wait and that were parked', async () => {
    const event = { source: 'UPVEST', type: 'TEST', subject: null, payload: '{}' } as const;
    await world.gateway.store.write(async (writing) => {
      await storeEvents(writing, [
        { ...event, eventId: 'one' },
        { ...event, eventId: 'two' },
      ]);
      const [row] = await writing.db.selectFrom('inbox').selectAll().where('event_id', '=', 'two').execute();
      const parked = { state: 'PARKED', reason: 'a test', due_at: null } as const;
      if (row) await writing.db.updateTable('inbox').set(parked).where('id', '=', row.id).execute();
      const later = { due_at: writing.now() + 3_600_000 };
      await writing.db.updateTable('inbox').set(later).where('event_id', '=', 'one').execute();
    });
    await eventually(async () =>
      expect(await scrape('gateway_inbox_events_kept')).toEqual({
        'gateway_inbox_events_kept{state="waiting"}': 1,
        'gateway_inbox_events_kept{state="parked"}': 1,
      }),
    );
  });

  it('show an upstream whose circuit is open, and the store', async () => {
    expect(await scrape('gateway_upstream_circuit_open')).toEqual({
      'gateway_upstream_circuit_open{system="INVESTSUITE"}': 0,
      'gateway_upstream_circuit_open{system="UPVEST"}': 0,
    });
    expect(await scrape('gateway_store_up')).toEqual({ gateway_store_up: 1 });
  });
});
