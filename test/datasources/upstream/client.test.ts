import { setTimeout as sleep } from 'node:timers/promises';
import { Dispatcher } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AttemptRecord,
  type Credentials,
  UpstreamClient,
  type UpstreamClientOptions,
  type WireRequest,
} from '../../../src/datasources/upstream/client.ts';
import { UpstreamUnavailableError } from '../../../src/errors.ts';
import { type FakeUpstream, neverAnswer, resetConnection, startFakeUpstream, until } from '../fake-upstream.ts';

const open: Credentials = { sign: async (request) => request.headers };
const GET: WireRequest = { method: 'GET', path: '/thing?a=1', headers: {}, operation: 'test.thing' };
const POST: WireRequest = { ...GET, method: 'POST', path: '/thing', body: '{"amount":1.50}' };

let upstream: FakeUpstream;
let client: UpstreamClient | undefined;
const attempts: AttemptRecord[] = [];

beforeEach(async () => {
  upstream = await startFakeUpstream();
});

afterEach(async () => {
  await client?.close();
  client = undefined;
  await upstream.stop();
  attempts.length = 0;
});

function connect(options: Partial<UpstreamClientOptions> = {}): UpstreamClient {
  client = new UpstreamClient({
    system: 'UPVEST',
    baseUrl: upstream.url,
    credentials: open,
    onAttempt: (record) => attempts.push(record),
    ...options,
  });
  return client;
}

/** Answers from a list, the last one for ever. */
function answering(...statuses: (number | { status: number; headers: Record<string, string> })[]): void {
  let next = 0;
  upstream.handle(() => {
    const answer = statuses[Math.min(next, statuses.length - 1)] ?? 200;
    next += 1;
    return typeof answer === 'number' ? { status: answer, body: {} } : { ...answer, body: {} };
  });
}

async function unavailable(call: Promise<unknown>): Promise<UpstreamUnavailableError> {
  const error: unknown = await call.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UpstreamUnavailableError)) throw new Error('another error', { cause: error });
  return error;
}

