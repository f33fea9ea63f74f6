import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandboxPanel, standinsAt } from '../../src/commands/sandbox/index.ts';
import { type Standins, startStandins } from '../../src/standins/index.ts';
import { listenOnLoopback } from '../helpers/http.ts';

type Served = Awaited<ReturnType<typeof listenOnLoopback>>;

let standins: Standins;
let served: Served;
beforeAll(async () => {
  standins = await startStandins({ seed: 'empty', settleDelayMs: 'manual' });
  served = await serving({ investsuite: standins.investSuite.url, upvest: standins.upvest.url });
});
afterAll(async () => {
  await served.stop();
  await standins.stop();
});

function serving(urls: { readonly investsuite: string; readonly upvest: string } | undefined): Promise<Served> {
  const panel = sandboxPanel(urls && standinsAt(urls), process);
  return listenOnLoopback(
    createServer((incoming, response) => {
      if (!panel(incoming, response)) response.writeHead(404).end('another path');
    }),
  );
}

interface Asked {
  readonly url?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `fetch` would not send a Host or an Origin of the test's own. */
async function ask({ url = served.url, path = '/sandbox', method = 'POST', headers = {}, body = '' }: Asked) {
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const sent = request(
      `${url}${path}`,
      { method, headers: { 'content-type': 'application/json', ...length, ...headers } },
      (response) => {
        text(response).then((received) => resolve({ status: response.statusCode, body: received }), reject);
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

const CLOCK = '{"act":"clock","words":["36h"]}';

describe('the sandbox of the page', () => {
  it('does what the command does, for a page of the gateway', async () => {
    const { status, body } = await ask({ body: CLOCK, headers: { origin: served.url } });
    expect([status, JSON.parse(body)]).toEqual([200, { said: expect.stringContaining('it is ') }]);
    const names = await ask({ method: 'GET', path: '/sandbox?now' });
    expect(JSON.parse(names.body).acts).toContain('clock');
  });

  it.each([
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a sandboxed page', { origin: 'null' }],
    ['another scheme of the page', { origin: 'not an origin' }],
    ['a form', { 'content-type': 'text/plain' }],
    ['a name that leads here by DNS', { host: 'rebound.evil.example' }],
  ])('refuses %s', async (_name, headers) => {
    const before = standins.upvest.calls.total;
    expect(await ask({ body: CLOCK, headers })).toMatchObject({ status: 403 });
    expect(standins.upvest.calls.total).toBe(before);
  });

  it('tells no name of an act to a name that leads here by DNS', async () => {
    const { body } = await ask({ method: 'GET', headers: { host: 'rebound.evil.example' } });
    expect(JSON.parse(body)).toEqual({ acts: [] });
  });

  it.each([
    ['no JSON', '{', 422],
    ['another shape', '{"act":1}', 422],
    ['an option that no act has', '{"act":"clock","options":{"constructor":"1"}}', 422],
    ['an act that is not there', '{"act":"constructor"}', 422],
    ['too many words', '{"act":"clock","words":["1d","2d"]}', 422],
    ['a word that the act refuses', '{"act":"clock","words":["soon"]}', 422],
    ['a body that is too long', JSON.stringify({ act: 'clock', words: ['x'.repeat(5_000)] }), 413],
  ])('says what is wrong with %s', async (_name, body, status) => {
    const answer = await ask({ body });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({ error: expect.any(String) });
  });

  it('refuses a body of unknown length, and other methods', async () => {
    const chunked = await ask({ headers: { 'transfer-encoding': 'chunked' }, body: '' });
    expect(chunked.status).toBe(413);
    expect((await ask({ method: 'DELETE' })).status).toBe(405);
  });

  it('is not there without stand-ins, and leaves other paths alone', async () => {
    const other = await serving(undefined);
    expect(await ask({ url: other.url, method: 'GET' })).toEqual({ status: 200, body: '{"acts":[]}' });
    expect((await ask({ url: other.url, body: CLOCK })).status).toBe(404);
    expect(await ask({ url: other.url, path: '/sandbox/more' })).toEqual({ status: 404, body: 'another path' });
    await other.stop();
  });
});
