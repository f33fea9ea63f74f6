import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import type { AccountGroupId, PortfolioId } from '../../src/domain/ids.ts';
import type { NewWorkflowRow } from '../../src/store/index.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { build } from '../helpers/build.ts';

const OPEN = 10_000;
const FINISHED = 30_000;
let folder: string;

beforeAll(async () => {
  build();
  folder = mkdtempSync(join(tmpdir(), 'gateway-recovery-'));
  const store = await openSqlite({ dataDir: folder });
  for (let start = 0; start < OPEN + FINISHED; start += 500) {
    const rows = Array.from({ length: 500 }, (_, index) => newRow(start + index));
    await store.write(({ db }) => db.insertInto('workflows').values(rows).execute());
  }
  await store.close();
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rows as a crash leaves them: at every step, some marked as being sent, some in the hands of the dead. */
function newRow(index: number): NewWorkflowRow {
  const open = index < OPEN;
  const withdrawal = index % 2 === 0;
  const input = withdrawal
    ? {
        booking: 'investsuite',
        payout: 'withdrawal',
        robo: false,
        brokerageUserId: 'u',
        referenceAccountId: 'r',
        remittanceInformation: null,
      }
    : { booking: 'investsuite', funding: 'virtual-cash' };
  const steps = withdrawal ? (['submit', 'watch', 'tell'] as const) : (['fund', 'await-funded', 'book'] as const);
  const states = withdrawal
    ? (['AWAITING_CASH', 'SUBMITTED', 'PAID'] as const)
    : (['REQUESTED', 'FUNDING', 'BOOKING'] as const);
  const at = index % 3;
  const marked = open && at !== 1 && index % 5 === 0;
  return {
    id: `${withdrawal ? 'wdr_' : 'dep_'}${index}`,
    kind: withdrawal ? 'withdrawal' : 'deposit',
    portfolio_id: `P${String(index % 5_000).padStart(26, '0')}` as PortfolioId,
    account_group_id: `group-${index % 5_000}` as AccountGroupId,
    amount: decimal('10.00'),
    currency: 'EUR',
    input: JSON.stringify(input),
    caller: 'c',
    idempotency_key: String(index),
    upstream_key: '9df39835-be87-4243-9018-f2500b39cee6',
    created_at: 0,
    updated_at: 0,
    state: open ? (states[at] ?? 'REQUESTED') : 'COMPLETED',
    reason: null,
    resume_state: null,
    version: 1,
    step: open ? (steps[at] ?? null) : null,
    memo: marked ? (steps[at] === 'tell' ? '{"others":null}' : 'null') : null,
    sent_at: marked ? Date.now() - 60_000 : null,
    progress: null,
    subject: at === 0 ? null : `upvest:${withdrawal ? 'withdrawal' : 'virtual-cash-increase'}:${index}`,
    reserved: null,
    cancel_requested_at: null,
    waiting_for: null,
    due_at: open ? 1 : null,
    attempts: 0,
    nudges: 0,
    lease_owner: open && index % 100 === 0 ? 'the dead' : null,
    lease_until: open && index % 100 === 0 ? Date.now() + 60_000 : null,
    fence: 1,
  };
}

it('looks at each of 10,000 open requests among finished ones with less than 200 MB', () => {
  const child = join(import.meta.dirname, 'recovery-child.mjs');
  const { ms, cpuMs, rssMb }: Readonly<Record<'ms' | 'cpuMs' | 'rssMb', number>> = JSON.parse(
    execFileSync(process.execPath, [child, folder, String(OPEN)], { encoding: 'utf8', timeout: 110_000 }),
  );
  process.stdout.write(
    `recovered ${OPEN} in ${Math.round(ms)} ms (${Math.round(cpuMs)} ms of CPU) with ${Math.round(rssMb)} MB\n`,
  );
  expect(rssMb).toBeLessThan(200);
}, 120_000);