describe('a read', () => {
  it('keeps the path of the base URL and answers with status, headers and text', async () => {
    upstream.handle(() => ({ status: 201, body: '{"n": 1.50}', headers: { 'x-one': 'a' } }));
    const answer = await connect({ baseUrl: `${upstream.url}/tenant/` }).read(GET);
    expect(upstream.calls[0]?.target).toBe('/tenant/thing?a=1');
    expect([answer.status, answer.ok, answer.headers['x-one'], answer.json()]).toEqual([201, true, 'a', { n: '1.50' }]);
  });

  it.each([429, 502, 503, 504])('is tried again after %i', async (status) => {
    answering(status, 200);
    expect((await connect().read(GET)).status).toBe(200);
    expect(attempts.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, status],
      [2, 200],
    ]);
  });

  it('has the answer that comes behind early hints', async () => {
    upstream.handle(() => (response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: '</a>; rel=preload' }, () => response.end('{"n": 2}'));
    });
    const answer = await connect().read(GET);
    expect([answer.status, answer.headers['link'], answer.json()]).toEqual([200, undefined, { n: '2' }]);
  });

  it('lets others pause as soon as the head of a 429 is there, though its body never ends', async () => {
    upstream.handle(({ method }) =>
      method === 'POST'
        ? { status: 200, body: {} }
        : (response) => {
            response.writeHead(429, { 'retry-after': '60' });
            response.write('{');
          },
    );
    const gone = new AbortController();
    const reading = connect().read(GET, { signal: gone.signal });
    reading.catch(() => undefined);
    await expect.poll(async () => await client?.write(POST)).toMatchObject({ reason: 'rate-limited' });
    gone.abort(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
  });

  it('ends with its caller though a connection never comes', async () => {
    const neverConnects = new (class extends Dispatcher {
      override dispatch = (): boolean => true;
    })();
    const gone = new AbortController();
    const reading = connect({ dispatcher: neverConnects }).read(GET, { signal: gone.signal });
    reading.catch(() => undefined);
    await sleep(20);
    gone.abort(new Error('gone'));
    await expect(reading).rejects.toThrow('gone');
    const late = await connect({ dispatcher: neverConnects, attemptTimeoutMs: 20 }).write(POST);
    expect(late).toMatchObject({ kind: 'unknown' });
  });

  it('is tried again after a lost connection', async () => {
    let first = true;
    upstream.handle(() => {
      if (!first) return { body: {} };
      first = false;
      return resetConnection;
    });
    expect((await connect().read(GET)).status).toBe(200);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['connection', 200]);
  });

  it('is tried three times at most', async () => {
    answering(503);
    const error = await unavailable(connect().read(GET));
    expect([error.reason, error.status, upstream.calls.length]).toEqual(['server-error', 503, 3]);
  });

  it('is not tried again after 500', async () => {
    answering(500);
    const error = await unavailable(connect().read(GET));
    expect([error.reason, error.status, upstream.calls.length]).toEqual(['server-error', 500, 1]);
  });

  it.each([400, 401, 403, 404, 409, 301])('answers %i as it is', async (status) => {
    answering(status);
    expect((await connect().read(GET)).status).toBe(status);
    expect(upstream.calls).toHaveLength(1);
  });

  it('waits for the time of Retry-After', async () => {
    answering({ status: 429, headers: { 'retry-after': '1' } }, 200);
    const startedAt = performance.now();
    expect((await connect().read(GET)).status).toBe(200);
    // A lower bound only: the wait was asked for, however slow the machine is.
    expect(performance.now() - startedAt).toBeGreaterThan(950);
  });

  it('gives up at once when Retry-After lies behind the deadline', async () => {
    answering({ status: 429, headers: { 'retry-after': '3600' } });
    const error = await unavailable(connect().read(GET));
    expect([error.reason, error.status, upstream.calls.length]).toEqual(['rate-limited', 429, 1]);
  });

  it('understands Retry-After as a date', async () => {
    answering({ status: 503, headers: { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() } });
    expect((await unavailable(connect().read(GET))).status).toBe(503);
    expect(upstream.calls).toHaveLength(1);
  });

  it('ends at its deadline when nothing comes', async () => {
    upstream.handle(() => neverAnswer);
    const error = await unavailable(connect().read(GET, { deadlineAt: performance.now() + 100 }));
    expect(error.reason).toBe('timeout');
    expect(upstream.calls).toHaveLength(1);
  });

  it('is not sent when its deadline has passed', async () => {
    const error = await unavailable(connect().read(GET, { deadlineAt: performance.now() - 1 }));
    expect(error.reason).toBe('deadline');
    expect(upstream.calls).toHaveLength(0);
  });

  it('ends an attempt that takes too long, and tries again', async () => {
    let first = true;
    upstream.handle(() => {
      if (!first) return { body: {} };
      first = false;
      return neverAnswer;
    });
    expect((await connect({ attemptTimeoutMs: 100 }).read(GET)).status).toBe(200);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['timeout', 200]);
  });

  it('counts the body into the time of an attempt', async () => {
    upstream.handle(() => (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{');
    });
    const error = await unavailable(connect({ attemptTimeoutMs: 100, readAttempts: 1 }).read(GET));
    expect(error.reason).toBe('timeout');
  });

  it('ends with the reason of its signal, and the upstream sees the connection go', async () => {
    let gone = false;
    upstream.handle(() => (response) => {
      response.on('close', () => {
        gone = true;
      });
    });
    const controller = new AbortController();
    const reading = connect().read(GET, { signal: controller.signal });
    await until(() => upstream.calls.length === 1);
    const reason = new Error('the client has gone');
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    await until(() => gone, 'the end of the connection');
  });

  it('ends with the reason of its signal while it waits to try again', async () => {
    answering({ status: 503, headers: { 'retry-after': '5' } });
    const controller = new AbortController();
    const reading = connect().read(GET, { signal: controller.signal });
    await until(() => attempts.length === 1);
    const reason = new Error('the client has gone');
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    expect(upstream.calls).toHaveLength(1);
  });

  it('is not sent when its signal has fired', async () => {
    const reason = new Error('gone before');
    await expect(connect().read(GET, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(upstream.calls).toHaveLength(0);
  });

  it('reports a refused connection', async () => {
    const elsewhere = await startFakeUpstream();
    await elsewhere.stop();
    const error = await unavailable(connect({ baseUrl: elsewhere.url, readAttempts: 1 }).read(GET));
    expect(error.reason).toBe('connection');
  });
});

describe('a write', () => {
  it('returns the upstream’s answer, also a refusal', async () => {
    answering(200, 409);
    const writer = connect();
    expect(await writer.write(POST)).toMatchObject({ kind: 'answered', answer: { status: 200 } });
    expect(await writer.write(POST)).toMatchObject({ kind: 'answered', answer: { status: 409 } });
    expect(upstream.calls.map(({ body }) => body)).toEqual(['{"amount":1.50}', '{"amount":1.50}']);
  });

  it('is not sent after a refused connection', async () => {
    const elsewhere = await startFakeUpstream();
    await elsewhere.stop();
    expect(await connect({ baseUrl: elsewhere.url }).write(POST)).toEqual({ kind: 'notSent', reason: 'connection' });
  });

  it('counts as not sent on 429, with the time to wait', async () => {
    answering({ status: 429, headers: { 'retry-after': '7' } });
    expect(await connect().write(POST)).toEqual({ kind: 'notSent', reason: 'rate-limited', retryAfterMs: 7_000 });
  });

  it('counts as not sent on 401', async () => {
    answering(401);
    expect(await connect().write(POST)).toEqual({ kind: 'notSent', reason: 'unauthenticated' });
  });

  it.each([500, 502, 503, 504])('has an unknown outcome on %i and is made once', async (status) => {
    answering(status);
    expect(await connect().write(POST)).toEqual({ kind: 'unknown', reason: 'server-error' });
    expect(upstream.calls).toHaveLength(1);
  });

  it('has an unknown outcome when the connection is lost after it was sent, and is made once', async () => {
    upstream.handle(() => resetConnection);
    expect(await connect().write(POST)).toEqual({ kind: 'unknown', reason: 'connection-lost' });
    expect(upstream.calls).toHaveLength(1);
  });

  it('has an unknown outcome when no answer comes in time', async () => {
    upstream.handle(() => neverAnswer);
    expect(await connect({ attemptTimeoutMs: 100 }).write(POST)).toEqual({ kind: 'unknown', reason: 'timeout' });
  });

  it('is not sent once the client is closed, and unknown when it was under way then', async () => {
    upstream.handle(() => neverAnswer);
    const writer = connect();
    const underWay = writer.write(POST);
    await until(() => upstream.calls.length === 1);
    await writer.close();
    expect(await underWay).toEqual({ kind: 'unknown', reason: 'connection-lost' });
    expect(await writer.write(POST)).toEqual({ kind: 'notSent', reason: 'connection' });
  });

  it('is not sent when its deadline has passed', async () => {
    const outcome = await connect().write(POST, { deadlineAt: performance.now() - 1 });
    expect(outcome).toEqual({ kind: 'notSent', reason: 'deadline' });
    expect(upstream.calls).toHaveLength(0);
  });
});

describe('credentials', () => {
  const rotating = (): Credentials & { key: number } => ({
    key: 1,
    async sign(request) {
      return { ...request.headers, authorization: `Bearer ${this.key}` };
    },
    renew() {
      this.key += 1;
      return true;
    },
  });

  it('are renewed once on 401, and the call is made again', async () => {
    upstream.handle(({ headers }) => ({ status: headers.authorization === 'Bearer 2' ? 200 : 401, body: {} }));
    const caller = connect({ credentials: rotating() });
    expect((await caller.read(GET)).status).toBe(200);
    expect(await caller.write(POST)).toMatchObject({ kind: 'answered', answer: { status: 200 } });
    expect(upstream.calls).toHaveLength(3);
  });

  it('are renewed once, not for ever', async () => {
    answering(401);
    expect((await connect({ credentials: rotating() }).read(GET)).status).toBe(401);
    expect(upstream.calls).toHaveLength(2);
  });

  it('are asked for anew by every attempt', async () => {
    let signed = 0;
    answering(503, 503, 200);
    await connect({
      credentials: {
        async sign(request) {
          signed += 1;
          return { ...request.headers, 'x-attempt': String(signed) };
        },
      },
    }).read(GET);
    expect(upstream.calls.map(({ headers }) => headers['x-attempt'])).toEqual(['1', '2', '3']);
  });

  it.each(['unauthenticated', 'timeout', 'server-error', 'connection'] as const)(
    'that cannot be had leave a write unsent and tell a read why (%s)',
    async (reason) => {
      let asked = 0;
      const without: Credentials = {
        async sign() {
          asked += 1;
          throw new UpstreamUnavailableError('UPVEST', reason);
        },
      };
      const caller = connect({ credentials: without, breakerFailures: 1 });
      expect((await unavailable(caller.read(GET))).reason).toBe(reason);
      // Asking for a token has retries of its own.
      expect(asked).toBe(1);
      expect(await caller.write(POST)).toEqual({
        kind: 'notSent',
        reason: reason === 'unauthenticated' ? 'unauthenticated' : 'connection',
      });
      expect(upstream.calls).toHaveLength(0);
      expect(caller.circuit.isOpen).toBe(false);
    },
  );
});

describe('the bounds', () => {
  it('never let more calls be under way than they say', async () => {
    upstream.handle(async () => {
      await sleep(5);
      return { body: {} };
    });
    const caller = connect({ maxConcurrentCalls: 3 });
    await Promise.all(Array.from({ length: 30 }, () => caller.read(GET)));
    expect(upstream.calls).toHaveLength(30);
    expect(upstream.mostAtOnce()).toBe(3);
  });

  it('let no call wait for a slot beyond its deadline', async () => {
    upstream.handle(() => neverAnswer);
    const caller = connect({ maxConcurrentCalls: 1, attemptTimeoutMs: 60_000, deadlineMs: 60_000 });
    const controller = new AbortController();
    const first = caller.read(GET, { signal: controller.signal }).catch(() => 'gone');
    await until(() => upstream.calls.length === 1);
    const error = await unavailable(caller.read(GET, { deadlineAt: performance.now() + 50 }));
    expect(error.reason).toBe('deadline');
    controller.abort();
    expect(await first).toBe('gone');
    expect(upstream.calls).toHaveLength(1);
  });

  it('keep to the rate', async () => {
    upstream.handle(() => ({ body: {} }));
    const caller = connect({ requestsPerSecond: 50 });
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 15 }, () => caller.read(GET)));
    // A burst of 5 at once, the other ten 20 ms apart. A lower bound only.
    expect(performance.now() - startedAt).toBeGreaterThan(190);
  });
});

