import { num } from '../values/json.ts';
import { type SeededPortfolio, seedPortfolio, seedUser } from './builders.ts';

/** The portfolios, transactions and balances that the two vendors' own pages use as examples, under their own ids. */
export function vendorExamples(): readonly SeededPortfolio[] {
  const owner = seedUser({ key: 'vendor/jane', id: 'U01ERYVVSZTKKYEEVX3Y6JECE83', externalId: 'your-bank-user-1' });
  return [
    seedPortfolio({
      key: 'vendor/portfolios-page',
      id: 'P01F7KDVY6H718JNV91840DE5V4',
      externalId: 'your-bank-portfolio-1',
      owner,
      baseCurrency: 'USD',
      version: 15,
      holdings: { $USD: '208.086729', LU78464A6644: '18.78', LU46137V2410: '9' },
    }),
    seedPortfolio({
      key: 'vendor/cash-movements-page',
      id: 'P01F8ZSNV0J45R9DFZ3D7D8C26F',
      owner,
      baseCurrency: 'USD',
      name: 'Cash movements',
      status: 'WAITING_FOR_FUNDS',
      holdings: {},
    }),
    transactionsPage(),
    costsPage(),
    ...upvestPages(),
  ];
}

const ORDERED_AT = '2022-06-10T07:49:26.341Z';
const EXECUTED_AT = '2022-06-10T07:52:26.341Z';
const SETTLED_AT = '2022-06-12T07:52:26.341Z';

function transactionsPage(): SeededPortfolio {
  const placed = { type: 'BUY', status: 'PLACED', datetime: ORDERED_AT, instrument_id: 'LU78468R1014' };
  const limit = {
    external_id: 'my-movement-1',
    type: 'BUY',
    status: 'PLACED',
    datetime: '2022-06-08T10:15:53.000000+00:00',
    instrument_id: 'LU2660424076',
    quantity: '3',
    unit_price: '3.49',
  };
  const cash = (type: string, quantity: string, status: string, datetime: string, reference?: string) => ({
    type,
    status,
    datetime,
    instrument_id: '$USD',
    quantity: num(quantity),
    ...(reference === undefined ? {} : { reference_external_id: reference }),
  });
  const bought = { ...placed, quantity: num('7'), unit_price: num('29.51') };
  return seedPortfolio({
    key: 'vendor/transactions-page',
    id: 'P01FGVEKTV86PPKQVRK9CHT31JR',
    baseCurrency: 'USD',
    name: 'Orders',
    holdings: { $USD: '783.43', LU78468R1014: '14' },
    transactions: [
      {
        id: 'T01FHCP1CZ9F1S207KJHNA5V244',
        externalId: 'your-transaction-id-1',
        optimizationId: 'O01ARZ3NDEKTSV4RRFFQ69G5FAV',
        movements: [
          { ...placed, quantity: num('7') },
          { ...bought, external_id: 'instrument-buy-123', status: 'EXECUTED', datetime: EXECUTED_AT },
          cash('SELL', '-206.57', 'EXECUTED', EXECUTED_AT, 'instrument-buy-123'),
          cash('TRANSACTION_FEE', '-3', 'EXECUTED', EXECUTED_AT, 'instrument-buy-123'),
          cash('OTHER_TAX', '-0.15', 'EXECUTED', EXECUTED_AT, 'instrument-buy-123'),
        ],
      },
      {
        externalId: 'your-transaction-id-2',
        movements: [
          { ...placed, quantity: num('7') },
          { ...bought, status: 'SETTLED', datetime: SETTLED_AT },
          cash('SELL', '-206.57', 'SETTLED', SETTLED_AT),
          cash('TRANSACTION_FEE', '-3', 'SETTLED', SETTLED_AT),
          cash('OTHER_TAX', '-0.15', 'SETTLED', SETTLED_AT),
        ],
      },
      {
        externalId: 'your-transaction-id-3',
        movements: [{ ...placed, quantity: num('1'), unit_price: '1000', unit_price_currency: 'EUR' }],
      },
      { externalId: 'my-transaction-1', orderType: 'LIMIT', movements: [limit] },
      {
        externalId: 'my-transaction-2',
        orderType: 'LIMIT',
        movements: [
          limit,
          {
            ...limit,
            external_id: 'my-movement-2',
            status: 'CANCELLED',
            datetime: '2022-06-08T11:01:54.000000+00:00',
          },
        ],
      },
    ],
    optimization: {
      id: 'O01ARZ3NDEKTSV4RRFFQ69G5FAV',
      orders: { LU78468R1014: '3.7190000000000003', LU2660424076: '-1.5' },
    },
  });
}

function costsPage(): SeededPortfolio {
  const line = (type: string, datetime: string, quantity: string) => ({
    type,
    status: 'SETTLED',
    datetime,
    instrument_id: '$USD',
    quantity: num(quantity),
  });
  return seedPortfolio({
    key: 'vendor/costs-page',
    id: 'P01FGZK41MJ4NJXKZ27VJC0HGS9',
    baseCurrency: 'USD',
    name: 'Cash, costs and dividends',
    holdings: { $USD: '499.9749281', LU78464A6727: '3.25' },
    transactions: [
      {
        externalId: 'P01FHAR57WS6Q8AV1GH5EATYKP1/14031738752',
        movements: [line('CASH_DEPOSIT', '2021-10-06T00:00:00+00:00', '500.0')],
      },
      {
        id: 'T01FH2JNYAYQ4CTHQJ1MFDDGXZQ',
        externalId: '14031738752',
        movements: [
          { ...line('MANAGEMENT_FEE', '2021-10-03T08:00:16.733954+00:00', '-0.1035719'), external_id: '14031738752' },
        ],
      },
      {
        id: 'T01FGZK41MJ4NJXKZ27VJC0HGS9',
        externalId: 'your-corporate-action-1',
        movements: [
          {
            ...line('CASH_DIVIDEND', '2021-10-01T00:00:00+00:00', '0.0785'),
            reference_instrument_id: 'LU78464A6727',
          },
        ],
      },
    ],
  });
}

/** Upvest's examples: the balance that does not add up, and the group that money is taken out of. */
function upvestPages(): readonly SeededPortfolio[] {
  return [
    seedPortfolio({
      key: 'vendor/cash-balance-page',
      name: 'Balance of the API reference',
      manager: 'USER_MANAGED',
      holdings: { $EUR: '100.25', US0378331005: '10.4' },
      brokerIds: {
        accountGroupId: 'd0fc0305-97b7-4e3b-bddf-66d3c434898c',
        accountId: 'c5161455-4d27-4781-bc74-f05532e49a77',
      },
      brokerCash: {
        balance: '100.25',
        locked_for_trading: '10',
        pending_settlement: '10',
        available_for_withdrawal: '80',
        available_for_trading: '80',
      },
    }),
    seedPortfolio({
      key: 'vendor/withdrawals-page',
      name: 'Withdrawals and virtual cash',
      manager: 'USER_MANAGED',
      holdings: { $EUR: '200' },
      brokerIds: {
        accountGroupId: '2596db3b-0d03-4651-9eda-970910479dfb',
        userId: 'e56c14b3-8370-4c04-bc67-7092f7ec113c',
        referenceAccountId: '295378ec-036e-4f3f-ae5c-2be85c93e837',
      },
    }),
  ];
}
