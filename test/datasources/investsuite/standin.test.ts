import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  checkInvestSuite,
  createInvestSuite,
  type InvestSuite,
  type InvestSuiteOptions,
} from '../../../src/datasources/investsuite/index.ts';
import { dateTime } from '../../../src/domain/datetime.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import { type PortfolioId, parsePortfolioId, parseTransactionId, parseUserId } from '../../../src/domain/ids.ts';
import type { Movement } from '../../../src/domain/transaction.ts';
import { type InvestSuiteStandin, startInvestSuiteStandin } from '../../../src/standins/investsuite/server.ts';
import { DEFAULT_INVESTSUITE_SETTINGS } from '../../../src/standins/investsuite/settings.ts';
import { seedMovement, seedPortfolio, seedUser } from '../../../src/standins/seed/builders.ts';
import { combineSeeds } from '../../../src/standins/seed/seed-data.ts';
import { until } from '../fake-upstream.ts';

const owner = seedUser({ key: 'owner' });
const stranger = seedUser({ key: 'stranger' });
const hidden = seedUser({ key: 'hidden' });
const rich = seedPortfolio({
  key: 'rich',
  owner,
  externalId: 'rich-1',
  holdings: { $EUR: '12345678901234.123456789', US0378331005: '0.1035719' },
  divestAmount: '206.57',
  transactions: Array.from({ length: 230 }, (_, index) => ({
    externalId: `broker/${index}`,
    movements: [seedMovement({ units: `${index}.10` })],
  })),
});
const shared = seedPortfolio({ key: 'shared', owner: stranger, coOwners: [owner] });
const others = Array.from({ length: 30 }, (_, index) => seedPortfolio({ key: `other-${index}` }));
const SEEDS = [rich, shared, ...others];

const id = (text: string): PortfolioId => parsePortfolioId(text) ?? raise();
const RICH = id(rich.portfolioId);
const ownerId = parseUserId(owner.id) ?? raise();

let standin: InvestSuiteStandin;
let investSuite: InvestSuite;
const clients: InvestSuite[] = [];

function connect(options: Partial<InvestSuiteOptions> = {}): InvestSuite {
  const client = createInvestSuite({ baseUrl: standin.url, ...standin.credentials, ...options });
  clients.push(client);
  return client;
}

beforeAll(async () => {
  const { investSuite: seed } = combineSeeds(...SEEDS, { investSuite: { users: [hidden] } });
  standin = await startInvestSuiteStandin({ seed });
  investSuite = connect();
});

afterEach(() => {
  Object.assign(standin.settings, DEFAULT_INVESTSUITE_SETTINGS);
  standin.faults.clear();
  standin.calls.reset();
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await standin.stop();
});

/** Ids of all portfolios, page by page. */
async function everything(client: InvestSuite): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.portfoliosPage({ limit: 7, cursor });
    ids.push(...page.portfolios.map((portfolio) => portfolio.id));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

