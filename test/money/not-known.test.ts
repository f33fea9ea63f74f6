import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

/** Over HTTP: what the broker does not say is not known, and concerns nothing but itself. */

const self = seedPortfolio({ key: 'not-known', manager: 'USER_MANAGED', brokerCash: '1000.00' });
const robo = seedPortfolio({ key: 'not-known/robo', manager: 'ROBO_ADVISOR_DISCRETIONARY', brokerCash: '1000.00' });

let world: World;
beforeAll(async () => {
  const standins = { settleDelayMs: 5, upvestSettings: { webhookGatherMs: 0 } };
  world = await startWorld({ seed: [self, robo], standins });
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(() => world.stop());
beforeEach(() => world.upvest.faults.clear());

const ask = (mutation: string, type: string, portfolioId: string, key: string) =>
  world.ask(`mutation { result: ${mutation}(input: {
    portfolioId: "${portfolioId}", amount: "12.34", currency: "EUR", idempotencyKey: "${key}"
  }) { ... on ${type}Success { made: ${type === 'RequestWithdrawal' ? 'withdrawal' : 'virtualCashMovement'} { id } } ... on Error { code message } } }`);
const idOf = ({ data }: Awaited<ReturnType<typeof ask>>): string =>
  (data as { result: { made: { id: string } } }).result.made.id;
const stateOf = async (id: string): Promise<unknown> => {
  const { data } = await world.ask('query ($id: ID!) { node(id: $id) { ... on Withdrawal { state } } }', { id });
  return (data as { node: unknown }).node;
};

describe('a balance that Upvest answers 404', () => {
  const unknown = { kind: 'status', status: 404, match: { method: 'GET', path: 'cash_balance' } } as const;

  it('is not known: a request is answered by an error, and records nothing', async () => {
    world.upvest.faults.add(unknown);
    const { data, errors } = await ask('requestWithdrawal', 'RequestWithdrawal', self.portfolioId, 'self');
    expect(data).toBeNull();
    expect(errors?.[0]?.extensions['code']).toMatch(/^UPSTREAM_/);
    world.upvest.faults.clear();
    const again = await ask('requestWithdrawal', 'RequestWithdrawal', self.portfolioId, 'self');
    await eventually(async () => expect(await stateOf(idOf(again))).toEqual({ state: 'COMPLETED' }), 20_000);
  });

  it('is asked for again by a withdrawal that waits, until it is known', async () => {
    const [fault = 0] = world.upvest.faults.add(unknown);
    const id = idOf(await ask('requestWithdrawal', 'RequestWithdrawal', robo.portfolioId, 'robo'));
    await eventually(async () => {
      const rows = await world.gateway.store.read(({ db }) =>
        db.selectFrom('workflows').select('waiting_for').where('id', '=', id).execute(),
      );
      expect(rows).toEqual([{ waiting_for: 'upvest' }]);
    });
    world.upvest.faults.remove(fault);
    await eventually(async () => expect(await stateOf(id)).toEqual({ state: 'COMPLETED' }), 20_000);
  });
});

describe('a request in review whose answer was never known', () => {
  it('holds back what it may have made, and no other event of its account group', async () => {
    world.upvest.faults.add({ kind: 'status', status: 500, match: { method: 'POST', path: 'increases' } });
    const id = idOf(await ask('increaseVirtualCash', 'IncreaseVirtualCash', self.portfolioId, 'in-review'));
    await eventually(async () => {
      const { numUpdatedRows } = await world.gateway.store.write(({ db }) =>
        db
          .updateTable('workflows')
          .set({ state: 'NEEDS_REVIEW', resume_state: 'REQUESTED', due_at: null })
          .where('id', '=', id)
          .where('sent_at', 'is not', null)
          .where('lease_owner', 'is', null)
          .executeTakeFirst(),
      );
      expect(numUpdatedRows).toBe(1n);
    });
    const object = (more: Record<string, string>) => ({
      id: randomUUID(),
      account_group_id: self.broker.accountGroupId ?? '',
      amount: '12.34',
      currency: 'EUR',
      ...more,
    });
    const others = [
      { type: 'WITHDRAWAL.NEW', object: object({ reference_account_id: randomUUID(), status: 'NEW' }) },
      { type: 'VIRTUAL_CASH_DECREASE.ISSUED', object: object({ status: 'ISSUED' }) },
      { type: 'VIRTUAL_CASH_INCREASE.ISSUED', object: object({ status: 'ISSUED', amount: '12.35' }) },
    ];
    const fitting = { type: 'VIRTUAL_CASH_INCREASE.ISSUED', object: object({ status: 'ISSUED' }) };
    await world.upvest.webhooks.emit({ url: `${world.url}/webhooks/upvest`, events: [...others, fitting] });
    await eventually(async () => {
      const { data } = await world.ask(
        '{ notifications(first: 100) { edges { node { ... on OtherNotification { payload } } } } }',
      );
      for (const each of others) expect(JSON.stringify(data)).toContain(each.object.id);
      expect(JSON.stringify(data)).not.toContain(fitting.object.id);
    });
  });
});
