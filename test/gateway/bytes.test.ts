import { connect } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { seedPortfolio } from '../../src/standins/index.ts';
import { eventually, readAnswer } from '../helpers/gateway.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { rawSocket } from '../live/clients.ts';

const one = seedPortfolio({ key: 'bytes' });
let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [one] });
});
afterAll(() => world.stop());

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

const post = async (body: string | Buffer, headers: Record<string, string> = {}) =>
  await readAnswer(
    await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: new Uint8Array(Buffer.from(body)),
    }),
  );

const VIEWER = '{"query":"{ viewer { id } }"}';

/** A deposit as JSON; `key` is put in as it is, escapes and all. */
const deposit = (key: string): string =>
  JSON.stringify({
    query: `mutation ($input: RegisterDepositInput!) { registerDeposit(input: $input) {
      __typename ... on RegisterDepositSuccess { replayed deposit { id } } ... on InvalidInputError { field message } } }`,
    variables: { input: { portfolioId: one.portfolioId, amount: '10.00', currency: 'EUR', idempotencyKey: 'KEY' } },
  }).replace('KEY', key);

const deposits = async (): Promise<number> => {
  const { data } = await world.ask(
    `{ portfolio(id: "${one.portfolioId}") { deposits(first: 100) { edges { cursor } } } }`,
  );
  return (data as { portfolio: { deposits: { edges: unknown[] } } }).portfolio.deposits.edges.length;
};

