import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Credentials,
  UpstreamClient,
  type UpstreamClientOptions,
} from '../../../src/datasources/upstream/client.ts';
import { RateLimitPause } from '../../../src/datasources/upstream/rate-limit-pause.ts';
import { WireAnswer } from '../../../src/datasources/upstream/wire-answer.ts';
import { UpstreamUnavailableError } from '../../../src/errors.ts';
import { type FakeUpstream, startFakeUpstream, until } from '../fake-upstream.ts';

const open: Credentials = { sign: async (request) => request.headers };
const GET = { method: 'GET', path: '/thing', headers: {}, operation: 'test.thing' } as const;
const POST = { ...GET, method: 'POST', body: '{}' } as const;

let upstream: FakeUpstream;
const clients: UpstreamClient[] = [];

beforeEach(async () => {
  upstream = await startFakeUpstream(() => ({ body: {} }));
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await upstream.stop();
});

function connect(options: Partial<UpstreamClientOptions> = {}): UpstreamClient {
  const client = new UpstreamClient({ system: 'UPVEST', baseUrl: upstream.url, credentials: open, ...options });
  clients.push(client);
  return client;
}

/** The first call is told to come back later; all others are answered. */
function refuseFirst(retryAfter: string, headers: Record<string, string> = {}): void {
  let first = true;
  upstream.handle(() => {
    if (!first) return { body: {} };
    first = false;
    return { status: 429, headers: { 'retry-after': retryAfter, ...headers } };
  });
}

const reasonOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'answered',
    (error: unknown) => (error instanceof UpstreamUnavailableError ? error.reason : error),
  );

describe('after a 429 with Retry-After', () => {
  it('no other read leaves before it has passed, and all are answered afterwards', async () => {
    refuseFirst('1');
    const client = connect();
    const first = client.read(GET);
    await until(() => upstream.calls.length === 1);
    const refusedAt = performance.now();
    const others = Array.from({ length: 10 }, () => client.read(GET));
    await Promise.race(others);
    // A lower bound only: Retry-After is counted from the answer, which comes after the call was seen.
    expect(performance.now() - refusedAt).toBeGreaterThan(950);
    expect((await Promise.all([first, ...others])).map(({ status }) => status)).toEqual(Array(11).fill(200));
    expect(upstream.calls).toHaveLength(12);
  });

  it('a read whose deadline comes before fails at once, retryable, and nothing is sent', async () => {
    refuseFirst('30');
    const client = connect();
    expect(await reasonOf(client.read(GET))).toBe('rate-limited');
    const startedAt = performance.now();
    expect(await reasonOf(client.read(GET))).toBe('rate-limited');
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(upstream.calls).toHaveLength(1);
  });

  it('a write is not sent, and its outcome has the time to wait', async () => {
    refuseFirst('30');
    const client = connect();
    expect(await client.write(POST)).toEqual({ kind: 'notSent', reason: 'rate-limited', retryAfterMs: 30_000 });
    const outcome = await client.write(POST);
    expect(outcome).toMatchObject({ kind: 'notSent', reason: 'rate-limited' });
    const { retryAfterMs = 0 } = outcome.kind === 'notSent' ? outcome : {};
    expect(retryAfterMs).toBeGreaterThan(1_000);
    expect(retryAfterMs).toBeLessThanOrEqual(30_000);
    expect(upstream.calls).toHaveLength(1);
  });

  it('nor do calls that were waiting for a slot, for the call rate or for a token', async () => {
    let sent = 0;
    let letSign = (): void => undefined;
    const slow: Credentials = {
      sign: async (request) => {
        sent += 1;
        if (sent > 1) await new Promise<void>((resolve) => (letSign = resolve));
        return request.headers;
      },
    };
    refuseFirst('30');
    const client = connect({ credentials: slow, maxConcurrentCalls: 2 });
    let letAnswer = (): void => undefined;
    const held = new Promise<void>((resolve) => (letAnswer = resolve));
    upstream.handle(async () => {
      await held;
      return { status: 429, headers: { 'retry-after': '30' } };
    });
    const first = reasonOf(client.read(GET));
    await until(() => upstream.calls.length === 1);
    const signing = reasonOf(client.read(GET));
    const waiting = reasonOf(client.read(GET));
    await until(() => sent === 2);
    letAnswer();
    expect(await first).toBe('rate-limited');
    letSign();
    expect(await Promise.all([signing, waiting])).toEqual(['rate-limited', 'rate-limited']);
    expect(upstream.calls).toHaveLength(1);
  });

  it('a caller that goes away while it waits leaves with its own reason', async () => {
    refuseFirst('5');
    const client = connect();
    const controller = new AbortController();
    const first = client.read(GET, { signal: controller.signal });
    await until(() => upstream.calls.length === 1);
    const second = client.read(GET, { signal: controller.signal });
    const gone = new Error('the client has gone');
    controller.abort(gone);
    await expect(first).rejects.toBe(gone);
    await expect(second).rejects.toBe(gone);
    expect(upstream.calls).toHaveLength(1);
  });

  it('calls of another client to the same upstream wait too, where both share the pause', async () => {
    refuseFirst('30');
    const pause = new RateLimitPause();
    const [tokens, calls] = [connect({ pause }), connect({ pause })];
    expect(await reasonOf(tokens.read(GET))).toBe('rate-limited');
    expect(await reasonOf(calls.read(GET))).toBe('rate-limited');
    expect(await reasonOf(connect().read(GET))).toBe('answered');
    expect(upstream.calls).toHaveLength(2);
  });

  it('a later and shorter Retry-After does not end it earlier', () => {
    const pause = new RateLimitPause();
    pause.begin(10_000, 0);
    pause.begin(1_000, 500);
    expect([pause.leftMs(500), pause.leftMs(9_999), pause.leftMs(10_000)]).toEqual([9_500, 1, 0]);
  });

  it('a 429 without Retry-After delays no other call', async () => {
    let first = true;
    upstream.handle(() => {
      const status = first ? 429 : 200;
      first = false;
      return { status, body: {} };
    });
    const client = connect({ readAttempts: 1 });
    expect(await reasonOf(client.read(GET))).toBe('rate-limited');
    expect(await reasonOf(client.read(GET))).toBe('answered');
  });
});

describe('Retry-After', () => {
  const waitOf = (headers: Record<string, string>): number | undefined =>
    new WireAnswer(429, headers, Buffer.alloc(0)).retryAfterMs;

  it.each([
    ['seconds', '7', 7_000],
    ['seconds with a fraction', '1.5', 1_500],
    ['seconds twice, by two proxies', '2, 5', 5_000],
    ['no time', '0', 0],
    ['a time that has passed', 'Mon, 30 Nov 2020 07:00:00 GMT', 0],
    ['a day', '86400', 60_000],
    ['digits without end', '9'.repeat(400), 60_000],
    ['a date in a thousand years', 'Fri, 31 Dec 2999 23:59:59 GMT', 60_000],
  ])('may be %s', (_name, text, expected) => {
    expect(waitOf({ 'retry-after': text })).toBe(expected);
  });

  it.each(['', '-5', 'soon', '1e3', '0x10', 'NaN', 'Infinity'])('that is %o is ignored', (text) => {
    expect(waitOf({ 'retry-after': text })).toBeUndefined();
  });

  it('as a date is counted from the date of the answer, so that no clock has to be right but theirs', () => {
    const date = 'Mon, 30 Nov 2020 07:00:00 GMT';
    expect(waitOf({ 'retry-after': 'Mon, 30 Nov 2020 07:00:20 GMT', date })).toBe(20_000);
  });
});
