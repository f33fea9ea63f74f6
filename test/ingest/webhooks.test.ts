import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Emission, seedPortfolio } from '../../src/standins/index.ts';
import { inboxLag, parkedEvents } from '../../src/store/index.ts';
import { orderSubject } from '../../src/workflows/cash/broker-events.ts';
import { eventually } from '../helpers/gateway.ts';
import { cashEvent, wholeLog } from '../helpers/log.ts';
import { startProxy } from '../helpers/proxy.ts';
import { startWorld, type World } from '../helpers/world.ts';

const portfolio = seedPortfolio({ key: 'one' });
const group = portfolio.broker.accountGroupId ?? '';

let world: World;
let url: string;
beforeAll(async () => {
  world = await startWorld({ seed: [portfolio] });
  url = `${world.url}/webhooks/upvest`;
});
afterAll(() => world.stop());
beforeEach(() => world.upvest.faults.clear());

const emit = (emission: Omit<Emission, 'url'>) => world.upvest.webhooks.emit({ url, ...emission });
const count = async (): Promise<{ log: number; inbox: number; parked: number }> => {
  const lag = await world.gateway.store.read(inboxLag);
  return { log: (await wholeLog(world.gateway)).length, inbox: lag.waiting, parked: lag.parked };
};
const settled = () =>
  eventually(async () => {
    const now = await count();
    expect(now.inbox).toBe(0);
    return now;
  });