describe('over the stand-in', () => {
  it.each(['relative', 'absolute', 'entity-offset', 'rotating'] as const)(
    'all portfolios are listed once, with `next` in the form: %s',
    async (nextForm) => {
      standin.settings.nextForm = nextForm;
      const ids = await everything(investSuite);
      expect(ids.toSorted()).toEqual(SEEDS.map(({ portfolioId }) => portfolioId).toSorted());
    },
  );

  it('a portfolio has every digit', async () => {
    expect(await investSuite.portfolio(RICH)).toMatchObject({
      holdings: [
        { instrumentId: '$EUR', quantity: '12345678901234.123456789' },
        { instrumentId: 'US0378331005', quantity: '0.1035719' },
      ],
      divestment: { kind: 'exactly', amount: '206.57' },
      manager: 'ROBO_ADVISOR_DISCRETIONARY',
    });
    standin.setDivestAmount(rich.portfolioId, '1e100');
    expect((await investSuite.portfolio(RICH))?.divestment).toEqual({ kind: 'everything' });
    standin.setDivestAmount(rich.portfolioId, null);
    expect((await investSuite.portfolio(RICH))?.divestment).toBeNull();
  });

  it.each([true, false])('portfolios are loaded by id, whether lists of ids work or not: %s', async (batching) => {
    standin.settings.batching = batching;
    const client = connect();
    const wanted = [...SEEDS.map(({ portfolioId }) => id(portfolioId)), id('P00000000000000000000000000')];
    const found = await Promise.all(wanted.map((one) => client.portfolio(one)));
    expect(found.map((portfolio) => portfolio?.id ?? null)).toEqual([...wanted.slice(0, -1), null]);
    expect(standin.calls.count({ path: /^\/portfolios/ })).toBe(batching ? 1 : 1 + wanted.length);
    expect(standin.calls.maxConcurrent).toBeLessThanOrEqual(16);
  });

  it('owners come embedded, and on their own where one may not be read', async () => {
    const mine = { limit: 10, embedOwners: true, filter: { anyOwnerId: ownerId } } as const;
    const page = await investSuite.portfoliosPage(mine);
    expect(page.portfolios.map((portfolio) => portfolio.id).toSorted()).toEqual(
      [rich.portfolioId, shared.portfolioId].toSorted(),
    );
    expect([...page.owners.keys()].toSorted()).toEqual([owner.id, stranger.id].toSorted());
    expect(standin.calls.count()).toBeLessThanOrEqual(2);
    standin.add({ unreadableIds: [hidden.id], portfolios: [] });
    standin.change(shared.portfolioId, { owned_by_user_id: hidden.id });
    const partly = await investSuite.portfoliosPage(mine);
    expect([partly.portfolios.length, partly.owners.size]).toEqual([2, 0]);
    await expect(investSuite.user(parseUserId(hidden.id) ?? raise())).rejects.toMatchObject({ status: 403 });
    standin.change(shared.portfolioId, { owned_by_user_id: stranger.id });
  });

  it.each([true, false])('a portfolio is found by its external id, in an envelope or bare: %s', async (bareEntity) => {
    standin.settings.bareEntity = bareEntity;
    const find = async (externalId: string) =>
      (await investSuite.portfoliosPage({ limit: 5, filter: { externalId } })).portfolios.map((found) => found.id);
    expect([await find('rich-1'), await find('rich-2')]).toEqual([[RICH], []]);
  });

  it.each(['mixed', 'number', 'string'] as const)(
    'all transactions are read, numbers as %s',
    async (movementNumbers) => {
      standin.settings.movementNumbers = movementNumbers;
      const transactions = await investSuite.transactions(RICH);
      expect(transactions.map(({ movements }) => movements[0]?.quantity)).toEqual(
        Array.from({ length: 230 }, (_, index) => `${index}.10`),
      );
      expect(standin.calls.count({ path: /transactions/ })).toBe(3);
    },
  );

  it.each([
    ['all works', {}],
    ['nothing can be looked for', { transactionsQuery: false }],
  ])('a transaction is found when %s', async (_when, settings) => {
    Object.assign(standin.settings, settings);
    const transactionId = parseTransactionId(rich.transactionIds[150] ?? '') ?? raise();
    expect((await investSuite.transaction(RICH, transactionId))?.externalId).toBe('broker/150');
    const found = await connect().findTransactionsByExternalId(RICH, 'broker/150');
    expect(found.map((transaction) => transaction.id)).toEqual([transactionId]);
    expect(await investSuite.transaction(id(shared.portfolioId), transactionId)).toBeNull();
  });

  it.each([401, 403] as const)(
    'a token that was made invalid is replaced (%i only while it may be old)',
    async (status) => {
      standin.settings.badTokenStatus = status;
      const client = connect();
      await client.portfolio(RICH);
      standin.expireTokens();
      const again = client.portfolio(RICH);
      if (status === 401) expect((await again)?.id).toBe(RICH);
      else await expect(again).rejects.toMatchObject({ status: 403 });
    },
  );

  it('the check finds no problem, and reports wrong keys and missing batches', async () => {
    const options = { baseUrl: standin.url, ...standin.credentials };
    const problems = async (changed: Partial<InvestSuiteOptions> = {}): Promise<(string | null)[]> =>
      (await checkInvestSuite({ ...options, ...changed })).map(({ problem }) => problem);
    expect(await problems()).toEqual([null, null, null, null]);
    expect(await problems({ secretAccessKey: 'wrong' })).toEqual(['wrong-access-key']);
    standin.settings.batching = false;
    expect(await problems()).toEqual([null, null, 'no-batching', null]);
  });
});

