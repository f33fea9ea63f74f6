import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as bench from '../../bench/support/rest-server.mjs';
import { startInvestSuiteStandin } from '../../src/standins/index.ts';
import { startFakeInvestSuite } from '../datasources/investsuite/fake-investsuite.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { type Reply, send } from '../standins/support/http.ts';
import { type InvestSuiteClient, investSuiteClient, query } from '../standins/support/invest-suite-client.ts';
import { ADVISERS, type Adviser } from './advisers.ts';
import { must } from './brokers.ts';

/*
 * The bytes of InvestSuite's calls (docs/upstream-contract.md, "The door of InvestSuite", "Reading InvestSuite", "Portfolios of
 * InvestSuite"), asked over a socket of all that have one, by a client that shares no code with the gateway.
 */

const MOVEMENT_TYPES = (
  'CASH_DEPOSIT CASH_DIVIDEND CASH_WITHDRAWAL COUPON BUY SELL CORPORATE_ACTION_IN CORPORATE_ACTION_OUT ' +
  'REVERSE_STOCK_SPLIT STOCK_DIVIDEND STOCK_SPLIT TRANSFER_IN TRANSFER_OUT CUSTODY_FEE INSTRUMENT_ENTRY_EXIT_FEE ' +
  'MANAGEMENT_FEE OTHER_FEE OTHER_TAX SERVICE_ENTRY_EXIT_FEE TRANSACTION_FEE WITHHOLDING_TAX'
).split(' ');
const MOVEMENT_STATUSES = 'PLANNED PENDING PLACED EXECUTED SETTLED NOT_EXECUTED EXPIRED CANCELLED'.split(' ');

interface Door {
  readonly url: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  stop(): Promise<void>;
}

const ofAdviser = async (name: string): Promise<Door> => {
  const adviser = await must(ADVISERS[name])();
  const { baseUrl: url, ...credentials } = must(adviser.connection);
  return { url, credentials, stop: () => adviser.stop() };
};

const DOORS: Readonly<Record<string, () => Promise<Door>>> = {
  'the stand-in': () => ofAdviser('the stand-in'),
  'the stand-in that answers 403': async () => {
    const standIn = await startInvestSuiteStandin({ settings: { badTokenStatus: 403 } });
    return { url: standIn.url, credentials: standIn.credentials, stop: () => standIn.stop() };
  },
  'the simulated upstreams of the evidence table': () => ofAdviser('the simulated upstreams of the evidence table'),
  'the fake that a test tells what to answer': async () => {
    const { url, stop } = await startFakeInvestSuite();
    const credentials = { accessKeyId: 'the-access-key', secretAccessKey: 'the-secret-access-key' };
    return { url, credentials, stop };
  },
};

describe.each(Object.entries(DOORS))('the door of InvestSuite, played by %s', (_name, start) => {
  let door: Door;
  beforeAll(async () => {
    door = await start();
  });
  afterAll(() => door.stop());

  const login = (body: object): Promise<Reply> =>
    send('POST', `${door.url}/auth/login/`, { 'content-type': 'application/json' }, JSON.stringify(body));
  const keys = () => ({
    access_key_id: door.credentials.accessKeyId,
    secret_access_key: door.credentials.secretAccessKey,
  });

  it('gives a token for the keys, with its life as a text of seconds, and one to renew it', async () => {
    const reply = await login(keys());
    expect(reply.status).toBe(200);
    expect(reply.json()).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String) });
    expect(reply.json().token_type).toMatch(/^bearer$/i);
    expect(reply.json().expires_in).toMatch(/^\d+$/);
  });

  it('gives none for other keys', async () => {
    expect((await login({ ...keys(), secret_access_key: 'another' })).status).toBe(401);
  });

  it('refuses calls without a token that it gave: 401, or 403', async () => {
    for (const headers of [{}, { authorization: 'Bearer never' }]) {
      const reply = await send('GET', `${door.url}/portfolios/P00000000000000000000000001`, headers);
      expect([401, 403]).toContain(reply.status);
      expect(reply.json()).toMatchObject({ title: expect.any(String) });
    }
  });

  it('answers 404 with a title and a text for what is not there', async () => {
    const client = await investSuiteClient(door);
    const reply = await client.get('/portfolios/P0000000000000000000000ZZZZ');
    expect([reply.status, reply.json()]).toEqual([
      404,
      { title: 'Resource not found', detail: expect.any(String), status: 404 },
    ]);
  });
});

