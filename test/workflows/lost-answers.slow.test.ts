import { afterEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import { combineSeeds, type FaultRule, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import type { MoneySettings } from '../../src/workflows/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { type RunningGateway, startGateway } from '../helpers/gateway.ts';
import { gatewaySettings } from '../helpers/world.ts';

let standins: Standins;
let gateway: RunningGateway;
afterEach(async () => {
  await gateway.stop();
  await standins.stop();
});

const portfolio = seedPortfolio({ key: 'lost', holdings: { $EUR: '1000.00' } });

async function begin(money: MoneySettings, faults: readonly FaultRule[]): Promise<void> {
  standins = await startStandins({
    seed: combineSeeds(portfolio),
    settleDelayMs: 5,
    investSuiteSettings: { booking: money.booking === 'gateway' ? 'client' : 'investsuite' },
    upvestSettings: { webhookGatherMs: 0 },
  });
  gateway = await startGateway({ ...gatewaySettings(standins), auth: 'local-operator', money });
  standins.upvest.webhooks.register(`${gateway.url}/webhooks/upvest`);
  standins.upvest.faults.add(...faults);
  standins.investSuite.faults.add(...faults);
}

async function ask(mutation: 'registerDeposit' | 'requestWithdrawal', amount: string): Promise<string> {
  const [type, noun] =
    mutation === 'registerDeposit' ? ['RegisterDeposit', 'deposit'] : ['RequestWithdrawal', 'withdrawal'];
  const query = `mutation ($input: ${type}Input!) { result: ${mutation}(input: $input) {
    ... on ${type}Success { object: ${noun} { id } } ... on Error { code } } }`;
  const input = {
    portfolioId: portfolio.portfolioId,
    amount,
    currency: 'EUR',
    idempotencyKey: `${mutation}/${amount}`,
  };
  return await eventually(async () => {
    const { data } = await gateway.ask(query, { input });
    const id = (data as { result: { object?: { id: string } } }).result.object?.id;
    if (id === undefined) throw new Error(JSON.stringify(data));
    return id;
  });
}

async function stateOf(id: string): Promise<string | undefined> {
  const query =
    'query ($id: ID!) { node(id: $id) { ... on Deposit { deposit: state } ... on Withdrawal { withdrawal: state } } }';
  const { data } = await gateway.ask(query, { id });
  const { node } = data as { node: { deposit?: string; withdrawal?: string } };
  return node.deposit ?? node.withdrawal;
}

/** Every kind of write that moves money; not the logins. */
const WRITES = [
  { method: 'POST', path: '^/payments/withdrawals' },
  { method: 'POST', path: '^/virtual_cash_balances/increases' },
  { method: 'POST', path: '^/virtual_cash_balances/decreases' },
  { method: 'POST', path: '^/events/deposit' },
  { method: 'POST', path: '^/events/withdraw' },
  { method: 'POST', path: '/transactions' },
  { method: 'PATCH', path: '^/portfolios' },
] as const;
const SETTINGS: readonly MoneySettings[] = [
  { booking: 'investsuite', funding: 'virtual-cash', payout: 'withdrawal' },
  { booking: 'gateway', funding: 'virtual-cash', payout: 'virtual-cash' },
];
// Each further way, at each write, is in the evidence table (test/workflows/table).
const FAULTS: readonly FaultRule[] = [{ kind: 'reset-after' }, { kind: 'status', status: 503, work: 'done' }];

describe.each(SETTINGS)('with $booking booking and $payout payout', (money) => {
  it.each(FAULTS)(
    'each amount moves once though every write first ends in %j',
    async (fault) => {
      const faults = WRITES.map((match) => ({ ...fault, match, times: 1 }));
      await begin(money, faults);
      const deposit = await ask('registerDeposit', '10.01');
      const withdrawal = await ask('requestWithdrawal', '20.02');
      await eventually(async () => {
        expect(await stateOf(deposit)).toBe('COMPLETED');
        expect(await stateOf(withdrawal)).toBe('COMPLETED');
      }, 100_000);
      const hits = [...standins.upvest.faults.list(), ...standins.investSuite.faults.list()];
      expect(hits.filter((each) => each.hits > 0)).toHaveLength(money.booking === 'gateway' ? 6 : 5);
      const upvest = standins.upvest.ledger().map(({ kind, amount }) => `${kind} ${decimal(amount)}`);
      const payment = money.payout === 'withdrawal' ? 'withdrawal-paid' : 'virtual-cash-decreased';
      expect(upvest.filter((entry) => entry === 'virtual-cash-increased 10.01')).toHaveLength(1);
      expect(upvest.filter((entry) => entry === `${payment} 20.02`)).toHaveLength(1);
      const investSuite = standins.investSuite.ledger().map(({ kind, amount }) => `${kind} ${amount}`);
      expect(investSuite.filter((entry) => entry === 'deposit-event 10.01')).toHaveLength(1);
      expect(investSuite.filter((entry) => entry === 'withdraw-event 20.02')).toHaveLength(1);
      const created = investSuite.filter((entry) => entry.startsWith('transaction-created'));
      expect(created).toHaveLength(2);
      const after = standins.investSuite.portfolio(portfolio.portfolioId);
      expect(decimal(after?.portfolio['$EUR']?.text ?? '')).toBe('989.99');
      expect(standins.upvest.balance(portfolio.broker.accountGroupId ?? '', 'EUR').balance).toBe('989.99');
    },
    90_000,
  );
});
