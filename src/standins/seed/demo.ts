import type { Manager, PortfolioStatus, User } from '../investsuite/entities.ts';
import type { CashBalance, Execution, Order } from '../upvest/entities.ts';
import { minus, plus } from '../values/exact.ts';
import { uuidOf } from '../values/ids.ts';
import { createRandom, hashOf, type Random } from '../values/random.ts';
import { type PortfolioOverrides, type SeededPortfolio, seedPortfolio, seedUser } from './builders.ts';
import { type History, makeHistory, type Trade } from './history.ts';
import { withCashLedger } from './ledgers.ts';
import { recommendation } from './recommendation.ts';
import { savingsPlan } from './savings-plan.ts';
import { combineSeeds, type SeedData } from './seed-data.ts';
import { FIRST_NAMES, GOALS, LAST_NAMES } from './universe.ts';
import { vendorExamples } from './vendor-examples.ts';

export interface DemoOptions {
  /** How many, the vendors' examples and the special ones included. */
  readonly portfolios?: number;
  /** The savings plan goes on until then, and the recommendation is of then. Default: now. */
  readonly now?: Date;
}

/**
 * The data of `npm start`: a savings plan, the vendors' examples, a recommendation, some special portfolios, many ordinary ones. Always the
 * same on one day, but for the recommendation's id.
 */
export function demoSeed({ portfolios = 300, now = new Date() }: DemoOptions = {}): SeedData {
  const special = [savingsPlan(now), ...vendorExamples(), recommendation(now), ...specialPortfolios()].slice(
    0,
    portfolios,
  );
  const ordinary = Array.from({ length: Math.max(0, portfolios - special.length) }, (_, i) => ordinaryPortfolio(i));
  return combineSeeds(...eurosFirst([...special, ...ordinary]));
}

/** The first portfolios are in a currency that can be paid out. */
const eurosFirst = (portfolios: readonly SeededPortfolio[]): readonly SeededPortfolio[] => {
  const isEuro = ({ investSuite }: SeededPortfolio) =>
    investSuite?.portfolios?.every((each) => each.base_currency === 'EUR') === true;
  return [...portfolios.filter(isEuro), ...portfolios.filter((each) => !isEuro(each))];
};

/** Cases for front-end developers: numbers at the limits, everything reserved for withdrawal, rare states. */
function specialPortfolios(): readonly SeededPortfolio[] {
  return [
    seedPortfolio({
      key: 'demo/large-numbers',
      name: 'Many digits',
      holdings: { $EUR: '12345678901234.123456789', US0378331005: '0.1035719', IE00B4L5Y983: '1000000.000000001' },
    }),
    seedPortfolio({ key: 'demo/everything', name: 'Everything is to be paid out', divestAmount: '1e100' }),
    seedPortfolio({
      key: 'demo/rebalancing',
      name: 'Being rebalanced',
      divestAmount: '250.50',
      optimization: { inProgress: true },
    }),
    seedPortfolio({
      key: 'demo/advice',
      name: 'Advice that waits for its owner',
      manager: 'ROBO_ADVISOR_ADVISORY',
      optimization: { orders: { US0378331005: '14.769662844999981', LU78468R1014: '-3.7190000000000003' } },
    }),
    seedPortfolio({
      key: 'demo/self-investor',
      name: 'Own decisions',
      manager: 'USER_MANAGED',
      holdings: { $EUR: '5000.00', DE0007164600: '12' },
      referenceAccounts: 2,
    }),
    seedPortfolio({ key: 'demo/paper', name: 'Paper money', moneyType: 'PAPER_MONEY', linked: false }),
    seedPortfolio({ key: 'demo/archived', name: 'Archived', archived: true }),
    seedPortfolio({
      key: 'demo/unlinked',
      name: 'Not linked',
      status: 'WAITING_FOR_ACCOUNT',
      linked: false,
      holdings: {},
    }),
    seedPortfolio({ key: 'demo/unfunded', name: 'Waiting for money', status: 'WAITING_FOR_FUNDS', holdings: {} }),
  ];
}

