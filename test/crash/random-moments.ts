import { expect } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import type { MoneySettings } from '../../src/workflows/index.ts';
import { CrashingGateway } from './crashing-gateway.ts';
import { checkLedgers } from './ledgers.ts';

/** Random crashes on one store. */
export const CRASHES = Number(process.env['CRASHES'] ?? (process.env['CI'] === 'true' ? 100 : 8));
/** How long that may take. */
export const CRASHES_TIMEOUT_MS = 60_000 + CRASHES * 15_000;

/** Four clients move money while the gateway is killed again and again; then each amount has moved once. */
export async function crashAtRandomMoments(money: MoneySettings, databaseUrl?: string): Promise<void> {
  const gateway = await CrashingGateway.start(money, databaseUrl);
  try {
    await gateway.run();
    const moves = { deposits: [] as string[], withdrawals: [] as string[] };
    const ids: string[] = [];
    let asking = true;
    const client = async (offset: number): Promise<void> => {
      for (let index = 0; asking; index += 1) {
        const amount = `${offset + index}.${10 + (index % 90)}`;
        const portfolio = index % 2 === 0 ? gateway.robo : gateway.self;
        const mutation = offset < 2_000 ? 'registerDeposit' : 'requestWithdrawal';
        ids.push(await gateway.move(mutation, portfolio, amount));
        moves[offset < 2_000 ? 'deposits' : 'withdrawals'].push(decimal(amount));
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    };
    const clients = Promise.all([client(1_000), client(1_500), client(2_000), client(2_500)]);
    for (let crash = 0; crash < CRASHES; crash += 1) {
      await new Promise((resolve) => setTimeout(resolve, 700 + 700 * Math.random()));
      gateway.kill();
    }
    asking = false;
    await clients;
    for (const id of ids) expect(await gateway.end(id)).toBe('COMPLETED');
    expect(gateway.deaths).toBeGreaterThan(CRASHES / 2);
    checkLedgers(gateway, money, moves);
  } finally {
    await gateway.stop();
  }
}
