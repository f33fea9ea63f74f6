import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/** Events of a stream whose listeners read it. */
const READING = new Set<string | symbol>(['data', 'readable']);

/**
 * Makes a node:http or node:https server answer `Expect: 100-continue` when a request's body is about to be read,
 * instead of at once. A request that is refused by its headers gets the refusal only, and its body is never sent (RFC
 * 9110 10.1.1). The connection is closed after such an answer, since the client may still send the body. All `request`
 * listeners get the request as usual.
 */
export function continueWhenRead(server: Server): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const { shouldKeepAlive } = response;
    response.shouldKeepAlive = false;
    const onListener = (event: string | symbol): void => {
      if (!READING.has(event)) return;
      request.off('newListener', onListener);
      if (response.headersSent) return;
      response.shouldKeepAlive = shouldKeepAlive;
      response.writeContinue();
    };
    request.on('newListener', onListener);
    server.emit('request', request, response);
  });
}