describe('a body that is not UTF-8', () => {
  it('makes no deposit, so that two keys in ISO-8859-1 never become one', async () => {
    const before = await deposits();
    for (const key of ['Rent Jörg', 'Rent Jürg']) {
      const undeclared = await post(latin1(deposit(key)));
      expect(undeclared.status).toBe(400);
      expect(undeclared.errors?.[0]?.extensions['code']).toBe('BAD_REQUEST');
      const declared = await post(latin1(deposit(key)), { 'content-type': 'application/json; charset=ISO-8859-1' });
      expect(declared.status).toBe(415);
    }
    expect(await deposits()).toBe(before);
    // The same keys in UTF-8 are two.
    for (const key of ['Rent Jörg', 'Rent Jürg']) {
      const answer = await post(deposit(key));
      expect(answer.data).toMatchObject({ registerDeposit: { replayed: false } });
    }
    expect(await deposits()).toBe(before + 2);
  });

  const withByteInText = (...bytes: number[]): Buffer =>
    Buffer.concat([Buffer.from('{"query":"{ viewer { id } } # '), Buffer.from(bytes), Buffer.from('"}')]);
  it.each([
    ['a letter of ISO-8859-1', withByteInText(0xf6)],
    ['a cut character', withByteInText(0xe2, 0x82)],
    ['a surrogate in UTF-8', withByteInText(0xed, 0xa0, 0x80)],
    ['an overlong quote', withByteInText(0xc0, 0xa2)],
    ['UTF-16, little endian', Buffer.from(`\ufeff${VIEWER}`, 'utf16le')],
    ['UTF-16, big endian', Buffer.from(`\ufeff${VIEWER}`, 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from(VIEWER, 'utf16le')],
  ])('is refused with 400: %s', async (_what, body) => {
    for (const headers of [{}, { 'content-type': 'application/json; charset=utf-8' }]) {
      const answer = await post(body, headers);
      expect(answer.status).toBe(400);
      expect(answer.errors).toHaveLength(1);
      expect(answer.text).not.toContain('�');
    }
  });
});

describe('a declared charset', () => {
  it.each(['utf-8', 'UTF-8', 'utf8', '"utf-8"', '"UTF-8"', '"utf\\-8"', 'Utf8; profile=x'])(
    'that is UTF-8 is taken: %s',
    async (charset) => {
      const answer = await post(VIEWER, { 'content-type': `Application/JSON ;  charset=${charset}` });
      expect(answer.data).toMatchObject({ viewer: {} });
    },
  );

  it.each([
    'iso-8859-1',
    'ISO-8859-1',
    '"iso-8859-1"',
    'latin1',
    'us-ascii',
    'utf-16',
    'utf-7',
    '""',
    'utf-8; charset=iso-8859-1',
    "'utf-8'",
    'utf-8x',
  ])('that is another is refused with 415: %s', async (charset) => {
    const answer = await post(VIEWER, { 'content-type': `application/json; charset=${charset}` });
    expect(answer.status).toBe(415);
    expect(answer.errors).toHaveLength(1);
  });
});

describe('a body', () => {
  it('may begin with a byte order mark', async () => {
    for (const headers of [{}, { 'content-type': 'application/json; charset=UTF-8', accept: '*/*' }]) {
      expect((await post(`\ufeff${VIEWER}`, headers)).data).toMatchObject({ viewer: {} });
    }
    expect((await post(`\ufeff${deposit('with a mark')}`)).data).toMatchObject({
      registerDeposit: { replayed: false },
    });
    expect((await post(`\ufeff\ufeff${VIEWER}`)).status).toBe(400);
  });

  it.each([
    ['gzip', gzipSync(VIEWER)],
    ['br', brotliCompressSync(VIEWER)],
    ['deflate', Buffer.from(VIEWER)],
    ['GZIP', Buffer.from(VIEWER)],
    ['identity, gzip', Buffer.from(VIEWER)],
  ])('that is compressed is refused with 415 and told how it is taken: %s', async (encoding, body) => {
    const answer = await post(body, { 'content-encoding': encoding });
    expect(answer.status).toBe(415);
    expect(answer.headers.get('accept-encoding')).toBe('identity');
    expect(answer.errors).toHaveLength(1);
  });

  it('is not compressed by the encoding identity', async () => {
    expect((await post(VIEWER, { 'content-encoding': 'Identity' })).data).toMatchObject({ viewer: {} });
  });

  it.each([
    ['{"query":"{ viewer { id } }", IBAN DE89370400440532013000}'],
    ['secret-token-of-a-customer'],
    ['[1,2,DE89370400440532013000'],
    ['"DE89370400440532013000"'],
    ['{"query":"{ viewer { id } }","variables":"DE89370400440532013000"}'],
    ['{"query":{"DE89370400440532013000":1}}'],
  ])('that is none of ours is never repeated in the error: %s', async (body) => {
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const answer = await post(body, { accept });
      expect(answer.errors?.length).toBeGreaterThan(0);
      expect(answer.text).not.toMatch(/DE89|secret-token/);
    }
    const address = `${world.url}/graphql?query={viewer{id}}&variables=${encodeURIComponent(body.slice(1))}`;
    expect(await (await fetch(address)).text()).not.toMatch(/DE89|secret-token/);
  });

  it('may have members that GraphQL over HTTP does not know, such as the id of a client’s own', async () => {
    const more = { id: 'q1', key: 7, doc_id: null, queryName: 'x', __proto__: { query: '{ nope }' } };
    expect((await post(JSON.stringify({ ...JSON.parse(VIEWER), ...more }))).data).toMatchObject({ viewer: {} });
  });
});

describe('a GET', () => {
  const get = async (search: string) => await readAnswer(await fetch(`${world.url}/graphql?${search}`));

  it.each([
    ['a letter of ISO-8859-1 in a variable', 'query={viewer{id}}&variables=%7B%22x%22%3A%22J%F6rg%22%7D'],
    ['a letter of ISO-8859-1 in the document', 'query=%7Bviewer%7Bid%7D%7D%23%F6'],
    ['a surrogate', 'query=%7Bviewer%7Bid%7D%7D%23%ED%A0%80'],
    ['half a character before another', 'query=%7Bviewer%7Bid%7D%7D%23%C3x'],
    ['the name of a parameter', 'query={viewer{id}}&%F6=1'],
  ])('whose parameters are not UTF-8 is refused: %s', async (_what, search) => {
    const answer = await get(search);
    expect(answer.status).toBe(400);
    expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_REQUEST');
  });

  it('in UTF-8 is answered, with a percent sign that means nothing, too', async () => {
    expect((await get('query=%7Bviewer%7Bid%7D%7D%23%C3%B6%20%zz 5%')).data).toMatchObject({ viewer: {} });
  });

  it('with bare bytes in its address is refused', async () => {
    for (const letter of [Buffer.from('ö'), Buffer.from([0xf6])]) {
      const head = [
        Buffer.from('GET /graphql?query={viewer{id}}%23'),
        letter,
        Buffer.from(' HTTP/1.1\r\nHost: x\r\n\r\n'),
      ];
      expect(await firstLine(Buffer.concat(head))).toContain(' 400 ');
    }
  });
});

