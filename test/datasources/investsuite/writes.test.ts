import { afterEach, describe, expect, it } from 'vitest';
import type { InvestSuiteOptions } from '../../../src/datasources/investsuite/index.ts';
import { type DateTime, parseDateTime } from '../../../src/domain/datetime.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import type { Movement } from '../../../src/domain/transaction.ts';
import { BadUserInputError } from '../../../src/errors.ts';
import { type Handler, neverAnswer, resetConnection, startFakeUpstream } from '../fake-upstream.ts';
import {
  type FakeInvestSuite,
  portfolioId,
  startFakeInvestSuite,
  TOKEN,
  transactionId,
  wirePortfolio,
  wireTransaction,
} from './fake-investsuite.ts';

const P = portfolioId(1);
const T = transactionId(1);

let fake: FakeInvestSuite;
afterEach(() => fake.stop());

async function start(handler: Handler, options: Partial<InvestSuiteOptions> = {}): Promise<FakeInvestSuite> {
  fake = await startFakeInvestSuite(handler, options);
  return fake;
}

/** Takes every write. */
const taking: Handler = ({ path }) => {
  if (path.startsWith('/events/')) return { status: 201 };
  return { body: path.includes('/transactions/') ? wireTransaction(1) : wirePortfolio(1, { version: 2 }) };
};

const wire = () => fake.calls().map(({ method, target, body }) => [method, target, body]);
const at = (text: string): DateTime => {
  const time = parseDateTime(text);
  if (time === undefined) throw new Error('not a time');
  return time;
};

const movement = (more: Partial<Movement> = {}): Movement => ({
  externalId: null,
  referenceExternalId: null,
  type: 'BUY',
  status: 'PLACED',
  datetime: at('2022-06-10T07:49:26.341Z'),
  instrumentId: 'LU78468R1014',
  quantity: decimal('7'),
  unitPrice: null,
  unitPriceCurrency: null,
  tradeType: null,
  description: null,
  referenceInstrumentId: null,
  ...more,
});

const cashEvent = {
  portfolioId: P,
  amount: decimal('1000.00'),
  currency: 'USD',
  idempotencyKey: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
};

/** Every write there is, in its simplest form. */
const WRITES = [
  ['patchPortfolio', () => fake.investSuite.patchPortfolio(P, { divestAmount: decimal('5') })],
  ['createTransaction', () => fake.investSuite.createTransaction(P, { movements: [movement()] })],
  ['patchTransaction', () => fake.investSuite.patchTransaction(P, T, [movement()])],
  ['sendDepositEvent', () => fake.investSuite.sendDepositEvent(cashEvent)],
  ['sendWithdrawEvent', () => fake.investSuite.sendWithdrawEvent(cashEvent)],
] as const;

describe.each(WRITES)('%s', (_name, write) => {
  it('is accepted on 2xx', async () => {
    await start(taking);
    expect(await write()).toMatchObject({ kind: 'accepted' });
    const [call] = fake.calls();
    expect([call?.headers['content-type'], call?.headers.authorization]).toEqual([
      'application/json',
      `Bearer ${TOKEN}`,
    ]);
  });

  it('is refused on 4xx, with the problem', async () => {
    await start(() => ({
      status: 409,
      body: { title: 'Business Logic Error', detail: 'rebalancing is in progress', status: 409 },
    }));
    expect(await write()).toEqual({
      kind: 'refused',
      status: 409,
      problem: { type: null, title: 'Business Logic Error', detail: 'rebalancing is in progress', requestId: null },
      explanation: { code: null, message: 'rebalancing is in progress', requestId: null },
    });
  });

  it('is not sent after a 429, or without a connection', async () => {
    await start(() => ({ status: 429, headers: { 'retry-after': '3' } }));
    expect(await write()).toEqual({ kind: 'notSent', reason: 'rate-limited', retryAfterMs: 3_000 });
    await fake.stop();
    expect(await write()).toMatchObject({ kind: 'notSent' });
  });

  it.each([
    ['connection-lost', () => resetConnection],
    ['timeout', () => neverAnswer, { attemptTimeoutMs: 100 }],
    ['server-error', () => ({ status: 500, body: { title: 'Internal Server Error' } })],
    ['timeout', () => ({ status: 408 })],
  ] as const)(
    'is unknown, and not repeated, after %s',
    async (reason, handler, options?: { readonly attemptTimeoutMs: number }) => {
      await start(handler, options);
      expect(await write()).toEqual({ kind: 'unknown', reason });
      expect(fake.calls()).toHaveLength(1);
    },
  );

  it('is made again with a new token after 401, and only then', async () => {
    let turnedAway = 0;
    await start((call) => {
      turnedAway += 1;
      return turnedAway === 1 ? { status: 401, body: { title: 'Unauthorized' } } : taking(call);
    });
    expect(await write()).toMatchObject({ kind: 'accepted' });
    expect([fake.calls().length, fake.logins().length]).toEqual([2, 2]);
  });
});

