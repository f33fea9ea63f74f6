import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { combineSeeds, type Standins, seedPortfolio, seedUser, startStandins } from '../../../src/standins/index.ts';
import { type InvestSuiteClient, investSuiteClient, query } from '../support/invest-suite-client.ts';

const owner = seedUser({ key: 'lists/owner', firstName: 'Jane' });
const secret = seedUser({ key: 'lists/secret' });
const gone = seedUser({ key: 'lists/gone', deleted: true });
const many = Array.from({ length: 7 }, (_, i) =>
  seedPortfolio({
    key: `lists/${i}`,
    owner,
    externalId: `bank-${i}`,
    divestAmount: i === 3 ? '12.50' : i === 4 ? '0' : null,
  }),
);
const ofSecret = seedPortfolio({ key: 'lists/of-secret', owner: secret });
const ofGone = seedPortfolio({ key: 'lists/of-gone', owner: gone });
const self = seedPortfolio({ key: 'lists/self', owner, manager: 'USER_MANAGED', archived: true });
const removed = seedPortfolio({ key: 'lists/removed', owner, deleted: true });
const ids = many.map(({ portfolioId }) => portfolioId);

let standins: Standins;
let client: InvestSuiteClient;

beforeAll(async () => {
  const hidden = { investSuite: { unreadableIds: [secret.id] } };
  standins = await startStandins({ seed: combineSeeds(...many, removed, ofSecret, ofGone, self, hidden) });
  client = await investSuiteClient(standins.investSuite);
});
afterAll(() => standins.stop());
afterEach(() => {
  Object.assign(standins.investSuite.settings, { batching: true, nextForm: 'rotating', bareEntity: false });
});

const found = async (text: string): Promise<string[]> => {
  const { status, json } = await client.get(`/portfolios/?limit=100&${query(text)}`);
  expect(status).toBe(200);
  return json().results.map(({ id }: { id: string }) => id);
};
const refused = async (path: string): Promise<string> => {
  const { status, json } = await client.get(path);
  expect(status, path).toBe(400);
  return json().detail[0].msg;
};

describe('paging', () => {
  test('follows `next` in all its forms to the end, each row once', async () => {
    const seen: string[] = [];
    const forms: string[] = [];
    let path: string | undefined = '/portfolios/?limit=2';
    while (path !== undefined) {
      const page = (await client.get(path)).json();
      seen.push(...page.results.map(({ id }: { id: string }) => id));
      if (page.next !== null) forms.push(page.next.replace(/\?.*/, ''), typeof page.count);
      path = page.next === null ? undefined : `/portfolios/?${page.next.split('?')[1]}`;
    }
    expect(seen).toEqual([...ids, ofSecret.portfolioId, ofGone.portfolioId, self.portfolioId]);
    expect(forms).toContain('/portfolios/');
    expect(forms).toContain('http://api.sandbox.investsuite.com/portfolios/');
    expect(forms).toContain('string');
    expect(forms).toContain('number');
  });

  test('can use an entity’s id as offset', async () => {
    standins.investSuite.settings.nextForm = 'entity-offset';
    const page = (await client.get('/portfolios/?limit=2')).json();
    expect(page.next).toContain(`offset=${ids[2]}`);
    expect(page.count).toBeNull();
  });

  test('has 20 rows by default, and never more than 100', async () => {
    expect((await client.get('/portfolios')).json().next).toBeNull();
    expect(await refused('/portfolios/?limit=101')).toMatch(/between 1 and 100/);
    expect(await refused('/portfolios/?limit=0')).toMatch(/between 1 and 100/);
    expect(await refused('/portfolios/?offset=-1')).toMatch(/integer/);
  });

  test('keeps the query in `next`', async () => {
    const first = (await client.get(`/portfolios/?limit=1&${query(`id in ['${ids[5]}', '${ids[1]}']`)}`)).json();
    const second = (await client.get(`/portfolios/?${first.next.split('?')[1]}`)).json();
    expect([...first.results, ...second.results].map(({ id }) => id)).toEqual([ids[1], ids[5]]);
    expect(second.next).toBeNull();
  });
});