const transaction = (externalId: string, quantity = 1) => ({
  external_id: externalId,
  movements: [
    { type: 'CASH_DEPOSIT', status: 'SETTLED', datetime: '2026-02-01T10:00:00Z', instrument_id: '$EUR', quantity },
  ],
});
const onTheWire = Object.entries(ADVISERS).filter(([name]) => !name.includes('in the process'));

describe.each(onTheWire)('InvestSuite on the wire, played by %s', (_name, start) => {
  let adviser: Adviser;
  let client: InvestSuiteClient;
  beforeAll(async () => {
    adviser = await start();
    const { baseUrl: url, ...credentials } = must(adviser.connection);
    client = await investSuiteClient({ url, credentials });
  });
  afterAll(() => adviser.stop());

  describe('a PATCH', () => {
    it('answers the whole portfolio in its next version, with numbers as they were written', async () => {
      const { id } = await adviser.portfolio();
      const before = (await client.get(`/portfolios/${id}`)).json();
      const reply = await client.patch(`/portfolios/${id}/`, '{"portfolio":{"$EUR":208.086729}}');
      expect(reply.status).toBe(200);
      expect(reply.text).toContain('208.086729');
      expect(reply.json()).toMatchObject({
        id,
        version: before.version + 1,
        portfolio: { $EUR: 208.086729 },
        owned_by_user_id: before.owned_by_user_id,
        config: before.config,
      });
    });

    it('refuses fields that it does not know with 400, and changes nothing', async () => {
      const { id } = await adviser.portfolio();
      const before = (await client.get(`/portfolios/${id}`)).text;
      const reply = await client.patch(`/portfolios/${id}/`, { manager: { manager_settings: { divest_amount: 1 } } });
      expect(reply.status).toBe(400);
      expect(reply.json()).toMatchObject({ title: expect.any(String), status: 400 });
      expect(reply.json().detail[0]).toMatchObject({ loc: expect.any(Array), msg: expect.any(String) });
      expect((await client.get(`/portfolios/${id}`)).text).toBe(before);
    });

    it('of a transaction replaces all its movements: what is left out is lost', async () => {
      const { id } = await adviser.portfolio();
      const [first] = transaction('a').movements;
      const made = (
        await client.post(`/portfolios/${id}/transactions/`, { external_id: 'two', movements: [first, first] })
      ).json();
      const path = `/portfolios/${id}/transactions/${made.id}`;
      const reply = await client.patch(path, { movements: [{ ...first, status: 'EXECUTED' }] });
      expect([reply.status, reply.json().version]).toEqual([200, made.version + 1]);
      const { movements, external_id } = (await client.get(path)).json();
      expect(movements).toMatchObject([{ status: 'EXECUTED' }]);
      expect(external_id).toBe('two');
    });
  });

  describe('a cash event', () => {
    const event = (portfolio: string, amount: unknown) => ({ data: { amount, currency: 'EUR', portfolio } });

    it('has its amount as a text above 0: anything else is 400', async () => {
      const { id } = await adviser.portfolio();
      for (const amount of [40, '-40', '0', '', undefined]) {
        const reply = await client.post('/events/deposit/', event(id, amount), { 'idempotency-key': randomUUID() });
        expect(reply.status).toBe(400);
      }
      expect((await client.get(`/portfolios/${id}/transactions/`)).json().results).toEqual([]);
    });

    it('without a key is taken as often as it is sent', async () => {
      const { id } = await adviser.portfolio();
      for (let times = 0; times < 2; times += 1) {
        expect((await client.post('/events/deposit/', event(id, '40'))).status).toBeLessThan(300);
      }
      expect((await client.get(`/portfolios/${id}/transactions/`)).json().results).toHaveLength(2);
    });

    it('of a portfolio that is not there is refused with 404', async () => {
      const reply = await client.post('/events/deposit/', event('P0000000000000000000000ZZZZ', '40'));
      expect(reply.status).toBe(404);
    });
  });
});

interface Reader {
  readonly client: InvestSuiteClient;
  /** A portfolio with 23 transactions. */
  readonly id: string;
  stop(): Promise<void>;
}

const ofFilled = (start: () => Promise<Adviser>) => async (): Promise<Reader> => {
  const adviser = await start();
  const { baseUrl: url, ...credentials } = must(adviser.connection);
  const client = await investSuiteClient({ url, credentials });
  const { id } = await adviser.portfolio();
  for (let at = 0; at < 23; at += 1) {
    expect((await client.post(`/portfolios/${id}/transactions/`, transaction(`x-${at}`))).status).toBe(201);
  }
  return { client, id, stop: () => adviser.stop() };
};

