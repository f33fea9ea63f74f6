import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '../helpers/http.ts';

/** A request as it arrived. */
export interface ReceivedCall {
  readonly method: string;
  /** Path and query as on the wire. */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An answer; `body` is written as it is when it is text, else as JSON. */
export interface FakeAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Does with the connection what it likes: resets it, never answers, answers half. */
export type Misbehave = (response: ServerResponse, request: IncomingMessage) => void;

export type Handler = (call: ReceivedCall) => FakeAnswer | Misbehave | Promise<FakeAnswer | Misbehave>;

export interface FakeUpstream {
  readonly url: string;
  /** All calls so far, in order of arrival. */
  readonly calls: readonly ReceivedCall[];
  /** Most calls that were under way at once. */
  readonly mostAtOnce: () => number;
  /** The answer from now on. */
  handle(handler: Handler): void;
  stop(): Promise<void>;
}

/** A little upstream on a real socket. */
export async function startFakeUpstream(handler: Handler = () => ({ status: 404 })): Promise<FakeUpstream> {
  let current = handler;
  let underWay = 0;
  let most = 0;
  const calls: ReceivedCall[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = await received(request);
    calls.push(call);
    const answer = await current(call);
    if (typeof answer === 'function') answer(response, request);
    else send(response, answer);
  };
  const server = createServer((request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    response.on('close', () => {
      underWay -= 1;
    });
    serve(request, response).catch(() => response.destroy());
  });
  const { url, stop } = await listenOnLoopback(server);
  return {
    url,
    calls,
    mostAtOnce: () => most,
    handle: (next) => {
      current = next;
    },
    stop,
  };
}

/** Ends the connection without an answer. */
export const resetConnection: Misbehave = (response) => {
  response.socket?.resetAndDestroy();
};

/** Keeps the caller waiting for ever. */
export const neverAnswer: Misbehave = () => undefined;

/** Resolves when `holds` does, and fails after a few seconds when it never does. */
export async function until(holds: () => boolean, what = 'the condition'): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come true within 5 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function received(request: IncomingMessage): Promise<ReceivedCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const target = request.url ?? '';
  const url = new URL(target, 'http://fake');
  return {
    method: request.method ?? '',
    target,
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function send(response: ServerResponse, { status = 200, body, headers = {} }: FakeAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
}
