import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createInvestSuite,
  type InvestSuite,
  type InvestSuiteOptions,
} from '../../../src/datasources/investsuite/index.ts';
import { UpstreamUnavailableError } from '../../../src/errors.ts';
import {
  type FakeAnswer,
  type FakeUpstream,
  type Misbehave,
  neverAnswer,
  resetConnection,
  startFakeUpstream,
  until,
} from '../fake-upstream.ts';
import { portfolioId, wirePortfolio } from './fake-investsuite.ts';

const SECRET = 'secret-access-key-value';

/** An InvestSuite that minds its tokens. */
interface Guard {
  /** Tokens that are let in now. */
  readonly valid: Set<string>;
  /** The fields of a login or refresh besides the token. */
  expiry: Readonly<Record<string, unknown>>;
  login: (() => FakeAnswer | Misbehave | undefined) | undefined;
  refresh: (() => FakeAnswer | Misbehave | undefined) | undefined;
  /** The answer to a call with an invalid token. */
  refusal: number;
  /** How many tokens were given out. */
  issued: number;
  onCall: () => void;
}

let upstream: FakeUpstream;
let investSuite: InvestSuite;
let guard: Guard;

/** Time that has passed for the tokens alone: nobody sleeps. */
let passedMs = 0;
const pass = (ms: number): void => {
  passedMs += ms;
};

beforeEach(() => {
  passedMs = 0;
  const now = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => now() + passedMs);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await investSuite.close();
  await upstream.stop();
});

async function start(change: Partial<Guard> = {}, options: Partial<InvestSuiteOptions> = {}): Promise<void> {
  guard = {
    valid: new Set(),
    expiry: { expires_in: '300' },
    login: undefined,
    refresh: undefined,
    refusal: 401,
    issued: 0,
    onCall: () => undefined,
    ...change,
  };
  const issue = (): FakeAnswer => {
    guard.issued += 1;
    guard.valid.add(`token-${guard.issued}`);
    const tokens = { access_token: `token-${guard.issued}`, refresh_token: `refresh-${guard.issued}` };
    return { body: { ...tokens, token_type: 'Bearer', ...guard.expiry } };
  };
  upstream = await startFakeUpstream(({ path, headers }) => {
    if (path === '/auth/login/') return guard.login?.() ?? issue();
    if (path === '/auth/refresh-token/') return guard.refresh?.() ?? issue();
    guard.onCall();
    const token = /^Bearer (.*)$/.exec(headers.authorization ?? '')?.[1] ?? '';
    if (!guard.valid.has(token))
      return { status: guard.refusal, body: { title: 'Unauthorized', description: 'JWT invalid' } };
    return { body: wirePortfolio(1) };
  });
  investSuite = createInvestSuite({
    baseUrl: upstream.url,
    accessKeyId: 'key-id',
    secretAccessKey: SECRET,
    ...options,
  });
}

const ask = () => investSuite.portfolioFresh(portfolioId(1));
const count = (path: string): number => upstream.calls.filter((call) => call.path === path).length;
const logins = () => count('/auth/login/');
const refreshes = () => count('/auth/refresh-token/');

async function failure(call: Promise<unknown>): Promise<UpstreamUnavailableError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpstreamUnavailableError)) throw new Error('another end', { cause: error });
  return error;
}