describe.each(WRITES.filter(([name]) => !name.startsWith('send')))('%s', (_name, write) => {
  it.each(['<html>', '{}', '', '[]', `{"id":"${portfolioId(2)}","base_currency":"EUR"}`])(
    'is unknown when it is answered with something else: %s',
    async (body) => {
      await start(() => ({ body }));
      expect(await write()).toEqual({ kind: 'unknown', reason: 'invalid-answer' });
    },
  );
});

describe('a portfolio', () => {
  it('gets its holdings as numbers with all their digits', async () => {
    await start(taking);
    const holdings = [
      { instrumentId: '$EUR', quantity: decimal('12345678901234.123456789') },
      { instrumentId: 'LU46137V2410', quantity: decimal('-0.10') },
    ];
    const map = new Map(holdings.map(({ instrumentId, quantity }) => [instrumentId, quantity]));
    expect(await fake.investSuite.patchPortfolio(P, { holdings })).toMatchObject({ value: { id: P, version: 2 } });
    await fake.investSuite.patchPortfolio(P, { holdings: map });
    const body = '{"portfolio":{"$EUR":12345678901234.123456789,"LU46137V2410":-0.10}}';
    expect(wire()).toEqual([1, 2].map(() => ['PATCH', `/portfolios/${P}/`, body]));
  });

  it.each([
    [decimal('500.10'), '500.10'],
    ['everything', '1e100'],
    [null, '0'],
  ] as const)('gets a divest_amount of %s', async (divestAmount, literal) => {
    await start(taking);
    await fake.investSuite.patchPortfolio(P, { divestAmount });
    expect(wire()).toEqual([
      ['PATCH', `/portfolios/${P}/`, `{"config":{"manager_settings":{"divest_amount":${literal}}}}`],
    ]);
  });

  it('gets several changes in one call', async () => {
    await start(taking);
    await fake.investSuite.patchPortfolio(P, {
      holdings: [],
      divestAmount: null,
      fundedSince: at('2021-02-18T08:21:02+00:00'),
    });
    expect(wire()[0]?.[2]).toBe(
      '{"portfolio":{},"funded_since":"2021-02-18T08:21:02+00:00","config":{"manager_settings":{"divest_amount":0}}}',
    );
  });

  it('is not touched for nothing, nor with one instrument twice', async () => {
    await start(taking);
    const line = { instrumentId: '$EUR', quantity: decimal('1') };
    await expect(fake.investSuite.patchPortfolio(P, {})).rejects.toBeInstanceOf(BadUserInputError);
    await expect(fake.investSuite.patchPortfolio(P, { holdings: [line, line] })).rejects.toBeInstanceOf(
      BadUserInputError,
    );
    expect(fake.calls()).toHaveLength(0);
  });

  describe('of a tenant that wants `config` in full', () => {
    const CONFIG = `{"manager":"ROBO_ADVISOR_DISCRETIONARY","manager_version":1,"manager_settings":{"policy_id":"Y01",
      "start_amount":2000.50,"risk_profile_score":3,"tags":["5",5.0],"max_loss":-0.10,"divest_amount":null,"active":true}}`;
    const full: Handler = ({ method, body }) => {
      if (method === 'GET') return { body: `{"id":"${P}","base_currency":"EUR","config":${CONFIG}}` };
      if (body.includes('"manager":')) return { body: wirePortfolio(1) };
      const detail = [
        { loc: ['body', 'config', 'manager'], msg: 'field required', type: 'value_error.missing' },
        { loc: ['body', 'config', 'manager_version'], msg: 'field required', type: 'value_error.missing' },
      ];
      return { status: 422, body: { title: 'Bad request', detail } };
    };

    it('gets what is there with the change in it, and from then on at once', async () => {
      await start(full);
      const patch = { divestAmount: decimal('7.50') };
      expect(await fake.investSuite.patchPortfolio(P, patch)).toMatchObject({ kind: 'accepted' });
      expect(await fake.investSuite.patchPortfolio(P, patch)).toMatchObject({ kind: 'accepted' });
      expect(fake.calls().map(({ method }) => method)).toEqual(['PATCH', 'GET', 'PATCH', 'GET', 'PATCH']);
      expect(fake.calls()[2]?.body).toBe(
        '{"config":{"manager":"ROBO_ADVISOR_DISCRETIONARY","manager_version":1,"manager_settings":{"policy_id":"Y01",' +
          '"start_amount":2000.50,"risk_profile_score":3,"tags":["5",5.0],"max_loss":-0.10,"divest_amount":7.50,"active":true}}}',
      );
    });

    it('is not written to when it cannot be read first', async () => {
      await start((call) => (call.method === 'GET' ? { status: 500 } : full(call)));
      const outcome = await fake.investSuite.patchPortfolio(P, { divestAmount: null });
      expect(outcome).toEqual({ kind: 'notSent', reason: 'connection' });
    });
  });

  it('is not read and written again for any other refusal', async () => {
    const detail = [{ loc: ['body', 'config', 'x'], msg: 'extra fields not permitted', type: 'value_error.extra' }];
    await start(() => ({ status: 400, body: { title: 'Bad request', detail, body: { secret: 1 } } }));
    expect(await fake.investSuite.patchPortfolio(P, { divestAmount: null })).toEqual({
      kind: 'refused',
      status: 400,
      problem: {
        type: 'value_error.extra',
        title: 'Bad request',
        detail: 'body.config.x: extra fields not permitted',
        requestId: null,
      },
      explanation: {
        code: 'value_error.extra',
        message: 'body.config.x: extra fields not permitted',
        requestId: null,
      },
    });
    expect(fake.calls()).toHaveLength(1);
  });
});

