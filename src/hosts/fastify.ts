import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { continueWhenRead } from '../adapters/expect-continue.ts';
import { ignoreUpgrade } from '../adapters/ignore-upgrade.ts';
import type { Gateway } from '../gateway-options.ts';

/** The used part of a Fastify instance. */
export interface FastifyLike {
  readonly server: Server;
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    type: string,
    parser: (request: unknown, payload: unknown, done: (error: null) => void) => void,
  ): unknown;
  all(
    path: string,
    handler: (
      request: { readonly raw: IncomingMessage },
      reply: { hijack(): unknown; readonly raw: ServerResponse },
    ) => void,
  ): unknown;
  addHook(name: 'preClose' | 'onClose', hook: () => Promise<void>): unknown;
}

/** Serves the gateway, WebSockets included, and stops it with the app: `app.register(gatewayPlugin, { gateway })`. */
export async function gatewayPlugin(app: FastifyLike, { gateway }: { readonly gateway: Gateway }): Promise<void> {
  // In this scope only: webhooks are signed over the bytes as they came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  for (const path of gateway.paths) {
    app.all(path, (request, reply) => {
      reply.hijack();
      gateway.handler(request.raw, reply.raw);
    });
  }
  continueWhenRead(app.server);
  app.server.on('upgrade', (request, socket, head) => {
    if (!gateway.upgrade(request, socket, head)) ignoreUpgrade(request, socket, head);
  });
  app.addHook('preClose', () => gateway.drain());
  app.addHook('onClose', () => gateway.stop());
}
