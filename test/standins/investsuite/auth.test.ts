import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InvestSuiteStandin, startInvestSuiteStandin } from '../../../src/standins/index.ts';
import { send } from '../support/http.ts';
import { investSuiteClient } from '../support/invest-suite-client.ts';

let now = Date.parse('2026-01-01T00:00:00Z');
let standin: InvestSuiteStandin;

beforeAll(async () => {
  standin = await startInvestSuiteStandin({ clock: () => new Date(now) });
});
afterAll(() => standin.stop());

const json = { 'content-type': 'application/json' };
const login = (body: object) => send('POST', `${standin.url}/auth/login/`, json, JSON.stringify(body));
const refresh = (token: string) =>
  send('POST', `${standin.url}/auth/refresh-token/`, json, JSON.stringify({ refresh_token: token }));
const good = () => ({
  access_key_id: standin.credentials.accessKeyId,
  secret_access_key: standin.credentials.secretAccessKey,
});
const portfolios = (token: string) => send('GET', `${standin.url}/portfolios/`, { authorization: `Bearer ${token}` });

describe('login', () => {
  test('answers a JWT whose lifetime is a string of seconds', async () => {
    const answer = await login(good());
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ token_type: 'Bearer', expires_in: '300' });
    expect(answer.json().access_token.split('.')).toHaveLength(3);
  });

  test('refuses a wrong secret with the vendor’s 401, which has neither status nor detail', async () => {
    const answer = await login({ ...good(), secret_access_key: 'wrong' });
    expect(answer.status).toBe(401);
    expect(Object.keys(answer.json()).sort()).toEqual(['description', 'request_id', 'timestamp', 'title']);
  });

  test('refuses fields it does not know, and echoes them', async () => {
    const answer = await login({ ...good(), user: 'x' });
    expect(answer.status).toBe(400);
    expect(answer.json().detail[0]).toEqual({
      loc: ['body', 'user'],
      msg: 'extra fields not permitted',
      type: 'value_error.extra',
    });
    expect(answer.json().body.user).toBe('x');
  });
});

describe('a token', () => {
  test('is needed, and works for its lifetime only', async () => {
    expect((await send('GET', `${standin.url}/portfolios/`)).status).toBe(401);
    expect((await portfolios('made.up.token')).status).toBe(401);
    const { token } = await investSuiteClient(standin);
    now += 299_000;
    expect((await portfolios(token)).status).toBe(200);
    now += 1_000;
    expect((await portfolios(token)).status).toBe(401);
  });

  test('that is bad gets 403 where the tenant is set up so', async () => {
    standin.settings.badTokenStatus = 403;
    expect((await portfolios('made.up.token')).status).toBe(403);
    standin.settings.badTokenStatus = 401;
  });

  test('can be refreshed once while it lives', async () => {
    const first = (await login(good())).json();
    const second = await refresh(first.refresh_token);
    expect(second.status).toBe(200);
    expect((await portfolios(second.json().access_token)).status).toBe(200);
    expect((await refresh(first.refresh_token)).status).toBe(401);
    now += 301_000;
    expect((await refresh(second.json().refresh_token)).status).toBe(401);
  });

  test('ends when all are ended', async () => {
    const { token } = await investSuiteClient(standin);
    standin.expireTokens();
    expect((await portfolios(token)).status).toBe(401);
  });
});