describe('the query language', () => {
  test('finds what the docs’ own examples look for', async () => {
    expect(await found("external_id eq 'bank-2'")).toEqual([ids[2]]);
    expect(
      await found('config.manager_settings.divest_amount neq 0 and config.manager_settings.divest_amount neq null'),
    ).toEqual([ids[3]]);
    expect(await found("lastmodified in ['20200101' to '20240101']")).toHaveLength(10);
    expect(await found("lastmodified in ['20230101' to '20240101']")).toHaveLength(0);
    expect(await found('archived eq true')).toEqual([self.portfolioId]);
  });

  test('has batches, wildcards, or, nested paths, lists of ids, numbers and sorting', async () => {
    expect(await found(`id in ['${ids[6]}','${ids[0]}','P00000000000000000000000000']`)).toEqual([ids[0], ids[6]]);
    expect(await found("external_id eq 'bank-*' and external_id neq 'bank-1'")).toHaveLength(
      ids.length - 1 + 3, // those without a name of their own begin with bank- too
    );
    expect(await found("external_id eq 'bank-1' or external_id eq 'bank-2'")).toEqual([ids[1], ids[2]]);
    expect(await found(`brokerage_account.brokerage_portfolio_id eq '${many[4]?.broker.accountGroupId}'`)).toEqual([
      ids[4],
    ]);
    expect(await found(`readable_by eq '${secret.id}'`)).toEqual([ofSecret.portfolioId]);
    expect(await found('version ge 1 and version lt 2')).toHaveLength(10);
    expect(await found('version gt 1')).toHaveLength(0);
    const sorted = await found("external_id in ['bank-0','bank-1','bank-2'] orderby archived, external_id desc");
    expect(sorted).toEqual([ids[2], ids[1], ids[0]]);
    expect(await found('orderby external_id desc')).toHaveLength(10);
  });

  test.each([
    ['config.manager_settings.divest_amount gt 0', /not supported/],
    ["name eq 'a' and", /expected a field/],
    ['nonsense', /not found/],
    ["unknown_field eq 'a'", /not found/],
    ['name is null', /operator/],
    ["(name eq 'a')", /cannot parse/],
    ["not name eq 'a'", /not found/],
    ["name eq 'it''s'", /cannot parse/],
    ['name eq ‘curly’', /cannot parse/],
    ['name eq unquoted', /single quotes/],
    ["name in ['a'", /expected \]/],
    ["name in ['a' to 'b']", /dates/],
    ["lastmodified in ['yesterday' to '20240101']", /not a date/],
    ["name gt 'a'", /needs a number/],
    ["name eq 'a' name eq 'b'", /unexpected/],
    ['', /empty/],
  ])('refuses %s', async (text, message) => {
    expect(await refused(`/portfolios/?${query(text)}`)).toMatch(message);
  });

  test('without batching refuses lists of ids only', async () => {
    standins.investSuite.settings.batching = false;
    expect(await refused(`/portfolios/?${query(`id in ['${ids[0]}']`)}`)).toMatch(/'in'/);
    expect(await found("external_id in ['bank-0']")).toEqual([ids[0]]);
  });

  test('answers a bare entity where the tenant is set up so', async () => {
    standins.investSuite.settings.bareEntity = true;
    const body = (await client.get(`/portfolios/?${query("external_id eq 'bank-2'")}`)).json();
    expect(body.id).toBe(ids[2]);
    expect(body.results).toBeUndefined();
  });

  test('refuses an address that is too long', async () => {
    const list = Array.from({ length: 400 }, () => `'${ids[0]}'`).join(',');
    expect((await client.get(`/portfolios/?${query(`id in [${list}]`)}`)).status).toBe(414);
  });
});

describe('embedding', () => {
  test('puts each owner once beside the page, and {} into each row', async () => {
    const path = `/portfolios/?embed=owned_by_user_id&${query(`id in ['${ids[0]}','${ids[1]}']`)}`;
    const page = (await client.get(path)).json();
    expect(Object.keys(page._embedded)).toEqual([owner.id]);
    expect(page._embedded[owner.id].first_name).toBe('Jane');
    expect(page.results.map((row: { _embedded: object }) => row._embedded)).toEqual([{}, {}]);
  });

  test('fails as documented', async () => {
    const of = (id: string, embed: string) => client.get(`/portfolios/${id}?embed=${embed}`);
    expect((await of(ids[0] ?? '', 'nothing')).json().detail[0].msg).toBe("field 'nothing' not found in this entity");
    expect((await of(ids[0] ?? '', 'name')).json().detail[0].msg).toBe("field 'name' cannot be embedded");
    expect((await of(ids[0] ?? '', 'name')).json().body).toBeUndefined();
    const denied = await of(ofSecret.portfolioId, 'owned_by_user_id');
    expect([denied.status, typeof denied.json().detail]).toEqual([403, 'string']);
    expect((await of(ofGone.portfolioId, 'owned_by_user_id')).status).toBe(404);
    const page = await client.get('/portfolios/?limit=100&embed=owned_by_user_id');
    expect(page.status).toBe(403);
  });
});

describe('single reads', () => {
  test('take both forms of the address', async () => {
    for (const end of ['', '/']) {
      expect((await client.get(`/portfolios/${ids[0]}${end}`)).json().id).toBe(ids[0]);
      expect((await client.get(`/users/${owner.id}${end}`)).json().email).toBe('lists.owner@example.com');
    }
    expect((await client.get('/events/deposit')).status).toBe(404);
  });

  test('answer 404 for what is not there or deleted, 403 for what is not ours, 405 for other methods', async () => {
    expect((await client.get('/portfolios/P00000000000000000000000000')).json().title).toBe('Resource not found');
    expect((await client.get(`/users/${gone.id}`)).status).toBe(404);
    expect((await client.get(`/users/${secret.id}`)).status).toBe(403);
    expect((await client.patch('/portfolios/', {})).status).toBe(405);
  });
});
