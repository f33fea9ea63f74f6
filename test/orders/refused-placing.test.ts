import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';

const APPLE = 'US0378331005';
/** In the stand-ins' directory: whole units only; not traded now. */
const WHOLE = 'DE000BU0E006';
const INACTIVE = 'XS2010032618';

const ann = seedUser({ key: 'ann' });
const bob = seedUser({ key: 'bob' });
const base = { owner: ann, manager: 'USER_MANAGED', holdings: { $EUR: '1000', [APPLE]: '5' } } as const;
const own = seedPortfolio({ key: 'own', ...base });
const foreign = seedPortfolio({ key: 'foreign', ...base, owner: bob });
const robo = seedPortfolio({ key: 'robo', ...base, manager: 'ROBO_ADVISOR_DISCRETIONARY' });
const paper = seedPortfolio({ key: 'paper', ...base, moneyType: 'PAPER_MONEY' });
const closed = seedPortfolio({ key: 'closed', ...base, status: 'INACTIVE' });
const archived = seedPortfolio({ key: 'archived', ...base, archived: true });
const unlinked = seedPortfolio({ key: 'unlinked', ...base, linked: false });

let issuer: TestIssuer;
let world: World;
beforeAll(async () => {
  issuer = await startIssuer();
  const seed = [own, foreign, robo, paper, closed, archived, unlinked];
  world = await startWorld({ seed, instruments: true, gateway: { auth: issuer.settings } });
});
afterAll(async () => {
  await world.stop();
  await issuer.stop();
});

const PLACE = `mutation ($input: PlaceOrderInput!) {
  placeOrder(input: $input) { ... on PlaceOrderSuccess { order { id } } ... on Error { code } ... on InvalidInputError { field } }
}`;
const PREVIEW = `query ($input: OrderPreviewInput!) {
  orderPreview(input: $input) {
    estimatedPrice { amount } estimatedQuantity estimatedAmount currency availableCash availableQuantity
    problems { code message field }
  }
}`;

type Draft = Readonly<Record<string, unknown>>;
interface Preview {
  readonly problems: readonly { readonly code: string; readonly field: string | null }[];
  readonly [figure: string]: unknown;
}

const BUY = { side: 'BUY', portfolioId: own.portfolioId, isin: APPLE };
const CUSTOMER = 'portfolios:read orders:place';
let keys = 0;

async function ask(query: string, input: Draft, scope: string): Promise<Readonly<Record<string, unknown>>> {
  const authorization = `Bearer ${await issuer.token({ sub: ann.id, scope })}`;
  const { data, text } = await world.ask(query, { input }, { authorization });
  if (data == null) throw new Error(text);
  return { ...data };
}
const place = async (draft: Draft, scope = CUSTOMER, key = `key-${++keys}`) =>
  (await ask(PLACE, { idempotencyKey: key, ...draft }, scope))['placeOrder'] as {
    readonly code?: string;
    readonly field?: string;
  };
const preview = async (draft: Draft, scope = CUSTOMER) => (await ask(PREVIEW, draft, scope))['orderPreview'] as Preview;

const nothingSent = (): void => {
  expect(world.upvest.calls.list({ method: 'POST', path: /^\/orders/ })).toEqual([]);
  expect(world.investSuite.calls.list({ method: 'POST', path: /transactions/ })).toEqual([]);
};

