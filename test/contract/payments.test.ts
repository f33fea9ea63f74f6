import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WriteOutcome } from '../../src/datasources/upstream/outcome.ts';
import type { BrokerWithdrawal } from '../../src/domain/broker-payments.ts';
import { compare, decimal } from '../../src/domain/decimal.ts';
import { BROKERS, type Broker, type Group } from './brokers.ts';

/*
 * How payments behave at Upvest (docs/upstream-contract.md, "Payments"), asked of all that play it. They are asked through
 * the datasource's own interface, so that those count which are called in the process.
 */

describe.each(Object.entries(BROKERS))('payments, played by %s', (_name, start) => {
  let broker: Broker;
  let group: Group;
  beforeAll(async () => {
    broker = await start();
  });
  beforeEach(async () => {
    group = await broker.group();
  });
  afterAll(() => broker.stop());

  const made = <T>(outcome: WriteOutcome<T>): T => {
    if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
    return outcome.value;
  };
  const money = (amount: string, idempotencyKey: string) => ({
    accountGroupId: group.id,
    amount: decimal(amount),
    currency: 'EUR',
    idempotencyKey,
  });
  const withdraw = (amount: string, key: string = randomUUID()) =>
    group.port.createWithdrawal(
      {
        ...money(amount, key),
        brokerageUserId: group.user,
        referenceAccountId: group.referenceAccountId,
        remittanceInformation: null,
      },
      {},
    );
  const increase = (amount: string, key: string = randomUUID()) =>
    group.port.createVirtualCashIncrease(money(amount, key), {});
  const decrease = (amount: string, key: string = randomUUID()) =>
    group.port.createVirtualCashDecrease(money(amount, key), {});
  const all = async (): Promise<readonly BrokerWithdrawal[]> => (await group.port.withdrawalsOfGroup(group.id)) ?? [];
  const statusOf = async (id: string) => (await group.port.withdrawal(id))?.status;
  /** Balance and what can be paid out, as numbers: `100` and `100.00` are the same. */
  const cash = async () => {
    const balance = await group.port.cashBalance(group.id, 'EUR');
    return [Number(balance?.balance), Number(balance?.availableForWithdrawal)];
  };
  const ledger = async () =>
    ((await group.port.cashTransactions({ accountGroupId: group.id })) ?? []).map(({ type, amount, references }) => ({
      type,
      amount: Number(amount),
      of: references[0]?.id,
    }));
  const typesOf = (id: string) =>
    group
      .events()
      .filter(({ object }) => object['id'] === id)
      .map(({ type }) => type);
  const notDone = (outcome: WriteOutcome<unknown>) => expect(outcome.kind).not.toBe('accepted');

  describe('a withdrawal', () => {
    it('is NEW at first: the money stays in the balance and cannot be paid out again', async () => {
      const withdrawal = made(await withdraw('200'));
      expect(withdrawal).toMatchObject({
        status: 'NEW',
        currency: 'EUR',
        accountGroupId: group.id,
        referenceAccountId: group.referenceAccountId,
        cancellationReason: null,
      });
      expect(compare(withdrawal.amount, decimal('200'))).toBe(0);
      expect(await group.port.withdrawal(withdrawal.id)).toEqual(withdrawal);
      expect(await cash()).toEqual([1_000, 800]);
    });

    it('goes on to PROCESSING, which moves no money, and to CONFIRMED, which takes it', async () => {
      const { id } = made(await withdraw('200'));
      group.step();
      expect([await statusOf(id), await cash()]).toEqual(['PROCESSING', [1_000, 800]]);
      group.step();
      expect([await statusOf(id), await cash()]).toEqual(['CONFIRMED', [800, 800]]);
      expect(await ledger()).toEqual([{ type: 'WITHDRAWAL', amount: -200, of: id }]);
      group.step();
      expect([await statusOf(id), await cash()]).toEqual(['CONFIRMED', [800, 800]]);
    });

    it('can be cancelled by us while it is NEW, which frees the money', async () => {
      const { id } = made(await withdraw('200'));
      expect(await group.port.cancelWithdrawal(id, {})).toEqual({ kind: 'accepted', value: null });
      expect(await group.port.withdrawal(id)).toMatchObject({
        status: 'CANCELLED',
        cancellationReason: 'CANCELLED_BY_CLIENT',
      });
      expect(await cash()).toEqual([1_000, 1_000]);
      group.step();
      expect(await statusOf(id)).toBe('CANCELLED');
      expect(await ledger()).toEqual([]);
    });

    it('cannot be cancelled by us later: 422 and nothing changes', async () => {
      const { id } = made(await withdraw('200'));
      for (const status of ['PROCESSING', 'CONFIRMED']) {
        group.step();
        expect(await group.port.cancelWithdrawal(id, {})).toMatchObject({ kind: 'refused', status: 422 });
        expect(await statusOf(id)).toBe(status);
      }
      expect(await group.port.cancelWithdrawal(randomUUID(), {})).toMatchObject({ kind: 'refused', status: 404 });
    });

    it('may be ended by the broker before it is paid', async () => {
      const { id } = made(await withdraw('200'));
      group.step();
      group.end(id);
      expect(await group.port.withdrawal(id)).toMatchObject({
        status: 'CANCELLED',
        cancellationReason: 'CANCELLED_BY_UPVEST',
      });
      expect([await cash(), await ledger()]).toEqual([[1_000, 1_000], []]);
    });

    it('may come back from the bank after CONFIRMED, with a line of its own in the ledger', async () => {
      const { id } = made(await withdraw('200'));
      group.step();
      group.step();
      group.end(id);
      expect(await group.port.withdrawal(id)).toMatchObject({
        status: 'CANCELLED',
        cancellationReason: 'CANCELLED_BY_BANK',
      });
      expect(await cash()).toEqual([1_000, 1_000]);
      expect(await ledger()).toEqual([
        { type: 'WITHDRAWAL', amount: -200, of: id },
        { type: 'WITHDRAWAL_CANCELLATION', amount: 200, of: id },
      ]);
      expect(await group.port.cancelWithdrawal(id, {})).toMatchObject({ kind: 'refused', status: 422 });
    });

    it('is never paid while the money for it is missing', async () => {
      const outcome = await withdraw('1000.01');
      for (let steps = 0; steps < 4; steps += 1) group.step();
      expect((await all()).filter(({ status }) => status === 'CONFIRMED')).toEqual([]);
      expect((await cash())[0]).toBe(1_000);
      if (outcome.kind !== 'accepted') expect(await all()).toEqual([]);
    });

    it('is listed oldest first', async () => {
      const ids = [];
      for (const amount of ['1', '2', '3']) ids.push(made(await withdraw(amount)).id);
      expect((await all()).map(({ id }) => id)).toEqual(ids);
      expect(await group.port.withdrawal(randomUUID())).toBeNull();
    });

    it('has an event at every state, with the object as it is read', async () => {
      const { id } = made(await withdraw('200'));
      group.step();
      group.step();
      group.end(id);
      expect(typesOf(id)).toEqual([
        'WITHDRAWAL.NEW',
        'WITHDRAWAL.PROCESSING',
        'WITHDRAWAL.CONFIRMED',
        'WITHDRAWAL.CANCELLED',
      ]);
      for (const { type, object } of group.events().filter((event) => event.object['id'] === id)) {
        expect(object).toMatchObject({
          account_group_id: group.id,
          reference_account_id: group.referenceAccountId,
          amount: expect.any(String),
          currency: 'EUR',
          status: type.slice('WITHDRAWAL.'.length),
          created_at: expect.any(String),
          updated_at: expect.any(String),
        });
      }
    });

    it('changes the balance with an event at NEW and CONFIRMED, and with none at PROCESSING', async () => {
      const told = () => group.events().filter(({ type }) => type === 'CASH_BALANCE.UPDATED').length;
      made(await withdraw('200'));
      const counts = [told()];
      group.step();
      counts.push(told());
      group.step();
      counts.push(told());
      expect(counts).toEqual([1, 1, 2]);
    });
  });

  describe('an idempotency key', () => {
    it('brings the first answer again, whatever has become of the payment, and has no second effect', async () => {
      const key = randomUUID();
      const first = made(await withdraw('200', key));
      expect(made(await withdraw('200', key))).toEqual(first);
      group.step();
      group.step();
      expect(made(await withdraw('200', key))).toEqual(first);
      expect(await all()).toHaveLength(1);
      expect([await cash(), typesOf(first.id).length]).toEqual([[800, 800], 3]);
    });

    it('with another body has no second effect', async () => {
      const key = randomUUID();
      const first = made(await withdraw('200', key));
      notDone(await withdraw('300', key));
      expect((await all()).map(({ id, amount }) => [id, Number(amount)])).toEqual([[first.id, 200]]);
      expect(await cash()).toEqual([1_000, 800]);
    });

    it('whose request was refused can be used again', async () => {
      const key = randomUUID();
      const outcome = await withdraw('1500', key);
      // A broker may also let it wait: then the key belongs to what waits.
      group.arrive('1000');
      const again = made(await withdraw('1500', key));
      if (outcome.kind === 'accepted') expect(again.id).toBe(outcome.value.id);
      expect((await all()).map(({ id }) => id)).toEqual([again.id]);
    });

    it('belongs to one kind of call: each kind has its own effect', async () => {
      const [one, two] = [randomUUID(), randomUUID()];
      const first = made(await increase('100', one));
      expect(made(await increase('100', one))).toEqual(first);
      group.step();
      expect(made(await increase('100', one))).toEqual(first);
      expect(await cash()).toEqual([1_100, 1_100]);
      const less = made(await decrease('50', two));
      group.step();
      expect(made(await decrease('50', two))).toEqual(less);
      expect(await cash()).toEqual([1_050, 1_050]);
    });
  });

  describe('virtual cash', () => {
    it('is ISSUED and counts for nothing until it is CONFIRMED', async () => {
      const movement = made(await increase('100'));
      expect(movement).toMatchObject({ status: 'ISSUED', currency: 'EUR', accountGroupId: group.id });
      expect([await cash(), await ledger()]).toEqual([[1_000, 1_000], []]);
      group.step();
      expect(await cash()).toEqual([1_100, 1_100]);
      expect(await ledger()).toEqual([{ type: 'VIRTUAL_CASH_INCREASE', amount: 100, of: movement.id }]);
      expect(typesOf(movement.id)).toEqual(['VIRTUAL_CASH_INCREASE.ISSUED', 'VIRTUAL_CASH_INCREASE.CONFIRMED']);
    });

    it('that is taken away is CONFIRMED where there is money', async () => {
      const movement = made(await decrease('100'));
      group.step();
      expect(await cash()).toEqual([900, 900]);
      expect(await ledger()).toEqual([{ type: 'VIRTUAL_CASH_DECREASE', amount: -100, of: movement.id }]);
      expect(typesOf(movement.id)).toEqual(['VIRTUAL_CASH_DECREASE.ISSUED', 'VIRTUAL_CASH_DECREASE.CONFIRMED']);
      expect(await group.port.cancelVirtualCashDecrease(movement.id, {})).toMatchObject({
        kind: 'refused',
        status: 422,
      });
    });

    it('that is taken away waits in a queue for money, and goes on by itself when it comes', async () => {
      const { id } = made(await decrease('1500'));
      group.step();
      expect(typesOf(id)).toEqual(['VIRTUAL_CASH_DECREASE.ISSUED', 'VIRTUAL_CASH_DECREASE.QUEUED']);
      group.step();
      expect(await cash()).toEqual([1_000, 1_000]);
      group.arrive('1000');
      group.step();
      expect(typesOf(id)).toEqual([
        'VIRTUAL_CASH_DECREASE.ISSUED',
        'VIRTUAL_CASH_DECREASE.QUEUED',
        'VIRTUAL_CASH_DECREASE.CONFIRMED',
      ]);
      expect(await cash()).toEqual([500, 500]);
    });

    it.each([
      ['ISSUED', 0],
      ['QUEUED', 1],
    ])('that is taken away can be cancelled while it is %s', async (_status, steps) => {
      const { id } = made(await decrease('1500'));
      for (let step = 0; step < steps; step += 1) group.step();
      expect(await group.port.cancelVirtualCashDecrease(id, {})).toEqual({ kind: 'accepted', value: null });
      expect(typesOf(id).at(-1)).toBe('VIRTUAL_CASH_DECREASE.CANCELLED');
      group.arrive('1000');
      group.step();
      expect([await cash(), await ledger()].flat()).not.toContainEqual({ of: id });
      expect(typesOf(id).at(-1)).toBe('VIRTUAL_CASH_DECREASE.CANCELLED');
      expect(await group.port.cancelVirtualCashDecrease(id, {})).toMatchObject({ kind: 'refused', status: 422 });
    });
  });

  it('sends events with ids of their own, in the order in which they were made', async () => {
    made(await withdraw('1'));
    made(await increase('1'));
    group.step();
    group.step();
    const events = group.events();
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    for (const { id, created_at, type } of events) {
      expect(id).toMatch(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/);
      expect(Number.isNaN(Date.parse(created_at))).toBe(false);
      expect(type).toMatch(/^[A-Z_]+\.[A-Z_]+$/);
    }
    const times = events.map(({ created_at }) => Date.parse(created_at));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});
