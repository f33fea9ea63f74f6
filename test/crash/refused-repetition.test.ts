import { afterEach, beforeAll, expect, it } from 'vitest';
import { build } from '../helpers/build.ts';
import { CrashingGateway } from './crashing-gateway.ts';
import { BOOKED_BY_INVESTSUITE, checkLedgers } from './ledgers.ts';

let gateway: CrashingGateway | undefined;
beforeAll(build, 120_000);
afterEach(() => gateway?.stop());

const WRITES = ['^/payments/withdrawals', '^/virtual_cash_balances', '^/events/'];

const STATUSES = process.env['CI'] === 'true' ? [400, 403, 422, 426] : [403];

it.each(STATUSES)(
  'a gateway that is killed between a write and its answer, and refused with %i when it asks again, moves each amount once',
  async (status) => {
    gateway = await CrashingGateway.start(BOOKED_BY_INVESTSUITE);
    gateway.killAt = ['sent'];
    const { upvest, investSuite } = gateway.standins;
    for (const path of WRITES) {
      // The first one goes through, and its answer is lost with the process.
      const rule = { kind: 'status', status, skip: 1, times: 2, match: { method: 'POST', path } } as const;
      (path === '^/events/' ? investSuite : upvest).faults.add(rule);
    }
    await gateway.run();
    const ids = [
      await gateway.move('registerDeposit', gateway.self, '10.01'),
      await gateway.move('requestWithdrawal', gateway.self, '30.03'),
    ];
    for (const id of ids) expect(await gateway.end(id)).toBe('COMPLETED');
    checkLedgers(gateway, BOOKED_BY_INVESTSUITE, { deposits: ['10.01'], withdrawals: ['30.03'] });
    expect(gateway.deaths).toBeGreaterThanOrEqual(4);
  },
  180_000,
);