describe('a transaction', () => {
  it('is posted as the vendor’s example of a buy by units', async () => {
    await start(taking);
    const outcome = await fake.investSuite.createTransaction(P, {
      externalId: 'your-transaction-id-1',
      optimizationId: 'O01ARZ3NDEKTSV4RRFFQ69G5FAV',
      orderType: 'LIMIT',
      movements: [movement({ unitPrice: decimal('29.510') })],
    });
    expect(outcome).toMatchObject({
      kind: 'accepted',
      value: { id: T, portfolioId: P, orderType: 'LIMIT', optimizationId: 'O01ARZ3NDEKTSV4RRFFQ69G5FAV' },
    });
    expect(wire()).toEqual([
      [
        'POST',
        `/portfolios/${P}/transactions/`,
        '{"external_id":"your-transaction-id-1","optimization_id":"O01ARZ3NDEKTSV4RRFFQ69G5FAV","order_type":"LIMIT",' +
          '"movements":[{"type":"BUY","status":"PLACED","datetime":"2022-06-10T07:49:26.341Z",' +
          '"instrument_id":"LU78468R1014","unit_price":29.510,"quantity":7}]}',
      ],
    ]);
  });

  it('by amount has the amount as text, with its currency', async () => {
    await start(taking);
    const amount = movement({ quantity: decimal('1'), unitPrice: decimal('1000'), unitPriceCurrency: 'EUR' });
    await fake.investSuite.createTransaction(P, { movements: [amount] });
    expect(wire()[0]?.[2]).toContain('"unit_price":"1000","unit_price_currency":"EUR","quantity":1}');
  });

  it('may be answered as a list of one', async () => {
    await start(() => ({ status: 201, body: [wireTransaction(1)] }));
    expect(await fake.investSuite.createTransaction(P, { movements: [] })).toMatchObject({ value: { id: T } });
  });

  it('is patched with the whole list, without a slash at the end', async () => {
    await start(taking);
    const cash = movement({
      type: 'SELL',
      status: 'EXECUTED',
      instrumentId: '$USD',
      quantity: decimal('-206.57'),
      referenceExternalId: 'instrument-buy-123',
      description: 'STAMP_DUTY',
      tradeType: 'CORRECTION',
      referenceInstrumentId: 'LU78468R1014',
    });
    await fake.investSuite.patchTransaction(P, T, [movement({ externalId: 'm1' }), cash]);
    expect(wire()).toEqual([
      [
        'PATCH',
        `/portfolios/${P}/transactions/${T}`,
        '{"movements":[{"external_id":"m1","type":"BUY","status":"PLACED","datetime":"2022-06-10T07:49:26.341Z",' +
          '"instrument_id":"LU78468R1014","quantity":7},{"type":"SELL","status":"EXECUTED",' +
          '"datetime":"2022-06-10T07:49:26.341Z","instrument_id":"$USD","quantity":-206.57,' +
          '"reference_external_id":"instrument-buy-123","reference_instrument_id":"LU78468R1014",' +
          '"trade_type":"CORRECTION","description":"STAMP_DUTY"}]}',
      ],
    ]);
  });

  it.each([{ type: 'UNKNOWN' }, { status: 'UNKNOWN' }, { tradeType: 'UNKNOWN' }] as const)(
    'with a word that we do not know is not written back: %o',
    async (unknown) => {
      await start(taking);
      const writing = fake.investSuite.patchTransaction(P, T, [movement(), movement(unknown)]);
      await expect(writing).rejects.toBeInstanceOf(BadUserInputError);
      expect(fake.calls()).toHaveLength(0);
    },
  );

  const complaint = (field: string, msg: string, type: string) => ({
    loc: ['body', 'movements', 0, field],
    msg,
    type,
  });
  const EXTRA = complaint('sub_type', 'extra fields not permitted', 'value_error.extra');
  const VALUE = complaint('quantity', 'ensure this value is above 0', 'value_error.number.not_gt');

  /** Reads a transaction, then writes it back twice; answers the outcomes and the bodies that were written. */
  async function writtenBack(detail: readonly unknown[]) {
    const asRead = wireTransaction(1);
    const whole = { ...asRead, movements: asRead.movements.map((each) => ({ ...each, sub_type: 'Fee', venue: 'X' })) };
    let refusals = 1;
    await start(({ method }) => {
      if (method !== 'PATCH' || refusals === 0) return { body: whole };
      refusals -= 1;
      return { status: 422, body: { detail } };
    });
    const read = await fake.investSuite.transactionFresh(P, T);
    if (read === null) throw new Error('not there');
    const outcomes = [];
    for (let time = 0; time < 2; time += 1) {
      outcomes.push((await fake.investSuite.patchTransaction(P, T, read.movements)).kind);
    }
    const bodies = fake.calls().filter(({ method }) => method === 'PATCH');
    return { outcomes, hasSubType: bodies.map(({ body }) => body?.includes('sub_type')) };
  }

  it.each([
    ['of pydantic 1', [EXTRA]],
    ['of pydantic 2', [complaint('sub_type', 'Extra inputs are not permitted', 'extra_forbidden')]],
    ['in other words', [complaint('sub_type', 'weitere Felder sind nicht erlaubt', 'value_error.extra')]],
    ['for two fields', [EXTRA, complaint('venue', 'extra fields not permitted', 'value_error.extra')]],
  ])('is written without the fields that are not permitted, by a refusal %s', async (_name, detail) => {
    expect(await writtenBack(detail)).toEqual({
      outcomes: ['accepted', 'accepted'],
      hasSubType: [true, false, false],
    });
  });

  it.each([
    ['a value', [VALUE]],
    ['a value of a further field', [complaint('sub_type', 'not a valid choice', 'type_error.enum')]],
    ['a value besides', [EXTRA, VALUE]],
    ['the portfolio besides', [EXTRA, { loc: ['body', 'portfolio'], msg: 'no such portfolio', type: 'value_error' }]],
  ])('is refused where InvestSuite complains of %s, and no field is taken for refused', async (_name, detail) => {
    expect(await writtenBack(detail)).toEqual({ outcomes: ['refused', 'accepted'], hasSubType: [true, true] });
  });
});

