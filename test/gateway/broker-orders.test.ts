import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio, type UpvestEntities } from '../../src/standins/index.ts';
import { startWorld, type World } from '../helpers/world.ts';

const execution = (fields: Partial<UpvestEntities.Execution>): UpvestEntities.Execution => ({
  id: 'e1',
  order_id: 'o1',
  status: 'SETTLED',
  side: 'BUY',
  currency: 'EUR',
  cash_amount: '100.10',
  share_quantity: '1.5',
  price: '66.7333',
  transaction_time: '2026-01-02T09:00:00Z',
  taxes: [{ type: 'TOTAL', amount: '0.10' }],
  settlement_date: '2026-01-04',
  ...fields,
});

const seed = seedPortfolio({
  key: 'orders in full',
  brokerOrders: [
    {
      created_at: '2026-01-02T08:00:00Z',
      updated_at: '2026-01-04T08:00:00Z',
      status: 'FILLED',
      quantity: '0',
      cash_amount: '300.00',
      instrument_id: 'US0378331005',
      fee: '1.00',
      initiation_flow: 'SAVINGS_PLAN',
      executions: [
        execution({ id: 'settled' }),
        execution({ id: 'reversed', status: 'CANCELLED', share_quantity: '7' }),
        execution({
          id: 'filled',
          status: 'FILLED',
          share_quantity: '0.000000000000000000000000001',
          price: '',
          taxes: [],
        }),
      ],
    },
    {
      created_at: '2026-01-01T08:00:00Z',
      status: 'CANCELLED',
      order_type: 'STOP',
      quantity: '3',
      stop_price: '12.34',
      expiry_date: '2026-01-31',
      cancellation_reason: 'CANCELLED_BY_CLIENT',
      fee: '',
    },
    { created_at: '2025-12-31T08:00:00Z', status: 'NEW', quantity: '1', expiry_date: 'some day' },
    { created_at: '2025-12-30T08:00:00Z', status: 'PROCESSING', quantity: '1' },
  ],
});

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [seed], instruments: true });
});
afterAll(() => world.stop());

async function orders(fields: string): Promise<readonly Record<string, unknown>[]> {
  const query = `query ($id: ID!) { portfolio(id: $id) { brokerOrders { edges { node { ${fields} } } } } }`;
  const { data, errors } = await world.ask(query, { id: seed.portfolioId });
  expect(errors).toBeUndefined();
  const found = data as { portfolio: { brokerOrders: { edges: { node: Record<string, unknown> }[] } } };
  return found.portfolio.brokerOrders.edges.map(({ node }) => node);
}

describe("the broker's orders", () => {
  it('are there in every status, though the list shows filled ones only', async () => {
    expect((await orders('status')).map(({ status }) => status)).toEqual(['FILLED', 'CANCELLED', 'NEW', 'PROCESSING']);
  });

  it('have their fills, fee, taxes and who started them', async () => {
    const [filled] = await orders(`quantity cashAmount filledQuantity fee cancellationReason initiationFlow updatedAt
      instrument { name } executions { id status quantity price cashAmount currency taxes tradedAt settlesOn }`);
    const common = { cashAmount: '100.10', currency: 'EUR', tradedAt: '2026-01-02T09:00:00Z', settlesOn: '2026-01-04' };
    expect(filled).toEqual({
      quantity: null,
      cashAmount: '300.00',
      filledQuantity: '1.500000000000000000000000001',
      fee: '1.00',
      cancellationReason: null,
      initiationFlow: 'SAVINGS_PLAN',
      updatedAt: '2026-01-04T08:00:00Z',
      instrument: { name: 'Apple Inc.' },
      executions: [
        { id: 'settled', status: 'SETTLED', quantity: '1.5', price: '66.7333', taxes: '0.10', ...common },
        { id: 'reversed', status: 'CANCELLED', quantity: '7', price: '66.7333', taxes: '0.10', ...common },
        {
          id: 'filled',
          status: 'FILLED',
          quantity: '0.000000000000000000000000001',
          price: null,
          taxes: '0',
          ...common,
        },
      ],
    });
  });

  it('have stop price, expiry and the reason of their cancellation', async () => {
    const [, cancelled, open] = await orders(
      'quantity stopPrice limitPrice expiresOn cancellationReason fee executions { id }',
    );
    expect(cancelled).toEqual({
      quantity: '3',
      stopPrice: '12.34',
      limitPrice: null,
      expiresOn: '2026-01-31',
      cancellationReason: 'CANCELLED_BY_CLIENT',
      fee: null,
      executions: [],
    });
    expect(open).toMatchObject({ quantity: '1', stopPrice: null, expiresOn: null });
  });
});