describe('a webhook', () => {
  it('is stored, answered 200 and logged with its portfolio', async () => {
    const before = await settled();
    const { status, events } = await emit({ events: [cashEvent(group, '12345678901234.123456789')] });
    expect(status).toBe(200);
    expect(await settled()).toEqual({ ...before, log: before.log + 1 });
    const row = (await wholeLog(world.gateway)).at(-1);
    expect(row).toMatchObject({
      portfolio_id: portfolio.portfolioId,
      source: 'UPVEST',
      type: 'CASH_BALANCE.UPDATED',
      shape: 'cash-balance.v1',
      occurred_at: events[0]?.created_at,
    });
    expect(JSON.parse(row?.payload ?? '')).toMatchObject({ balance: '12345678901234.123456789', currency: 'EUR' });
  });

  it('may be one bare event', async () => {
    const before = await settled();
    expect((await emit({ events: [cashEvent(group)], shape: 'bare' })).status).toBe(200);
    expect((await settled()).log).toBe(before.log + 1);
  });

  it('is logged once, however often it comes', async () => {
    const before = await settled();
    const event = { ...cashEvent(group), id: randomUUID() };
    for (let times = 0; times < 3; times += 1) expect((await emit({ events: [event, event] })).status).toBe(200);
    expect((await settled()).log).toBe(before.log + 1);
  });

  it.each(['forged', 'unknown-key', 'tampered', 'wrong-digest', 'expired', 'wrong-path', 'no-signature'] as const)(
    'that is %s gets 401 and leaves nothing',
    async (tampering) => {
      const before = await settled();
      expect((await emit({ events: [cashEvent(group)], tampering })).status).toBe(401);
      expect(await count()).toEqual(before);
    },
  );

  it('replayed as it was adds nothing while its signature holds', async () => {
    const before = await settled();
    const event = { ...cashEvent(group), id: randomUUID(), created_at: '2026-01-01T00:00:00Z' };
    await emit({ events: [event] });
    await emit({ events: [event] });
    expect((await settled()).log).toBe(before.log + 1);
  });

  it('with a poison event is answered 200: that one is parked, the others are logged', async () => {
    const before = await settled();
    const noId = { ...cashEvent(group), id: '' };
    const badObject = { type: 'WITHDRAWAL.NEW', object: { id: randomUUID() } };
    expect((await emit({ events: [noId, badObject, cashEvent(group)] })).status).toBe(200);
    const after = await settled();
    expect(after).toEqual({ log: before.log + 1, inbox: 0, parked: before.parked + 2 });
    const parked = await world.gateway.store.read((reading) => parkedEvents(reading, 0, 10));
    expect(parked.map((row) => row.reason)).toEqual(['no id', expect.stringContaining('account_group_id')]);
  });

  it.each([100, 5_000, 200_000])(
    'with an event %i levels deep is answered 200: that one is parked, the others are logged',
    async (levels) => {
      const before = await settled();
      const deep = `{"id":"${randomUUID()}","type":"DEEP.X","object":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
      const good = JSON.stringify({ id: randomUUID(), created_at: '2026-01-01T00:00:00Z', ...cashEvent(group) });
      expect((await emit({ events: [], rawBody: `{"payload":[${deep},${good}]}` })).status).toBe(200);
      await eventually(async () => expect((await count()).log).toBe(before.log + 1));
      const parked = await world.gateway.store.read((reading) => parkedEvents(reading, 0, 100));
      expect(parked.at(-1)).toMatchObject({ reason: 'more than 100 levels deep' });
      expect(parked.at(-1)?.payload).toContain('DEEP.X');
    },
  );

  it('that is theirs but no JSON is parked whole, and answered 200', async () => {
    const before = await settled();
    expect((await emit({ events: [], rawBody: 'no json' })).status).toBe(200);
    expect((await emit({ events: [], rawBody: 'no json' })).status).toBe(200);
    expect(await settled()).toEqual({ ...before, parked: before.parked + 1 });
  });

  it('with what a database refuses is kept all the same', async () => {
    const before = await settled();
    const strange = { type: 'ODD.\u0000KIND', object: { id: 'x'.repeat(5_000), text: '\u0000\ud800' } };
    expect((await emit({ events: [strange] })).status).toBe(200);
    expect((await settled()).log).toBe(before.log + 1);
  });

  it('gets 405 by GET and 413 above 8 MiB', async () => {
    expect((await fetch(url)).status).toBe(405);
    const body = Buffer.alloc(8 * 1024 * 1024 + 1, 0x20);
    expect((await fetch(url, { method: 'POST', body })).status).toBe(413);
  });
});

describe("with Upvest's keys", () => {
  it('is verified with a new one after Upvest has changed it, and with an old one while Upvest serves it', async () => {
    const other = await startWorld({ seed: [portfolio] });
    const send = () => other.upvest.webhooks.emit({ events: [cashEvent(group)], url: `${other.url}/webhooks/upvest` });
    expect((await send()).status).toBe(200);
    other.upvest.webhooks.rotateKey();
    expect((await send()).status).toBe(200);
    await other.stop();
  });

  it('signed over the public path, where a proxy in front takes a part of it away', async () => {
    const publicUrl = 'https://bank.example/invest/';
    const other = await startWorld({ seed: [portfolio], gateway: { publicUrl } });
    const proxy = await startProxy(other.url, (path) => path.replace('/invest', ''));
    const send = (path: string) =>
      other.upvest.webhooks.emit({ events: [cashEvent(group)], url: `${proxy.url}${path}` });
    expect((await send('/invest/webhooks/upvest')).status).toBe(200);
    expect((await send('/webhooks/upvest')).status).toBe(200);
    expect((await send('/other/invest/webhooks/upvest')).status).not.toBe(200);
    await proxy.stop();
    await other.stop();
  });
});

describe('while something is away', () => {
  it("Upvest's keys can't be had: 503, nothing kept, and good when they can", async () => {
    const other = await startWorld({ seed: [portfolio] });
    const event = cashEvent(group);
    other.upvest.faults.add({ kind: 'status', status: 500, match: { path: /verify_keys/ } });
    const send = () => other.upvest.webhooks.emit({ events: [event], url: `${other.url}/webhooks/upvest` });
    expect((await send()).status).toBe(503);
    expect(await wholeLog(other.gateway)).toHaveLength(0);
    other.upvest.faults.clear();
    await eventually(async () => expect((await send()).status).toBe(200));
    await other.stop();
  });

  it('InvestSuite does not answer: a webhook is answered all the same, and worked on when it can be', async () => {
    const fresh = seedPortfolio({ key: 'unanswered' });
    world.investSuite.add(fresh.investSuite ?? {});
    const before = await settled();
    world.investSuite.faults.add({ kind: 'hang', match: { path: /portfolios/ } });
    expect((await emit({ events: [cashEvent(fresh.broker.accountGroupId ?? '')] })).status).toBe(200);
    expect((await count()).log).toBe(before.log);
    world.investSuite.faults.clear();
    await eventually(async () => expect((await count()).log).toBe(before.log + 1), 20_000);
    expect((await wholeLog(world.gateway)).at(-1)?.portfolio_id).toBe(fresh.portfolioId);
  });

  it('InvestSuite is down: events wait in the inbox and are logged with their portfolio afterwards', async () => {
    const fresh = seedPortfolio({ key: 'fresh' });
    world.investSuite.add(fresh.investSuite ?? {});
    const freshGroup = fresh.broker.accountGroupId ?? '';
    world.investSuite.faults.add({ kind: 'status', status: 503, match: { path: /portfolios/ } });
    const before = await settled();
    const balances = ['1.00', '2.00', '3.00'];
    await emit({ events: balances.map((balance) => cashEvent(freshGroup, balance)) });
    await emit({ events: [cashEvent(group, '9.00')] });
    await eventually(async () => expect((await count()).log).toBe(before.log + 1));
    expect((await count()).inbox).toBe(3);
    world.investSuite.faults.clear();
    await eventually(async () => expect((await count()).log).toBe(before.log + 4), 20_000);
    const rows = (await wholeLog(world.gateway)).slice(-3);
    expect(rows.map((row) => row.portfolio_id)).toEqual(Array(3).fill(fresh.portfolioId));
    expect(rows.map((row) => JSON.parse(row.payload).balance)).toEqual(balances);
  });
});

describe('whose an event is', () => {
  const last = async () => {
    await settled();
    return (await wholeLog(world.gateway)).at(-1);
  };

  it('a group that no portfolio has makes an event of the operators', async () => {
    await emit({ events: [cashEvent(randomUUID())] });
    expect(await last()).toMatchObject({ portfolio_id: null, shape: 'cash-balance.v1' });
  });

  it('an order is found by its account, an execution by its order', async () => {
    const accountId = world.upvest.accounts(group)[0]?.id ?? '';
    const order = world.upvest.placeOrder(accountId, {});
    await emit({ events: [{ type: 'ORDER.NEW', object: { ...order, executions: [] } as never }] });
    expect(await last()).toMatchObject({ portfolio_id: portfolio.portfolioId, shape: 'order.v1' });
    const execution = { id: randomUUID(), order_id: order.id, status: 'FILLED', side: 'BUY' };
    await emit({ events: [{ type: 'EXECUTION.FILLED', object: execution }] });
    const row = await last();
    expect(row).toMatchObject({ portfolio_id: portfolio.portfolioId, type: 'EXECUTION.FILLED' });
    expect(JSON.parse(row?.payload ?? '')).toEqual({ orderId: order.id, status: 'FILLED', transactionId: null });
  });

  it('a group is the one portfolio’s that InvestSuite links it to now, at once after a wrong link was corrected', async () => {
    const wrong = seedPortfolio({ key: 'wrong' });
    const right = seedPortfolio({ key: 'right' });
    world.investSuite.add(wrong.investSuite ?? {});
    world.investSuite.add(right.investSuite ?? {});
    world.upvest.add(wrong.upvest ?? {});
    const shared = wrong.broker.accountGroupId ?? '';
    const linkOf = ({ portfolioId }: typeof wrong) =>
      world.investSuite.portfolio(portfolioId)?.brokerage_account ?? null;
    const [linkOfWrong, linkOfRight] = [linkOf(wrong), linkOf(right)];
    const order = world.upvest.placeOrder(world.upvest.accounts(shared)[0]?.id ?? '', {});
    const told = async (portfolioId: string | null) => {
      await emit({ events: [cashEvent(shared)] });
      expect(await last()).toMatchObject({ portfolio_id: portfolioId, shape: 'cash-balance.v1' });
      await emit({ events: [{ type: 'ORDER.NEW', object: { ...order, executions: [] } as never }] });
      expect(await last()).toMatchObject({ portfolio_id: portfolioId, shape: 'order.v1' });
    };
    await told(wrong.portfolioId);
    world.investSuite.change(wrong.portfolioId, { brokerage_account: linkOfRight });
    world.investSuite.change(right.portfolioId, { brokerage_account: linkOfWrong });
    await told(right.portfolioId);
    const rows = await world.gateway.store.read(({ db }) =>
      db.selectFrom('workflows').select('portfolio_id').where('subject', '=', orderSubject(order.id)).execute(),
    );
    expect(rows).toEqual([{ portfolio_id: right.portfolioId }]);
    // Also where InvestSuite takes so long that its answer is not waited for at first.
    world.investSuite.change(right.portfolioId, { brokerage_account: linkOfRight });
    world.investSuite.change(wrong.portfolioId, { brokerage_account: linkOfWrong });
    const [slow] = world.investSuite.faults.add({ kind: 'delay', ms: 2_500, match: { path: /portfolios/ } });
    await told(wrong.portfolioId);
    world.investSuite.faults.remove(slow ?? 0);
    world.investSuite.change(wrong.portfolioId, { brokerage_account: null });
    await told(null);
  });

  it('an unknown kind is passed on, with numbers as text', async () => {
    const rawBody = `{"payload":[{"id":"${randomUUID()}","created_at":"nonsense","type":"NEW_KIND.CAME","object":{"account_group_id":"${group}","amount":1.50}}]}`;
    await emit({ events: [], rawBody });
    const row = await last();
    expect(row).toMatchObject({
      portfolio_id: portfolio.portfolioId,
      shape: 'other.v1',
      type: 'NEW_KIND.CAME',
    });
    expect(JSON.parse(row?.payload ?? '')).toMatchObject({ type: 'NEW_KIND.CAME', object: { amount: '1.50' } });
    expect(Date.parse(row?.occurred_at ?? '')).toBe(row?.received_at);
  });

  it('a withdrawal that the gateway did not make is passed on', async () => {
    const object = {
      id: randomUUID(),
      account_group_id: group,
      reference_account_id: randomUUID(),
      amount: '200.00',
      currency: 'EUR',
      status: 'NEW',
    };
    await emit({ events: [{ type: 'WITHDRAWAL.NEW', object }] });
    expect(await last()).toMatchObject({ portfolio_id: portfolio.portfolioId, shape: 'other.v1' });
  });
});
