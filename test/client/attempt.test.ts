import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AttemptPendingError,
  abandon,
  attempt,
  type KeyValueStorage,
  memoryStorage,
  request,
  resume,
  unanswered,
} from '../../client/index.ts';
import { seedPortfolio } from '../../src/standins/index.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { startWorld, type World } from '../helpers/world.ts';

const DOCUMENT = `mutation ($input: RequestWithdrawalInput!) {
  requestWithdrawal(input: $input) {
    __typename
    ... on RequestWithdrawalSuccess { replayed withdrawal { id amount } }
    ... on Error { code message retryable }
  }
}`;
interface Data {
  readonly requestWithdrawal:
    | {
        readonly __typename: 'RequestWithdrawalSuccess';
        readonly replayed: boolean;
        readonly withdrawal: { id: string };
      }
    | { readonly __typename: 'InsufficientCashError' | 'ForbiddenError'; readonly code: string };
}
type Input = Readonly<Record<'portfolioId' | 'amount' | 'currency', string>>;

/** The fault that a request meets on its way. The gateway answers each request that reaches it, whether the answer arrives or not. */
type Trouble =
  | 'answer lost'
  | 'half an answer'
  | 'not sent'
  | {
      readonly status: number;
      readonly body: string;
      readonly reaches?: true;
      readonly headers?: Record<string, string>;
    };

const seed = seedPortfolio({ key: 'kit', name: 'Kit', manager: 'USER_MANAGED', holdings: { $EUR: '100000.00' } });
let issuer: TestIssuer;
let world: World;
let proxy: { url: string; stop: () => Promise<void> };
/** For the next requests, in order; then none. */
let troubles: Trouble[];
let requests: number;
beforeAll(async () => {
  issuer = await startIssuer();
  world = await startWorld({ seed: [seed], gateway: { auth: issuer.settings } });
  proxy = await listenOnLoopback(createServer((incoming, outgoing) => void pass(incoming, outgoing)));
});
afterAll(async () => {
  await proxy.stop();
  await world.stop();
  await issuer.stop();
});
beforeEach(() => {
  troubles = [];
  requests = 0;
});

async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  requests += 1;
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const trouble = troubles.shift();
  if (trouble === 'not sent') return void incoming.socket.destroy();
  if (typeof trouble === 'object' && trouble.reaches !== true)
    return void outgoing.writeHead(trouble.status, trouble.headers).end(trouble.body);
  const { authorization = '' } = incoming.headers;
  const headers = { 'content-type': 'application/json', authorization };
  const answer = await fetch(`${world.url}/graphql`, { method: 'POST', headers, body: Buffer.concat(chunks) });
  const text = await answer.text();
  if (trouble === 'answer lost') return void incoming.socket.destroy();
  if (trouble === 'half an answer') {
    outgoing.writeHead(200, { 'content-length': text.length });
    return void outgoing.write(text.slice(0, 20), () => incoming.socket.destroy());
  }
  if (typeof trouble === 'object') return void outgoing.writeHead(trouble.status, trouble.headers).end(trouble.body);
  outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
}

const send = () =>
  request<Data, { readonly input: Input & { readonly idempotencyKey: string } }>(
    { url: `${proxy.url}/graphql`, token: () => issuer.token({ sub: 'operator', scope: 'operator' }) },
    DOCUMENT,
  );
const inputOf = (amount: string): Input => ({ portfolioId: seed.portfolioId, amount, currency: 'EUR' });
const withdraw = (amount: string, storage: KeyValueStorage = memoryStorage(), more = {}) =>
  attempt<Data, Input>({ storage, name: 'withdrawal', input: inputOf(amount), send: send(), pauseMs: 5, ...more });

/** How many withdrawals of this amount the gateway has. */
async function count(amount: string): Promise<number> {
  const query =
    '{ portfolios(first: 10) { edges { node { withdrawals(first: 100) { edges { node { amount } } } } } } }';
  const authorization = `Bearer ${await issuer.token({ sub: 'operator', scope: 'operator' })}`;
  const { text } = await world.ask(query, {}, { authorization });
  return [...text.matchAll(/"amount":"([^"]+)"/g)].filter(([, each]) => each === amount).length;
}

