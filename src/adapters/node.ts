import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServerAdapter } from '@whatwg-node/server';
import type { Fetch } from './http.ts';
import { WEBHOOK_PATH } from './webhooks.ts';

/**
 * Serves a fetch function from node:http: streams answers, and fires the request's signal when the client goes away.
 * @param mayName whether a Host header is one that this gateway answers to.
 */
export function nodeHandler(
  fetch: Fetch,
  mayName: (host: string | undefined) => boolean,
): (request: IncomingMessage, response: ServerResponse) => void {
  const adapter = createServerAdapter<object>((request) => fetch(request));
  return (request, response) => {
    // A webhook comes by whatever name it was given, and proves itself.
    const isWebhook = request.url?.startsWith(WEBHOOK_PATH) === true;
    if (!isWebhook && !mayName(request.headers.host)) return refuse(response, 403, NOT_OUR_NAME, 'FORBIDDEN');
    if (authorizations(request) > 1) {
      return refuse(response, 400, 'More than one Authorization header.', 'BAD_REQUEST');
    }
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

const NOT_OUR_NAME =
  'Without authentication this gateway answers to local names only; set PUBLIC_URL for another, or AUTH_….';

function refuse(response: ServerResponse, status: number, message: string, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    .end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}