describe('the login', () => {
  it('is made once for all who need it, with the keys in its body', async () => {
    await start();
    await Promise.all(Array.from({ length: 50 }, ask));
    expect(logins()).toBe(1);
    const [call] = upstream.calls;
    expect([call?.method, call?.body]).toEqual(['POST', `{"access_key_id":"key-id","secret_access_key":"${SECRET}"}`]);
    expect(call?.headers.authorization).toBeUndefined();
  });

  it('goes through when all slots of the other calls are taken', async () => {
    await start({}, { maxConcurrentCalls: 1 });
    await Promise.all(Array.from({ length: 5 }, ask));
    expect(logins()).toBe(1);
  });

  it.each([400, 401, 403, 422])(
    'with wrong keys (%i) is reported, and is not tried with every call',
    async (status) => {
      await start({ login: () => ({ status, body: { title: 'Unauthorized', description: SECRET } }) });
      for (let time = 0; time < 3; time += 1) {
        expect(await failure(ask())).toMatchObject({ reason: 'unauthenticated', status });
      }
      expect(upstream.calls).toHaveLength(1);
    },
  );

  it('with wrong keys is tried again after a while', async () => {
    await start({ login: () => ({ status: 401, body: {} }) }, { loginRetryMs: 0 });
    await failure(ask());
    guard.login = undefined;
    expect(await ask()).toMatchObject({ id: portfolioId(1) });
  });

  it.each<[string, Guard['login']]>([
    ['html', () => ({ body: '<html>' })],
    ['no token', () => ({ body: { token_type: 'Bearer' } })],
    ['a token that is no header', () => ({ body: { access_token: 'a\r\nx: y' } })],
  ])('that is answered with %s does not pass for one', async (_what, login) => {
    await start({ login });
    expect((await failure(ask())).reason).toBe('unauthenticated');
  });

  it('is tried again when the connection is lost or the server is busy', async () => {
    const answers: (FakeAnswer | Misbehave)[] = [resetConnection, { status: 503 }];
    await start({ login: () => answers.shift() });
    expect(await ask()).toMatchObject({ id: portfolioId(1) });
    expect(logins()).toBe(3);
  });

  it('that fails is reported, and a write is not sent', async () => {
    await start({ login: () => ({ status: 500 }) });
    expect((await failure(ask())).reason).toBe('server-error');
    const outcome = await investSuite.patchPortfolio(portfolioId(1), { divestAmount: null });
    expect(outcome).toEqual({ kind: 'notSent', reason: 'connection' });
    expect(count(`/portfolios/${portfolioId(1)}/`)).toBe(0);
  });

  it('that takes too long ends with the deadline of who waits', async () => {
    await start({ login: () => neverAnswer });
    const waiting = investSuite.portfolioFresh(portfolioId(1), { deadlineAt: performance.now() + 50 });
    expect((await failure(waiting)).reason).toBe('deadline');
  });

  it('goes on when one of those who wait has gone', async () => {
    let answer: (() => void) | undefined;
    await start({
      login: () => (response) => {
        answer = () => {
          guard.valid.add('late');
          response.end('{"access_token":"late","expires_in":300}');
        };
      },
    });
    const controller = new AbortController();
    const leaving = investSuite.portfolioFresh(portfolioId(1), { signal: controller.signal });
    const staying = ask();
    await until(() => answer !== undefined);
    controller.abort(new Error('gone'));
    await expect(leaving).rejects.toThrow('gone');
    answer?.();
    expect(await staying).toMatchObject({ id: portfolioId(1) });
    expect(logins()).toBe(1);
  });
});

