import { beforeEach, expect, it } from 'vitest';
import { dateTime } from '../../../src/domain/datetime.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import { type SeededPortfolio, seedPortfolio } from '../../../src/standins/index.ts';
import { recordOrder, recordTransaction, updateHoldings, updateOrderStatus } from '../../../src/workflows/index.ts';
import { eventually } from '../../helpers/gateway.ts';
import { OPERATOR, Orders } from './harness.ts';

const ISIN = 'LU78468R1014';
let orders: Orders;
let portfolio: SeededPortfolio;

/** Each has stand-ins of its own: what fails for a day opens the circuit for all. */
beforeEach(async () => {
  orders = await Orders.start({ seed: [], attemptTimeoutMs: 300, answerWithinMs: 20 });
  portfolio = seedPortfolio({
    key: 'endless',
    manager: 'USER_MANAGED',
    holdings: { $EUR: '100' },
    transactions: [
      {
        externalId: 'mine',
        movements: [
          {
            type: 'BUY',
            status: 'PLACED',
            datetime: '2022-06-10T07:49:26.341Z',
            instrument_id: ISIN,
            quantity: '7',
          },
        ],
      },
    ],
  });
  orders.fresh(portfolio);
  return () => orders.stop();
});

const at = dateTime(new Date('2022-06-11T00:00:00Z'));
const common = () => ({ portfolioId: portfolio.portfolioId, idempotencyKey: 'once' });
const units = decimal('7');

const WRITES: readonly (readonly [string, 'POST' | 'PATCH', () => Promise<unknown>])[] = [
  [
    'recordTransaction',
    'POST',
    () => {
      const movement = { type: 'CASH_DEPOSIT', status: 'SETTLED', datetime: at, instrumentId: '$EUR' } as const;
      const movements = [{ ...movement, quantity: decimal('500.0') }];
      return recordTransaction(orders.services, OPERATOR, { ...common(), movements });
    },
  ],
  [
    'recordOrder',
    'POST',
    () => recordOrder(orders.services, OPERATOR, { ...common(), side: 'BUY', instrumentId: ISIN, quantity: units }),
  ],
  [
    'updateOrderStatus',
    'PATCH',
    () => {
      const transactionId = portfolio.transactionIds[0] ?? '';
      const execution = { status: 'EXECUTED', quantity: units, unitPrice: decimal('10'), datetime: at } as const;
      return updateOrderStatus(orders.services, OPERATOR, { ...common(), transactionId, ...execution });
    },
  ],
  [
    'updateHoldings',
    'PATCH',
    () =>
      updateHoldings(orders.services, OPERATOR, { ...common(), holdings: [{ instrumentId: ISIN, quantity: units }] }),
  ],
];

it.each(WRITES)('%s ends in doubt after 23 hours where InvestSuite can not be asked', async (_name, method, ask) => {
  orders.investSuite.faults.add({ kind: 'reset-after', times: 1, match: { method, path: /^\/portfolios/ } });
  orders.onPoint = (point) => {
    if (point !== 'marked') return;
    orders.onPoint = () => undefined;
    orders.investSuite.faults.add({ kind: 'status', status: 500, match: { method: 'GET', path: /^\/portfolios/ } });
  };
  await ask();
  await eventually(() => expect(orders.writes).toEqual([method]));
  orders.pass(23 * 3_600_000);
  const unknown = { kind: 'upstreamRefused', code: 'OUTCOME_UNKNOWN', retryable: false };
  await orders.hurry(
    eventually(async () => expect(await ask()).toMatchObject(unknown)),
    2_000,
  );
  expect(orders.writes).toEqual([method]);
  expect(orders.troubles).toMatchObject([{ kind: 'in-doubt' }]);
});
