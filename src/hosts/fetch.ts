import type { Fetch } from '../adapters/http.ts';
import type { Gateway } from '../gateway-options.ts';

export { attachGateway } from './attach.ts';

/** A fetch function that serves the gateway's paths and leaves all others to another one, such as `app.fetch` of Hono. */
export function withGateway<Rest extends readonly unknown[]>(
  gateway: Gateway,
  otherwise: (request: Request, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const paths = new Set(gateway.paths);
  const serve: Fetch = (request) => gateway.fetch(request);
  return async (request, ...rest) =>
    paths.has(new URL(request.url).pathname) ? await serve(request) : await otherwise(request, ...rest);
}
