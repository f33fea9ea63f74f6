import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type InvestSuiteStandin,
  seedMovement,
  seedPortfolio,
  startInvestSuiteStandin,
} from '../../../src/standins/index.ts';
import { type InvestSuiteClient, investSuiteClient, query } from '../support/invest-suite-client.ts';

const seeded = seedPortfolio({
  key: 'transactions',
  transactions: Array.from({ length: 12 }, (_, i) => ({
    externalId: `t-${i}`,
    movements: [seedMovement({ units: '-0.1035719', type: i % 2 ? 'MANAGEMENT_FEE' : 'CASH_DEPOSIT' })],
  })),
});
const path = `/portfolios/${seeded.portfolioId}/transactions/`;
let standin: InvestSuiteStandin;
let client: InvestSuiteClient;

beforeAll(async () => {
  standin = await startInvestSuiteStandin({ seed: seeded.investSuite ?? {} });
  client = await investSuiteClient(standin);
});
afterAll(() => standin.stop());

const buy = (status: string, extra = '') =>
  `{"type":"BUY","status":"${status}","datetime":"2022-06-10T07:49:26.341Z","instrument_id":"LU78468R1014","quantity":7${extra}}`;

describe('reading transactions', () => {
  test('sends numbers as literals and as strings, and both read models', async () => {
    const { text, json } = await client.get(`${path}?limit=100`);
    expect(text).toContain('"quantity":-0.1035719');
    expect(text).toContain('"quantity":"-0.1035719"');
    const { results } = json();
    expect(results).toHaveLength(12);
    expect(new Set(results.map((one: object) => 'primary_movement' in one))).toEqual(new Set([true, false]));
    expect(new Set(results.map(({ type }: { type: string }) => type))).toEqual(
      new Set(['CASH_TRANSFER', 'ADMINISTRATIVE']),
    );
    expect(results[0].status).toBe('COMPLETED');
  });

  test('gives the same form each time, or the one that is set', async () => {
    expect((await client.get(path)).text).toBe((await client.get(path)).text);
    standin.settings.movementNumbers = 'string';
    expect((await client.get(path)).text).not.toContain('"quantity":-');
    standin.settings.movementNumbers = 'mixed';
  });

  test('can be queried, unless the tenant cannot', async () => {
    const found = await client.get(`${path}?${query("external_id eq 't-3'")}`);
    expect(found.json().results.map(({ id }: { id: string }) => id)).toEqual([seeded.transactionIds[3]]);
    const fees = await client.get(`${path}?${query("movements.type eq 'MANAGEMENT_FEE'")}`);
    expect(fees.json().results).toHaveLength(6);
    standin.settings.transactionsQuery = false;
    expect((await client.get(`${path}?${query("external_id eq 't-3'")}`)).status).toBe(400);
    expect((await client.get(path)).status).toBe(200);
    standin.settings.transactionsList = false;
    expect((await client.get(path)).status).toBe(404);
    Object.assign(standin.settings, { transactionsQuery: true, transactionsList: true });
  });

  test('one is found by its id in its own portfolio only', async () => {
    expect((await client.get(`${path}${seeded.transactionIds[0]}`)).json().external_id).toBe('t-0');
    expect((await client.get(`${path}T00000000000000000000000000`)).status).toBe(404);
  });
});

describe('writing transactions', () => {
  test('keeps number text, answers shortly, changes no holdings', async () => {
    const before = standin.holdings(seeded.portfolioId);
    const movement = buy('PLACED', ',"unit_price":"1000","unit_price_currency":"EUR"');
    const answer = await client.post(path, `{"external_id":"w-1","movements":[${movement}]}`);
    expect(answer.status).toBe(201);
    expect(answer.text).toContain('"quantity":7,"unit_price":"1000","unit_price_currency":"EUR"');
    expect(Object.keys(answer.json())).not.toContain('type');
    expect(standin.holdings(seeded.portfolioId)).toEqual(before);
  });

  test('a list is made whole or not at all', async () => {
    const good = `{"movements":[${buy('PLACED')}]}`;
    const made = await client.post(path, `[${good},${good}]`);
    expect([made.status, made.json().length]).toEqual([201, 2]);
    const before = standin.transactions(seeded.portfolioId).length;
    expect((await client.post(path, `[${good},{"movements":[]}]`)).status).toBe(400);
    expect(standin.transactions(seeded.portfolioId)).toHaveLength(before);
  });

  test('PATCH replaces the whole list of movements and counts the version up', async () => {
    const made = (await client.post(path, `{"external_id":"w-2","movements":[${buy('PLACED')}]}`)).json();
    const movements = `[${buy('PLACED')},${buy('EXECUTED', ',"unit_price":29.51')}]`;
    const first = await client.patch(`${path}${made.id}`, `{"movements":${movements}}`);
    expect([first.status, first.json().version, first.json().movements.length]).toEqual([200, 2, 2]);
    const second = await client.patch(`${path}${made.id}/`, `{"movements":[${buy('SETTLED')}]}`);
    expect(second.json().movements.map(({ status }: { status: string }) => status)).toEqual(['SETTLED']);
    expect(second.json().external_id).toBe('w-2');
    expect((await client.patch(path, '{}')).status).toBe(405);
  });

  test.each([
    ['a derived field', `{"type":"ORDER","movements":[${buy('PLACED')}]}`, 'type'],
    ['the removed quantity_type', `{"movements":[${buy('PLACED', ',"quantity_type":"SHARES"')}]}`, 'quantity_type'],
    ['an unknown status', `{"movements":[${buy('SETLLED')}]}`, 'status'],
    ['no movements', '{"movements":[]}', 'movements'],
    ['a bad instrument', `{"movements":[${buy('PLACED').replace('LU78468R1014', 'Apple')}]}`, 'instrument_id'],
    ['no time', `{"movements":[${buy('PLACED').replace('2022-06-10T07:49:26.341Z', '2022-06-10')}]}`, 'datetime'],
    ['a quantity in words', `{"movements":[${buy('PLACED').replace(':7', ':"seven"')}]}`, 'quantity'],
  ])('refuses %s', async (_, body, field) => {
    const answer = await client.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.json().detail[0].loc).toContain(field);
  });

  test('every one is in the ledger, external ids may come twice unless set otherwise', async () => {
    const body = `{"external_id":"w-3","movements":[${buy('PLACED')}]}`;
    expect((await client.post(path, body)).status).toBe(201);
    expect((await client.post(path, body)).status).toBe(201);
    const entered = standin.ledger().filter(({ kind }) => kind === 'transaction-created');
    expect(new Set(entered.map(({ id }) => id)).size).toBe(entered.length);
    standin.settings.uniqueExternalIds = true;
    expect((await client.post(path, body)).status).toBe(409);
    standin.settings.uniqueExternalIds = false;
  });
});
