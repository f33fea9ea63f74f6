import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';

/** The page as scripts/pages.mjs makes it from app/src/graphiql: whole, compressed, with `OPTIONS` where it reads its options. */
const PAGE = new URL('../../dist/graphiql.html.br', import.meta.url);
const OPTIONS = '>OPTIONS<';

/** The tabs that it opens with, as JSON: the documents of src/graphiql, in the order of their names, with their variables. */
const TABS = new URL('../../dist/graphiql-tabs.json', import.meta.url);

interface Tab {
  readonly query: string;
  readonly variables?: string;
}

/** As JSON that can stand in a script of HTML. */
function optionsOf(endpoint: string, tabs: readonly Tab[]): string {
  const options = { endpoint, defaultTabs: tabs, defaultQuery: tabs[0]?.query ?? '', shouldPersistHeaders: false };
  return JSON.stringify(options).replaceAll('<', '\\u003c');
}

/** The page, with its 1 MB of script; loaded only when somebody opens it, then kept. */
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
    const html = page.replace(OPTIONS, () => `>${optionsOf(this.#endpoint, tabs)}<`);
    return { html: new TextEncoder().encode(html), policy: policyFor(html) };
  }
}

/** The page may run its own script, by hash, and call this server. The editor needs inline styles. */
function policyFor(html: string): string {
  const [, script = ''] = /<script type="module">([\s\S]*?)<\/script>/.exec(html) ?? [];
  const hash = createHash('sha256').update(script).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    "connect-src 'self'",
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