/** First line of the answer to bytes that no HTTP client would send. */
const firstLine = async (request: Buffer): Promise<string> =>
  await new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1', () => socket.write(request));
    socket.once('error', reject);
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve(bytes.toString('latin1').split('\r\n', 1)[0] ?? '');
    });
  });

describe('half of a surrogate pair', () => {
  const HALF = '\\ud800';
  const inputs: readonly (readonly [string, string, object, string])[] = [
    [
      'registerDeposit',
      'idempotencyKey',
      { portfolioId: one.portfolioId, amount: '1.00', currency: 'EUR', idempotencyKey: 'HALF' },
      'RegisterDepositInput',
    ],
    [
      'registerDeposit',
      'portfolioId',
      { portfolioId: 'HALF', amount: '1.00', currency: 'EUR', idempotencyKey: 'half-1' },
      'RegisterDepositInput',
    ],
    [
      'requestWithdrawal',
      'remittanceInformation',
      {
        portfolioId: one.portfolioId,
        amount: '1.00',
        currency: 'EUR',
        remittanceInformation: 'Rent HALF',
        idempotencyKey: 'half-2',
      },
      'RequestWithdrawalInput',
    ],
    ['cancelWithdrawal', 'id', { id: 'wdr_HALF', idempotencyKey: 'half-3' }, 'CancelWithdrawalInput'],
    [
      'resolveReview',
      'note',
      { id: 'dep_x', outcome: 'DONE', note: 'HALF', idempotencyKey: 'half-4' },
      'ResolveReviewInput',
    ],
    [
      'recordTransaction',
      'movements[1].description',
      {
        portfolioId: one.portfolioId,
        movements: [0, 1].map((index) => ({
          type: 'CASH_DEPOSIT',
          status: 'SETTLED',
          datetime: '2024-01-02T03:04:05Z',
          instrumentId: '$EUR',
          quantity: '1',
          description: index === 0 ? 'whole' : 'HALF',
        })),
        idempotencyKey: 'half-5',
      },
      'RecordTransactionInput',
    ],
  ];
  it.each(inputs)('in the input of %s is InvalidInputError: %s', async (mutation, field, input, type) => {
    const body = JSON.stringify({
      query: `mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename ... on InvalidInputError { field } } }`,
      variables: { input },
    }).replace('HALF', HALF);
    const answer = await post(body);
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toEqual({ [mutation]: { __typename: 'InvalidInputError', field } });
  });

  it.each([
    ['an id', 'query ($x: ID!) { portfolio(id: $x) { id } }'],
    ['ids', 'query ($x: ID!) { nodes(ids: [$x]) { id } }'],
    ['a filter', 'query ($x: String) { portfolios(filter: { externalId: $x }) { edges { cursor } } }'],
    ['a cursor', 'query ($x: String) { portfolios(after: $x) { edges { cursor } } }'],
    ['a variable that nobody reads', 'query { viewer { id } }'],
    ['a subscription', 'subscription ($x: ID) { notifications(after: $x) { id } }'],
  ])('in %s of a query is BAD_USER_INPUT', async (_what, query) => {
    const variables = '{"x":"HALF"}'.replace('HALF', HALF);
    const answer = await post(`{"query":${JSON.stringify(query)},"variables":${variables}}`);
    expect(answer.status).toBe(400);
    expect(answer.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    const search = `query=${encodeURIComponent(query)}&variables=${encodeURIComponent(variables)}`;
    const byGet = await readAnswer(await fetch(`${world.url}/graphql?${search}`));
    expect([byGet.status, byGet.errors?.[0]?.extensions['code']]).toEqual([400, 'BAD_USER_INPUT']);
  });

  it('is refused after the same query has been answered a hundred times', async () => {
    const query = 'query Often($x: ID!) { portfolio(id: $x) { id } }';
    const ask = (x: string) => post(`{"query":${JSON.stringify(query)},"variables":{"x":"${x}"}}`, { accept: '*/*' });
    for (let times = 0; times < 5; times += 1) expect((await ask(one.portfolioId)).status).toBe(200);
    expect((await ask(`${one.portfolioId}${HALF}`)).errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
    // A whole pair is a character like all others.
    expect((await ask('\\ud83d\\ude00')).data).toEqual({ portfolio: null });
  });

  it.each([
    ['a literal', '{ portfolio(id: "x\\ud800") { id } }'],
    ['a block', '{ portfolio(id: """x\ud800""") { id } }'],
    ['a comment', '{ viewer { id } } # \ud800'],
    ['a literal as it is', '{ portfolio(id: "x\ud800") { id } }'],
  ])('in a document is refused: %s', async (_what, query) => {
    const answer = await post(JSON.stringify({ query }));
    expect(answer.errors).toHaveLength(1);
    expect(answer.data).toBeUndefined();
  });

  it('in the name of an operation or in extensions is refused', async () => {
    for (const more of ['"operationName":"HALF"', '"extensions":{"x":["HALF"]}', '"documentId":"HALF"']) {
      const answer = await post(`{"query":"{ viewer { id } }",${more.replace('HALF', HALF)}}`);
      expect(answer.status).toBe(400);
      expect(answer.data).toBeUndefined();
    }
  });
});

describe('a WebSocket', () => {
  const open = async (): Promise<{ socket: WebSocket; messages: string[]; closed: Promise<number> }> => {
    const { socket, closed } = await rawSocket(world.url);
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    socket.send(Buffer.from('\ufeff{"type":"connection_init"}'), { binary: false });
    await new Promise((resolve) => socket.once('message', resolve));
    return { socket, messages, closed };
  };
  const operation = (key: string): Buffer => latin1(`{"id":"1","type":"subscribe","payload":${deposit(key)}}`);

  it.each([
    ['text', false],
    ['binary', true],
  ])('is closed with 1007 by a %s message that is not UTF-8, and nothing is done', async (_what, binary) => {
    const before = await deposits();
    const { socket, closed } = await open();
    socket.send(operation('Rent J\xf6rg by WebSocket'), { binary });
    expect(await closed).toBe(1007);
    expect(await deposits()).toBe(before);
  });

  /** The first message of an operation: its result, or its error. */
  const answerTo = async (messages: readonly string[], id: string): Promise<string> =>
    await eventually(() => {
      const found = messages.find((each) => each.includes(`"id":"${id}"`));
      if (found === undefined) throw new Error('no answer');
      return found;
    });

  it.each([
    ['text', false],
    ['binary', true],
  ])('takes UTF-8 as %s', async (_what, binary) => {
    const { socket, messages } = await open();
    const text = '{"id":"1","type":"subscribe","payload":{"query":"{ viewer { id } } # ö"}}';
    socket.send(Buffer.from(text), { binary });
    expect(await answerTo(messages, '1')).toContain('"data":{"viewer"');
    socket.close();
  });

  it('answers half of a surrogate pair as HTTP does', async () => {
    const { socket, messages } = await open();
    const say = async (id: string, payload: string): Promise<string> => {
      socket.send(`{"id":"${id}","type":"subscribe","payload":${payload}}`);
      return await answerTo(messages, id);
    };
    expect(await say('mutation', deposit('half\\ud800'))).toContain('"__typename":"InvalidInputError"');
    const query = '{"query":"query ($x: ID!) { portfolio(id: $x) { id } }","variables":{"x":"\\ud800"}}';
    expect(await say('query', query)).toContain('BAD_USER_INPUT');
    socket.close();
  });
});