function ordinaryPortfolio(i: number): SeededPortfolio {
  const key = `demo/${i}`;
  const random = createRandom(hashOf(key));
  const currency = random.pick(['EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'USD', 'GBP']);
  const status = statusOf(random);
  const paper = random.chance(0.06);
  const manager = paper ? 'ROBO_ADVISOR_DISCRETIONARY' : managerOf(random);
  const linked = !paper && status !== 'WAITING_FOR_ACCOUNT' && status !== 'WAITING_FOR_POLICY';
  const history = historyOf(i, status, currency, random);
  const seeded = seedPortfolio({
    key,
    owner: ownerOf(i),
    coOwners: random.chance(0.08) ? [ownerOf(i + 7)] : [],
    name: random.pick(GOALS),
    externalId: random.chance(0.9) ? `bank-portfolio-${i}` : null,
    baseCurrency: currency,
    manager,
    moneyType: paper ? 'PAPER_MONEY' : 'REAL_MONEY',
    status,
    archived: random.chance(0.04),
    linked,
    holdings: history?.holdings ?? {},
    transactions: history?.transactions ?? [],
    divestAmount: manager !== 'USER_MANAGED' && random.chance(0.05) ? `${random.int(10, 400)}.50` : null,
    optimization: manager === 'USER_MANAGED' || random.chance(0.3) ? null : {},
    referenceAccounts: random.pick([1, 1, 1, 1, 1, 1, 2, 1, 1, 0]),
    ...(linked && history ? brokerSideOf(key, currency, history, random) : {}),
  });
  return withCashLedger(seeded);
}

/** History of a funded portfolio. */
function historyOf(i: number, status: PortfolioStatus, currency: string, random: Random): History | undefined {
  if (status !== 'ACTIVE' && status !== 'INACTIVE') return undefined;
  return makeHistory({ key: `${i}`, currency, random, length: random.int(12, 60), openOrder: random.chance(0.1) });
}

/** Five portfolios in eight share an owner with another one. */
const ownerOf = (i: number): User => {
  const number = Math.floor((i * 5) / 8);
  const random = createRandom(hashOf(`owner/${number}`));
  return seedUser({
    key: `demo/owner/${number}`,
    externalId: `bank-user-${number}`,
    firstName: random.pick(FIRST_NAMES),
    lastName: random.pick(LAST_NAMES),
    language: random.pick(['en-US', 'de-DE', 'fr-BE', 'nl-BE']),
    ...(random.chance(0.1) ? { counterAccount: null } : {}),
  });
};

function statusOf(random: Random): PortfolioStatus {
  const draw = random.int(1, 100);
  if (draw <= 88) return 'ACTIVE';
  if (draw <= 92) return 'WAITING_FOR_FUNDS';
  if (draw <= 95) return 'WAITING_FOR_ACCOUNT';
  return draw <= 97 ? 'WAITING_FOR_POLICY' : 'INACTIVE';
}

const managerOf = (random: Random): Manager =>
  random.pick([
    'ROBO_ADVISOR_DISCRETIONARY',
    'ROBO_ADVISOR_DISCRETIONARY',
    'ROBO_ADVISOR_DISCRETIONARY',
    'ROBO_ADVISOR_ADVISORY',
    'USER_MANAGED',
    'USER_MANAGED',
  ]);

/** The broker agrees, but for one portfolio in thirty, where cash or a position is off: reconciliation has to find those. */
function brokerSideOf(key: string, currency: string, history: History, random: Random): Partial<PortfolioOverrides> {
  const cash = history.holdings[`$${currency}`] ?? '0';
  const off = random.chance(1 / 30);
  const balance = off && random.chance(0.5) ? plus(cash, '12.34') : cash;
  const open = history.trades.find(({ state, side }) => state === 'PLACED' && side === 'BUY');
  const locked = open?.cashAmount ?? '0';
  const free = minus(balance, locked);
  const [firstIsin] = Object.keys(history.holdings).filter((id) => !id.startsWith('$'));
  const positions =
    off && balance === cash && firstIsin !== undefined
      ? { ...history.holdings, [firstIsin]: plus(history.holdings[firstIsin] ?? '0', '0.0001') }
      : history.holdings;
  const line: Partial<CashBalance> = {
    currency,
    balance,
    locked_for_trading: locked,
    available_for_withdrawal: free,
    available_for_trading: free,
  };
  return {
    // Some hold money in a second currency at the broker only for a moment: an empty balance.
    brokerCash: random.chance(0.1) && currency !== 'USD' ? [line, { currency: 'USD', balance: '0' }] : [line],
    brokerPositions: positions,
    brokerOrders: history.trades.map((trade, i) => brokerOrderOf(`${key}/${i}`, currency, trade)),
  };
}

function brokerOrderOf(key: string, currency: string, trade: Trade): Partial<Order> {
  const id = uuidOf(`demo-order/${key}`);
  const at = trade.at.replace(/\.\d+\+00:00$/, 'Z');
  const execution: Execution = {
    id: uuidOf(`demo-execution/${key}`),
    order_id: id,
    status: trade.state === 'SETTLED' ? 'SETTLED' : 'FILLED',
    side: trade.side,
    currency,
    cash_amount: trade.cashAmount,
    share_quantity: trade.quantity,
    price: trade.price,
    transaction_time: at,
    taxes: [{ type: 'TOTAL', amount: '0' }],
    ...(trade.state === 'SETTLED' ? { settlement_date: at.slice(0, 10) } : {}),
  };
  const filled = trade.state === 'SETTLED' || trade.state === 'EXECUTED';
  return {
    id,
    created_at: at,
    updated_at: at,
    currency,
    side: trade.side,
    instrument_id: trade.isin,
    quantity: trade.quantity,
    cash_amount: '0',
    client_reference: trade.reference,
    status: filled ? 'FILLED' : trade.state === 'PLACED' ? 'NEW' : 'CANCELLED',
    ...(trade.state === 'CANCELLED' ? { cancellation_reason: 'CANCELLED_BY_TRADING_PARTNER' } : {}),
    executions: filled ? [execution] : [],
  };
}
