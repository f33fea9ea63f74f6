import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { DroppedRows, InvestSuiteOptions } from '../../../src/datasources/investsuite/index.ts';
import { Askers } from '../../../src/datasources/upstream/askers.ts';
import { TenantProfile } from '../../../src/datasources/upstream/tenant-profile.ts';
import { decimal } from '../../../src/domain/decimal.ts';
import { UpstreamInvalidAnswerError, UpstreamRefusedReadError, UpstreamUnavailableError } from '../../../src/errors.ts';
import { type Handler, neverAnswer, until } from '../fake-upstream.ts';
import {
  badRequest,
  type FakeInvestSuite,
  idsAskedFor,
  notFound,
  page,
  portfolioId,
  startFakeInvestSuite,
  userId,
  wirePortfolio,
  wireUser,
} from './fake-investsuite.ts';

let fake: FakeInvestSuite;
afterEach(() => fake.stop());

async function start(handler: Handler, options: Partial<InvestSuiteOptions> = {}): Promise<FakeInvestSuite> {
  fake = await startFakeInvestSuite(handler, options);
  return fake;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const numberIn = (id: string): number => Number(id.slice(1));
/** `/portfolios/P…` */
const itemId = (path: string): string | undefined => /^\/(?:portfolios|users)\/([PU]\w{26})$/.exec(path)?.[1];

/** Knows every portfolio; batches are answered backwards, as no order is promised. */
const everything: Handler = (call) => {
  const id = itemId(call.path);
  if (id !== undefined) return { body: wirePortfolio(numberIn(id)) };
  return page([...(idsAskedFor(call) ?? [])].reverse().map((asked) => wirePortfolio(numberIn(asked))));
};
/** Refuses lists of ids. */
const oneByOne: Handler = (call) => (idsAskedFor(call) === undefined ? everything(call) : badRequest('query'));

describe('portfolios by id', () => {
  it('are asked for once by 200 callers at the same time', async () => {
    const { investSuite, calls, logins } = await start(everything);
    const portfolios = await Promise.all(numbers(200).map(() => investSuite.portfolio(portfolioId(7))));
    expect(new Set(portfolios.map((portfolio) => portfolio?.id))).toEqual(new Set([portfolioId(7)]));
    expect(calls().map(({ target }) => target)).toEqual([`/portfolios/${portfolioId(7)}`]);
    expect(logins()).toHaveLength(1);
  });

  it('travel in 3 calls when there are 250, each answered to whom it belongs', async () => {
    const { investSuite, calls } = await start(everything);
    const portfolios = await Promise.all(numbers(250).map((number) => investSuite.portfolio(portfolioId(number))));
    expect(portfolios.map((portfolio) => portfolio?.id)).toEqual(numbers(250).map(portfolioId));
    expect(calls().map((call) => idsAskedFor(call)?.length)).toEqual([100, 100, 50]);
    expect(calls()[0]?.query.get('limit')).toBe('100');
    for (const { target } of calls()) expect(target.length).toBeLessThan(6_000);
  });

  it('are asked for anew once a call is answered, and after a write also before that', async () => {
    let version = 0;
    const { investSuite, calls } = await start(async ({ method }) => {
      version += 1;
      const body = wirePortfolio(1, { version });
      if (method === 'GET') await sleep(20);
      return { body };
    });
    await investSuite.portfolio(portfolioId(1));
    const before = investSuite.portfolio(portfolioId(1));
    await until(() => calls().length === 2);
    await investSuite.patchPortfolio(portfolioId(1), { divestAmount: decimal('1') });
    const after = investSuite.portfolio(portfolioId(1));
    expect([(await before)?.version, (await after)?.version]).toEqual([2, 4]);
  });

  it('are null when they do not exist or are deleted', async () => {
    const { investSuite } = await start((call) => {
      const id = itemId(call.path);
      if (id === portfolioId(1)) return notFound;
      if (id === portfolioId(2)) return { body: wirePortfolio(2, { deleted: true }) };
      return page([wirePortfolio(4), wirePortfolio(5, { deleted: true })]);
    });
    expect(await investSuite.portfolio(portfolioId(1))).toBeNull();
    expect(await investSuite.portfolio(portfolioId(2))).toBeNull();
    const some = await Promise.all([3, 4, 5].map((number) => investSuite.portfolio(portfolioId(number))));
    expect(some.map((portfolio) => portfolio?.id ?? null)).toEqual([null, portfolioId(4), null]);
  });

  it('fail alone when only one of a batch cannot be read', async () => {
    const { investSuite } = await start(() => page([wirePortfolio(1, { base_currency: 'euro' }), wirePortfolio(2)]));
    const [bad, good] = await Promise.allSettled([1, 2].map((number) => investSuite.portfolio(portfolioId(number))));
    expect(good).toMatchObject({ status: 'fulfilled', value: { id: portfolioId(2) } });
    expect(bad).toMatchObject({ status: 'rejected', reason: { detail: 'portfolio: base_currency' } });
  });

  it('are not taken for absent while a row of the answer has no id', async () => {
    const dropped: DroppedRows[] = [];
    const { investSuite } = await start(() => page([{ base_currency: 'EUR' }, wirePortfolio(2)]), {
      onDropped: (rows) => dropped.push(rows),
    });
    const [bad, good] = await Promise.allSettled([1, 2].map((number) => investSuite.portfolio(portfolioId(number))));
    expect(good?.status).toBe('fulfilled');
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'UPSTREAM_INVALID_ANSWER' } });
    expect(dropped).toEqual([{ resource: 'portfolio', count: 1, details: ['portfolio: id'] }]);
  });

  it('are all found when InvestSuite gives smaller pages than asked for', async () => {
    const { investSuite, calls } = await start((call) => {
      const offset = Number(call.query.get('offset') ?? '0');
      const ids = idsAskedFor(call) ?? [];
      const next = offset + 2 < ids.length ? `http://elsewhere.invalid/portfolios/?limit=2&offset=${offset + 2}` : null;
      return page(
        ids.slice(offset, offset + 2).map((id) => wirePortfolio(numberIn(id))),
        { next },
      );
    });
    const portfolios = await Promise.all(numbers(5).map((number) => investSuite.portfolio(portfolioId(number))));
    expect(portfolios.map((portfolio) => portfolio?.id)).toEqual(numbers(5).map(portfolioId));
    expect(calls()).toHaveLength(3);
  });

  it('of another id than asked for are not believed', async () => {
    const { investSuite } = await start(() => ({ body: wirePortfolio(2) }));
    await expect(investSuite.portfolio(portfolioId(1))).rejects.toBeInstanceOf(UpstreamInvalidAnswerError);
  });
});

