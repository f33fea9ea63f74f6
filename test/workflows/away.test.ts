import { afterEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import type { Store } from '../../src/store/index.ts';
import { cancelWithdrawal, registerDeposit, requestWithdrawal } from '../../src/workflows/index.ts';
import { OPERATOR, P1, worlds } from './world.ts';

const open = worlds();
const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function away() {
  const { store, world } = await open();
  stores.push(store);
  world.upvest.fund('1000');
  world.isAway = (system) => system === 'UPVEST';
  return world;
}

const input = { portfolioId: P1, amount: decimal('10'), currency: 'EUR', idempotencyKey: 'key' };
const idOf = (result: { readonly kind: string; readonly value?: { readonly id: string } }): string => {
  if (result.value === undefined) throw new Error(result.kind);
  return result.value.id;
};

describe('a request while calls of Upvest fail without an attempt', () => {
  it('is not marked, so nothing of it is in doubt, and goes on when Upvest is back', async () => {
    const world = await away();
    const id = idOf(await registerDeposit(world.services, OPERATOR, input));
    await world.runDue();
    expect(await world.row(id)).toMatchObject({ waiting_for: 'upvest', attempts: 1, sent_at: null, sendings: null });
    expect(world.upvest.faults.count('createVirtualCashIncrease')).toBe(0);
    await world.pass(20_000);
    expect((await world.row(id)).attempts).toBeGreaterThan(3);
    world.isAway = () => false;
    await world.settle();
    expect(await world.states(id)).toEqual(['REQUESTED', 'FUNDING', 'FUNDED', 'BOOKING', 'COMPLETED']);
  });

  it('is cancelled at once', async () => {
    const world = await away();
    const id = idOf(await requestWithdrawal(world.services, OPERATOR, input));
    await world.runDue();
    const services = { ...world.services, answerWithinMs: 0 };
    await cancelWithdrawal(services, OPERATOR, { id, idempotencyKey: 'cancel' });
    await world.runDue();
    expect(await world.row(id)).toMatchObject({ state: 'CANCELLED', sent_at: null });
  });
});
