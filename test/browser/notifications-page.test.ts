import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { checkChromium, hasChromium, launchChromium } from '../helpers/browser.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { type Line, startLine } from '../helpers/line.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { append, event } from '../live/live-helpers.ts';

checkChromium('the snippets of the notifications page');

/** How long connections are refused, in seconds: at least until each client has tried more often than clients do by default. */
const CUT_SECONDS = Number(process.env['CUT_SECONDS'] ?? 0);

const PAGE = readFileSync('docs/notifications.md', 'utf8');
const snippets = [...PAGE.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
const [overWebSocket = '', overSse = '', withApollo = ''] = snippets;
/** What the page says is the same for each client of the transport. */
const cursor = overWebSocket.slice(overWebSocket.indexOf('const { value }'), overWebSocket.indexOf('client.subscribe'));
const subscribing = overWebSocket.slice(overWebSocket.indexOf('const { value }'));
const connecting = overWebSocket.slice(0, overWebSocket.indexOf('const { value }'));

const CLIENTS = [
  { name: 'graphql-ws', scheme: 'ws', code: overWebSocket },
  { name: 'graphql-sse', scheme: 'http', code: overSse + subscribing },
  { name: 'Apollo Client', scheme: 'ws', code: connecting + cursor + withApollo },
];

let issuer: TestIssuer;
let world: World;
/** Of the page that runs the snippets. */
let host: Awaited<ReturnType<typeof listenOnLoopback>>;
let browser: Browser | undefined;
/** Below the checkout, whose node_modules has what the snippets import. */
const folder = mkdtempSync(join(process.cwd(), 'dist.snippets-'));
const toEnd: (() => unknown)[] = [];
beforeAll(async () => {
  issuer = await startIssuer();
  host = await listenOnLoopback(createHttpServer((_request, response) => void response.end('a page')));
  world = await startWorld({ seed: [], gateway: { auth: issuer.settings, corsOrigins: [host.url] } });
  if (hasChromium) browser = await launchChromium();
});
afterAll(async () => {
  for (const end of toEnd) await end();
  await browser?.close();
  await world.stop();
  await host.stop();
  await issuer.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The snippet with what it imports, as a bundler of an app makes it. */
async function bundled(index: number, code: string): Promise<string> {
  const file = join(folder, `${index}.js`);
  // The last line is the test's own, so that it can end the client.
  writeFileSync(file, `${code}\nstarted(client);\n`);
  const build = await rolldown({
    input: file,
    platform: 'browser',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  });
  const { output } = await build.generate({ format: 'esm' });
  await build.close();
  return output[0].code;
}

/** What the snippets don't define themselves. */
const NAMES = ['url', 'token', 'console', 'started', 'WebSocket'];
const token = (): Promise<string> => issuer.token({ sub: 'an-operator', scope: 'operator' });

interface Running {
  readonly name: string;
  readonly line: Line;
  /** Types of the events, in the order in which the snippet logged them. */
  readonly seen: string[];
}

async function inNode(code: string, url: string, seen: (value: unknown) => void): Promise<void> {
  const AsyncFunction: FunctionConstructor = Object.getPrototypeOf(inNode).constructor;
  const client: { dispose(): unknown }[] = [];
  const given = [url, token, { log: seen, error: seen }, client.push.bind(client), globalThis.WebSocket ?? WebSocket];
  // Code of our own page, and of nobody else.
  await new AsyncFunction(...NAMES, code)(...given);
  toEnd.unshift(() => client[0]?.dispose());
}

async function inChromium(code: string, url: string, seen: (value: unknown) => void): Promise<void> {
  const page = await (browser ?? (await launchChromium())).newPage();
  await page.goto(host.url);
  await page.exposeFunction('token', token);
  await page.exposeFunction('seen', seen);
  await page.evaluate(
    async ([names, text, at]) => {
      const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
      const log = (value: unknown): unknown =>
        Reflect.get(globalThis, 'seen')(value instanceof Error ? `${value}` : value);
      const given = [at, Reflect.get(globalThis, 'token'), { log, error: log }, () => undefined, globalThis.WebSocket];
      await new AsyncFunction(...names, text)(...given);
    },
    [NAMES, code, url] as const,
  );
}

async function start(where: string, client: (typeof CLIENTS)[number]): Promise<Running> {
  const line = await startLine(world.url);
  toEnd.push(() => line.stop());
  const seen: string[] = [];
  const see = (value: unknown): number => seen.push(String(Object(value).type ?? value));
  const code = await bundled(toEnd.length, client.code);
  const run = where === 'Node' ? inNode : inChromium;
  await run(code, `${client.scheme}${line.url.slice('http'.length)}/graphql`, see);
  return { name: `${client.name} in ${where}`, line, seen };
}

const add = async (types: readonly string[]): Promise<void> => {
  for (const type of types) await append(world.gateway.store, event(null, type));
};

it('runs each of its snippets through a cut, in Node and in Chromium, and they miss nothing', async () => {
  expect(snippets).toHaveLength(CLIENTS.length);
  const running: Running[] = [];
  for (const where of ['Node', ...(hasChromium ? ['Chromium'] : [])])
    for (const client of CLIENTS) running.push(await start(where, client));
  const all = () => running.map(({ name, seen }) => [name, seen]);
  const expected = (types: readonly string[]) => running.map(({ name }) => [name, types]);

  // Before anybody has seen an event.
  const began = Date.now();
  for (const { line } of running) line.shut();
  await add(['1', '2', '3']);
  const tried = () => running.filter(({ line }) => line.refused() > 5).length;
  await expect.poll(tried, { timeout: 120_000 }).toBe(running.length);
  await expect.poll(() => Date.now() - began, { timeout: 120_000 }).toBeGreaterThanOrEqual(CUT_SECONDS * 1_000);
  for (const { line } of running) line.reopen();
  await expect.poll(all, { timeout: 60_000 }).toEqual(expected(['1', '2', '3']));

  // And from the last one that was seen.
  for (const { line } of running) line.shut();
  await add(['4', '5']);
  for (const { line } of running) line.reopen();
  await expect.poll(all, { timeout: 60_000 }).toEqual(expected(['1', '2', '3', '4', '5']));
}, 240_000);
