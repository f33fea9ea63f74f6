import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MOVEMENT_TYPES } from '../../src/domain/transaction.ts';
import { num, seedPortfolio } from '../../src/standins/index.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { lastBody, MOVE, mutate, RECORD, writes } from './graph.ts';

const AT = '2022-06-10T07:49:26.341Z';
const ISIN = 'LU78468R1014';
const sell = { type: 'SELL', status: 'PLACED', datetime: AT, instrument_id: ISIN };
const FORMS = [num('7'), num('-7'), '7', '-7', num('7.0'), '-7.00'];
const portfolio = seedPortfolio({
  key: 'record',
  linked: false,
  transactions: FORMS.map((quantity) => ({ movements: [{ ...sell, quantity }] })),
});
const { portfolioId, transactionIds } = portfolio;

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [portfolio], standins: { investSuiteSettings: { movementNumbers: 'mixed' } } });
});
afterAll(() => world.stop());
beforeEach(() => world.investSuite.calls.reset());

/** Outgoing amounts are negative, incoming ones positive; of splits the sender gives the sign. */
const OUT = ['CASH_WITHDRAWAL', 'SELL', 'CORPORATE_ACTION_OUT', 'TRANSFER_OUT'];
const SPLITS = ['STOCK_SPLIT', 'REVERSE_STOCK_SPLIT'];
const SECURITIES = ['BUY', 'SELL', 'STOCK_DIVIDEND', ...SPLITS, 'TRANSFER_IN', 'TRANSFER_OUT'];

const TRANSACTION_TYPES: readonly (readonly [RegExp, string])[] = [
  [/_FEE$|_TAX$/, 'ADMINISTRATIVE'],
  [/^(BUY|SELL)$/, 'ORDER'],
  [/^CASH_(DEPOSIT|WITHDRAWAL)$/, 'CASH_TRANSFER'],
  [/^TRANSFER_/, 'SECURITY_TRANSFER'],
];

describe('recordTransaction', () => {
  it.each(MOVEMENT_TYPES.filter((type) => type !== 'UNKNOWN'))('takes %s', async (type) => {
    const instrumentId = SECURITIES.includes(type) ? ISIN : '$EUR';
    const movement = { type, status: 'SETTLED', datetime: AT, instrumentId, quantity: '12.5', unitPrice: '1.25' };
    const document = RECORD.replace('transaction {', 'transaction { type');
    const answer = await mutate(world, document, { portfolioId, movements: [movement] });
    const isOut = OUT.includes(type) || /_FEE$|_TAX$/.test(type);
    expect(lastBody(world).movements).toEqual([
      {
        type,
        status: 'SETTLED',
        datetime: AT,
        instrument_id: instrumentId,
        quantity: isOut ? -12.5 : 12.5,
        unit_price: 1.25,
      },
    ]);
    const kind = TRANSACTION_TYPES.find(([pattern]) => pattern.test(type))?.[1] ?? 'CORPORATE_ACTION';
    expect(answer.transaction).toMatchObject({ type: kind, status: 'SETTLED' });
  });

  it.each(SPLITS)('leaves the sign of a %s to the sender', async (type) => {
    const of = (quantity: string) => ({ type, status: 'SETTLED', datetime: AT, instrumentId: ISIN, quantity });
    await mutate(world, RECORD, { portfolioId, movements: [of('-10'), of('20')] });
    expect(lastBody(world).movements.map(({ quantity }: { quantity: number }) => quantity)).toEqual([-10, 20]);
  });

  it('sends an id of ours where none is given, and the optimization and order type that are', async () => {
    const movements = [{ type: 'BUY', status: 'PLANNED', datetime: AT, instrumentId: ISIN, quantity: '1' }];
    const optimizationId = 'O01ARZ3NDEKTSV4RRFFQ69G5FAV';
    const { transaction } = await mutate(world, RECORD, {
      portfolioId,
      movements,
      optimizationId,
      orderType: 'MARKET',
    });
    const { external_id: externalId, ...body } = lastBody(world);
    expect(externalId).toMatch(/^trx_[0-9A-Z]{26}$/);
    expect(body).toMatchObject({ optimization_id: optimizationId, order_type: 'MARKET' });
    expect(transaction).toMatchObject({ externalId, optimizationId, orderType: 'MARKET', status: 'PLANNED' });
  });

  it('keeps every digit', async () => {
    const quantity = '12345678901234.123456789012345678';
    const movements = [{ type: 'CASH_DEPOSIT', status: 'SETTLED', datetime: AT, instrumentId: '$EUR', quantity }];
    const { transaction } = await mutate(world, RECORD, { portfolioId, movements });
    expect(writes(world)[0]?.requestBody).toContain(`"quantity":${quantity}}`);
    expect(transaction.movements[0].quantity).toBe(quantity);
  });
});

it.each(FORMS.map((form, index) => [JSON.stringify(form), transactionIds[index]] as const))(
  'a sale that InvestSuite shows as %s is written back as it is shown, and its execution is negative',
  async (form, transactionId) => {
    const told = { status: 'EXECUTED', datetime: AT, quantity: '7', unitPrice: '2' };
    await mutate(world, MOVE, { portfolioId, transactionId, ...told });
    const { movements } = lastBody(world);
    expect(Number(movements[0].quantity)).toBe(Number(JSON.parse(form).text ?? JSON.parse(form)));
    expect(movements).toMatchObject([
      { type: 'SELL', status: 'PLACED' },
      { type: 'SELL', status: 'EXECUTED', quantity: -7 },
      { type: 'BUY', status: 'EXECUTED', instrument_id: '$EUR', quantity: 14 },
    ]);
  },
);