describe('a cash event', () => {
  it.each([
    ['deposit', () => fake.investSuite.sendDepositEvent(cashEvent)],
    ['withdraw', () => fake.investSuite.sendWithdrawEvent(cashEvent)],
  ] as const)('is sent as documented: %s', async (direction, send) => {
    await start(taking);
    await send();
    expect(wire()).toEqual([
      ['POST', `/events/${direction}/`, `{"data":{"amount":"1000.00","currency":"USD","portfolio":"${P}"}}`],
    ]);
    expect(fake.calls()[0]?.headers['idempotency-key']).toBe('"3fa85f64-5717-4562-b3fc-2c963f66afa6"');
  });

  it.each([
    { amount: decimal('0') },
    { amount: decimal('-1') },
    { currency: '$USD' },
    { idempotencyKey: 'a"b' },
    { idempotencyKey: '' },
    { idempotencyKey: 'a\r\nx: y' },
  ])('is not sent with %o', async (wrong) => {
    await start(taking);
    await expect(fake.investSuite.sendDepositEvent({ ...cashEvent, ...wrong })).rejects.toBeInstanceOf(
      BadUserInputError,
    );
    expect(fake.calls()).toHaveLength(0);
  });
});

describe('trailing slashes', () => {
  it.each([301, 302, 307, 308])(
    'are put right once where a redirect asks for it (%i), with method and body',
    async (status) => {
      await start((call) =>
        call.path.endsWith('/')
          ? { status, headers: { location: `http://wrong.invalid:1${call.path.slice(0, -1)}` } }
          : taking(call),
      );
      for (let time = 0; time < 2; time += 1) {
        expect(await fake.investSuite.sendDepositEvent(cashEvent)).toMatchObject({ kind: 'accepted' });
      }
      expect(fake.calls().map(({ method, path, body }) => [method, path, body === '' ? 0 : 1])).toEqual([
        ['POST', '/events/deposit/', 1],
        ['POST', '/events/deposit', 1],
        ['POST', '/events/deposit', 1],
      ]);
    },
  );

  it('are put right for reads, too, with the query', async () => {
    await start(({ path, query }) =>
      path.endsWith('/')
        ? { status: 307, headers: { location: `${path.slice(0, -1)}?${query}` } }
        : { body: [wireTransaction(1)] },
    );
    expect(await fake.investSuite.transactions(P)).toHaveLength(1);
    expect(fake.calls()[1]?.target).toBe(`/portfolios/${P}/transactions?limit=100`);
  });

  it('are all that a redirect may change: nothing is sent elsewhere', async () => {
    const elsewhere = await startFakeUpstream(() => ({ status: 200 }));
    await start(() => ({ status: 307, headers: { location: `${elsewhere.url}/events/other/` } }));
    // A redirect elsewhere says nothing of what was done.
    expect(await fake.investSuite.sendDepositEvent(cashEvent)).toMatchObject({ kind: 'unknown' });
    expect([fake.calls().length, elsewhere.calls.length]).toEqual([1, 0]);
    await elsewhere.stop();
  });
});
