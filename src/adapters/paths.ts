import { GRAPHQL_PATH } from './graphql-http.ts';
import { WEBHOOK_PATH } from './webhooks.ts';

/** Everything that a gateway serves, below its base path. */
export const pathsBelow = (basePath: string): readonly string[] =>
  [GRAPHQL_PATH, WEBHOOK_PATH, '/healthz', '/readyz', '/metrics'].map((path) => `${basePath}${path}`);

/** `/bank` of `/bank/`; `` of `/`. Throws a TypeError where it is no path. */
export function parseBasePath(text: string): string {
  const path = text.replace(/\/+$/, '');
  const valid = path === '' || (path.startsWith('/') && new URL(path, 'http://localhost').pathname === path);
  if (!valid) throw new TypeError(`basePath must be a path such as /bank; got ${JSON.stringify(text)}`);
  return path;
}

/**
 * Where Upvest may call the webhook, by the address at which the gateway is known outside. That has the base path in it, or
 * not where the edge adds it.
 */
export function webhookUrlsOf(publicUrl: string, basePath: string): readonly string[] {
  const outside = publicUrl.replace(/\/+$/, '');
  return [...new Set([outside + WEBHOOK_PATH, outside + basePath + WEBHOOK_PATH])];
}
