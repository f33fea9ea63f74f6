import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  checkUpvest,
  createUpvest,
  parseEvents,
  readSubject,
  type Upvest,
  type UpvestConnection,
} from '../../../src/datasources/upvest/index.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import {
  type PortfolioOverrides,
  seedPortfolio,
  startUpvestStandin,
  type UpvestStandin,
  type UpvestStandinOptions,
} from '../../../src/standins/index.ts';
import { listenOnLoopback } from '../../helpers/http.ts';
import { groupId, userId, verdictOn } from './harness.ts';

/** The datasource against the stand-in, which was written from the vendor's pages by other hands. */

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const connectionTo = ({ url, credentials }: UpvestStandin): UpvestConnection => ({ baseUrl: url, ...credentials });

async function setUp(portfolio: PortfolioOverrides = {}, options: UpvestStandinOptions = {}) {
  const { upvest: seed, broker } = seedPortfolio(portfolio);
  const settings = { signatureCoverage: 'every-header', settleDelayMs: 0, ...options.settings } as const;
  const standin = await startUpvestStandin({ ...options, settings, ...(seed === undefined ? {} : { seed }) });
  const upvest = createUpvest(connectionTo(standin));
  stops.push(
    () => standin.stop(),
    () => upvest.close(),
  );
  const link = { accountGroupId: groupId(broker.accountGroupId ?? ''), brokerageUserId: userId(broker.userId ?? '') };
  return { standin, upvest, link };
}

/** A receiver of webhooks that believes only what it has verified, and notes what came of each delivery. */
async function receive(upvest: Upvest): Promise<{ readonly url: string; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { pathname, search } = new URL(request.url ?? '', 'http://receiver');
    const { method = '', headers } = request;
    const verdict = await verdictOn(upvest, { method, path: pathname, query: search, headers, body });
    const batch = parseEvents(body);
    if (verdict.kind !== 'valid') seen.push(verdict.kind);
    else if (batch.kind === 'events') {
      for (const item of batch.items) {
        seen.push(item.kind === 'event' ? `${item.event.type} ${readSubject(item.event).kind}` : 'poison');
      }
    }
    response.writeHead(verdict.kind === 'valid' ? 200 : 401).end();
  });
  const { url, stop } = await listenOnLoopback(server);
  stops.push(stop);
  return { url: `${url}/webhooks/upvest`, seen };
}

