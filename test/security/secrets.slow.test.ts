import { generateKeyPairSync } from 'node:crypto';
import { createServer, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  combineSeeds,
  type Standins,
  seedMovement,
  seedPortfolio,
  seedUser,
  startStandins,
} from '../../src/standins/index.ts';
import { eventually } from '../helpers/gateway.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { type ServingProgram, serveProgram, settingsFor } from '../helpers/production.ts';
import { runProgram } from '../helpers/program.ts';

/**
 * Every secret setting and every piece of personal or bank data has this in it. It may be in answers to those whose data
 * it is; it must be nowhere else: in no log, on no console, in no metric, in no error, in nobody else's answer.
 */
const MARK = 'zqMARK';
let marks = 0;
const mark = (what: string): string => {
  marks += 1;
  return `${MARK}${what}${marks}`;
};

const owner = seedUser({
  key: 'secrets',
  firstName: mark('firstname'),
  lastName: mark('lastname'),
  counterAccount: {
    bank_account_number: mark('iban'),
    bank_account_number_type: 'IBAN',
    bank_id: mark('bic'),
    bank_id_type: 'BIC',
  },
  raw: { email: `${mark('mail')}@example.com`, phone: mark('phone') },
});
const mine = seedPortfolio({
  key: 'secrets',
  owner,
  manager: 'USER_MANAGED',
  name: mark('name'),
  externalId: mark('external'),
  brokerageAccount: { bank_account_number: mark('payin'), payment_reference: mark('reference') },
  transactions: [{ externalId: mark('transaction'), movements: [seedMovement({ description: mark('description') })] }],
});
const other = seedUser({ key: 'secrets-other', firstName: 'Other' });
const others = seedPortfolio({ key: 'secrets-other', owner: other, name: 'Other' });

interface Odd {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

/** Stands in front of an upstream: lets everything through, or answers with something odd. Sees the tokens that go by. */
interface Front {
  readonly url: string;
  readonly tokens: Set<string>;
  odd: ((path: string) => Odd | undefined) | undefined;
  stop(): Promise<void>;
}

async function startFront(target: string): Promise<Front> {
  const tokens = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    const token = incoming.headers.authorization?.replace(/^Bearer /i, '');
    if (token !== undefined) tokens.add(token);
    const odd = front.odd?.(incoming.url ?? '');
    if (odd !== undefined) return void outgoing.writeHead(odd.status, odd.headers).end(odd.body);
    const options = { method: incoming.method ?? 'GET', headers: incoming.headers };
    const onward = request(new URL(incoming.url ?? '/', target), options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  });
  const front: Front = { ...(await listenOnLoopback(server)), tokens, odd: undefined };
  return front;
}

