import { expect } from 'vitest';
import { decimal, equals, sum } from '../../src/domain/decimal.ts';
import type { SeededPortfolio } from '../../src/standins/index.ts';
import type { MoneySettings } from '../../src/workflows/index.ts';
import type { CrashingGateway } from './crashing-gateway.ts';

export interface Moves {
  readonly deposits: readonly string[];
  readonly withdrawals: readonly string[];
}

/** Each amount is used once, so the upstreams' own ledgers tell how often it was moved. */
export function checkLedgers(
  { standins, robo, self }: Pick<CrashingGateway, 'standins' | 'robo' | 'self'>,
  money: MoneySettings,
  { deposits, withdrawals }: Moves,
): void {
  const upvest = standins.upvest.ledger().map(({ kind, amount }) => `${kind} ${decimal(amount)}`);
  const investSuite = standins.investSuite.ledger().map(({ kind, amount }) => `${kind} ${amount}`);
  const times = (ledger: readonly string[], entry: string): number => ledger.filter((each) => each === entry).length;
  for (const amount of deposits) {
    expect(times(upvest, `virtual-cash-increased ${amount}`), `increase of ${amount}`).toBe(1);
    expect(times(investSuite, `deposit-event ${amount}`), `deposit event of ${amount}`).toBe(1);
  }
  for (const amount of withdrawals) {
    const paid = money.payout === 'withdrawal' ? 'withdrawal-paid' : 'virtual-cash-decreased';
    expect(times(upvest, `${paid} ${amount}`), `payment of ${amount}`).toBe(1);
    expect(times(investSuite, `withdraw-event ${amount}`), `withdraw event of ${amount}`).toBe(1);
  }
  const portfolios: readonly SeededPortfolio[] = [robo, self];
  const booked = portfolios.map(({ portfolioId }) =>
    decimal(String(standins.investSuite.portfolio(portfolioId)?.portfolio['$EUR']?.text)),
  );
  const held = portfolios.map(({ broker }) =>
    decimal(standins.upvest.balance(broker.accountGroupId ?? '', 'EUR').balance),
  );
  const start = decimal('200000');
  const expected = sum([start, ...deposits.map(decimal), ...withdrawals.map((amount) => decimal(`-${amount}`))]);
  expect(sum(booked), 'InvestSuite').toBe(expected);
  expect(sum(held), 'Upvest').toBe(expected);
  const reserved = standins.investSuite.portfolio(robo.portfolioId)?.config.manager_settings.divest_amount;
  expect(reserved === null || reserved === undefined || equals(decimal(reserved.text), decimal('0'))).toBe(true);
}

export const BOOKED_BY_INVESTSUITE: MoneySettings = {
  booking: 'investsuite',
  funding: 'virtual-cash',
  payout: 'withdrawal',
};
export const BOOKED_BY_GATEWAY: MoneySettings = {
  booking: 'gateway',
  funding: 'virtual-cash',
  payout: 'virtual-cash',
};