describe('the stand-in', () => {
  it('lets us read a portfolio at the broker, digit for digit', async () => {
    const { upvest, link } = await setUp({
      brokerCash: { balance: '12345678901234.123456789', available_for_withdrawal: '-206.57' },
      brokerPositions: { US0378331005: '0.1035719', LU78468R1014: '7' },
      brokerOrders: [{ instrument_id: 'US0378331005', quantity: '3.49', status: 'FILLED' }],
      referenceAccounts: 2,
      accounts: 2,
    });
    expect(await upvest.cashBalance(link.accountGroupId, 'EUR')).toMatchObject({
      balance: '12345678901234.123456789',
      availableForWithdrawal: '-206.57',
    });
    const accounts = await upvest.accountsOfGroup(link);
    expect(accounts).toHaveLength(2);
    const positions = (await Promise.all(accounts.map(({ id }) => upvest.positions(id)))).flat();
    expect(positions.map(({ isin, quantity }) => [isin, quantity])).toEqual([
      ['US0378331005', '0.1035719'],
      ['LU78468R1014', '7'],
    ]);
    const orders = (await Promise.all(accounts.map(({ id }) => upvest.orders(id)))).flat();
    expect(orders).toMatchObject([{ quantity: '3.49', status: 'FILLED' }]);
    expect(await upvest.order(orders[0]?.id ?? '')).toEqual(orders[0]);
    const bank = await upvest.referenceAccounts(link);
    expect(bank).toHaveLength(2);
    for (const { iban } of bank) expect(iban).toMatch(/^[A-Z]{2}\d{2}\*+[A-Z0-9]{4}$/);
    expect(await upvest.cashBalances(groupId('00000000-0000-4000-8000-000000000000'))).toBeNull();
  });

  it.each(['filled-by-default', 'all-by-default', 'no-filter'] as const)(
    'has orders of every status, whatever its list has when none is asked for (%s)',
    async (orderList) => {
      const statuses = ['NEW', 'PROCESSING', 'FILLED', 'CANCELLED'] as const;
      for (const shown of [statuses, ['NEW', 'NEW'] as const, []]) {
        const brokerOrders = shown.map((status) => ({ instrument_id: 'US0378331005', quantity: '1', status }));
        const { upvest, link } = await setUp({ brokerOrders }, { settings: { orderList, settleDelayMs: 'manual' } });
        const [account] = await upvest.accountsOfGroup(link);
        const found = account === undefined ? [] : await upvest.orders(account.id);
        expect(found.map(({ status }) => status).sort()).toEqual([...shown].sort());
      }
    },
  );

  it('takes our payments, once for each key', async () => {
    const { standin, upvest, link } = await setUp({ brokerCash: '1000.00', referenceAccounts: 1 });
    const [account] = await upvest.referenceAccounts(link);
    const order = {
      ...link,
      referenceAccountId: account?.id ?? '',
      amount: decimal('100.5'),
      currency: 'EUR',
      remittanceInformation: 'Payout 42',
      idempotencyKey: '0f5ab6a1-8a53-5d0b-9c3c-0c9c1a2b3c4d',
    };
    const outcome = await upvest.createWithdrawal(order);
    expect(outcome).toMatchObject({ kind: 'accepted', value: { amount: '100.50', status: 'NEW' } });
    expect(await upvest.createWithdrawal(order)).toMatchObject({ kind: 'accepted' });
    const id = outcome.kind === 'accepted' ? outcome.value.id : '';
    expect(standin.withdrawals(link.accountGroupId).map((each) => each.id)).toEqual([id]);
    await expect.poll(async () => (await upvest.withdrawal(id))?.status).toBe('CONFIRMED');
    expect(await upvest.cancelWithdrawal(id)).toMatchObject({ kind: 'refused', status: 422 });
    expect(await upvest.withdrawalsOfGroup(link.accountGroupId)).toHaveLength(1);
    const booked = await upvest.cashTransactions({ accountGroupId: link.accountGroupId });
    expect(booked).toMatchObject([{ type: 'WITHDRAWAL', amount: '-100.50', references: [{ id, type: 'WITHDRAWAL' }] }]);
  });

  it('accepts virtual cash, and reports it by valid webhooks', async () => {
    const { standin, upvest, link } = await setUp({ brokerCash: '10.00' });
    const { url, seen } = await receive(upvest);
    standin.webhooks.register(url);
    const order = { ...link, currency: 'EUR' };
    const keys = ['1f5ab6a1-8a53-5d0b-9c3c-0c9c1a2b3c4d', '2f5ab6a1-8a53-5d0b-9c3c-0c9c1a2b3c4d'] as const;
    await upvest.createVirtualCashIncrease({ ...order, amount: decimal('90'), idempotencyKey: keys[0] });
    await expect.poll(() => seen).toContain('VIRTUAL_CASH_INCREASE.CONFIRMED virtualCash');
    const more = { ...order, amount: decimal('1000'), idempotencyKey: keys[1] };
    const decrease = await upvest.createVirtualCashDecrease(more);
    await expect.poll(() => seen).toContain('VIRTUAL_CASH_DECREASE.QUEUED virtualCash');
    const id = decrease.kind === 'accepted' ? decrease.value.id : '';
    expect(await upvest.cancelVirtualCashDecrease(id)).toEqual({ kind: 'accepted', value: null });
    expect(await upvest.cancelVirtualCashDecrease(id)).toMatchObject({ kind: 'refused', status: 422 });
    await expect.poll(() => seen).toContain('VIRTUAL_CASH_DECREASE.CANCELLED virtualCash');
    expect(seen).toContain('CASH_BALANCE.UPDATED cashBalance');
  });

  it("sends webhooks that don't hold, and none of them is believed", async () => {
    const { standin, upvest } = await setUp();
    const { url, seen } = await receive(upvest);
    const events = [{ type: 'SOMETHING.NEW', object: { amount: '1.00' } }];
    const kinds = [
      'forged',
      'unknown-key',
      'tampered',
      'wrong-digest',
      'expired',
      'wrong-path',
      'no-signature',
      'quoted',
    ] as const;
    const statuses: (number | null)[] = [];
    for (const tampering of kinds) statuses.push((await standin.webhooks.emit({ events, url, tampering })).status);
    expect(seen).toEqual([
      'tampered',
      'unknownKey',
      'tampered',
      'tampered',
      'expired',
      'tampered',
      'malformed',
      'SOMETHING.NEW other',
    ]);
    expect(statuses).toEqual([...kinds.slice(1).map(() => 401), 200]);
    await standin.webhooks.emit({ events, url, shape: 'bare' });
    expect(seen.at(-1)).toBe('SOMETHING.NEW other');
  });

  it('changes its webhook keys, and we follow', async () => {
    const { standin, upvest } = await setUp();
    const { url, seen } = await receive(upvest);
    const events = [{ type: 'SOMETHING.NEW', object: {} }];
    for (let at = 0; at < 3; at += 1) {
      standin.webhooks.rotateKey({ dropOld: true });
      await standin.webhooks.emit({ events, url });
    }
    expect(seen).toEqual(['SOMETHING.NEW other', 'SOMETHING.NEW other', 'SOMETHING.NEW other']);
  });

  it('loses its tokens without any failed call', async () => {
    const { standin, upvest, link } = await setUp();
    await upvest.cashBalances(link.accountGroupId);
    standin.expireTokens();
    expect(await upvest.cashBalances(link.accountGroupId)).not.toBeNull();
  });

  it('passes the check, and the check reports problems', async () => {
    const { standin } = await setUp();
    const connection = connectionTo(standin);
    const problemsOf = async (change: Partial<UpvestConnection>) =>
      (await checkUpvest({ ...connection, ...change }))
        .filter(({ problem }) => problem !== null)
        .map(({ problem }) => problem);
    expect(await problemsOf({})).toEqual([]);
    expect(new Set(await problemsOf({ clientSecret: 'another' }))).toEqual(new Set(['wrong-client-secret']));
    expect(new Set(await problemsOf({ keyId: 'another' }))).toEqual(new Set(['wrong-key']));
    expect(await problemsOf({ scopes: { write: 'cash:print' } })).toEqual(['missing-scope']);
    expect(await problemsOf({ scopes: { read: 'positions:read' } })).toEqual(['missing-scope']);
  });
});
