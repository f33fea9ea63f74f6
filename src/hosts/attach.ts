import type { Server } from 'node:http';
import { continueWhenRead } from '../adapters/expect-continue.ts';
import { ignoreUpgrade } from '../adapters/ignore-upgrade.ts';
import type { Gateway } from '../gateway-options.ts';

/**
 * Lets a server of node:http pass WebSockets to the gateway, and read bodies only when they are wanted. Returns how to stop both:
 * subscriptions are ended with a code after which clients resume, then the server and the gateway close.
 */
export function attachGateway(server: Server, gateway: Gateway): () => Promise<void> {
  continueWhenRead(server);
  server.on('upgrade', (request, socket, head) => {
    if (!gateway.upgrade(request, socket, head)) ignoreUpgrade(request, socket, head);
  });
  return async () => {
    await gateway.drain();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await gateway.stop();
  };
}
