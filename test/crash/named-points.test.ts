import { afterEach, beforeAll, expect, it } from 'vitest';
import type { MoneySettings, Point } from '../../src/workflows/index.ts';
import { build } from '../helpers/build.ts';
import { CrashingGateway } from './crashing-gateway.ts';
import { BOOKED_BY_GATEWAY, BOOKED_BY_INVESTSUITE, checkLedgers } from './ledgers.ts';

const CI = process.env['CI'] === 'true';
/** The others lie between the same two writes to the disk as one of these; CI tries them all. */
const POINTS: readonly Point[] = CI ? ['begun', 'prepared', 'marked', 'sent', 'committed'] : ['marked', 'sent'];

let gateway: CrashingGateway | undefined;
beforeAll(build, 120_000);
afterEach(() => gateway?.stop());

it.each([BOOKED_BY_INVESTSUITE, BOOKED_BY_GATEWAY])(
  'a gateway that is killed at every named point moves each amount once ($booking, $payout)',
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
      const points = gateway.points.filter((point) => point.startsWith(`${step} `)).map((point) => point.split(' ')[2]);
      expect(points, step).toEqual(expect.arrayContaining([...POINTS].filter((point) => point !== 'committed')));
    }
  },
  600_000,
);

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
