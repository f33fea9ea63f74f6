import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SECURITY_HEADERS } from '../adapters/answer-headers.ts';

/** True: answered. False: there is nothing of the site at this path, and nothing was done. */
export type StaticSite = (
  request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  response: ServerResponse,
) => boolean;

/** Content types of a page's files; other files are not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** The site's own files only: no inline script or style, nothing from or to anywhere else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "manifest-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Files whose names change with their content, as bundlers write them: `assets/index-B3xK9_aZ.js`. */
const HASHED = /^\/assets\/[^/]+-[\w-]{8}\.\w+$/;

interface Variant {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

interface File {
  readonly plain: Variant;
  /** Undefined where it would not be smaller. */
  readonly gzip: Variant | undefined;
}

/**
 * Reads a folder of built files, some megabytes at most, to be served from memory. Paths are looked up among the names
 * that were read, so none leads out of the folder; later changes need a restart. Undefined where the folder has no
 * index.html. Throws read errors.
 */
export function loadStaticSite(folder: string): StaticSite | undefined {
  const files = readFiles(folder);
  const index = files.get('/index.html');
  if (index === undefined) return undefined;
  files.set('/', index);
  return ({ method, url, headers }, response) => {
    const file = files.get((url ?? '').split('?', 1)[0] ?? '');
    if (file === undefined || (method !== 'GET' && method !== 'HEAD')) return false;
    const variant = file.gzip !== undefined && takesGzip(headers['accept-encoding']) ? file.gzip : file.plain;
    answer(response, variant, { withBody: method === 'GET', known: headers['if-none-match'] });
    return true;
  };
}

function answer(
  response: ServerResponse,
  { body, headers }: Variant,
  { withBody, known }: { readonly withBody: boolean; readonly known: string | undefined },
): void {
  for (const [name, value] of [...SECURITY_HEADERS, ...Object.entries(headers)]) response.setHeader(name, value);
  if (matches(known, headers['etag'] ?? '')) {
    response.writeHead(304).end();
    return;
  }
  response.writeHead(200, { 'content-length': body.length }).end(withBody ? body : undefined);
}

/** Whether one of the tags that a client sends is this one; a proxy may have made it a weak one. */
const matches = (known: string | undefined, etag: string): boolean =>
  known?.split(',').some((each) => ['*', etag, `W/${etag}`].includes(each.trim())) === true;

const takesGzip = (accepted: string | string[] | undefined): boolean =>
  /(^|[\s,])gzip(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(accepted ?? ''));

function readFiles(folder: string): Map<string, File> {
  const files = new Map<string, File>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(folder, file).split(sep).join('/')}`;
    files.set(path, fileOf(path, type, readFileSync(file)));
  }
  return files;
}

function fileOf(path: string, type: string, body: Buffer): File {
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  const headers = {
    'content-type': type,
    'content-security-policy': POLICY,
    'cache-control': HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
  };
  const zipped = gzipSync(body, { level: 9 });
  return {
    plain: { body, headers: { ...headers, etag: `"${digest}"` } },
    gzip:
      zipped.length < body.length * 0.9
        ? { body: zipped, headers: { ...headers, etag: `"${digest}-gzip"`, 'content-encoding': 'gzip' } }
        : undefined,
  };
}
