import { afterEach, describe, expect, it } from 'vitest';
import type {
  DroppedRows,
  InvestSuiteOptions,
  PortfoliosPage,
  PortfoliosPageRequest,
} from '../../../src/datasources/investsuite/index.ts';
import { parseAccountGroupId } from '../../../src/domain/ids.ts';
import { BadUserInputError, UpstreamInvalidAnswerError } from '../../../src/errors.ts';
import { type Handler, type ReceivedCall, until } from '../fake-upstream.ts';
import {
  badRequest,
  type FakeInvestSuite,
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

const ids = ({ portfolios }: PortfoliosPage): string[] => portfolios.map(({ id }) => id);
const asked = (call: ReceivedCall | undefined, name: string): string | null | undefined => call?.query.get(name);
const ask = (request: Partial<PortfoliosPageRequest> = {}): Promise<PortfoliosPage> =>
  fake.investSuite.portfoliosPage({ limit: 100, ...request });

describe('a page of portfolios', () => {
  it.each([
    ['relative', '/portfolios/?limit=2&offset=2'],
    ['absolute with another scheme and host', 'http://internal.example:8080/portfolios/?embed=x&limit=2&offset=2'],
    ['an entity as offset', `/portfolios/?limit=2&offset=${portfolioId(2)}`],
    ['not a number', '/portfolios/?limit=2&page_token=a%2Fb%3D%3D'],
  ])('goes on where `next` leads, whatever its form: %s', async (_form, next) => {
    await start((call) =>
      call.query.size > 1 ? page([wirePortfolio(3)]) : page([wirePortfolio(1), wirePortfolio(2)], { next, count: 3 }),
    );
    const first = await ask({ limit: 2 });
    expect(ids(first)).toEqual([portfolioId(1), portfolioId(2)]);
    const second = await ask({ limit: 2, cursor: first.next ?? '' });
    expect([ids(second), second.next]).toEqual([[portfolioId(3)], null]);
    const [, place] = next.split('limit=2&');
    expect(fake.calls().map(({ target }) => target)).toEqual(['/portfolios/?limit=2', `/portfolios/?limit=2&${place}`]);
  });

  it('is an error where `next` leads back to it with rows: the rest is not known', async () => {
    await start(() => page([wirePortfolio(1)], { next: '/portfolios/?offset=2' }));
    await expect(ask({ cursor: 'offset=2' })).rejects.toThrow(UpstreamInvalidAnswerError);
    fake.handle(() => page([], { next: '/portfolios/?offset=2' }));
    expect((await ask({ cursor: 'offset=2' })).next).toBeNull();
  });

  it('has no next where `next` leads nowhere', async () => {
    await start(() => page([wirePortfolio(1)], { next: '/portfolios/?limit=2' }));
    expect((await ask()).next).toBeNull();
    fake.handle(() => page([wirePortfolio(1)], { next: 7 }));
    expect((await ask()).next).toBeNull();
  });

  it('lets no cursor change what is listed', async () => {
    await start(() => page([]));
    await ask({
      filter: { ownerId: userId(1) },
      cursor: `offset=2&query=${encodeURIComponent("id neq 'x'")}&limit=9&embed=x`,
    });
    const [call] = fake.calls();
    expect([...(call?.query.keys() ?? [])].sort()).toEqual(['limit', 'offset', 'query']);
    expect([asked(call, 'query'), asked(call, 'limit')]).toEqual([`owned_by_user_id eq '${userId(1)}'`, '100']);
  });

  it.each(['', '&', 'query=x', 'a='.padEnd(3_000, 'b')])(
    'refuses a cursor that it did not give out (%#)',
    async (cursor) => {
      await start(() => page([]));
      await expect(ask({ cursor })).rejects.toBeInstanceOf(BadUserInputError);
      expect(fake.calls()).toHaveLength(0);
    },
  );

  it.each([0, -1, 101, 1.5, Number.NaN])('refuses a limit of %d', async (limit) => {
    await start(() => page([]));
    await expect(ask({ limit })).rejects.toBeInstanceOf(BadUserInputError);
    expect(fake.calls()).toHaveLength(0);
  });

  it('leaves out a row that cannot be read, and reports it without its values', async () => {
    const dropped: DroppedRows[] = [];
    await start(
      () =>
        page([
          wirePortfolio(1, { base_currency: 'secret' }),
          wirePortfolio(2),
          'x',
          wirePortfolio(3, { deleted: true }),
        ]),
      { onDropped: (rows) => dropped.push(rows) },
    );
    expect(ids(await ask())).toEqual([portfolioId(2)]);
    expect(dropped).toEqual([
      { resource: 'portfolio', count: 2, details: ['portfolio: base_currency', 'portfolio: (all of it)'] },
    ]);
  });

  it('may come without an envelope: a list, or the one that was looked for', async () => {
    await start(() => ({ body: [wirePortfolio(1), wirePortfolio(2)] }));
    expect(ids(await ask())).toHaveLength(2);
    fake.handle(() => ({ body: wirePortfolio(1, { external_id: 'mine' }) }));
    expect(ids(await ask({ filter: { externalId: 'mine' } }))).toEqual([portfolioId(1)]);
    fake.handle(() => notFound);
    expect(ids(await ask({ filter: { externalId: 'mine' } }))).toEqual([]);
  });

  it.each(['{}', '"x"', 'null', '{"results":{}}', '<html>', '{"results":['])(
    'is an error when it is %s',
    async (body) => {
      await start(() => ({ body }));
      await expect(ask()).rejects.toMatchObject({ code: 'UPSTREAM_INVALID_ANSWER' });
    },
  );

  it('is asked for once by all who want the same', async () => {
    await start(() => page([wirePortfolio(1)]));
    await Promise.all(Array.from({ length: 50 }, () => ask({ filter: { ownerId: userId(1) } })));
    await Promise.all([ask(), ask({ limit: 99 }), ask({ embedOwners: true })]);
    expect(fake.calls()).toHaveLength(4);
  });
});

describe('a page under way', () => {
  it('is not joined by those who ask after a write', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await start(async ({ method }) => {
      if (method === 'PATCH') return { body: wirePortfolio(1) };
      await held;
      return page([wirePortfolio(1)]);
    });
    const before = [ask(), ask()];
    await until(() => fake.calls().length === 1);
    await fake.investSuite.patchPortfolio(portfolioId(1), { divestAmount: null });
    const after = ask();
    release();
    await Promise.all([...before, after]);
    expect(fake.calls().map(({ method }) => method)).toEqual(['GET', 'PATCH', 'GET']);
  });
});

