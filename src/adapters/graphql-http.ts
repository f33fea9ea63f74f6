import type { ExecutionResult, GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { Admission } from '../callers/admission.ts';
import { callerOf } from '../domain/viewer.ts';
import type { Operations } from '../operations/core.ts';
import {
  type Exchange,
  type OperationRequest,
  type Outcome,
  type Result,
  type Stream,
  writeResult,
} from '../operations/operation.ts';
import { readBody } from './body.ts';
import { readBodyParameters, readQueryParameters } from './graphql-parameters.ts';
import { httpOf, withHttp } from './http-status.ts';
import type { LiveConnections } from './live-connections.ts';
import { acceptsEventStream, notAcceptable, sseResponse } from './sse.ts';

/** Where the graph is served. */
export const GRAPHQL_PATH = '/graphql';
const MAX_BODY_BYTES = 1024 * 1024;

export interface GraphqlHttpOptions {
  /** Where it is served: `/graphql`, or below a base path. */
  readonly path: string;
  readonly operations: Operations;
  readonly admission: Admission;
  readonly connections: LiveConnections;
  readonly pingMs: number;
}

/** An operation that came over HTTP by GET or POST. Rejects where there is no room for it. */
export type GraphqlHttp = (request: Request, exchange: Exchange) => Promise<Response>;

interface ServerContext {
  readonly exchange: Exchange;
  /** Of a POST. */
  readonly body: Uint8Array | undefined;
}

/**
 * GraphQL over HTTP in all its forms. The server library negotiates and writes the answer; the operation is read here and
 * executed by the core.
 */
export function createGraphqlHttp(options: GraphqlHttpOptions): GraphqlHttp {
  const { path, admission } = options;
  const yoga = createYoga<ServerContext>({
    graphqlEndpoint: path,
    graphiql: false,
    landingPage: false,
    // Cross-origin access is decided in front of this, for all paths alike.
    cors: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    logging: false,
    maskedErrors: false,
    parserAndValidationCache: false,
    extraParamNames: ['operation'],
    plugins: [useOperations(options)],
  });
  return async (request, exchange) => {
    if (request.method !== 'POST') return await yoga.fetch(request, { exchange, body: undefined });
    const room = admission.body(callerOf(exchange.viewer));
    try {
      const body = await readBody(request, { maxBytes: MAX_BODY_BYTES, onBytes: (bytes) => room.add(bytes) });
      return await yoga.fetch(request, { exchange, body });
    } finally {
      room.release();
    }
  };
}

function useOperations(options: GraphqlHttpOptions): Plugin<object, ServerContext> {
  const { operations } = options;
  return {
    onRequestParse({ url, serverContext: { body }, setRequestParser }) {
      const read = body === undefined ? readQueryParameters(url.searchParams) : readBodyParameters(body);
      setRequestParser(() => new ReadOperation(read));
    },
    onParams({ params, context: { exchange }, setParamsHandler }) {
      if (!(params instanceof ReadOperation)) return;
      const { operation } = params;
      setParamsHandler(async () => new Answer(await operations.run(operation, exchange)));
    },
    onResultProcess({ result, request, setResultProcessor }) {
      if (!(result instanceof Answer)) return;
      const { outcome } = result;
      if (outcome.kind === 'stream') {
        setResultProcessor(() => streamResponse(outcome, request, options), 'text/event-stream');
      } else if (outcome.data === undefined && isFromEventSource(request)) {
        setResultProcessor(() => refusedEventSource(outcome), 'application/json');
      }
    },
  };
}

/** The parsed request, as Yoga passes parameters on. */
class ReadOperation {
  /** Yoga asks for one; it stays unread. */
  readonly query = '';
  readonly operation: OperationRequest | GraphQLError;

  constructor(operation: OperationRequest | GraphQLError) {
    this.operation = operation;
  }
}

/** The result of an operation, as Yoga passes results on. */
class Answer {
  readonly outcome: Outcome;
  declare readonly errors?: readonly GraphQLError[];
  /** Only whether there are any matters to Yoga: they are JSON text already. */
  declare readonly data?: object;

  constructor(outcome: Outcome) {
    this.outcome = outcome;
    if (outcome.kind === 'stream') return;
    if (outcome.errors.length > 0) this.errors = withHttp(outcome);
    if (outcome.data !== undefined) this.data = {};
  }

  readonly stringify = ({ errors = [] }: ExecutionResult): string =>
    this.outcome.kind === 'stream' ? '' : writeResult({ errors, data: this.outcome.data });
}

const streamResponse = (stream: Stream, request: Request, options: GraphqlHttpOptions): Response =>
  acceptsEventStream(request.headers.get('accept'))
    ? sseResponse(stream, { ...options, signal: request.signal })
    : notAcceptable();

/** An EventSource can't send other `Accept` values. */
const isFromEventSource = ({ method, headers }: Request): boolean =>
  method === 'GET' && headers.get('accept')?.trim().toLowerCase() === 'text/event-stream';

/**
 * An EventSource opens a stream that ends after its errors again, for ever. Any status but 200 ends it (HTML, section
 * 9.2.3), also where another client would get its errors with 200.
 */
function refusedEventSource(result: Result): Response {
  const { status = 400, headers } = httpOf(result) ?? {};
  return new Response(writeResult(result), {
    status: Math.max(400, status),
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  });
}
