import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { CloseCode, type Context, handleProtocols, makeServer, type Server, type SubscribePayload } from 'graphql-ws';
import { ulid } from 'ulid';
import { WebSocketServer } from 'ws';
import type { Admission } from '../callers/admission.ts';
import { type AdmitOptions, countRequest } from '../callers/admit.ts';
import type { Newcomers } from '../callers/newcomers.ts';
import { callerOf } from '../domain/viewer.ts';
import { GatewayError, OverloadedError, UnauthenticatedError } from '../errors.ts';
import type { Operations } from '../operations/core.ts';
import { type Exchange, type OperationRequest, type Outcome, writeResult } from '../operations/operation.ts';
import { describeError, type Logger } from '../telemetry/logger.ts';
import { checkParameters } from './graphql-parameters.ts';
import { ignoreUpgrade } from './ignore-upgrade.ts';
import type { LiveConnections } from './live-connections.ts';
import { LiveIteration, WebSocketConnection } from './websocket-connection.ts';

export interface WebSocketOptions extends AdmitOptions {
  /** Where the graph is served. */
  readonly path: string;
  /** All paths of the gateway. */
  readonly paths: readonly string[];
  readonly operations: Operations;
  readonly schema: GraphQLSchema;
  readonly connections: LiveConnections;
  readonly admission: Admission;
  /** Told of each new connection. */
  readonly newcomers: Pick<Newcomers, 'arrived'>;
  readonly logger: Logger;
  /** Browser origins that may connect besides the gateway's own: a WebSocket is not kept to its own site by browsers. */
  readonly origins: readonly string[];
  /** Gets the origin of a page that is refused. */
  readonly onRefused: (origin: string | undefined) => void;
  /** Whether a Host header is one that this gateway answers to. */
  readonly mayName: (host: string | undefined) => boolean;
  /** Whether a path may be requested over a connection to this local address. */
  readonly mayReach: (path: string, localAddress: string | undefined) => boolean;
  readonly pingMs: number;
}

/**
 * For the `upgrade` event of a node:http server. Opens a WebSocket on the path of the graph; ignores any other upgrade
 * on a path of the gateway, such as `h2c`, and answers the request. False: not a path of the gateway, and nothing was
 * done.
 */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Maximum time until `connection_init`. */
const INIT_MS = 10_000;

interface Extra {
  readonly connection: WebSocketConnection;
  readonly request: IncomingMessage;
}
type Connected = Context<Record<string, unknown> | undefined, Extra>;

/** The graphql-transport-ws protocol on the path of the graph, for all kinds of operations. */
export function createUpgrade(options: WebSocketOptions): Upgrade {
  const protocol = protocolServer(options);
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols,
    maxPayload: MAX_MESSAGE_BYTES,
    // Each piece takes memory of its own besides its bytes.
    maxFragments: 1_024,
    maxBufferedChunks: 16_384,
    perMessageDeflate: false,
    clientTracking: false,
    // Each message has the turn of the event loop to itself: an id is free once its `complete` was dealt with.
    allowSynchronousEvents: false,
  });
  return (request, socket, head) => {
    options.newcomers.arrived();
    const path = pathOf(request);
    if (path !== options.path || !asksForWebSocket(request)) {
      if (path === undefined || !options.paths.includes(path)) return false;
      ignoreUpgrade(request, socket, head);
      return true;
    }
    // This is the socket's only error listener: a client that cuts it off must not end the process.
    socket.on('error', () => socket.destroy());
    const refused = hasBody(request) ? BODY_REFUSED : whyRefused(options, request);
    if (refused !== undefined) {
      const length = Buffer.byteLength(refused.text);
      const head = `connection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${length}`;
      socket.end(`HTTP/1.1 ${refused.status}\r\n${head}\r\n\r\n${refused.text}`);
      return true;
    }
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new WebSocketConnection(webSocket, socket, options);
      connection.open((link) => protocol.opened(link, { connection, request }));
    });
    return true;
  };
}

/** A WebSocket is asked for by GET, and by nothing else at the same time (RFC 6455 4.1). */
const asksForWebSocket = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && headers.upgrade?.trim().toLowerCase() === 'websocket';

/** Its bytes would be taken for frames. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

interface Refused {
  readonly status: string;
  readonly text: string;
}
const BODY_REFUSED: Refused = { status: '400 Bad Request', text: 'A request for a WebSocket has no body.\n' };
const forbidden = (text: string): Refused => ({ status: '403 Forbidden', text });

/** Browsers don't show this to pages, but their developer tools, proxies and curl do. */
function whyRefused(
  { path, mayName, mayReach, origins, onRefused }: WebSocketOptions,
  request: IncomingMessage,
): Refused | undefined {
  if (!mayName(request.headers.host) || !mayReach(path, request.socket.localAddress))
    return forbidden('The gateway does not answer to this name or address: see HOST and PUBLIC_URL.\n');
  if (mayConnect(request, origins)) return undefined;
  onRefused(request.headers.origin);
  return forbidden('Pages of this origin may not connect: add it to CORS_ORIGINS.\n');
}