describe('where lists of ids are refused', () => {
  it('each id gets its own call, not too many at once, and that is remembered', async () => {
    const { investSuite, calls, mostAtOnce } = await start(
      async (call) => {
        await sleep(2);
        return oneByOne(call);
      },
      { maxConcurrentCalls: 8 },
    );
    const askers = new Askers('somebody');
    const load = async (from: number): Promise<void> => {
      const wanted = numbers(20).map((number) => portfolioId(from + number));
      const portfolios = await Promise.all(wanted.map((id) => investSuite.portfolio(id, { askers })));
      expect(portfolios.map((portfolio) => portfolio?.id)).toEqual(wanted);
    };
    await load(0);
    expect(calls()).toHaveLength(21);
    await load(20);
    expect(calls().filter((call) => idsAskedFor(call) !== undefined)).toHaveLength(1);
    expect(mostAtOnce()).toBeLessThanOrEqual(4);
  });

  it('a failure is that of its id alone', async () => {
    const { investSuite } = await start((call) => {
      const id = itemId(call.path);
      if (id === portfolioId(1)) return { status: 403, body: { title: 'Access forbidden', detail: 'no', status: 403 } };
      if (id === portfolioId(2)) return notFound;
      if (id === portfolioId(3)) return { body: 'garbage' };
      return oneByOne(call);
    });
    const results = await Promise.allSettled(numbers(4).map((number) => investSuite.portfolio(portfolioId(number))));
    expect(results).toMatchObject([
      { reason: expect.any(UpstreamRefusedReadError) },
      { value: null },
      { reason: expect.any(UpstreamInvalidAnswerError) },
      { value: { id: portfolioId(4) } },
    ]);
  });

  it('they are tried again later', async () => {
    const { investSuite, calls } = await start(oneByOne, { profile: new TenantProfile({ askAgainAfterMs: 0 }) });
    for (const from of [0, 2]) {
      await Promise.all([1, 2].map((number) => investSuite.portfolio(portfolioId(from + number))));
    }
    expect(calls().filter((call) => idsAskedFor(call) !== undefined)).toHaveLength(2);
  });

  it('and batching is `on`, the refusal is an error', async () => {
    const { investSuite } = await start(oneByOne, { batching: 'on' });
    const results = await Promise.allSettled([1, 2].map((number) => investSuite.portfolio(portfolioId(number))));
    expect(results).toMatchObject([{ reason: { status: 400 } }, { reason: { status: 400 } }]);
  });

  it('and batching is `off`, they are not tried', async () => {
    const { investSuite, calls } = await start(oneByOne, { batching: 'off' });
    await Promise.all([1, 2].map((number) => investSuite.portfolio(portfolioId(number))));
    expect(calls().map(({ path }) => itemId(path))).toEqual([portfolioId(1), portfolioId(2)]);
  });

  it('silently, by answering with other portfolios, that is noticed', async () => {
    const { investSuite } = await start((call) =>
      idsAskedFor(call) === undefined
        ? everything(call)
        : page(numbers(100).map((number) => wirePortfolio(900 + number))),
    );
    const portfolios = await Promise.all([1, 2].map((number) => investSuite.portfolio(portfolioId(number))));
    expect(portfolios.map((portfolio) => portfolio?.id)).toEqual([portfolioId(1), portfolioId(2)]);
  });

  it.each([403, 404])('with %i for the sake of one id, the next ones travel together again', async (status) => {
    const { investSuite, calls } = await start((call) =>
      idsAskedFor(call)?.includes(portfolioId(1)) ? { status, body: {} } : everything(call),
    );
    const both = await Promise.all([1, 2].map((number) => investSuite.portfolio(portfolioId(number))));
    expect(both.map((portfolio) => portfolio?.id)).toEqual([portfolioId(1), portfolioId(2)]);
    await Promise.all([3, 4].map((number) => investSuite.portfolio(portfolioId(number))));
    expect(calls()).toHaveLength(4);
  });

  it('while the upstream is down, ids are not read one by one', async () => {
    const { investSuite, calls } = await start(() => ({ status: 500 }));
    const results = await Promise.allSettled([1, 2].map((number) => investSuite.portfolio(portfolioId(number))));
    expect(results).toMatchObject([{ reason: { reason: 'server-error' } }, { reason: { reason: 'server-error' } }]);
    expect(calls()).toHaveLength(1);
  });
});

