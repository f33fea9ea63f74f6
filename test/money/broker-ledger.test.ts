import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';

/**
 * A webhook may never come. Then the broker's cash ledger says whether virtual cash was confirmed: a line of its own type
 * that refers to it, and no other line that does.
 */

const portfolio = seedPortfolio({ key: 'ledger', manager: 'USER_MANAGED', brokerCash: '1000.00' });

let world: World;
beforeAll(async () => {
  // Nothing moves by itself and nothing is told: only the ledger can say what has happened.
  world = await startWorld({ seed: [portfolio], standins: { settleDelayMs: 'manual' } });
});
afterAll(() => world.stop());

const VIRTUAL = '{ virtualCashMovement { id upvestId status } }';
const MUTATIONS = { increase: 'IncreaseVirtualCash', decrease: 'DecreaseVirtualCash' } as const;

interface Movement {
  readonly id: string;
  readonly upvestId: string | null;
  readonly status: string;
}

async function statusOf(id: string): Promise<Movement> {
  const { data } = await world.ask(
    'query ($id: ID!) { node(id: $id) { id ... on VirtualCashMovement { upvestId status } } }',
    { id },
  );
  return (data as { node: Movement }).node;
}

/** Asks for virtual cash, and waits until the broker has taken it. */
async function moved(
  direction: keyof typeof MUTATIONS,
  key: string,
): Promise<Movement & { readonly upvestId: string }> {
  const name = MUTATIONS[direction];
  const mutation = `mutation ($input: VirtualCashInput!) { result: ${direction}VirtualCash(input: $input) { ... on ${name}Success ${VIRTUAL} } }`;
  const input = { portfolioId: portfolio.portfolioId, amount: '10.00', currency: 'EUR', idempotencyKey: key };
  const { data } = await world.ask(mutation, { input });
  const { id } = (data as { result: { virtualCashMovement: Movement } }).result.virtualCashMovement;
  return await eventually(async () => {
    const { upvestId, ...movement } = await statusOf(id);
    if (upvestId === null) throw new Error('the broker does not have it yet');
    return { ...movement, upvestId };
  });
}

const OTHER_TYPES = ['TAX_PAYMENT', 'TAX_REFUND', 'FEE_COLLECTION', 'VIRTUAL_CASH_CORRECTION', 'BALANCE_CORRECTION'];

let lines = 0;
function book(type: string, reference: { readonly type: string; readonly id: string }): void {
  lines += 1;
  world.upvest.add({
    cashTransactions: [
      {
        id: `00000000-0000-4000-8000-${String(lines).padStart(12, '0')}`,
        type,
        account_group_id: portfolio.broker.accountGroupId ?? '',
        delta: { amount: '-10.00', currency: 'EUR' },
        taxes: [],
        references: [reference],
        booking_date: new Date().toISOString(),
        value_date: new Date().toISOString(),
        created_at: new Date().toISOString(),
        updated_at: new Date().toISOString(),
      },
    ],
  });
}

/** Resolves when the ledger has been read again after now. */
async function looked(): Promise<void> {
  const reads = () => world.upvest.calls.count({ path: /\/transactions\/cash/ });
  const before = reads();
  // The one that is under way may have been answered before now.
  await eventually(() => expect(reads()).toBeGreaterThanOrEqual(before + 2), 60_000);
}

describe.each(['increase', 'decrease'] as const)('an %s of virtual cash without a webhook', (direction) => {
  const kind = `VIRTUAL_CASH_${direction.toUpperCase()}`;

  it('is not confirmed by a line that only refers to it', async () => {
    const { id, upvestId } = await moved(direction, `${direction} other`);
    for (const type of OTHER_TYPES) book(type, { type: kind, id: upvestId });
    book(`${kind}_CANCELLATION`, { type: kind, id: upvestId });
    book(`${kind}_CHARGE_BACK`, { type: kind, id: upvestId });
    book(kind, { type: 'TAX_TRANSACTION', id: upvestId });
    await looked();
    expect((await statusOf(id)).status).toBe('ISSUED');
  });

  it('is confirmed by its own line', async () => {
    const { id, upvestId } = await moved(direction, `${direction} own`);
    book(kind, { type: kind, id: upvestId.toUpperCase() });
    await eventually(async () => expect((await statusOf(id)).status).toBe('CONFIRMED'), 60_000);
  });
});
