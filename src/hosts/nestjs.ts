import type { Server } from 'node:http';
import type { NodeHandler } from '../adapters/node.ts';
import type { Gateway } from '../gateway-options.ts';
import { attachGateway } from './attach.ts';

/** The used part of a NestJS application on Express. */
export interface NestLike {
  use(handler: NodeHandler): unknown;
  getHttpServer(): Server;
}

/**
 * Serves the gateway, WebSockets included. Call it before `app.listen` or `app.init`, which add Nest's body parsers. Returns how to
 * stop both.
 */
export function mountGateway(app: NestLike, gateway: Gateway): () => Promise<void> {
  app.use(gateway.handler);
  return attachGateway(app.getHttpServer(), gateway);
}