function protocolServer(options: WebSocketOptions): Server<Extra> {
  return makeServer<Record<string, unknown> | undefined, Extra>({
    connectionInitWaitTimeout: INIT_MS,
    onConnect: (context) => connect(options, context),
    onSubscribe: (context, id, payload) =>
      context.extra.connection.whileWorking(() => prepare(options, context, id, payload)),
    // Both kinds of operations were prepared above.
    execute: ({ contextValue }: ExecutionArgs) => (contextValue instanceof LiveIteration ? contextValue : {}),
  });
}

/** False closes with 4403: the client may come back with another token. */
async function connect({ authenticate }: WebSocketOptions, { connectionParams, extra }: Connected): Promise<boolean> {
  try {
    const viewer = await authenticate({ headers: headersOf(connectionParams, extra.request) });
    extra.connection.begin(viewer);
    return true;
  } catch (error) {
    if (error instanceof OverloadedError) extra.connection.close(1013, 'Try again later');
    else if (error instanceof TwoAuthorizationsError)
      extra.connection.close(CloseCode.BadRequest, 'More than one authorization');
    else if (!(error instanceof GatewayError)) throw error;
    return false;
  }
}

/**
 * `authorization` of `connection_init`, in any case, or of its `headers`, where some clients put all headers; else that
 * of the upgrade request. Two different values are refused, like two headers over HTTP: a proxy may have checked the
 * other one.
 */
function headersOf(params: Record<string, unknown> | undefined, request: IncomingMessage): Headers {
  const given = new Set([...authorizationsIn(params), ...authorizationsIn(params?.['headers'])]);
  if (given.size > 1) throw new TwoAuthorizationsError();
  const [authorization = request.headers.authorization] = given;
  try {
    return new Headers(authorization === undefined ? {} : { authorization });
  } catch {
    throw new UnauthenticatedError('A bearer token is required.');
  }
}

class TwoAuthorizationsError extends Error {}

function authorizationsIn(params: unknown): readonly string[] {
  if (typeof params !== 'object' || params === null) return [];
  return Object.entries(params).flatMap(([name, value]: readonly [string, unknown]) =>
    name.toLowerCase() === 'authorization' && typeof value === 'string' ? [value] : [],
  );
}

/** Executes nothing: stands for every operation, which has been through the core by then. */
const PLACEHOLDER = parse('{ __typename }');

/** Runs an operation. Its messages are sent when the protocol library iterates the result. */
async function prepare(
  options: WebSocketOptions,
  { extra: { connection } }: Connected,
  id: string,
  payload: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { viewer, signal } = connection;
  try {
    const counted = countRequest(options, viewer);
    if (counted !== undefined) await counted;
    const exchange = { requestId: ulid(), viewer, signal: () => signal };
    const outcome = await run(options, checkParameters({ ...payload }), exchange);
    if (outcome.kind === 'result' && outcome.data === undefined) return outcome.errors;
    const contextValue = new LiveIteration((onEnd) => serve(connection, id, outcome, onEnd));
    return { schema: options.schema, document: PLACEHOLDER, contextValue };
  } catch (error) {
    // The client is gone, and errors of its aborted calls are not faults.
    if (signal.aborted) return [];
    if (!(error instanceof GatewayError)) {
      options.logger.error({ err: describeError(error) }, 'an operation over a WebSocket failed on our side');
      return [new GraphQLError('Internal error of the gateway.')];
    }
    const { message, code, retryable } = error;
    return [new GraphQLError(message, { extensions: { code, retryable } })];
  }
}

/** While an operation is executed its bytes take the room of their caller, as those of a body do. */
async function run(
  { operations, admission }: WebSocketOptions,
  operation: OperationRequest | GraphQLError,
  exchange: Exchange,
): Promise<Outcome> {
  const room = admission.body(callerOf(exchange.viewer));
  try {
    room.add(Buffer.byteLength(JSON.stringify(operation)));
    return await operations.run(operation, exchange);
  } finally {
    room.release();
  }
}

/** A stream sends until it is stopped; a result is sent at once. */
function serve(connection: WebSocketConnection, id: string, outcome: Outcome, onEnd: () => void): { stop(): void } {
  const sink = connection.sink(id);
  if (outcome.kind === 'stream') return outcome.serve(sink, onEnd);
  sink.send({ body: Buffer.from(writeResult(outcome)), cursor: undefined });
  onEnd();
  return { stop: () => undefined };
}

/** Anybody may send anything as a path; what is thrown here would be thrown at the server's event. */
function pathOf({ url = '/' }: IncomingMessage): string | undefined {
  return URL.canParse(url, 'http://localhost') ? new URL(url, 'http://localhost').pathname : undefined;
}

/** Without this any page that a person visits could speak to a gateway that the person can reach. */
function mayConnect({ headers }: IncomingMessage, origins: readonly string[]): boolean {
  const { origin, host } = headers;
  if (origin === undefined || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
