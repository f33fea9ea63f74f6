import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DateTime, parseDateTime } from '../../src/domain/datetime.ts';
import { type Decimal, decimal } from '../../src/domain/decimal.ts';
import { areSameMovements } from '../../src/domain/movements.ts';
import { applyOrderStatus } from '../../src/domain/order/apply.ts';
import { checkOrderStatusChange } from '../../src/domain/order/change.ts';
import type { Movement, MovementStatus } from '../../src/domain/transaction.ts';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { build } from '../helpers/build.ts';
import { readAnswer } from '../helpers/gateway.ts';
import { freePort } from '../helpers/http.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { gatewaySettings } from '../helpers/world.ts';
import { HOLD, MOVE, mutate, newKey, type Result, writes } from './graph.ts';

/** Two gateways in processes of their own on one PostgreSQL, and clients that ask both of the same things at once. */

const ISIN = 'LU78468R1014';
const PLACED_AT = '2022-06-10T07:49:26.341Z';
const placed = { type: 'BUY', status: 'PLACED', datetime: PLACED_AT, instrument_id: ISIN, quantity: '7' };
const ORDERS = 10;
const portfolio = seedPortfolio({
  key: 'two',
  manager: 'USER_MANAGED',
  linked: false,
  holdings: { $EUR: '100', US0378331005: '10' },
  transactions: Array.from({ length: ORDERS }, () => ({ movements: [placed] })),
});
const { portfolioId, transactionIds } = portfolio;

interface GatewayProcess {
  readonly child: ChildProcess;
  ask(query: string, variables?: Record<string, unknown>): ReturnType<typeof readAnswer>;
}

