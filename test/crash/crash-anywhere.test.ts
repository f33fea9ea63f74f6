import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decimal, equals, sum } from '../../src/domain/decimal.ts';
import type { SeededPortfolio } from '../../src/standins/index.ts';
import type { MoneySettings, Point } from '../../src/workflows/index.ts';
import { build } from '../helpers/build.ts';
import { hasPostgres, startPostgres } from '../helpers/postgres.ts';
import { CrashingGateway } from './crashing-gateway.ts';

const CI = process.env['CI'] === 'true';
/** Random crashes on each store. */
const CRASHES = Number(process.env['CRASHES'] ?? (CI ? 100 : 8));
/** The others lie between the same two writes to the disk as one of these; CI tries them all. */
const POINTS: readonly Point[] = CI ? ['begun', 'prepared', 'marked', 'sent', 'committed'] : ['marked', 'sent'];

let gateway: CrashingGateway | undefined;
beforeAll(build, 120_000);
afterEach(() => gateway?.stop());

interface Moves {
  readonly deposits: readonly string[];
  readonly withdrawals: readonly string[];
}

/** Each amount is used once, so the upstreams' own ledgers tell how often it was moved. */
function checkLedgers(
  { standins, robo, self }: CrashingGateway,
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

const SETTINGS: readonly MoneySettings[] = [
  { booking: 'investsuite', funding: 'virtual-cash', payout: 'withdrawal' },
  { booking: 'gateway', funding: 'virtual-cash', payout: 'virtual-cash' },
];

describe('a gateway that is killed', () => {
  it.each(SETTINGS)(
    'at every named point moves each amount once ($booking, $payout)',
    async (money) => {
      gateway = await CrashingGateway.start(money);
      gateway.killAt = POINTS;
      await gateway.run();
      const ids = [
        await gateway.move('registerDeposit', gateway.robo, '10.01'),
        await gateway.move('requestWithdrawal', gateway.robo, '30.03'),
      ];
      const moves = { deposits: ['10.01'], withdrawals: ['30.03'] };
      if (CI) {
        ids.push(await gateway.move('registerDeposit', gateway.self, '20.02'));
        ids.push(await gateway.move('requestWithdrawal', gateway.self, '40.04'));
        moves.deposits.push('20.02');
        moves.withdrawals.push('40.04');
      }
      for (const id of ids) expect(await gateway.end(id)).toBe('COMPLETED');
      checkLedgers(gateway, money, moves);
      const steps = new Set(gateway.points.map((point) => point.split(' ').slice(0, 2).join(' ')));
      expect([...steps].sort()).toEqual(expect.arrayContaining(stepsOf(money)));
      for (const step of stepsOf(money)) {
        const points = gateway.points
          .filter((point) => point.startsWith(`${step} `))
          .map((point) => point.split(' ')[2]);
        expect(points, step).toEqual(expect.arrayContaining([...POINTS].filter((point) => point !== 'committed')));
      }
    },
    600_000,
  );

  it.each([
    ['embedded', SETTINGS[0]],
    ['PostgreSQL', SETTINGS[1]],
  ] as const)(
    `at ${CRASHES} random moments moves each amount once (%s)`,
    async (store, money) => {
      if (money === undefined) throw new Error('no settings');
      if (store === 'PostgreSQL' && !hasPostgres) return;
      const postgres = store === 'PostgreSQL' ? await startPostgres() : undefined;
      try {
        gateway = await CrashingGateway.start(money, await postgres?.createDatabase());
        await gateway.run();
        const crashing = gateway;
        const moves = { deposits: [] as string[], withdrawals: [] as string[] };
        const ids: string[] = [];
        let asking = true;
        const client = async (offset: number): Promise<void> => {
          for (let index = 0; asking; index += 1) {
            const amount = `${offset + index}.${10 + (index % 90)}`;
            const portfolio = index % 2 === 0 ? crashing.robo : crashing.self;
            const mutation = offset < 2_000 ? 'registerDeposit' : 'requestWithdrawal';
            ids.push(await crashing.move(mutation, portfolio, amount));
            moves[offset < 2_000 ? 'deposits' : 'withdrawals'].push(decimal(amount));
            await new Promise((resolve) => setTimeout(resolve, 150));
          }
        };
        const clients = Promise.all([client(1_000), client(1_500), client(2_000), client(2_500)]);
        for (let crash = 0; crash < CRASHES; crash += 1) {
          await new Promise((resolve) => setTimeout(resolve, 700 + 700 * Math.random()));
          crashing.kill();
        }
        asking = false;
        await clients;
        for (const id of ids) expect(await crashing.end(id)).toBe('COMPLETED');
        expect(crashing.deaths).toBeGreaterThan(CRASHES / 2);
        checkLedgers(crashing, money, moves);
      } finally {
        await gateway?.stop();
        gateway = undefined;
        await postgres?.stop();
      }
    },
    60_000 + CRASHES * 15_000,
  );
});

function stepsOf({ booking }: MoneySettings): string[] {
  const common = ['deposit fund', 'withdrawal reserve', 'withdrawal submit', 'withdrawal tell'];
  return booking === 'investsuite'
    ? [...common, 'deposit book']
    : [
        ...common,
        'deposit book-transaction',
        'deposit book-holdings',
        'deposit notify',
        'withdrawal book-transaction',
        'withdrawal book-holdings',
      ];
}