describe('a token', () => {
  it.each([
    ['a string', { expires_in: '300' }],
    ['a number', { expires_in: 300 }],
    ['called expires_at', { expires_at: 300 }],
    ['a time in seconds', { expires_at: Math.floor(Date.now() / 1000) + 300 }],
    ['a time', { expires_at: new Date(Date.now() + 300_000).toISOString() }],
    ['not there', {}],
  ])('is used for all calls while it lasts, which is told as %s', async (_how, expiry) => {
    await start({ expiry });
    await ask();
    await ask();
    expect([logins(), refreshes()]).toEqual([1, 0]);
  });

  it('is refreshed shortly before it ends, by its refresh token, while the old one goes on being used', async () => {
    let answer: (() => void) | undefined;
    await start({
      refresh: () => (response) => {
        answer = () => {
          guard.valid.clear();
          guard.valid.add('new');
          response.end('{"access_token":"new","expires_in":"300","refresh_token":"refresh-2"}');
        };
      },
    });
    await ask();
    pass(269_000);
    await ask();
    expect(refreshes()).toBe(0);
    pass(2_000);
    // The refresh hangs, and nobody waits for it.
    await Promise.all([ask(), ask()]);
    await until(() => answer !== undefined, 'a refresh');
    await ask();
    answer?.();
    await until(() => {
      ask().catch(() => undefined);
      return upstream.calls.some(({ headers }) => headers.authorization === 'Bearer new');
    }, 'the use of the new token');
    expect([logins(), refreshes()]).toEqual([1, 1]);
    const call = upstream.calls.find(({ path }) => path === '/auth/refresh-token/');
    expect([call?.method, call?.body]).toEqual(['POST', '{"refresh_token":"refresh-1"}']);
  });

  it('that still works is not renewed with every call while the login is unavailable', async () => {
    await start({ refresh: () => ({ status: 401, body: {} }) });
    await ask();
    guard.login = () => ({ status: 500 });
    pass(271_000);
    for (let time = 0; time < 30; time += 1) await ask();
    expect(refreshes()).toBeGreaterThan(0);
    expect(refreshes()).toBeLessThan(10);
  });

  it('that has all but run out is waited for, and not used', async () => {
    await start();
    await ask();
    pass(299_000);
    guard.valid.clear();
    await ask();
    expect([logins(), refreshes(), guard.issued]).toEqual([1, 1, 2]);
  });

  it('that has run out is replaced by a login: refreshing is for living ones', async () => {
    await start();
    await ask();
    pass(301_000);
    await ask();
    expect([logins(), refreshes()]).toEqual([2, 0]);
  });

  it.each<[string, Guard['refresh']]>([
    ['is refused', () => ({ status: 401, body: {} })],
    ['is lost', () => resetConnection],
    ['gives garbage', () => ({ body: 'x' })],
  ])('is replaced by a login when its refresh %s', async (_how, refresh) => {
    await start({ refresh });
    await ask();
    pass(299_000);
    expect(await ask()).toMatchObject({ id: portfolioId(1) });
    expect([logins(), refreshes()]).toEqual([2, 1]);
  });

  it('that is not taken any more (401) is replaced once, by a login, for all who were turned away', async () => {
    await start();
    await ask();
    guard.valid.clear();
    const answers = await Promise.all(Array.from({ length: 20 }, ask));
    expect(answers.every((portfolio) => portfolio?.id === portfolioId(1))).toBe(true);
    expect([logins(), refreshes()]).toEqual([2, 0]);
  });

  it('that is never taken is not replaced for ever', async () => {
    await start({}, { onAttempt: () => guard.valid.clear() });
    for (let time = 0; time < 12; time += 1) {
      expect((await failure(ask())).reason).toBe('unauthenticated');
    }
    expect(logins()).toBeLessThanOrEqual(6);
  });

  it('is not replaced on 403 while it is new: we may not see that', async () => {
    await start({ refusal: 403 });
    await ask();
    guard.valid.clear();
    pass(149_000);
    await expect(ask()).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED', status: 403 });
    expect(logins()).toBe(1);
  });

  it('is replaced on 403 once when it is old, whatever its lifetime', async () => {
    await start({ refusal: 403 });
    await ask();
    guard.valid.clear();
    pass(151_000);
    expect(await ask()).toMatchObject({ id: portfolioId(1) });
    guard.valid.clear();
    await expect(ask()).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED', status: 403 });
    expect(logins()).toBe(2);
  });

  it('is replaced on 403 when it had run out by the time the answer came', async () => {
    await start({ refusal: 403 }, { deadlineMs: 3_600_000 });
    await ask();
    guard.onCall = () => {
      guard.valid.delete('token-1');
      pass(301_000);
    };
    expect(await ask()).toMatchObject({ id: portfolioId(1) });
    expect(logins()).toBe(2);
  });
});

describe('secrets', () => {
  it('are in no error and in no record of an attempt', async () => {
    const told: unknown[] = [];
    const note = async (call: Promise<unknown>): Promise<void> => {
      told.push(
        await call.then(
          () => 'good',
          (error: unknown) => error,
        ),
      );
    };
    await start({}, { onAttempt: (record) => told.push(record), loginRetryMs: 0 });
    await note(ask());
    guard.refusal = 403;
    guard.valid.clear();
    await note(ask());
    guard.refusal = 401;
    guard.login = () => ({ status: 401, body: { description: SECRET } });
    await note(ask());
    guard.login = () => resetConnection;
    await note(ask());
    await upstream.stop();
    await note(ask());
    const text = inspect(told, { depth: 10, showHidden: true });
    expect(told.length).toBeGreaterThan(8);
    for (const secret of [SECRET, 'token-1', 'refresh-1', 'Bearer']) expect(text).not.toContain(secret);
  });
});