describe('an attempt to withdraw', () => {
  it.each<[string, string, Trouble[]]>([
    ['11.01', 'nothing happens', []],
    ['11.02', 'its answer is lost', ['answer lost']],
    ['11.03', 'half of its answer arrives', ['half an answer', 'half an answer']],
    ['11.04', 'it does not arrive', ['not sent', 'not sent']],
    ['11.05', 'a proxy gives up on it', [{ status: 504, body: '<html>', reaches: true }]],
    ['11.06', 'a proxy answers 200 with a page', [{ status: 200, body: '<html>', reaches: true }]],
    [
      '11.07',
      'an answer is an internal error',
      [
        {
          status: 500,
          body: '{"errors":[{"message":"x","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}',
          reaches: true,
        },
      ],
    ],
    [
      '11.08',
      'the gateway is busy',
      [
        { status: 429, body: '{"errors":[{"message":"x","extensions":{"code":"RATE_LIMITED"}}]}' },
        { status: 503, body: '{"errors":[{"message":"x","extensions":{"code":"OVERLOADED"}}]}' },
      ],
    ],
    [
      '11.09',
      'the outcome is pending',
      [
        {
          status: 200,
          reaches: true,
          body: '{"data":{"requestWithdrawal":{"__typename":"UpstreamRefusedError","code":"OUTCOME_PENDING"}}}',
        },
      ],
    ],
    [
      '11.10',
      'what says that nothing was recorded follows a lost answer',
      [
        'answer lost',
        { status: 200, body: '{"data":null,"errors":[{"message":"x","extensions":{"code":"UPSTREAM_UNAVAILABLE"}}]}' },
        { status: 200, body: '{"data":{"requestWithdrawal":{"__typename":"ForbiddenError","code":"FORBIDDEN"}}}' },
        { status: 401, body: '{"errors":[{"message":"x","extensions":{"code":"UNAUTHENTICATED"}}]}' },
      ],
    ],
  ])('is one withdrawal (%s) where %s', async (amount, _name, given) => {
    troubles = given;
    const storage = memoryStorage();
    const outcome = await withdraw(amount, storage);
    expect(outcome).toMatchObject({ kind: 'done', result: { withdrawal: { amount } } });
    expect(await count(amount)).toBe(1);
    expect(troubles).toEqual([]);
    expect(await unanswered(storage, 'withdrawal')).toBeUndefined();
  });

  it('is one withdrawal where its answer was lost and the page was loaded again', async () => {
    const storage = memoryStorage();
    troubles = ['answer lost'];
    // The page goes while it waits to send again.
    expect(await withdraw('12.01', storage, { patienceMs: 0 })).toMatchObject({ kind: 'unknown' });
    expect(await unanswered(storage, 'withdrawal')).toMatchObject({ input: inputOf('12.01') });
    const again = await resume<Data, Input>({ storage, name: 'withdrawal', send: send() });
    expect(again).toMatchObject({ kind: 'done', result: { replayed: true } });
    expect(await resume<Data, Input>({ storage, name: 'withdrawal', send: send() })).toBeUndefined();
    expect(await count('12.01')).toBe(1);
  });

  it('is one withdrawal where somebody enters the same after a reload', async () => {
    const storage = memoryStorage();
    troubles = ['answer lost'];
    await withdraw('12.02', storage, { patienceMs: 0 });
    const { portfolioId, amount, currency } = inputOf('12.02');
    const input = { currency, amount, portfolioId };
    expect(await withdraw('12.02', storage, { input })).toMatchObject({ result: { replayed: true } });
    expect(await count('12.02')).toBe(1);
  });

  it('is one withdrawal where the button is pressed twice', async () => {
    const storage = memoryStorage();
    const slow: KeyValueStorage = {
      getItem: async (name) => storage.getItem(name),
      setItem: async (name, value) => storage.setItem(name, value),
      removeItem: async (name) => storage.removeItem(name),
    };
    const [first, second] = await Promise.all([withdraw('12.03', slow), withdraw('12.03', slow)]);
    expect([first.kind, second.kind]).toEqual(['done', 'done']);
    expect(first.key).toBe(second.key);
    expect(await count('12.03')).toBe(1);
  });

  it('is another withdrawal once the first one is answered', async () => {
    const storage = memoryStorage();
    await withdraw('12.04', storage);
    await withdraw('12.04', storage);
    expect(await count('12.04')).toBe(2);
  });

  it('is not made while another one has no answer, unless that one was given up', async () => {
    const storage = memoryStorage();
    troubles = ['answer lost'];
    await withdraw('12.05', storage, { patienceMs: 0 });
    await expect(withdraw('12.06', storage)).rejects.toThrow(AttemptPendingError);
    await abandon(storage, 'withdrawal');
    expect((await withdraw('12.06', storage)).kind).toBe('done');
  });

  it('is refused at once where nothing is in doubt, and has a new key then', async () => {
    const storage = memoryStorage();
    const first = await withdraw('99999999', storage);
    expect(first).toMatchObject({
      kind: 'refused',
      refusal: { type: 'InsufficientCashError', code: 'INSUFFICIENT_CASH' },
    });
    expect(requests).toBe(1);
    const second = await withdraw('99999999', storage);
    expect(second.key).not.toBe(first.key);
  });

  it('keeps its key for the same input where a refusal followed a lost answer', async () => {
    const storage = memoryStorage();
    troubles = ['not sent'];
    const first = await withdraw('99999998', storage);
    expect(first.kind).toBe('refused');
    expect(await unanswered(storage, 'withdrawal')).toBeUndefined();
    expect((await withdraw('99999998', storage)).key).toBe(first.key);
    expect((await withdraw('12.07', storage)).kind).toBe('done');
  });

  it('is not sent where its key can not be stored', async () => {
    const full = { ...memoryStorage(), setItem: () => Promise.reject(new Error('QuotaExceededError')) };
    await expect(withdraw('12.08', full)).rejects.toThrow('QuotaExceededError');
    expect(requests).toBe(0);
  });

  it('waits no longer than its patience, and for no longer than its signal', async () => {
    troubles = Array<Trouble>(1_000).fill('not sent');
    expect((await withdraw('12.09', memoryStorage(), { patienceMs: 50 })).kind).toBe('unknown');
    const controller = new AbortController();
    const outcome = withdraw('12.09', memoryStorage(), { signal: controller.signal });
    controller.abort();
    expect((await outcome).kind).toBe('unknown');
  });

  it('asks for another token once where one is refused', async () => {
    const questions: (string | undefined)[] = [];
    const connection = {
      url: `${proxy.url}/graphql`,
      token: async ({ refused }: { readonly refused: string | undefined }) => {
        questions.push(refused);
        return refused === undefined ? 'old' : await issuer.token({ sub: 'operator', scope: 'operator' });
      },
    };
    const outcome = await withdraw('12.10', memoryStorage(), { send: request(connection, DOCUMENT) });
    expect([outcome.kind, questions]).toEqual(['done', [undefined, 'old']]);
    const nobody = { url: `${proxy.url}/graphql`, token: () => 'old' };
    const refused = await withdraw('12.10', memoryStorage(), { send: request(nobody, DOCUMENT) });
    expect(refused).toMatchObject({ kind: 'refused', refusal: { code: 'UNAUTHENTICATED', retryable: true } });
  });
});

describe('what clients make of an answer', () => {
  const error = { message: 'No.', extensions: { code: 'UPSTREAM_UNAVAILABLE', retryable: true } };
  it.each<[string, () => Promise<object>]>([
    ['Apollo Client 4', () => Promise.reject(Object.assign(new Error(), { errors: [error] }))],
    ['Apollo Client 3', () => Promise.reject(Object.assign(new Error(), { graphQLErrors: [error] }))],
    ['urql', () => Promise.resolve({ data: null, error: { graphQLErrors: [error] } })],
    ['graphql-request', () => Promise.reject(Object.assign(new Error(), { response: { errors: [error] } }))],
    ['TanStack Query over fetch', () => Promise.resolve({ errors: [error] })],
  ])('is understood: %s', async (_name, sendIt) => {
    const outcome = await attempt({ storage: memoryStorage(), name: 'x', input: {}, send: sendIt });
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { code: 'UPSTREAM_UNAVAILABLE', retryable: true } });
  });
});