describe.skipIf(!hasPostgres)('two gateways on one database', () => {
  let postgres: TestPostgres;
  let standins: Standins;
  let folder: string | undefined;
  const gateways: GatewayProcess[] = [];

  beforeAll(async () => {
    build();
    const dataDir = mkdtempSync(join(tmpdir(), 'gateway-two-'));
    folder = dataDir;
    [postgres, standins] = await Promise.all([startPostgres(), startStandins({ seed: combineSeeds(portfolio) })]);
    const databaseUrl = await postgres.createDatabase();
    gateways.push(...(await Promise.all([begin(dataDir, databaseUrl), begin(dataDir, databaseUrl)])));
  }, 120_000);
  afterAll(async () => {
    for (const { child } of gateways) child.kill('SIGKILL');
    await standins?.stop();
    await postgres?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function begin(dataDir: string, databaseUrl: string): Promise<GatewayProcess> {
    const port = await freePort();
    const gateway = { ...gatewaySettings(standins), store: { dataDir, databaseUrl } };
    const config = JSON.stringify({ port, pointsFile: join(dataDir, 'points'), killAt: [], gateway });
    const child = spawn(process.execPath, [join(import.meta.dirname, '../crash/child.mjs'), config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', () => reject(new Error('the gateway did not start')));
    });
    return {
      child,
      ask: async (query, variables = {}) => {
        const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query, variables }),
        });
        return await readAnswer(response);
      },
    };
  }

  /** Asks one of the two; a client that is told to ask again does so with its key, of either. */
  async function client(index: number, document: string, input: Record<string, unknown>): Promise<Result> {
    const withKey = { idempotencyKey: newKey(), ...input };
    for (let attempt = 0; ; attempt += 1) {
      const gateway = gateways[(index + attempt) % 2];
      if (gateway === undefined) throw new Error('no gateway');
      const answer: Result = await mutate(gateway, document, withKey).catch((error: unknown) => ({ error }));
      if (answer.error === undefined && answer.code !== 'OUTCOME_PENDING') return answer;
      if (attempt > 40) throw new Error(`never answered: ${JSON.stringify(answer)}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  const change = (to: MovementStatus, price: string, at: string) => ({
    status: to,
    datetime: `2022-06-1${at}T00:00:00Z`,
    ...(to === 'EXECUTED' || to === 'SETTLED' ? { quantity: '7', unitPrice: price } : {}),
  });
  const CHANGES = [change('EXECUTED', '10', '1'), change('SETTLED', '11', '2'), change('CANCELLED', '', '3')];

  it('and fifty clients: every legal change is in the final state, none is lost, the others say why', async () => {
    standins.investSuite.calls.reset();
    const moves = transactionIds.flatMap((transactionId) => CHANGES.map((one) => ({ transactionId, ...one })));
    const lines = Array.from({ length: 20 }, (_, index) => ({
      instrumentId: `LU00000000${10 + index}`,
      quantity: `${index}.5`,
    }));
    const [moved, held] = await Promise.all([
      Promise.all(moves.map((input, index) => client(index, MOVE, { portfolioId, ...input }))),
      Promise.all(lines.map((line, index) => client(index, HOLD, { portfolioId, holdings: [line] }))),
    ]);
    for (const answer of held) expect(answer).toMatchObject({ __typename: 'UpdateHoldingsSuccess', warnings: [] });
    expect(standins.investSuite.holdings(portfolioId)).toEqual({
      $EUR: '100',
      US0378331005: '10',
      ...Object.fromEntries(lines.map(({ instrumentId, quantity }) => [instrumentId, quantity])),
    });
    for (const transactionId of transactionIds) {
      const answers = moved.flatMap((answer, index) =>
        moves[index]?.transactionId === transactionId ? [{ answer, asked: moves[index] }] : [],
      );
      checkHistory(transactionId, answers);
    }
    // One PATCH for each success: nothing was sent twice, and nothing for a refusal.
    const successes = [...moved, ...held].filter(({ __typename }) => __typename.endsWith('Success'));
    expect(writes(standins)).toHaveLength(successes.length);
  }, 60_000);

  interface Answered {
    readonly answer: Result;
    readonly asked: ReturnType<typeof change> & { readonly transactionId: string };
  }

  /** The successes in the order of their versions are a legal history, each computed from the one before. */
  function checkHistory(transactionId: string, answers: readonly Answered[]): void {
    const done = answers.filter(({ answer }) => answer.__typename === 'UpdateOrderStatusSuccess');
    done.sort((a, b) => a.answer.transaction.version - b.answer.transaction.version);
    let movements: readonly Movement[] = [fromWire(placed)];
    const seen: string[] = ['PLACED'];
    for (const [index, { answer, asked }] of done.entries()) {
      expect(answer).toMatchObject({ warnings: [], transaction: { version: index + 2 } });
      const result = applyOrderStatus(movements, checked(asked));
      if (result.kind !== 'changed') throw new Error(`${asked.status} was ${result.kind}`);
      movements = result.movements;
      seen.push(answer.transaction.status);
    }
    const final = standins.investSuite.transactions(portfolioId).find(({ id }) => id === transactionId);
    expect(areSameMovements(movements, (final?.movements ?? []).map(fromWire))).toBe(true);
    expect(final?.version).toBe(done.length + 1);
    const refused = answers.filter(({ answer }) => answer.__typename !== 'UpdateOrderStatusSuccess');
    for (const { answer, asked } of refused) {
      expect(answer).toMatchObject({ __typename: 'IllegalStatusChangeError', to: asked.status });
      expect(seen).toContain(answer.from);
    }
    expect(done.length).toBeGreaterThan(0);
  }

  it('of which one is killed: what it had taken on is done once, by the other', async () => {
    standins.investSuite.calls.reset();
    const lines = Array.from({ length: 10 }, (_, index) => ({
      instrumentId: `BE00000000${10 + index}`,
      quantity: '1',
    }));
    const asked = lines.map((line, index) => client(index, HOLD, { portfolioId, holdings: [line] }));
    await new Promise((resolve) => setTimeout(resolve, 40));
    gateways[0]?.child.kill('SIGKILL');
    for (const answer of await Promise.all(asked))
      expect(answer).toMatchObject({ __typename: 'UpdateHoldingsSuccess' });
    const held = standins.investSuite.holdings(portfolioId);
    for (const { instrumentId } of lines) expect(held[instrumentId]).toBe('1');
  }, 60_000);
});

type Wire = Pick<typeof placed, 'type' | 'status' | 'datetime' | 'instrument_id'> & {
  readonly quantity: string | { readonly text: string };
  readonly unit_price?: string | { readonly text: string } | null;
};

const text = (value: Wire['quantity']): Decimal => decimal(typeof value === 'string' ? value : value.text);
const time = (value: string): DateTime => {
  const parsed = parseDateTime(value);
  if (parsed === undefined) throw new Error(value);
  return parsed;
};

/** A movement as the stand-in has it. */
const fromWire = (wire: Wire): Movement => ({
  externalId: null,
  referenceExternalId: null,
  type: wire.type as Movement['type'],
  status: wire.status as Movement['status'],
  datetime: time(wire.datetime),
  instrumentId: wire.instrument_id,
  quantity: text(wire.quantity),
  unitPrice: wire.unit_price == null ? null : text(wire.unit_price),
  unitPriceCurrency: null,
  tradeType: null,
  description: null,
  referenceInstrumentId: null,
});

function checked(asked: { status: MovementStatus; datetime: string; quantity?: string; unitPrice?: string }) {
  const draft = {
    status: asked.status,
    datetime: time(asked.datetime),
    quantity: asked.quantity === undefined ? null : decimal(asked.quantity),
    unitPrice: asked.unitPrice === undefined ? null : decimal(asked.unitPrice),
  };
  const result = checkOrderStatusChange(draft, { now: time('2022-07-01T00:00:00Z'), baseCurrency: 'EUR' });
  if (result.kind === 'invalid') throw new Error(result.message);
  return result.value;
}
