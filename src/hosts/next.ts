import type { Gateway } from '../gateway-options.ts';

type RouteHandler = (request: Request) => Promise<Response>;

/** Handlers of a route file, such as `app/api/[...path]/route.ts` for a gateway with `basePath: '/api'`. */
export interface RouteHandlers {
  readonly GET: RouteHandler;
  readonly POST: RouteHandler;
  readonly OPTIONS: RouteHandler;
}

/**
 * Serves the gateway from the App Router. It is created with the first request, once for each process and name: in development Next
 * loads the file anew after each change. Next has no WebSockets; subscriptions go over server-sent events.
 */
export function routeHandlers(create: () => Promise<Gateway>, name = 'default'): RouteHandlers {
  const key = Symbol.for(`invest-gateway/next/${name}`);
  const serve: RouteHandler = async (request) => {
    let gateway: Promise<Gateway> | undefined = Reflect.get(globalThis, key);
    if (gateway === undefined) {
      gateway = create();
      Reflect.set(globalThis, key, gateway);
      // One that could not start is tried again with the next request.
      gateway.catch(() => Reflect.deleteProperty(globalThis, key));
    }
    return await (await gateway).fetch(request);
  };
  return { GET: serve, POST: serve, OPTIONS: serve };
}
