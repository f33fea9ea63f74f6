import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import type { GraphiQLOptions } from 'graphql-yoga';

/** The page as scripts/build.mjs keeps it: whole, compressed (2 MB of 9), with `OPTIONS` where GraphiQL reads its options. */
const PAGE = new URL('../../dist/graphiql.html.br', import.meta.url);
const OPTIONS = '{"title":"invest-gateway"}';

/** The tabs that it opens with, as JSON: the documents of src/graphiql, in the order of their names, with their variables. */
const TABS = new URL('../../dist/graphiql-tabs.json', import.meta.url);

interface Tab {
  readonly query: string;
  readonly variables?: string;
}

/** Everything comes from this server: the page makes no request to anywhere else. */
function graphiqlOptions(endpoint: string, tabs: readonly Tab[]): GraphiQLOptions {
  const [first] = tabs;
  return {
    title: 'invest-gateway',
    endpoint,
    // Headers go with SSE as they do with queries; a browser's WebSocket can't carry them.
    subscriptionsProtocol: 'SSE',
    defaultTabs: [...tabs],
    defaultQuery: first?.query ?? '',
    shouldPersistHeaders: false,
  };
}

/** The page, with its 9 MB of script; loaded only when somebody opens it, then kept. */
export class GraphiqlPage {
  readonly #endpoint: string;
  #made: Promise<{ readonly html: Uint8Array<ArrayBuffer>; readonly policy: string }> | undefined;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  async respond(): Promise<Response> {
    this.#made ??= this.#make();
    const { html, policy } = await this.#made;
    return new Response(html, {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        // The script is asked for again when it has changed, and never shown in place of an answer.
        'cache-control': 'no-cache',
        vary: 'Accept',
      },
    });
  }

  async #make() {
    const page = String(await promisify(brotliDecompress)(await readFile(PAGE)));
    const tabs: readonly Tab[] = JSON.parse(await readFile(TABS, 'utf8'));
    const html = page.replace(OPTIONS, () => JSON.stringify(graphiqlOptions(this.#endpoint, tabs)));
    return { html: new TextEncoder().encode(html), policy: policyFor(html) };
  }
}

/** The page may run its own scripts, by hash, and call this server. The editor needs inline styles and blob workers. */
function policyFor(html: string): string {
  const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script);
  const hashes = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return [
    "default-src 'none'",
    `script-src ${hashes.join(' ')}`,
    'worker-src blob:',
    "connect-src 'self'",
    "style-src 'unsafe-inline'",
    'img-src data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
