import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadStaticSite } from '../../src/commands/static-site.ts';
import { listenOnLoopback } from '../helpers/http.ts';

const SCRIPT = `console.log(${JSON.stringify('x'.repeat(5_000))});\n`;
const folder = mkdtempSync(join(tmpdir(), 'site-'));
const root = join(folder, 'dist');
let url: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'not yours');
  writeFileSync(join(root, 'index.html'), '<!doctype html><title>front end</title>');
  writeFileSync(join(root, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(root, 'assets', 'index-B3xK9_aZ.js'), SCRIPT);
  writeFileSync(join(root, 'assets', 'font-Dx4kXJAl.woff2'), Buffer.from([0x77, 0x4f, 0x46, 0x32]));
  writeFileSync(join(root, '.env'), 'SECRET=1');
  const site = loadStaticSite(root);
  const server = createServer((request, response) => {
    if (site?.(request, response) !== true) response.writeHead(404).end('the gateway');
  });
  ({ url, stop } = await listenOnLoopback(server));
});
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The answer's first line and body to a path that no client library would send. */
async function raw(path: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe('a folder of built files', () => {
  it('is served at / and by its names, with types, and a policy that lets in nothing else', async () => {
    for (const path of ['/', '/index.html', '/?from=mail']) {
      const page = await fetch(`${url}${path}`);
      expect(await page.text()).toContain('front end');
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('cache-control')).toBe('no-cache');
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toMatch(/unsafe|https?:|\*|data:|blob:/);
      expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    }
    const types = { '/favicon.svg': 'image/svg+xml', '/assets/font-Dx4kXJAl.woff2': 'font/woff2' };
    for (const [path, type] of Object.entries(types)) {
      expect((await fetch(`${url}${path}`)).headers.get('content-type')).toBe(type);
    }
  });

  it('may be cached for ever where the name contains a hash, and is revalidated otherwise', async () => {
    const script = await fetch(`${url}/assets/index-B3xK9_aZ.js`);
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await script.text()).toBe(SCRIPT);
    const page = await fetch(`${url}/`);
    const etag = page.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await fetch(`${url}/`, { headers: { 'if-none-match': known, 'cache-control': 'no-cache' } });
      expect(again.status, known).toBe(304);
      expect(await again.text()).toBe('');
    }
    expect((await fetch(`${url}/`, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('is compressed for those who take it, with a tag of its own', async () => {
    const path = `${url}/assets/index-B3xK9_aZ.js`;
    const plain = await fetch(path, { headers: { 'accept-encoding': 'identity' } });
    const refused = await fetch(path, { headers: { 'accept-encoding': 'gzip;q=0, br' } });
    const zipped = await fetch(path, { headers: { 'accept-encoding': 'br, gzip' } });
    expect([plain, refused, zipped].map(({ headers }) => headers.get('content-encoding'))).toEqual([
      null,
      null,
      'gzip',
    ]);
    expect(Number(zipped.headers.get('content-length'))).toBeLessThan(SCRIPT.length / 2);
    expect(await zipped.text()).toBe(SCRIPT);
    expect(zipped.headers.get('etag')).not.toBe(plain.headers.get('etag'));
    expect(zipped.headers.get('vary')).toBe('accept-encoding');
  });

  it('answers HEAD as GET without the body', async () => {
    const head = await fetch(`${url}/`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(head.headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it('leaves to the gateway what it does not have, and every other method', async () => {
    for (const path of [
      '/graphql',
      '/nothing.js',
      '/assets/',
      '/assets',
      '/index.html/',
      '/.env',
      '/dist/index.html',
    ]) {
      expect(await (await fetch(`${url}${path}`)).text(), path).toBe('the gateway');
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect(await (await fetch(`${url}/`, { method })).text(), method).toBe('the gateway');
    }
  });

  it('has no way out of the folder', async () => {
    const paths = ['/../secret.txt', '/assets/../../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt'];
    const more = ['//secret.txt', '/..\\secret.txt', '/assets/..%5c..%5csecret.txt', '/\0', 'secret.txt'];
    for (const path of [...paths, ...more]) expect(await raw(path), path).not.toContain('not yours');
  });

  it('is none without an index.html', () => {
    expect(loadStaticSite(join(root, 'assets'))).toBeUndefined();
  });
});