describe('a filter', () => {
  it.each<[string, PortfoliosPageRequest['filter'], string]>([
    ['owner', { ownerId: userId(1) }, `owned_by_user_id eq '${userId(1)}'`],
    [
      'any owner',
      { anyOwnerId: userId(1) },
      `owned_by_user_id eq '${userId(1)}' or owned_by_user_ids eq '${userId(1)}'`,
    ],
    ['external id', { externalId: 'your-bank-portfolio-1' }, "external_id eq 'your-bank-portfolio-1'"],
    [
      'pending divestment',
      { pendingDivestment: true },
      'config.manager_settings.divest_amount neq 0 and config.manager_settings.divest_amount neq null',
    ],
    [
      'any owner and external id',
      { anyOwnerId: userId(1), externalId: 'a b' },
      `owned_by_user_id eq '${userId(1)}' and external_id eq 'a b' or owned_by_user_ids eq '${userId(1)}' and external_id eq 'a b'`,
    ],
  ])('by %s is put into the query language', async (_by, filter, query) => {
    await start(() => page([]));
    await ask({ filter });
    expect(asked(fake.calls()[0], 'query')).toBe(query);
  });

  it("lets no value change the query: ', *, control characters are refused", async () => {
    await start(() => page([]));
    for (const externalId of ["x' or id neq 'y", 'x*', 'a\nb', 'a\u0000', 'a\\', '', 'x'.repeat(257)]) {
      await expect(ask({ filter: { externalId } })).rejects.toBeInstanceOf(BadUserInputError);
    }
    // Ids are checked where they are read; here the types are talked round on purpose.
    for (const ownerId of ["U' or x", 'U*']) {
      await expect(ask({ filter: { ownerId: ownerId as ReturnType<typeof userId> } })).rejects.toBeInstanceOf(
        BadUserInputError,
      );
    }
    expect(fake.calls()).toHaveLength(0);
  });

  it('is applied to the rows too, so that an ignored query shows no other customer’s portfolios', async () => {
    await start(() =>
      page([
        wirePortfolio(1, { external_id: 'a' }),
        wirePortfolio(2, { owned_by_user_ids: [userId(1)], config: { manager_settings: { divest_amount: 5 } } }),
        wirePortfolio(3),
      ]),
    );
    expect(ids(await ask({ filter: { ownerId: userId(1) } }))).toEqual([portfolioId(1)]);
    expect(ids(await ask({ filter: { anyOwnerId: userId(1) } }))).toEqual([portfolioId(1), portfolioId(2)]);
    expect(ids(await ask({ filter: { externalId: 'a' } }))).toEqual([portfolioId(1)]);
    expect(ids(await ask({ filter: { pendingDivestment: true } }))).toEqual([portfolioId(2)]);
    expect(ids(await ask({ filter: { pendingDivestment: false } }))).toHaveLength(3);
  });

  it.each([
    ['any owner', { anyOwnerId: userId(1) }, [portfolioId(1), portfolioId(3)]],
    ['the owner', { ownerId: userId(1) }, [portfolioId(1)]],
  ])(
    'by %s goes through all where that cannot be asked for, page by page, and remembers',
    async (_who, filter, want) => {
      await start((call) => {
        if (call.query.get('query')?.includes('owned_by_user_id')) return badRequest('query');
        if (call.query.get('offset') === '2') return page([wirePortfolio(3, { owned_by_user_ids: [userId(1)] })]);
        return page([wirePortfolio(1), wirePortfolio(2)], { next: '/portfolios/?offset=2' });
      });
      for (const calls of [3, 5]) {
        const first = await ask({ limit: 1, filter });
        const second = await ask({ limit: 1, filter, cursor: first.next ?? '' });
        expect([...ids(first), ...ids(second)]).toEqual(want);
        expect(second.next).toBeNull();
        expect(fake.calls()).toHaveLength(calls);
      }
      expect(asked(fake.calls()[1], 'limit')).toBe('100');
    },
  );

  it('by any owner does not remember a refusal that had another cause', async () => {
    await start(() => badRequest('offset'));
    await expect(ask({ filter: { anyOwnerId: userId(1) }, cursor: 'offset=x' })).rejects.toMatchObject({ status: 400 });
    fake.handle((call) => page([wirePortfolio(1, { external_id: call.query.get('query') })]));
    const [portfolio] = (await ask({ filter: { anyOwnerId: userId(1) } })).portfolios;
    expect(portfolio?.externalId).toContain('owned_by_user_ids');
  });
});