let standins: Standins;
let investSuite: Front;
let upvest: Front;
let issuer: TestIssuer;
let program: ServingProgram;
let settings: Record<string, string>;
let operator: string;
let ownToken: string;
let otherToken: string;
beforeAll(async () => {
  const passphrase = mark('passphrase');
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-521' });
  const privateKey = keys.privateKey
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();
  issuer = await startIssuer();
  standins = await startStandins({
    seed: combineSeeds(mine, others),
    settleDelayMs: 20,
    investSuiteCredentials: { accessKeyId: 'access-key', secretAccessKey: mark('secretaccesskey') },
    upvestClient: { clientId: 'b3b1ab09-6d8a-4a7e-8b0c-0d9d3a1c7f10', clientSecret: mark('clientsecret') },
    upvestClientKeys: [
      { keyId: 'own-key', publicKeyPem: keys.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    ],
  });
  investSuite = await startFront(standins.investSuite.url);
  upvest = await startFront(standins.upvest.url);
  settings = {
    ...settingsFor(standins, issuer),
    INVESTSUITE_URL: investSuite.url,
    UPVEST_URL: upvest.url,
    UPVEST_KEY_ID: 'own-key',
    UPVEST_PRIVATE_KEY: privateKey,
    UPVEST_PRIVATE_KEY_PASSPHRASE: passphrase,
    KAFKA_BROKERS: '127.0.0.1:9',
    KAFKA_SASL_MECHANISM: 'PLAIN',
    KAFKA_SASL_USERNAME: 'bus',
    KAFKA_SASL_PASSWORD: mark('saslpassword'),
    LOG_LEVEL: 'trace',
  };
  program = await serveProgram(settings);
  operator = await issuer.token({ sub: 'ops', scope: 'operator' });
  ownToken = await issuer.token({ sub: owner.id, scope: 'portfolios:read cash:withdraw' });
  otherToken = await issuer.token({ sub: other.id, scope: 'portfolios:read cash:withdraw' });
}, 120_000);
afterAll(async () => {
  await program?.end();
  await Promise.all([investSuite?.stop(), upvest?.stop()]);
  await standins?.stop();
  await issuer?.stop();
});

async function ask(token: string, query: string, variables: object = {}): Promise<string> {
  const response = await fetch(`${program.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  return await response.text();
}

const EVERYTHING = `id name externalId holdings { quantity } owner { firstName lastName counterAccount { bankAccountNumber bankId } }
  brokerageAccount { bankAccountNumber paymentReference } cashBalances { balance } positions { isin } brokerOrders { edges { node { id } } }
  referenceAccounts { name owner iban } transactions { edges { node { externalId movements { description } } } }
  deposits { edges { node { state } } } withdrawals { edges { node { remittanceInformation state } } }
  reconciliation { inSync } optimization { id }`;
const readAll = (): string =>
  `{ portfolio(id: "${mine.portfolioId}") { ${EVERYTHING} } node(id: "${owner.id}") { ... on User { firstName } }
     viewer { id user { firstName } portfolios { edges { node { ${EVERYTHING} } } } } }`;

const DEPOSIT =
  'mutation ($input: RegisterDepositInput!) { registerDeposit(input: $input) { __typename ... on Error { code message } } }';
const WITHDRAWAL =
  'mutation ($input: RequestWithdrawalInput!) { requestWithdrawal(input: $input) { __typename ... on Error { code message } } }';
const input = (more: object = {}) => ({
  portfolioId: mine.portfolioId,
  amount: '5',
  currency: 'EUR',
  idempotencyKey: mark('key'),
  ...more,
});

/** Everything that the process has said so far, and what it tells to whoever asks for its figures. */
async function said(): Promise<string> {
  const metrics = await (await fetch(`${program.url}/metrics`)).text();
  return `${program.stdout()}\n${program.stderr()}\n${metrics}`;
}

async function expectNothingSaid(): Promise<void> {
  const text = await said();
  const at = text.indexOf(MARK);
  expect(at === -1 ? '' : text.slice(Math.max(0, at - 400), at + 200)).toBe('');
  for (const token of [operator, ownToken, otherToken, ...investSuite.tokens, ...upvest.tokens]) {
    expect(token.length).toBeGreaterThan(10);
    expect(text.includes(token), 'a token').toBe(false);
    expect(text.includes(token.split('.').at(-1) ?? token), 'a signature').toBe(false);
  }
  expect(text).not.toContain('PRIVATE KEY');
}

describe('secrets and personal data', () => {
  it('are in the answers to whom they belong, and in nothing that the process says', async () => {
    expect(await ask(ownToken, readAll())).toContain(`${MARK}name`);
    expect(await ask(operator, readAll())).toContain(`${MARK}payin`);
    expect(await ask(otherToken, readAll())).not.toContain(MARK);
    await expectNothingSaid();
  });

  it('stay unsaid while money moves', async () => {
    expect(await ask(operator, DEPOSIT, { input: input() })).toContain('RegisterDepositSuccess');
    const withdrawal = await ask(ownToken, WITHDRAWAL, { input: input({ remittanceInformation: mark('remittance') }) });
    expect(withdrawal).toContain('RequestWithdrawalSuccess');
    await eventually(async () => expect(await ask(ownToken, readAll())).toContain('"PROCESSING"'), 15_000).catch(
      () => undefined,
    );
    expect(await ask(otherToken, readAll())).not.toContain(MARK);
    await expectNothingSaid();
  });

  it('stay unsaid whatever a client sends', async () => {
    const odd = [
      ['{ portfolio(id: "zqMARKclient") { id } nope_zqMARKfield }', {}],
      [`{ portfolios(filter: { ownerId: "zqMARKowner" }) { edges { cursor } } }`, {}],
      [`{ portfolios(after: "zqMARKcursor") { edges { cursor } } }`, {}],
      [DEPOSIT, { input: { ...input(), amount: { iban: mark('variable') } } }],
      [DEPOSIT, { input: { ...input(), currency: mark('currency') } }],
      [WITHDRAWAL, { input: { ...input(), remittanceInformation: `é ${mark('remittance')}` } }],
      ['subscription { notifications(after: "zqMARKafter") { id } }', {}],
      ['{ zqMARK', {}],
    ] as const;
    for (const [query, variables] of odd) for (const token of [ownToken, operator]) await ask(token, query, variables);
    await fetch(`${program.url}/${mark('path')}?a=${mark('query')}`, {
      headers: { 'x-request-id': 'ok-request', cookie: mark('cookie') },
    });
    await fetch(`${program.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"${mark('body')}`,
    });
    for (const token of [mark('token'), `${ownToken.split('.').slice(0, 2).join('.')}.${mark('signature')}`]) {
      await ask(token, '{ viewer { id } }');
    }
    await expectNothingSaid();
  });

  it('stay unsaid when webhooks bring them, known, unknown, unreadable or forged', async () => {
    const url = `${program.url}/webhooks/upvest`;
    const person = {
      id: 'x',
      first_name: mark('eventname'),
      iban: mark('eventiban'),
      account_group_id: mine.broker.accountGroupId ?? '',
    };
    const { webhooks } = standins.upvest;
    for (const type of [
      'USER.CREATED',
      'REFERENCE_ACCOUNT.CREATED',
      'CASH_BALANCE.UPDATED',
      'WITHDRAWAL.CONFIRMED',
      mark('TYPE'),
    ]) {
      await webhooks.emit({ url, events: [{ type, object: person }] });
      await webhooks.emit({ url, events: [{ type, object: person }], tampering: 'forged' });
    }
    await webhooks.emit({ url, events: [], rawBody: `{"payload":[${JSON.stringify(person)},7,"${mark('text')}"]}` });
    await webhooks.emit({ url, events: [], rawBody: `not json ${mark('body')}` });
    await fetch(url, {
      method: 'POST',
      headers: { signature: mark('signature'), 'signature-input': mark('input') },
      body: mark('body'),
    });
    await eventually(async () =>
      expect(await (await fetch(`${program.url}/metrics`)).text()).toContain('gateway_inbox_events_total'),
    );
    expect(
      await ask(otherToken, '{ notifications { edges { node { id ... on OtherNotification { payload } } } } }'),
    ).not.toContain(MARK);
    await expectNothingSaid();
  });
});