describe('a fresh portfolio', () => {
  it('is a call of its own', async () => {
    const { investSuite, calls } = await start(everything);
    await Promise.all([
      investSuite.portfolio(portfolioId(1)),
      investSuite.portfolioFresh(portfolioId(1)),
      investSuite.portfolioFresh(portfolioId(1)),
    ]);
    expect(calls()).toHaveLength(3);
    fake.handle(() => notFound);
    expect(await investSuite.portfolioFresh(portfolioId(1))).toBeNull();
  });
});

describe('users by id', () => {
  it('travel together, and read either name of the counter account’s kind', async () => {
    const account = { bank_account_number: 'BE01234567891234', bank_id: 'IDQMIE2D', bank_id_type: 'BIC' };
    const { investSuite, calls } = await start(() =>
      page([
        wireUser(1, { external_id: 'null', counter_account: { ...account, bank_account_number_type: 'IBAN' } }),
        wireUser(2, { counter_account: { ...account, bank_account_type: 'ABA' }, status: 'ACTIVE', last_name: 7 }),
        { id: userId(3), counter_account: { bank_id: 'x' } },
      ]),
    );
    const users = await Promise.all(numbers(4).map((number) => investSuite.user(userId(number))));
    expect(calls().map(({ path }) => path)).toEqual(['/users/']);
    expect(users[0]).toEqual({
      id: userId(1),
      externalId: null,
      firstName: 'First 1',
      lastName: null,
      language: null,
      status: null,
      counterAccount: {
        bankAccountNumber: 'BE01234567891234',
        bankAccountNumberType: 'IBAN',
        bankId: 'IDQMIE2D',
        bankIdType: 'BIC',
      },
    });
    expect(users[1]).toMatchObject({
      status: 'ACTIVE',
      lastName: '7',
      counterAccount: { bankAccountNumberType: 'ABA' },
    });
    expect(users[2]).toMatchObject({ counterAccount: null });
    expect(users[3]).toBeNull();
  });

  it('alone are read at their own path', async () => {
    const { investSuite, calls } = await start(() => ({ body: wireUser(1) }));
    expect(await investSuite.user(userId(1))).toMatchObject({ firstName: 'First 1' });
    expect(calls().map(({ target }) => target)).toEqual([`/users/${userId(1)}`]);
  });
});

describe('a caller who leaves', () => {
  it('by signal, does not end the call for the others', async () => {
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { investSuite, calls } = await start(async () => {
      await answered;
      return { body: wirePortfolio(1) };
    });
    const controller = new AbortController();
    const leaving = investSuite.portfolio(portfolioId(1), { signal: controller.signal });
    const staying = investSuite.portfolio(portfolioId(1), { signal: new AbortController().signal });
    await until(() => calls().length === 1);
    controller.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    answer();
    expect(await staying).toMatchObject({ id: portfolioId(1) });
    expect(calls()).toHaveLength(1);
  });

  it('by deadline fails, and the others keep waiting', async () => {
    const { investSuite } = await start(() => neverAnswer, { attemptTimeoutMs: 300, deadlineMs: 300 });
    const hasty = investSuite.portfolio(portfolioId(1), { deadlineAt: performance.now() + 30 });
    const patient = investSuite.portfolio(portfolioId(1));
    await expect(hasty).rejects.toMatchObject({ reason: 'deadline' });
    await expect(patient).rejects.toMatchObject({ reason: 'timeout' });
    await expect(patient).rejects.toBeInstanceOf(UpstreamUnavailableError);
  });
});
