// The answers of the stub upstreams: portfolios with holdings, their cash and their transactions, always the same.

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** An id as InvestSuite makes them: a letter and 26 characters. */
export function idOf(letter, number) {
  let text = '';
  for (let rest = number; text.length < 10; rest = Math.floor(rest / 32)) text = ALPHABET[rest % 32] + text;
  return `${letter}01FHAR57WS6Q8AV${text}0`.padEnd(27, '0').slice(0, 27);
}

export const groupOf = (number) => `8f0c8ab4-7f1a-4f0e-9d0d-${String(number).padStart(12, '0')}`;

const INSTRUMENTS = ['US0378331005', 'LU1234567890', 'IE00B4L5Y983', 'DE0007164600', 'BE0003470755', 'FR0000120271'];

/** Numbers with a fraction that a float holds exactly as written, so that readers with and without floats agree. */
const amount = (seed, scale) => Math.round(((seed * 7919) % 100_003) * 8 + 1) / scale;

/** `owner`: the number of the customer; each has one portfolio when left out. */
export function portfolioRow(number, owner = number) {
  const holdings = { $EUR: amount(number, 8) };
  for (const [at, instrument] of INSTRUMENTS.entries()) holdings[instrument] = amount(number * 7 + at, 64);
  return {
    id: idOf('P', number),
    external_id: `portfolio-${number}`,
    creation_datetime: '2025-02-18T08:21:02.123456+00:00',
    version: 7,
    deleted: false,
    name: `Portfolio ${number}`,
    owned_by_user_id: idOf('U', owner),
    base_currency: 'EUR',
    money_type: 'REAL_MONEY',
    status: 'ACTIVE',
    archived: false,
    funded_since: '2025-02-18T08:21:02+00:00',
    portfolio: holdings,
    config: {
      manager: 'ROBO_ADVISOR_DISCRETIONARY',
      manager_version: 1,
      manager_settings: { goal_id: idOf('L', number), horizon_id: idOf('H', number) },
    },
    brokerage_account: {
      brokerage_portfolio_id: groupOf(number),
      brokerage_user_id: groupOf(1_000_000 + number),
      bank_account_number: 'BE68539007547034',
      payment_reference: `REF${number}`,
    },
  };
}

/** Newest first. */
export function transactionRow(portfolio, number, movements) {
  const day = new Date(Date.UTC(2026, 0, 1) - number * 3_600_000).toISOString().replace('Z', '456+00:00');
  const cash = (at) => ({
    type: 'SELL',
    status: 'SETTLED',
    datetime: day,
    instrument_id: '$EUR',
    quantity: -amount(portfolio * 31 + number + at, 32),
    unit_price: 1,
    reference_external_id: `exec-${portfolio}-${number}`,
  });
  const security = {
    external_id: `exec-${portfolio}-${number}`,
    type: 'BUY',
    status: 'SETTLED',
    datetime: day,
    instrument_id: INSTRUMENTS[number % INSTRUMENTS.length],
    quantity: amount(portfolio + number, 128),
    unit_price: amount(number, 256),
    trade_type: null,
    description: 'Bought after "rebalancing", 1.50 each',
  };
  return {
    id: idOf('T', portfolio * 100_000 + number),
    external_id: `${idOf('P', portfolio)}/${number}`,
    portfolio_id: idOf('P', portfolio),
    type: 'ORDER',
    order_type: 'MARKET',
    creation_datetime: day,
    version: 3,
    deleted: false,
    movements: Array.from({ length: movements }, (_, at) => (at === 0 ? security : cash(at))),
  };
}

export function cashBalances(number) {
  const balance = (currency, seed) => ({
    account_group_id: groupOf(number),
    currency,
    balance: String(amount(seed, 8)),
    locked_for_trading: '0.00',
    pending_settlement: String(amount(seed + 1, 8)),
    available_for_withdrawal: String(amount(seed + 2, 8)),
    available_for_trading: String(amount(seed + 3, 8)),
  });
  const meta = { offset: 0, limit: 100, count: 1, total_count: 1, sort: 'id', order: 'ASC' };
  return { meta, data: [balance('EUR', number)] };
}

export function brokerList(data) {
  const meta = { offset: 0, limit: 1_000, count: data.length, total_count: data.length, sort: 'id', order: 'ASC' };
  return { meta, data };
}

/** Holdings in InvestSuite of the portfolio of the same number. */
export function positionRows(number, account) {
  return INSTRUMENTS.map((isin, at) => {
    const quantity = String(amount(number * 7 + at, 64));
    return {
      account_id: account,
      instrument: { isin, uuid: account },
      quantity,
      locked_for_trading: '0',
      pending_settlement: '0',
      available_for_trading: quantity,
    };
  });
}

/** A line of the cash ledger that needs no transaction of its own: the fill of an order. */
export const lineRow = (group, at) => ({
  id: `${group.slice(0, -4)}${String(at).padStart(4, '0')}`,
  type: 'ORDER_EXECUTION',
  account_group_id: group,
  booking_date: '2025-02-18T08:21:02Z',
  value_date: '2025-02-18T08:21:02Z',
  created_at: '2025-02-18T08:21:02Z',
  updated_at: '2025-02-18T08:21:02Z',
  delta: { amount: '-305.00', currency: 'EUR' },
  taxes: [{ type: 'TOTAL', amount: '5.00', currency: 'EUR' }],
  references: [{ id: group, type: 'ORDER' }],
});