/** Bodies in every shape that the vendors use for errors, and in shapes that they do not, each with marks in all fields. */
const BODIES: readonly (() => string)[] = [
  () =>
    JSON.stringify({
      title: mark('title'),
      detail: mark('detail'),
      type: mark('type'),
      status: mark('status'),
      request_id: mark('id'),
    }),
  () =>
    JSON.stringify({
      detail: [{ loc: ['body', mark('loc')], msg: mark('msg'), type: mark('type') }],
      body: { iban: mark('echo') },
    }),
  () => JSON.stringify({ description: mark('description'), message: mark('message'), details: mark('details') }),
  () => JSON.stringify({ error: mark('error'), error_description: mark('description'), access_token: mark('token') }),
  () => `<html>${mark('page')}</html>`,
  () => `${mark('text')}`,
  () => `{"data": {"iban": "${mark('cut')}`,
  () => JSON.stringify([mark('list'), { [mark('property')]: mark('value') }]),
  () =>
    JSON.stringify({
      id: mark('id'),
      portfolio: { [mark('instrument')]: mark('quantity') },
      results: [{ id: mark('row') }],
    }),
  () =>
    JSON.stringify({
      data: [{ id: mark('id'), balance: mark('balance'), currency: mark('currency') }],
      meta: mark('meta'),
    }),
];
const STATUSES = [200, 202, 400, 401, 403, 404, 409, 422, 429, 500, 503];