describe('an order that is refused', () => {
  it.each<[what: string, draft: Draft, code: string]>([
    ['neither quantity nor amount', { ...BUY }, 'INVALID_INPUT quantity'],
    ['both', { ...BUY, quantity: '1', amount: '1' }, 'INVALID_INPUT amount'],
    ['three decimals of an amount', { ...BUY, amount: '1.001' }, 'INVALID_INPUT amount'],
    ['an amount over the maximum', { ...BUY, amount: '1000000000' }, 'INVALID_INPUT amount'],
    ['LIMIT without a limit', { ...BUY, quantity: '1', orderType: 'LIMIT' }, 'INVALID_INPUT limitPrice'],
    ['STOP without a stop', { ...BUY, quantity: '1', orderType: 'STOP' }, 'INVALID_INPUT stopPrice'],
    ['MARKET with a limit', { ...BUY, quantity: '1', limitPrice: '1' }, 'INVALID_INPUT limitPrice'],
    ['a past day', { ...BUY, quantity: '1', expiresOn: '2020-01-01' }, 'INVALID_INPUT expiresOn'],
    ['a fraction of whole units', { ...BUY, isin: WHOLE, quantity: '0.5' }, 'INVALID_INPUT quantity'],
    ['nobody’s portfolio', { ...BUY, portfolioId: 'P01F8ZSNV0J45R9DFZ3D7D8C26F', amount: '1' }, 'NOT_FOUND'],
    ['another’s portfolio', { ...BUY, portfolioId: foreign.portfolioId, amount: '1' }, 'NOT_FOUND'],
    ['a robo portfolio', { ...BUY, portfolioId: robo.portfolioId, amount: '1' }, 'PORTFOLIO_NOT_TRADABLE'],
    ['paper money', { ...BUY, portfolioId: paper.portfolioId, amount: '1' }, 'PORTFOLIO_NOT_TRADABLE'],
    ['a closed portfolio', { ...BUY, portfolioId: closed.portfolioId, amount: '1' }, 'PORTFOLIO_NOT_TRADABLE'],
    ['an archived one', { ...BUY, portfolioId: archived.portfolioId, amount: '1' }, 'PORTFOLIO_NOT_TRADABLE'],
    ['one without a broker', { ...BUY, portfolioId: unlinked.portfolioId, amount: '1' }, 'PORTFOLIO_NOT_TRADABLE'],
    ['an unknown instrument', { ...BUY, isin: 'DE0000000000', amount: '1' }, 'INSTRUMENT_NOT_TRADABLE'],
    ['an inactive instrument', { ...BUY, isin: INACTIVE, amount: '1' }, 'INSTRUMENT_NOT_TRADABLE'],
    ['too little cash', { ...BUY, amount: '1000.01' }, 'INSUFFICIENT_CASH'],
    ['too little cash with the buffer', { ...BUY, quantity: '1000' }, 'INSUFFICIENT_CASH'],
    ['too few units', { ...BUY, side: 'SELL', quantity: '5.1' }, 'INSUFFICIENT_POSITION'],
  ])('for %s has the code that its preview had, and sends nothing', async (_what, draft, expected) => {
    const [code, field = null] = expected.split(' ');
    const { problems } = await preview(draft);
    expect(problems[0]).toMatchObject({ code, field });
    expect(await place(draft)).toEqual(field === null ? { code } : { code, field });
    nothingSent();
  });

  it('has the code of the first check that fails, in the documented order', async () => {
    // Each has all that is wrong with the next ones.
    const short = { ...BUY, amount: '5000' };
    const untraded = { ...short, isin: INACTIVE };
    const untradable = { ...untraded, portfolioId: paper.portfolioId };
    const unknown = { ...untradable, portfolioId: foreign.portfolioId };
    const invalid = { ...unknown, amount: '5000.001' };
    expect(await place(invalid, 'portfolios:read', '')).toEqual({ code: 'FORBIDDEN' });
    expect(await place(invalid, CUSTOMER, '')).toEqual({ code: 'INVALID_INPUT', field: 'idempotencyKey' });
    expect(await place(invalid)).toEqual({ code: 'INVALID_INPUT', field: 'amount' });
    expect(await place(unknown)).toEqual({ code: 'NOT_FOUND' });
    expect(await place(untradable)).toEqual({ code: 'PORTFOLIO_NOT_TRADABLE' });
    expect(await place(untraded)).toEqual({ code: 'INSTRUMENT_NOT_TRADABLE' });
    expect(await place(short)).toEqual({ code: 'INSUFFICIENT_CASH' });
    nothingSent();
  });
});

describe('the preview of an order', () => {
  it('tells all that is wrong, in the order of the checks', async () => {
    const draft = { ...BUY, portfolioId: paper.portfolioId, isin: INACTIVE, amount: '5000' };
    expect((await preview(draft)).problems.map(({ code }) => code)).toEqual([
      'PORTFOLIO_NOT_TRADABLE',
      'INSTRUMENT_NOT_TRADABLE',
    ]);
  });

  it('is refused without the scope, and shows nothing of another’s portfolio', async () => {
    expect(await preview({ ...BUY, amount: '1' }, 'portfolios:read')).toMatchObject({
      problems: [{ code: 'FORBIDDEN' }],
      availableCash: null,
    });
    expect(await preview({ ...BUY, portfolioId: foreign.portfolioId, amount: '1' })).toMatchObject({
      problems: [{ code: 'NOT_FOUND' }],
      availableCash: null,
      currency: 'EUR',
    });
  });

  it('has the estimate, what is there, and nothing against it; then the order is taken', async () => {
    const draft = { ...BUY, amount: '100' };
    const bought = await preview(draft);
    expect(bought).toMatchObject({
      estimatedPrice: { amount: expect.stringMatching(/^\d/) },
      estimatedAmount: '100',
      currency: 'EUR',
      availableCash: '1000',
      availableQuantity: null,
      problems: [],
    });
    expect(Number(bought['estimatedQuantity'])).toBeGreaterThan(0);
    const sold = { ...BUY, side: 'SELL', quantity: '2', orderType: 'LIMIT', limitPrice: '10.5' };
    expect(await preview(sold)).toMatchObject({
      estimatedQuantity: '2',
      estimatedAmount: '21',
      availableCash: null,
      availableQuantity: '5',
      problems: [],
    });
    nothingSent();
    expect(await place(draft)).toMatchObject({ order: { id: expect.stringMatching(/^ord_/) } });
    expect(await place(sold)).toMatchObject({ order: { id: expect.stringMatching(/^ord_/) } });
  });

  it('does not take the price of another currency for its own', async () => {
    expect(await preview({ ...BUY, quantity: '100000', currency: 'USD' })).toMatchObject({
      estimatedAmount: null,
      currency: 'USD',
      problems: [],
    });
  });
});