describe('the owners of a page', () => {
  const owned = [wirePortfolio(1), wirePortfolio(2)];

  it('come with it in one call, by the key of the map', async () => {
    await start(() => page(owned, { _embedded: { [userId(1)]: wireUser(9), [userId(2)]: wireUser(2), x: 'y' } }));
    const { owners } = await ask({ embedOwners: true });
    expect([...owners.keys()]).toEqual([userId(1), userId(2)]);
    expect([owners.get(userId(1))?.id, owners.get(userId(1))?.firstName]).toEqual([userId(1), 'First 9']);
    expect(fake.calls().map((call) => asked(call, 'embed'))).toEqual(['owned_by_user_id']);
  });

  it('are not asked for unless wanted', async () => {
    await start(() => page(owned));
    expect((await ask()).owners.size).toBe(0);
    expect(asked(fake.calls()[0], 'embed')).toBeNull();
  });

  it.each([403, 404])('are left out when one of them costs the page (%i), on this page only', async (status) => {
    await start((call) => (call.query.has('embed') ? { status, body: {} } : page(owned)));
    for (const limit of [10, 20]) {
      const answer = await ask({ limit, embedOwners: true });
      expect([ids(answer).length, answer.owners.size]).toEqual([2, 0]);
    }
    expect(fake.calls()).toHaveLength(4);
  });

  it('are not asked for again where that is not understood (400)', async () => {
    await start((call) => (call.query.has('embed') ? badRequest('embed') : page(owned)));
    for (const limit of [10, 20]) expect(ids(await ask({ limit, embedOwners: true }))).toHaveLength(2);
    expect(fake.calls()).toHaveLength(3);
  });

  it('and the question for further owners may both be refused', async () => {
    const plain = (call: ReceivedCall): boolean =>
      !call.query.has('embed') && !call.query.get('query')?.includes(' or ');
    await start((call) => (plain(call) ? page(owned) : badRequest(call.query.has('embed') ? 'embed' : 'query')));
    const request = { embedOwners: true, filter: { anyOwnerId: userId(1) } } as const;
    expect(ids(await ask(request))).toEqual([portfolioId(1)]);
    expect(ids(await ask({ ...request, limit: 10 }))).toEqual([portfolioId(1)]);
    expect(fake.calls()).toHaveLength(4);
  });
});

