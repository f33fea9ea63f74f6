import type { NodeHandler } from '../adapters/node.ts';
import type { Gateway } from '../gateway-options.ts';

export { attachGateway } from './attach.ts';

/** The used part of an app of Express or Connect. */
export interface MiddlewareApp {
  use(handler: NodeHandler): unknown;
}

/** Serves the gateway's paths. Call it before body parsers: webhooks are signed over the bytes as they came. */
export function mountGateway(app: MiddlewareApp, gateway: Gateway): void {
  app.use(gateway.handler);
}
