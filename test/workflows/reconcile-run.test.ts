import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dateTime } from '../../src/domain/datetime.ts';
import { decimal } from '../../src/domain/decimal.ts';
import { type AccountGroupId, type PortfolioId, parseAccountGroupId, parsePortfolioId } from '../../src/domain/ids.ts';
import type { Transaction } from '../../src/domain/transaction.ts';
import { UpstreamUnavailableError } from '../../src/errors.ts';
import type { NewWorkflowRow, Store } from '../../src/store/index.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { type Finding, type LedgerPorts, reconcile } from '../../src/workflows/reconcile/index.ts';

const THEN = 1_700_000_000_000;

const portfolioOf = (index: number): PortfolioId =>
  parsePortfolioId(`P${String(index).padStart(26, '0')}`) ?? expect.fail('no id');
const groupOf = (index: number): AccountGroupId => parseAccountGroupId(`group-${index}`) ?? expect.fail('no id');

const deposit = (id: string, portfolio: number): NewWorkflowRow => ({
  id,
  kind: 'deposit',
  portfolio_id: portfolioOf(portfolio),
  account_group_id: groupOf(portfolio),
  amount: decimal('10.00'),
  currency: 'EUR',
  input: JSON.stringify({ booking: 'investsuite', funding: 'none' }),
  caller: 'nobody',
  idempotency_key: id,
  upstream_key: id,
  created_at: THEN,
  updated_at: THEN,
  state: 'COMPLETED',
  step: null,
  version: 1,
  attempts: 0,
  nudges: 0,
  fence: 0,
});

const booked = (portfolioId: PortfolioId): Transaction => ({
  id: `T${portfolioId.slice(1)}` as Transaction['id'],
  portfolioId,
  externalId: null,
  type: 'CASH_TRANSFER',
  status: 'SETTLED',
  orderType: null,
  optimizationId: null,
  primaryMovement: null,
  createdAt: dateTime(new Date(THEN)),
  version: 1,
  movements: [
    {
      externalId: null,
      referenceExternalId: null,
      type: 'CASH_DEPOSIT',
      status: 'SETTLED',
      datetime: dateTime(new Date(THEN)),
      instrumentId: '$EUR',
      quantity: decimal('10'),
      unitPrice: null,
      unitPriceCurrency: null,
      tradeType: null,
      description: null,
      referenceInstrumentId: null,
    },
  ],
});

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  store = await openSqlite({ dataDir: folder });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const insert = async (rows: readonly NewWorkflowRow[]): Promise<void> => {
  for (let at = 0; at < rows.length; at += 100) {
    await store.write((writing) =>
      writing.db
        .insertInto('workflows')
        .values(rows.slice(at, at + 100))
        .execute(),
    );
  }
};

async function run(transactions: LedgerPorts['investSuite']['transactions']) {
  const findings: Finding[] = [];
  const result = await reconcile({
    store,
    ports: {
      investSuite: { transactions },
      upvest: { withdrawalsOfGroup: async () => [], cashTransactions: async () => [], orders: async () => [] },
    },
    secondLookAfterMs: 0,
    onFinding: (finding) => findings.push(finding),
  });
  return { findings, result };
}

describe('comparing everything', () => {
  it('goes through all portfolios page by page, a few at a time', async () => {
    await insert(Array.from({ length: 450 }, (_, index) => deposit(`dep_${index}`, index)));
    let underWay = 0;
    let most = 0;
    const asked = new Set<PortfolioId>();
    const { findings, result } = await run(async (portfolioId) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
      asked.add(portfolioId);
      return portfolioId === portfolioOf(317) ? [] : [booked(portfolioId)];
    });
    expect(result).toMatchObject({ workflows: 450, portfolios: 450, findings: 1, gaveUp: false });
    expect(asked.size).toBe(450);
    expect(most).toBe(8);
    expect(findings).toMatchObject([{ kind: 'missing', portfolioId: portfolioOf(317), workflow: { id: 'dep_317' } }]);
  });

  it('reads more workflows of one portfolio than fit a page', async () => {
    await insert(Array.from({ length: 2_100 }, (_, index) => deposit(`dep_${String(index).padStart(4, '0')}`, 1)));
    const { findings, result } = await run(async (portfolioId) => [booked(portfolioId)]);
    expect(result.workflows).toBe(2_100);
    expect(findings).toHaveLength(2_099);
  });

  it('reports a row with an unknown outcome', async () => {
    const sendings = JSON.stringify({
      version: 1,
      steps: { book: { firstAt: THEN, lastAt: THEN, doubtedAt: THEN, refused: null } },
    });
    const open = { state: 'BOOKING', step: 'book', sent_at: THEN, waiting_for: 'investsuite' } as const;
    await insert([
      { ...deposit('dep_1', 1), ...open, sendings },
      { ...deposit('dep_2', 2), ...open },
    ]);
    const { findings } = await run(async () => []);
    expect(findings).toMatchObject([
      {
        kind: 'outcome-unknown',
        workflow: { id: 'dep_1' },
        message: 'BOOKING: step book was sent at 2023-11-14T22:13:20.000Z, and its outcome is not known yet',
      },
    ]);
  });

  it('does not report what is in order at the second look', async () => {
    await insert([deposit('dep_1', 1)]);
    let looks = 0;
    const { findings } = await run(async (portfolioId) => {
      looks += 1;
      return looks === 1 ? [] : [booked(portfolioId)];
    });
    expect([looks, findings]).toEqual([2, []]);
  });

  it('reports that it could not compare again', async () => {
    await insert([deposit('dep_1', 1)]);
    let looks = 0;
    const { findings } = await run(async () => {
      looks += 1;
      if (looks > 1) throw new UpstreamUnavailableError('INVESTSUITE', 'timeout');
      return [];
    });
    expect(findings).toMatchObject([{ kind: 'not-compared', system: 'INVESTSUITE' }]);
  });

  it('gives up on an upstream that does not answer, and reports that', async () => {
    await insert(Array.from({ length: 300 }, (_, index) => deposit(`dep_${index}`, index)));
    let asked = 0;
    const { findings, result } = await run(async () => {
      asked += 1;
      throw new UpstreamUnavailableError('INVESTSUITE', 'circuit-open');
    });
    expect(result.gaveUp).toBe(true);
    expect(asked).toBeLessThan(40);
    expect(findings.every(({ kind }) => kind === 'not-compared')).toBe(true);
  });
});