const READERS: Readonly<Record<string, () => Promise<Reader>>> = {
  ...Object.fromEntries(onTheWire.map(([name, start]) => [name, ofFilled(start)])),
  'the stub of the bench': async () => {
    bench.change({ portfolios: 2, transactions: 23, movements: 2, delayMs: 0, strict: true });
    const { url, stop } = await listenOnLoopback(bench.server);
    const client = await investSuiteClient({ url, credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
    const id: string = (await client.get('/portfolios/')).json().results[0].id;
    return { client, id, stop };
  },
};

describe.each(Object.entries(READERS))('reading InvestSuite, played by %s', (_name, start) => {
  let reader: Reader;
  let client: InvestSuiteClient;
  let id: string;
  beforeAll(async () => {
    reader = await start();
    ({ client, id } = reader);
  });
  afterAll(() => reader.stop());

  describe('a page', () => {
    it('has twenty rows by default, and the way to the next page until there is none', async () => {
      const seen: string[] = [];
      const sizes: number[] = [];
      // Host and scheme of `next` are often wrong: its query is what counts.
      for (let search: string | null = ''; search !== null; ) {
        const page = (await client.get(`/portfolios/${id}/transactions/${search}`)).json();
        sizes.push(page.results.length);
        seen.push(...page.results.map(({ external_id }: { external_id: string }) => external_id));
        search = page.next === null ? null : `?${String(page.next).split('?')[1]}`;
      }
      expect(sizes).toEqual([20, 3]);
      expect(new Set(seen).size).toBe(23);
    });

    it('has a hundred rows at most', async () => {
      const reply = await client.get(`/portfolios/${id}/transactions/?limit=101`);
      if (reply.status === 200) expect(reply.json().results.length).toBeLessThanOrEqual(100);
      else expect(reply.status).toBe(400);
      expect((await client.get(`/portfolios/${id}/transactions/?limit=1`)).json().results).toHaveLength(1);
    });
  });

  describe('a query', () => {
    it('by ids gives exactly those that are there, or is refused with 400', async () => {
      const reply = await client.get(`/portfolios/?${query(`id in ['${id}']`)}`);
      if (reply.status !== 200) expect(reply.status).toBe(400);
      else expect(reply.json().results.map((row: { id: string }) => row.id)).toEqual([id]);
    });

    it('by external id gives exactly those that have it, or is refused with 400', async () => {
      const [first] = (await client.get(`/portfolios/${id}/transactions/?limit=1`)).json().results;
      for (const [externalId, expected] of [
        [first.external_id, [first.external_id]],
        ['x-none', []],
      ]) {
        const reply = await client.get(`/portfolios/${id}/transactions/?${query(`external_id eq '${externalId}'`)}`);
        if (reply.status !== 200) expect(reply.status).toBe(400);
        else expect(reply.json().results.map((row: { external_id: string }) => row.external_id)).toEqual(expected);
      }
    });
  });

  it('a portfolio has its id, version, owner, currency and holdings by instrument', async () => {
    const portfolio = (await client.get(`/portfolios/${id}`)).json();
    expect(portfolio).toMatchObject({
      id: expect.stringMatching(/^P[0-9A-Z]{26}$/),
      owned_by_user_id: expect.stringMatching(/^U[0-9A-Z]{26}$/),
      base_currency: 'EUR',
      money_type: 'REAL_MONEY',
      version: expect.any(Number),
      deleted: false,
    });
    for (const instrument of Object.keys(portfolio.portfolio)) {
      expect(instrument).toMatch(/^(\$[A-Z]{3}|[A-Z]{2}[A-Z0-9]{9}[0-9])$/);
    }
  });

  it('a movement has a type, a status, a time, an instrument and a quantity of the documented kinds', async () => {
    const { results } = (await client.get(`/portfolios/${id}/transactions/`)).json();
    for (const { id: own, movements } of results) {
      expect(own).toMatch(/^T[0-9A-Z]{26}$/);
      for (const movement of movements) {
        expect(MOVEMENT_TYPES).toContain(movement.type);
        expect(MOVEMENT_STATUSES).toContain(movement.status);
        expect(Number.isNaN(Date.parse(movement.datetime))).toBe(false);
        expect(['string', 'number']).toContain(typeof movement.quantity);
        expect([undefined, null, 'CANCEL', 'REBOOK', 'INSTRUMENT_CHANGE', 'CORRECTION']).toContain(movement.trade_type);
      }
      const [first, ...others] = movements;
      const cash = others.find(({ instrument_id }: { instrument_id: string }) => instrument_id === '$EUR');
      // Purchases are paid by selling cash.
      if (first.type === 'BUY' && cash !== undefined) expect(cash).toMatchObject({ type: 'SELL' });
    }
  });
});
