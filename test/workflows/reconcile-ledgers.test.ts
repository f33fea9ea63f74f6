import { describe, expect, it } from 'vitest';
import type { CashTransaction } from '../../src/domain/broker-payments.ts';
import { decimal } from '../../src/domain/decimal.ts';
import { type AccountGroupId, parseAccountGroupId } from '../../src/domain/ids.ts';
import { readBrokerLedgers } from '../../src/workflows/reconcile/ledgers.ts';

const group: AccountGroupId = parseAccountGroupId('group-1') ?? expect.fail('no id');

const line = (type: string, references: CashTransaction['references'], id = type): CashTransaction => ({
  id,
  type,
  accountGroupId: group,
  amount: decimal('-10'),
  currency: 'EUR',
  references,
  bookingDate: null,
  createdAt: null,
});

async function effectsOf(cash: readonly CashTransaction[] | null, withdrawals: readonly [] | null = []) {
  const upvest = {
    withdrawalsOfGroup: async () => withdrawals,
    cashTransactions: async () => cash,
    orders: async () => [],
  };
  const investSuite = { transactions: async () => [] };
  return (await readBrokerLedgers({ investSuite, upvest }, group, 0)).map(({ id, sort, keys, status }) => ({
    id,
    sort,
    keys,
    status,
  }));
}

describe('the broker’s cash ledger, as it is compared', () => {
  it.each(['WITHDRAWAL', 'VIRTUAL_CASH_INCREASE', 'VIRTUAL_CASH_DECREASE'])(
    'has a %s once, whatever else refers to it',
    async (type) => {
      const reference = { type, id: 'one' };
      const others = ['TAX_PAYMENT', 'TAX_REFUND', 'FEE_COLLECTION', 'BALANCE_CORRECTION', 'TREASURY_PAYMENT'];
      const effects = await effectsOf([
        line(type, [reference, { type: 'TAX_TRANSACTION', id: 'two' }]),
        ...others.map((other) => line(other, [reference])),
      ]);
      expect(effects).toMatchObject([{ id: type, keys: ['one'], status: null }]);
    },
  );

  it.each(['_CANCELLATION', '_CHARGE_BACK'])('takes back with a %s what it had booked', async (suffix) => {
    const reference = { type: 'VIRTUAL_CASH_DECREASE', id: 'one' };
    const cash = [line('VIRTUAL_CASH_DECREASE', [reference]), line(`VIRTUAL_CASH_DECREASE${suffix}`, [reference])];
    expect(await effectsOf(cash)).toMatchObject([{ sort: 'virtual cash decrease', status: 'CANCELLED' }]);
  });

  it('of a group that the broker does not know is not known, which is not empty', async () => {
    await expect(effectsOf(null)).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED', status: 404 });
    await expect(effectsOf([], null)).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED', status: 404 });
  });
});
