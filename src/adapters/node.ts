import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServerAdapter } from '@whatwg-node/server';
import type { Fetch } from './http.ts';

/** Serves a fetch function from node:http: streams answers, and fires the request's signal when the client goes away. */
export function nodeHandler(fetch: Fetch): (request: IncomingMessage, response: ServerResponse) => void {
  const adapter = createServerAdapter<object>((request) => fetch(request));
  return (request, response) => {
    if (authorizations(request) > 1) return refuse(response);
    void adapter(request, response);
  };
}

/** Node keeps the first and drops the others without a word; something in front of us may have looked at the last. */
function authorizations({ rawHeaders }: IncomingMessage): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') count += 1;
  }
  return count;
}

function refuse(response: ServerResponse): void {
  const message = 'More than one Authorization header.';
  response
    .writeHead(400, { 'content-type': 'application/json', connection: 'close' })
    .end(JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] }));
}