describe('portfolios of an account group', () => {
  const group = parseAccountGroupId('3fa85f64-5717-4562-b3fc-2c963f66afa6') ?? raise();
  const linked = (number: number, to: string) =>
    wirePortfolio(number, { brokerage_account: { brokerage_portfolio_id: to } });

  it('are looked for by their link', async () => {
    await start(() => page([linked(1, group), linked(2, 'another')]));
    const found = await fake.investSuite.portfoliosOfAccountGroup(group);
    expect(found.map(({ id }) => id)).toEqual([portfolioId(1)]);
    expect(asked(fake.calls()[0], 'query')).toBe(`brokerage_account.brokerage_portfolio_id eq '${group}'`);
  });

  it('are found by a link in upper case, which InvestSuite compares as a text', async () => {
    const uuid = parseAccountGroupId('A3F1C0DE-97B7-4E3B-BDDF-66D3C434898C') ?? raise();
    const typed = uuid.toUpperCase();
    await start(({ query }) => page(query.get('query')?.includes(typed) ? [linked(1, typed), linked(2, group)] : []));
    const found = await fake.investSuite.portfoliosOfAccountGroup(uuid);
    expect(found.map(({ id }) => id)).toEqual([portfolioId(1)]);
    expect(fake.calls().map((call) => asked(call, 'query'))).toEqual(
      [uuid, typed].map((id) => `brokerage_account.brokerage_portfolio_id eq '${id}'`),
    );
  });

  it('are found by going through all where they cannot be looked for', async () => {
    await start(({ query }) => {
      if (query.has('query')) return badRequest('query');
      if (query.get('offset') === '1') return page([linked(2, group)]);
      return page([linked(1, 'another')], { next: '/portfolios/?offset=1' });
    });
    for (const calls of [3, 5]) {
      const found = await fake.investSuite.portfoliosOfAccountGroup(group);
      expect(found.map(({ id }) => id)).toEqual([portfolioId(2)]);
      expect(fake.calls()).toHaveLength(calls);
    }
  });
});

function raise(): never {
  throw new Error('not an id');
}
