import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

/** Over HTTP, with real webhooks: the broker says no, or nothing, and moves the money all the same. */

const portfolio = seedPortfolio({ key: 'contradicts', manager: 'USER_MANAGED', brokerCash: '1000.00' });
const FAILED_AFTER_ALL =
  'Upvest reported an effect, but the state here is FAILED. Find out whether the effect belongs to this object.';

let world: World;
beforeAll(async () => {
  const standins = { settleDelayMs: 5, upvestSettings: { webhookGatherMs: 0 } };
  world = await startWorld({ seed: [portfolio], standins });
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(() => world.stop());
beforeEach(() => world.upvest.faults.clear());

async function ask(mutation: string, type: string, idempotencyKey: string): Promise<string> {
  const input = `{ portfolioId: "${portfolio.portfolioId}", amount: "12.34", currency: "EUR", idempotencyKey: "${idempotencyKey}" }`;
  const field = { RequestWithdrawal: 'withdrawal', IncreaseVirtualCash: 'virtualCashMovement' }[type];
  const query = `mutation { result: ${mutation}(input: ${input}) { ... on ${type}Success { made: ${field} { id } } } }`;
  const { data, errors } = await world.ask(query);
  const made = (data as { result: { made?: { id: string } } } | null)?.result.made;
  if (made === undefined) throw new Error(JSON.stringify({ data, errors }));
  return made.id;
}

const NODE = `query ($id: ID!) { node(id: $id) {
  ... on Withdrawal { withdrawal: state reason history { state reason } }
  ... on VirtualCashMovement { status } } }`;

interface Node {
  readonly withdrawal?: string;
  readonly reason?: string | null;
  readonly history?: readonly { readonly state: string; readonly reason: string | null }[];
  readonly status?: string;
}

const nodeOf = async (id: string): Promise<Node> => ((await world.ask(NODE, { id })).data as { node: Node }).node;
const reaches = (id: string, expected: Node): Promise<void> =>
  eventually(async () => expect(await nodeOf(id)).toMatchObject(expected), 20_000);

const paid = (): number => world.upvest.ledger().filter(({ kind }) => kind === 'withdrawal-paid').length;

describe('a withdrawal that Upvest refuses and pays', () => {
  it('FAILED, becomes a review that the graph shows, and DONE follows the payment', async () => {
    const match = { method: 'POST', path: '^/payments/withdrawals' };
    world.upvest.faults.add({ kind: 'status', status: 400, work: 'done', times: 1, match });
    const id = await ask('requestWithdrawal', 'RequestWithdrawal', 'refused-and-paid');
    await reaches(id, { withdrawal: 'NEEDS_REVIEW', reason: FAILED_AFTER_ALL });
    expect((await nodeOf(id)).history?.map(({ state }) => state)).toContain('FAILED');
    const { data } = await world.ask('{ reviews { edges { reason node { ... on Withdrawal { id } } } } }');
    expect(data).toEqual({ reviews: { edges: [{ reason: FAILED_AFTER_ALL, node: { id } }] } });
    const told = await world.ask('{ notifications(first: 100) { edges { node { type __typename } } } }');
    expect(JSON.stringify(told.data)).toContain('WITHDRAWAL.NEEDS_REVIEW');
    // Not as somebody else's withdrawal.
    expect(JSON.stringify(told.data)).not.toMatch(/WITHDRAWAL\.(NEW|PROCESSING|CONFIRMED)/);
    const resolve = `mutation { resolveReview(input: { id: "${id}", outcome: DONE, note: "it is", idempotencyKey: "r" }) { __typename } }`;
    expect((await world.ask(resolve)).data).toEqual({ resolveReview: { __typename: 'ResolveReviewSuccess' } });
    await reaches(id, { withdrawal: 'COMPLETED' });
    expect(paid()).toBe(1);
  });
});

describe('what Upvest did before it refused the repetition', () => {
  it.each([400, 403, 410, 426])('is found: a withdrawal, %i', async (status) => {
    const before = paid();
    const match = { method: 'POST', path: '^/payments/withdrawals' };
    world.upvest.faults.add({ kind: 'reset-after', times: 1, match }, { kind: 'status', status, match });
    const id = await ask('requestWithdrawal', 'RequestWithdrawal', `lost-${status}`);
    await reaches(id, { withdrawal: 'COMPLETED' });
    expect(paid()).toBe(before + 1);
  });

  it.each([400, 404])('is reported by its webhooks: virtual cash, %i', async (status) => {
    const match = { method: 'POST', path: 'increases' };
    world.upvest.faults.add({ kind: 'reset-after', times: 1, match }, { kind: 'status', status, match });
    const id = await ask('increaseVirtualCash', 'IncreaseVirtualCash', `lost-increase-${status}`);
    await reaches(id, { status: 'CONFIRMED' });
  });
});

describe('a withdrawal while Upvest refuses us', () => {
  it('waits with a reason, is counted, and continues', async () => {
    const before = paid();
    const match = { method: 'POST', path: '^/payments/withdrawals' };
    world.upvest.faults.add({ kind: 'status', status: 403, match });
    const id = await ask('requestWithdrawal', 'RequestWithdrawal', 'forbidden');
    await eventually(async () => {
      const { history } = await nodeOf(id);
      const note = 'Upvest answered 403, which concerns the gateway and not this request. The gateway retries.';
      expect(history?.at(-1)).toEqual({ state: 'AWAITING_CASH', reason: note });
    }, 20_000);
    const metrics = await world.gateway.metrics.registry.metrics();
    expect(metrics).toContain('gateway_workflows_refused{kind="withdrawal",system="UPVEST"} 1');
    world.upvest.faults.clear();
    await reaches(id, { withdrawal: 'COMPLETED' });
    expect(paid()).toBe(before + 1);
  });
});
