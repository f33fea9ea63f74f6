import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Json, writeJson } from '../values/json.ts';
import type { Call, CallRecorder } from './calls.ts';
import { type Answer, type Exchange, Refusal } from './exchange.ts';
import type { Fault, FaultRules } from './faults.ts';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly calls: CallRecorder;
  readonly faults: FaultRules;
  /** Added to every answer. Read at each request. */
  readonly latencyMs: () => number;
  handle(exchange: Exchange): Answer | Promise<Answer>;
  /** Requests under /__standin/: not recorded, and no fault hits them. */
  admin(exchange: Exchange): Answer | Promise<Answer>;
  /** An error answer in the vendor's shape, for the fault 'status', bodies too large and our own bugs. */
  errorAnswer(status: number): Answer;
}

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

export const ADMIN_PREFIX = '/__standin/';
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Starts a server on the loopback interface that records its calls and applies faults. */
export async function startHttpServer(options: HttpServerOptions): Promise<RunningServer> {
  const stopping = new AbortController();
  // Longer than any client's request, so that keep-alive connections are not closed under one.
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    void respond(options, request, response, stopping.signal).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return { url: urlOf(server, options.host), stop: () => stop(server, stopping) };
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stand-in does not listen on a TCP port');
  return `http://${host}:${address.port}`;
}

async function stop(server: Server, stopping: AbortController): Promise<void> {
  stopping.abort();
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}

async function respond(
  options: HttpServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  const exchange = await readExchange(request);
  if (!exchange) return send(response, options.errorAnswer(413));
  if (exchange.path.startsWith(ADMIN_PREFIX)) return send(response, await answered(options, options.admin, exchange));
  const call = options.calls.started({
    method: exchange.method,
    path: exchange.path + exchange.search,
    at: new Date().toISOString(),
    idempotencyKey: headerText(request, 'idempotency-key'),
    body: exchange.body,
  });
  try {
    const fault = options.faults.take(call.method, call.path, exchange.body);
    const wait = async (ms: number): Promise<void> => {
      if (ms > 0) await sleep(ms, undefined, { signal: stopping });
    };
    await wait(options.latencyMs());
    const work = (): Promise<Answer> => answered(options, options.handle, exchange);
    if (!fault) answer(response, call, await work());
    else if (fault.kind === 'delay') {
      if (fault.work !== 'done') await wait(fault.ms);
      const done = await work();
      if (fault.work === 'done') await wait(fault.ms);
      answer(response, call, done);
    } else await spoil(options, fault, work, response, call, stopping);
    call.note ??= exchange.note;
  } finally {
    options.calls.ended();
  }
}

function answer(response: ServerResponse, call: Call, given: Answer): void {
  call.status = given.status;
  send(response, given);
}

async function spoil(
  options: HttpServerOptions,
  fault: Exclude<Fault, { kind: 'delay' }>,
  work: () => Promise<Answer>,
  response: ServerResponse,
  call: Call,
  stopping: AbortSignal,
): Promise<void> {
  call.note = `fault: ${fault.kind}`;
  switch (fault.kind) {
    case 'status':
      if (fault.work === 'done') await work();
      return answer(response, call, faultAnswer(options, fault.status, fault.retryAfterSeconds));
    case 'reset-before':
      response.socket?.resetAndDestroy();
      return;
    case 'reset-after':
      await work();
      response.socket?.resetAndDestroy();
      return;
    case 'garbage':
      await work();
      call.status = 200;
      response.writeHead(200, { 'content-type': 'application/json' }).end(garbage(fault.form ?? 'not-json'));
      return;
    case 'hang':
      if (fault.work === 'done') await work();
      // Counted as in flight until the client gives up or the stand-in stops.
      await new Promise<void>((resolve) => {
        response.once('close', resolve);
        stopping.addEventListener('abort', () => resolve(), { once: true });
      });
      return;
    default:
      fault satisfies never;
  }
}

function faultAnswer(options: HttpServerOptions, status: number, retryAfterSeconds: number | undefined): Answer {
  const { headers, ...rest } = options.errorAnswer(status);
  const retryAfter = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { ...rest, headers: { ...headers, ...retryAfter } };
}

function garbage(form: 'not-json' | 'wrong-shape' | 'truncated' | 'empty'): string {
  const bodies = {
    'not-json': '<html><body>It works! internal-host-17</body></html>',
    'wrong-shape': '{"results":"internal-host-17","data":[[]],"keys":7}',
    truncated: '{"results":[{"id":"P01F8ZSNV0J45R9DFZ3D7D8C26F","name":"cut o',
    empty: '',
  };
  return bodies[form];
}

async function answered(
  options: HttpServerOptions,
  handle: (exchange: Exchange) => Answer | Promise<Answer>,
  exchange: Exchange,
): Promise<Answer> {
  try {
    return await handle(exchange);
  } catch (error) {
    if (error instanceof Refusal) {
      exchange.note = error.message;
      return error.answer;
    }
    // A bug of the stand-in: record it, and answer as the vendor would.
    exchange.note = `bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    return options.errorAnswer(500);
  }
}

async function readExchange(request: IncomingMessage): Promise<Exchange | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!(chunk instanceof Buffer)) continue;
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) return undefined;
  const target = request.url ?? '/';
  const queryAt = target.indexOf('?');
  const search = queryAt < 0 ? '' : target.slice(queryAt);
  return {
    method: request.method ?? 'GET',
    path: queryAt < 0 ? target : target.slice(0, queryAt),
    search,
    query: new URLSearchParams(search),
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    body: Buffer.concat(chunks),
    note: undefined,
  };
}

function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  const text = body === undefined ? '' : bodyText(body);
  response.writeHead(status, {
    ...(text === '' ? {} : { 'content-type': 'application/json' }),
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

const bodyText = (body: Json): string => writeJson(body);
