import { createServer } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_OPERATOR } from '../../src/domain/viewer.ts';
import { UnauthenticatedError } from '../../src/errors.ts';
import { checkChromium, hasChromium, launchChromium } from '../helpers/browser.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { startWorld, type World } from '../helpers/world.ts';

checkChromium('a page of another origin');

describe.skipIf(!hasChromium)('a page of another origin', () => {
  let world: World;
  let host: Awaited<ReturnType<typeof listenOnLoopback>>;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    host = await listenOnLoopback(createServer((_request, response) => void response.end('a page')));
    world = await startWorld({
      seed: [],
      gateway: {
        corsOrigins: [host.url],
        corsHeaders: ['X-App-Version'],
        auth: ({ headers }) => {
          if (headers.get('authorization') === 'Bearer nobody') throw new UnauthenticatedError('Please log in.');
          return LOCAL_OPERATOR;
        },
      },
    });
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(host.url);
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
    await host?.stop();
  });

  /** The answer as the page sees it, or the error where its browser does not let it ask. */
  const ask = (headers: Record<string, string>) =>
    page.evaluate(
      async ([url, given]): Promise<{ status: number | string; seen: Record<string, string> }> => {
        try {
          const response = await fetch(`${url}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...given },
            body: '{"query":"{ viewer { id } }"}',
          });
          return { status: response.status, seen: Object.fromEntries(response.headers) };
        } catch (error) {
          return { status: String(error), seen: {} };
        }
      },
      [world.url, headers] as const,
    );

  it.each([
    ['Sentry', { 'sentry-trace': 'a-b-1', baggage: 'sentry-trace_id=a' }],
    ['OpenTelemetry', { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=b' }],
    [
      'Datadog',
      {
        'x-datadog-trace-id': '1',
        'x-datadog-parent-id': '2',
        'x-datadog-origin': 'rum',
        'x-datadog-sampling-priority': '1',
      },
    ],
    ['New Relic', { newrelic: 'x', traceparent: 'x' }],
    [
      'Apollo Client',
      {
        'apollographql-client-name': 'web',
        'apollographql-client-version': '1',
        'apollo-require-preflight': '1',
        'x-apollo-operation-name': 'x',
      },
    ],
    [
      'a client of ours',
      {
        authorization: 'Bearer x',
        'x-request-id': 'request-12345',
        'last-event-id': 'x',
        accept: 'application/json;q=1',
      },
    ],
    ['the setting', { 'x-app-version': '7' }],
  ])('may send the headers of %s', async (_what, headers) => {
    const { status, seen } = await ask(headers);
    expect(status).toBe(200);
    expect(seen['x-request-id']).toBeTruthy();
  });

  it('may send no others', async () => {
    expect((await ask({ 'x-anything': '1' })).status).toContain('TypeError');
  });

  it('may read why it was refused', async () => {
    const { status, seen } = await ask({ authorization: 'Bearer nobody' });
    expect([status, seen['www-authenticate']]).toEqual([401, 'Bearer']);
  });

  /** How an EventSource of the page ends: its state after its first event of any kind. */
  const eventSource = (query: string) =>
    page.evaluate(
      ([url, document]) =>
        new Promise<string>((resolve) => {
          const source = new EventSource(`${url}/graphql?query=${encodeURIComponent(document)}`);
          source.onopen = () => {
            // A stream that ends is opened again; one that stays open is not heard of any more.
            setTimeout(() => source.readyState === EventSource.OPEN && resolve('open'), 1_000);
          };
          source.onerror = () => {
            resolve(source.readyState === EventSource.CLOSED ? 'closed' : 'connecting again');
            source.close();
          };
        }),
      [world.url, query] as const,
    );

  it.each([
    ['no document', ''],
    ['a syntax error', 'subscription {'],
    ['a field that is not there', 'subscription { nope }'],
    ['a variable that is missing', 'subscription ($x: ID!) { notifications(after: $x) { id } }'],
    ['a cursor that is none', 'subscription { notifications(after: "x") { id } }'],
  ])('has its EventSource ended where the document is wrong: %s', async (_what, query) => {
    expect(await eventSource(query)).toBe('closed');
  });

  it('has it open where the document is right', async () => {
    expect(await eventSource('subscription { notifications { id } }')).toBe('open');
  });
});