describe('writing to the stand-in', () => {
  const target = id(others[0]?.portfolioId ?? '');
  const movement = (status: Movement['status']): Movement => ({
    externalId: 'm1',
    referenceExternalId: null,
    type: 'BUY',
    status,
    datetime: dateTime(new Date('2024-05-06T07:08:09.010Z')),
    instrumentId: 'US0378331005',
    quantity: decimal('7.000'),
    unitPrice: decimal('29.510'),
    unitPriceCurrency: null,
    tradeType: null,
    description: null,
    referenceInstrumentId: null,
  });

  it('holdings and reservation arrive digit for digit, and are read anew', async () => {
    const before = await investSuite.portfolioFresh(target);
    const holdings = [{ instrumentId: '$EUR', quantity: decimal('98765432109876.543210') }];
    const outcome = await investSuite.patchPortfolio(target, { holdings, divestAmount: decimal('0.30') });
    expect(outcome).toMatchObject({ kind: 'accepted', value: { version: (before?.version ?? 0) + 1, holdings } });
    expect([standin.holdings(target), standin.divestAmount(target)]).toEqual([
      { $EUR: '98765432109876.543210' },
      '0.30',
    ]);
    expect(await investSuite.portfolio(target)).toMatchObject({ holdings });
    await until(() => standin.optimization(target)?.status !== 'PENDING', 'the optimization');
    await investSuite.patchPortfolio(target, { divestAmount: 'everything' });
    expect(standin.divestAmount(target)).toBe('1e100');
    await investSuite.patchPortfolio(target, { divestAmount: null });
    expect((await investSuite.portfolio(target))?.divestment).toBeNull();
  });

  it('a transaction is made, found, changed and read', async () => {
    const draft = { externalId: 'order-1', orderType: 'LIMIT', movements: [movement('PLACED')] } as const;
    const made = await investSuite.createTransaction(target, draft);
    if (made.kind !== 'accepted') throw new Error(made.kind);
    expect(made.value).toMatchObject({
      type: 'ORDER',
      status: 'PLACED',
      orderType: 'LIMIT',
      movements: draft.movements,
    });
    const [found] = await investSuite.findTransactionsByExternalId(target, 'order-1');
    expect(found?.id).toBe(made.value.id);
    const movements = [movement('PLACED'), movement('EXECUTED')];
    const patched = await investSuite.patchTransaction(target, made.value.id, movements);
    expect(patched).toMatchObject({ kind: 'accepted', value: { status: 'EXECUTED', movements } });
    const read = await investSuite.transactionFresh(target, made.value.id);
    expect(read).toMatchObject({ version: (made.value.version ?? 0) + 1, orderType: 'LIMIT', movements });
  });

  it('an unknown write is found to have happened, or not', async () => {
    const write = (externalId: string) =>
      investSuite.createTransaction(target, { externalId, movements: [movement('PLACED')] });
    standin.faults.add({ kind: 'reset-after', match: { method: 'POST', path: /transactions/ }, times: 1 });
    expect(await write('lost-after')).toEqual({ kind: 'unknown', reason: 'connection-lost' });
    standin.faults.add({ kind: 'reset-before', match: { method: 'POST', path: /transactions/ }, times: 1 });
    expect(await write('lost-before')).toEqual({ kind: 'unknown', reason: 'connection-lost' });
    expect(await investSuite.findTransactionsByExternalId(target, 'lost-after')).toHaveLength(1);
    expect(await investSuite.findTransactionsByExternalId(target, 'lost-before')).toHaveLength(0);
  });

  it('a cash event with the same key is one event', async () => {
    const funded = id(others[1]?.portfolioId ?? '');
    const event = { portfolioId: funded, amount: decimal('10.50'), currency: 'EUR', idempotencyKey: 'deposit-1' };
    const before = standin.cash(funded);
    standin.faults.add({ kind: 'reset-after', match: { path: /events/ }, times: 1 });
    expect(await investSuite.sendDepositEvent(event)).toMatchObject({ kind: 'unknown' });
    expect(await investSuite.sendDepositEvent(event)).toEqual({ kind: 'accepted', value: null });
    expect([before, standin.cash(funded)]).toEqual(['1000.00', '1010.50']);
    expect(
      await investSuite.sendDepositEvent({ ...event, currency: 'USD', idempotencyKey: 'deposit-2' }),
    ).toMatchObject({
      kind: 'refused',
      status: 409,
    });
    await until(() => standin.optimization(funded)?.status !== 'PENDING', 'the optimization');
    expect(await investSuite.sendWithdrawEvent({ ...event, idempotencyKey: 'withdraw-1' })).toMatchObject({
      kind: 'accepted',
    });
    expect(standin.cash(funded)).toBe('1000.00');
  });

  it('an optimization is in progress, and then there', async () => {
    const optimized = id(others[2]?.portfolioId ?? '');
    standin.settings.settleDelayMs = 'manual';
    await investSuite.patchPortfolio(optimized, { divestAmount: decimal('5') });
    expect(await investSuite.optimization(optimized)).toEqual({ inProgress: true });
    standin.schedule.advanceAll();
    expect(await investSuite.optimization(optimized)).toMatchObject({ inProgress: false });
  });
});

function raise(): never {
  throw new Error('not an id');
}