describe('what upstreams say when they fail', () => {
  const oddly = (pattern: RegExp, status: number, body: string) => (path: string) =>
    pattern.test(path)
      ? {
          status,
          headers: {
            'content-type': 'application/json',
            'www-authenticate': mark('realm'),
            location: `/${mark('place')}`,
            'upvest-request-id': mark('request'),
          },
          body,
        }
      : undefined;

  it('reaches no client and no log, in any form and status', async () => {
    for (const status of STATUSES) {
      for (const body of BODIES) {
        investSuite.odd = oddly(/transactions|optimi[sz]ation/, status, body());
        upvest.odd = oddly(/cash_balance|accounts|orders|positions/, status, body());
        const partly = await ask(
          ownToken,
          `{ portfolio(id: "${mine.portfolioId}") { ${EVERYTHING.replaceAll(/(id name externalId|owner \{[^}]*\} *\}|brokerageAccount \{[^}]*\})/g, '')} } }`,
        );
        const [errors = ''] = /"errors":\[.*?\],"data"/.exec(partly) ?? [];
        expect(errors, `${status}`).not.toContain(MARK);
      }
    }
    investSuite.odd = undefined;
    upvest.odd = undefined;
    await expectNothingSaid();
  }, 120_000);

  it('reaches no client and no log when it is about the login, a token or a write', async () => {
    for (const status of [200, 400, 401, 403, 422, 500]) {
      for (const body of BODIES.slice(0, 6)) {
        investSuite.odd = oddly(/auth|events|portfolios/, status, body());
        upvest.odd = oddly(/auth|virtual|payments|reference/, status, body());
        for (const [token, query, variables] of [
          [ownToken, readAll(), {}],
          [operator, DEPOSIT, { input: input() }],
          [ownToken, WITHDRAWAL, { input: input() }],
        ] as const) {
          const text = await ask(token, query, variables);
          const [errors = text] = /"errors":\[.*?\],"data"/.exec(text) ?? [];
          expect(errors.includes(MARK) ? errors : '', `${status}`).toBe('');
        }
      }
    }
    investSuite.odd = undefined;
    upvest.odd = undefined;
    await expectNothingSaid();
  }, 120_000);
});

describe('commands', () => {
  const run = async (args: readonly string[], changes: Record<string, string>): Promise<string> => {
    const command = runProgram(args, { ...settings, ...changes });
    await command.ended;
    return command.stdout() + command.stderr();
  };

  it('doctor reports problems without values of settings or answers', async () => {
    expect(await run(['doctor'], {})).not.toContain(MARK);
    investSuite.odd = () => ({ status: 403, body: JSON.stringify({ detail: mark('doctor') }) });
    upvest.odd = () => ({ status: 401, body: JSON.stringify({ detail: mark('doctor') }) });
    expect(await run(['doctor'], {})).not.toContain(MARK);
    investSuite.odd = undefined;
    upvest.odd = undefined;
  }, 60_000);

  it.each([
    ['INVESTSUITE_URL', `https://user:${MARK}password@x.example`],
    ['UPVEST_URL', `ftp://${MARK}`],
    ['UPVEST_PRIVATE_KEY', `-----BEGIN PRIVATE KEY-----\n${MARK}key\n-----END PRIVATE KEY-----`],
    ['UPVEST_PRIVATE_KEY', `${MARK}nokey`],
    ['UPVEST_PRIVATE_KEY_PASSPHRASE', `${MARK}wrong`],
    ['DATABASE_URL', `mysql://user:${MARK}password@host/x`],
    ['DATABASE_URL', `postgres://user:${MARK}password@127.0.0.1:9/x`],
    ['DATABASE_URL', `postgres://user:${MARK}password@[::bad/x`],
    ['AUTH_JWKS_URL', `https://user:${MARK}password@x.example/jwks`],
    ['KAFKA_SASL_PASSWORD', ''],
  ])('serve with a bad %s says which setting it is, not what is in it', async (name, value) => {
    const text = await run(['serve'], { NODE_ENV: 'production', PORT: '0', DATA_DIR: '/nonexistent/x', [name]: value });
    expect(text.includes(MARK) ? text : '').toBe('');
  });
});
