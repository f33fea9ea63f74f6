import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import { type Runtime, systemRuntime } from '../../src/domain/runtime.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { CASH_WORKFLOWS, Engine, registerDeposit } from '../../src/workflows/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { FakeInvestSuite } from './fake-investsuite.ts';
import { FakeUpvest } from './fake-upvest.ts';
import { DEFAULTS, OPERATOR, P1 } from './world.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'gateway-lease-'));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

it('a gateway that was paused between the mark and the request sends nothing once its lease may have run out', async () => {
  let pausedMs = 0;
  const runtime: Runtime = { ...systemRuntime, monotonicMs: () => systemRuntime.monotonicMs() + pausedMs };
  const store = await openSqlite({ dataDir, runtime });
  const upvest = new FakeUpvest(Date.now);
  const investSuite = new FakeInvestSuite();
  investSuite.add({ id: P1, holdings: [{ instrumentId: '$EUR', quantity: decimal('500') }] });
  const ports = { upvest, investSuite };
  let marked = 0;
  const engine = new Engine({
    store,
    ports,
    definitions: CASH_WORKFLOWS,
    probe: (point) => {
      if (point !== 'marked') return;
      marked += 1;
      pausedMs += 60_000;
    },
  });
  await engine.start();
  const link = () => ({ accountGroupId: 'group-1', brokerageUserId: 'user-1' }) as ReturnType<typeof services.link>;
  const services: Parameters<typeof registerDeposit>[0] = { store, engine, ports, settings: DEFAULTS, link };
  const input = { portfolioId: P1, amount: decimal('1'), currency: 'EUR', idempotencyKey: 'key' };
  expect(await registerDeposit(services, OPERATOR, input)).toMatchObject({ kind: 'success' });
  await eventually(() => expect(marked).toBeGreaterThan(0));
  await eventually(() => expect(engine.active).toBe(0));
  await engine.stop();
  expect(upvest.movements.size).toBe(0);
  await store.close();
});
