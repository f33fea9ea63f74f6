import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServerAdapter } from '@whatwg-node/server';
import type { Fetch } from './http.ts';

/** Serves a fetch function from node:http: streams answers, and fires the request's signal when the client goes away. */
export function nodeHandler(fetch: Fetch): (request: IncomingMessage, response: ServerResponse) => void {
  const adapter = createServerAdapter<object>((request) => fetch(request));
  return (request, response) => {
    void adapter(request, response);
  };
}
