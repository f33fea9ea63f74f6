import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { mutate, PLACE, writes } from './graph.ts';

const portfolio = seedPortfolio({ key: 'former-name', linked: false });
const { portfolioId } = portfolio;
const ORDER = {
  portfolioId,
  side: 'BUY',
  instrumentId: 'LU78468R1014',
  quantity: '7.0',
  placedAt: '2022-06-10T07:49:26Z',
};

/** The release that had `placeOrder` kept the hash of this text for this order. */
const keptInput = `["placeOrder",{"amount":null,"currency":null,"externalId":null,"instrumentId":"LU78468R1014",\
"limitPrice":null,"optimizationId":null,"orderType":null,"placedAt":"1654847366000000000","portfolioId":"${portfolioId}",\
"quantity":"7","side":"BUY"}]`;

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [portfolio] });
});
afterAll(() => world.stop());

/** The record of a key as an earlier release has left it, which knew the mutation by this name. */
async function keepAs(key: string, mutation: string, hashed: string): Promise<void> {
  const input_hash = createHash('sha256').update(hashed).digest('hex');
  const update = sql`update idempotency_keys set mutation = ${mutation}, input_hash = ${input_hash} where key = ${key}`;
  await world.gateway.store.write(({ db }) => update.execute(db));
}

describe('a key that placeOrder was called with', () => {
  let made: string;
  const input = { ...ORDER, idempotencyKey: 'of-before' };
  beforeAll(async () => {
    made = (await mutate(world, PLACE, input)).transaction.id;
    await keepAs('of-before', 'placeOrder', keptInput);
  });
  beforeEach(() => world.investSuite.calls.reset());

  it('is answered by recordOrder with the same transaction, and nothing is written', async () => {
    const again = await mutate(world, PLACE, { ...input, quantity: '7' });
    expect(again).toMatchObject({ __typename: 'RecordOrderSuccess', replayed: true, transaction: { id: made } });
    expect(writes(world)).toEqual([]);
  });

  it('is refused with another input', async () => {
    const other = await mutate(world, PLACE, { ...input, quantity: '8' });
    expect(other).toMatchObject({ __typename: 'IdempotencyKeyReusedError' });
    expect(writes(world)).toEqual([]);
  });

  it('is no key of a mutation that never had that name', async () => {
    await mutate(world, PLACE, { ...ORDER, idempotencyKey: 'of-another' });
    await keepAs('of-another', 'recordTransaction', keptInput.replace('placeOrder', 'recordTransaction'));
    const again = await mutate(world, PLACE, { ...ORDER, idempotencyKey: 'of-another' });
    expect(again).toMatchObject({ __typename: 'IdempotencyKeyReusedError' });
  });
});
