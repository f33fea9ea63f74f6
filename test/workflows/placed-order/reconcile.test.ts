import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../../src/domain/decimal.ts';
import { seedPortfolio } from '../../../src/standins/index.ts';
import { getWorkflow } from '../../../src/store/index.ts';
import { placeOrder } from '../../../src/workflows/index.ts';
import { type Finding, reconcile } from '../../../src/workflows/reconcile/index.ts';
import { eventually } from '../../helpers/gateway.ts';
import { OPERATOR, Orders } from '../orders/harness.ts';

const ISIN = 'US0378331005';
const portfolio = seedPortfolio({ key: 'reconciled', manager: 'USER_MANAGED', holdings: { $EUR: '1000' } });
const account = portfolio.broker.accountId ?? '';

let orders: Orders;
beforeAll(async () => {
  orders = await Orders.start({ seed: [portfolio] });
});
afterAll(() => orders.stop());

const becomes = (id: string, state: string) =>
  eventually(async () =>
    expect(await orders.store.read((reading) => getWorkflow(reading, id))).toMatchObject({ state }),
  );

async function placed(idempotencyKey: string, state = 'SUBMITTED'): Promise<string> {
  const result = await placeOrder(orders.ordering, OPERATOR, {
    portfolioId: portfolio.portfolioId,
    side: 'BUY',
    isin: ISIN,
    amount: decimal('10'),
    idempotencyKey,
  });
  if (result.kind !== 'success') throw new Error(JSON.stringify(result));
  await becomes(result.value.id, state);
  return result.value.id;
}

async function findings(): Promise<readonly Pick<Finding, 'kind' | 'system' | 'workflow'>[]> {
  const found: Finding[] = [];
  await reconcile({
    store: orders.store,
    ports: orders.ledgers,
    secondLookAfterMs: 0,
    onFinding: (finding) => found.push(finding),
  });
  return found;
}

describe('orders against the broker’s list', () => {
  it('agree while they are followed; one that is there twice, or was given up and is there, is found', async () => {
    const id = await placed('agrees');
    expect(await findings()).toEqual([]);
    orders.upvest.placeOrder(account, { client_reference: id, instrument_id: ISIN, cash_amount: '10.00' });
    expect(await findings()).toMatchObject([{ kind: 'double', system: 'UPVEST', workflow: { id } }]);
  });

  it('miss one that the broker does not have, contradict one that was given up, and tell of one that no row made', async () => {
    const [forgotten, given] = [await placed('forgotten'), await placed('given up')];
    orders.upvest.faults.add({ kind: 'status', status: 403, match: { method: 'POST', path: /^\/orders$/ } });
    const lost = await placed('lost', 'RECORDED');
    await orders.store.write(async ({ db }) => {
      const set = (id: string, state: string) =>
        db.updateTable('workflows').set({ state, step: null, due_at: null }).where('id', '=', id).execute();
      await set(given, 'REJECTED');
      await set(lost, 'SUBMITTED');
      await db.deleteFrom('workflows').where('id', '=', forgotten).execute();
    });
    const found = (await findings()).filter(({ kind }) => kind !== 'double');
    const about = (kind: string, workflow: unknown) => expect.objectContaining({ kind, system: 'UPVEST', workflow });
    expect(found).toHaveLength(3);
    expect(found).toEqual(
      expect.arrayContaining([
        about('contradicts', expect.objectContaining({ id: given })),
        about('missing', expect.objectContaining({ id: lost })),
        about('not-ours', null),
      ]),
    );
  });
});