describe('the circuit', () => {
  const quick = { breakerFailures: 2, breakerResetMs: 100, readAttempts: 1 } as const;

  it('opens after failures in a row: then reads fail and writes stay unsent without a call', async () => {
    answering(500);
    const caller = connect({ ...quick, breakerResetMs: 60_000 });
    await unavailable(caller.read(GET));
    await unavailable(caller.read(GET));
    expect(caller.circuit.isOpen).toBe(true);
    expect((await unavailable(caller.read(GET))).reason).toBe('circuit-open');
    expect(await caller.write(POST)).toEqual({ kind: 'notSent', reason: 'circuit-open' });
    expect(upstream.calls).toHaveLength(2);
  });

  it('stays closed while good answers come in between, and for answers of 4xx', async () => {
    answering(500, 200, 500, 404, 500, 429, 500);
    const caller = connect(quick);
    for (let call = 0; call < 7; call += 1) await caller.read(GET).catch(() => undefined);
    expect(upstream.calls).toHaveLength(7);
    expect(caller.circuit.isOpen).toBe(false);
  });

  it('lets one call through after a while, and all when that one went well', async () => {
    answering(500, 500, 200);
    const caller = connect(quick);
    await unavailable(caller.read(GET));
    await unavailable(caller.read(GET));
    await sleep(120);
    const answers = await Promise.all(Array.from({ length: 5 }, () => caller.read(GET)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(caller.circuit.isOpen).toBe(false);
  });

  it('fails those who come during the trial soon, when the trial hangs', async () => {
    answering(500);
    const caller = connect({ ...quick, attemptTimeoutMs: 60_000 });
    await unavailable(caller.read(GET));
    await unavailable(caller.read(GET));
    await sleep(120);
    upstream.handle(() => neverAnswer);
    const controller = new AbortController();
    const trial = caller.read(GET, { signal: controller.signal }).catch(() => 'gone');
    await until(() => upstream.calls.length === 3);
    expect((await unavailable(caller.read(GET))).reason).toBe('circuit-open');
    controller.abort();
    expect(await trial).toBe('gone');
  });

  it('is not closed by a trial whose caller went away', async () => {
    answering(500);
    const caller = connect(quick);
    await unavailable(caller.read(GET));
    await unavailable(caller.read(GET));
    await sleep(120);
    upstream.handle(() => neverAnswer);
    const controller = new AbortController();
    const trial = caller.read(GET, { signal: controller.signal }).catch(() => 'gone');
    await until(() => upstream.calls.length === 3);
    controller.abort();
    expect(await trial).toBe('gone');
    expect((await unavailable(caller.read(GET))).reason).toBe('circuit-open');
    expect(upstream.calls).toHaveLength(3);
  });

  it('counts no failure away because a caller went away in between', async () => {
    answering(500);
    const caller = connect({ ...quick, breakerResetMs: 60_000 });
    await unavailable(caller.read(GET));
    await caller.read(GET, { signal: AbortSignal.abort() }).catch(() => undefined);
    await unavailable(caller.read(GET));
    expect(caller.circuit.isOpen).toBe(true);
  });
});

describe('a fenced write', () => {
  it('is not sent when it must not be by the time that its bytes would leave', async () => {
    upstream.handle(() => ({ status: 200, body: {} }));
    let allowed = true;
    // The credentials take their time, as those that need a new token.
    const slow: Credentials = {
      sign: async (request) => {
        await sleep(5);
        allowed = false;
        return request.headers;
      },
    };
    const writing = connect({ credentials: slow });
    const outcome = await writing.write(POST, { maySend: () => allowed });
    expect(outcome).toEqual({ kind: 'notSent', reason: 'fenced' });
    expect(upstream.calls).toEqual([]);
    expect(writing.circuit.hearsOnlyFailures).toBe(false);
  });

  it('is asked about again for the attempt after a renewal of credentials', async () => {
    upstream.handle(() => ({ status: 401, body: {} }));
    let asked = 0;
    const renewing = connect({ credentials: { ...open, renew: () => true } });
    const outcome = await renewing.write(POST, {
      maySend: () => {
        asked += 1;
        return asked === 1;
      },
    });
    expect(outcome).toEqual({ kind: 'notSent', reason: 'fenced' });
    expect(upstream.calls.length).toBe(1);
  });

  it('leaves the connection in use for others', async () => {
    upstream.handle(() => ({ status: 200, body: {} }));
    const writing = connect({ maxConcurrentCalls: 1 });
    await writing.write(POST, { maySend: () => true });
    await writing.write(POST, { maySend: () => false });
    expect((await writing.write(POST, { maySend: () => true })).kind).toBe('answered');
    expect(upstream.calls.map(({ body }) => body)).toEqual([POST.body, POST.body]);
  });
});

describe('an answer that is not UTF-8', () => {
  const latin = Buffer.from([...Buffer.from('{"description":"J'), 0xf6, ...Buffer.from('rg"}')]);

  it('is none that can be read: nothing in it is replaced', async () => {
    upstream.handle(() => (response) => void response.end(latin));
    const answer = await connect().read(GET, {});
    expect(() => answer.json()).toThrow(SyntaxError);
  });

  it('may begin with a byte order mark where it is', async () => {
    upstream.handle(() => (response) => void response.end(Buffer.from('\ufeff{"description":"Jörg"}')));
    expect((await connect().read(GET, {})).json()).toEqual({ description: 'Jörg' });
  });
});
