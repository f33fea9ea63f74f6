import { createSourceEventStream, type ExecutionArgs, type GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type LiveOperation, type LiveOperationOptions, liveOperation } from '../operations/live-operation.ts';
import type { RequestContext } from '../resolvers/context.ts';
import type { LiveConnections } from './live-connections.ts';
import { sseResponse } from './sse.ts';

/**
 * How a subscription gets from the GraphQL pipeline (parsing, checks, limits, its field) to the connection that serves
 * it. The pipeline sets `operation`; a WebSocket takes it from here, HTTP answers with a stream.
 */
export interface Handover {
  readonly transport: 'http' | 'websocket';
  operation?: LiveOperation;
}

export interface UseLiveOptions extends LiveOperationOptions {
  readonly connections: LiveConnections;
  readonly pingMs: number;
  /** The error where an operation is more than is allowed. */
  readonly limit: (args: ExecutionArgs & { readonly contextValue: RequestContext }) => GraphQLError | undefined;
}

interface LiveContext {
  readonly handover: Handover;
}

/** Serves subscriptions by our own transports instead of the server library's. */
export function useLive(options: UseLiveOptions): Plugin<RequestContext & LiveContext, LiveContext> {
  return {
    onSubscribe({ args, setSubscribeFn }) {
      setSubscribeFn(async () => {
        const tooMuch = options.limit(args);
        if (tooMuch !== undefined) return { errors: [tooMuch] };
        const source = await createSourceEventStream(args);
        if (!(Symbol.asyncIterator in source)) return source;
        args.contextValue.handover.operation = liveOperation(options, args, source);
        // Only tells the library that this is a stream; nobody reads it.
        return noResults();
      });
    },
    onResultProcess({ serverContext, request, result, setResultProcessor }) {
      const { transport, operation } = serverContext.handover;
      if (operation === undefined) {
        if (isFromEventSource(request) && isRefusal(result)) {
          setResultProcessor((refused) => refusal(isRefusal(refused) ? refused.errors : []), 'application/json');
        }
        return;
      }
      setResultProcessor(() => {
        if (transport === 'websocket') return new Response(null, { status: 204 });
        if (!acceptsEventStream(request)) return notAcceptable();
        return sseResponse(operation, { ...options, signal: request.signal });
      }, 'text/event-stream');
    },
  };
}

/** An EventSource can say no more than this of what it takes. */
const isFromEventSource = ({ method, headers }: Request): boolean =>
  method === 'GET' && headers.get('accept')?.trim().toLowerCase() === 'text/event-stream';

/** There is nothing but errors: the document was not executed. */
const isRefusal = (result: unknown): result is { readonly errors: readonly GraphQLError[] } =>
  typeof result === 'object' && result !== null && 'errors' in result && !('data' in result);

/**
 * An EventSource opens a stream that ends after its errors again, for ever. Any status but 200 ends it (HTML, section
 * 9.2.3), also where another client would get its errors with 200.
 */
function refusal(errors: readonly GraphQLError[]): Response {
  const https = errors.map(({ extensions }) => extensions.http);
  const status = Math.max(400, ...https.map((http) => http?.status ?? 0));
  const told = errors.map((error) => {
    const { extensions: { http: _http, ...extensions } = {}, ...rest } = error.toJSON();
    return { ...rest, extensions };
  });
  return new Response(JSON.stringify({ errors: told }), {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...Object.assign({}, ...https.map((http) => http?.headers)),
    },
  });
}

async function* noResults(): AsyncGenerator<never, void, undefined> {}

function acceptsEventStream(request: Request): boolean {
  const accept = request.headers.get('accept') ?? '*/*';
  return accept.split(',').some((range) => /^\s*(text\/event-stream|text\/\*|\*\/\*)\s*(;|$)/i.test(range));
}

const notAcceptable = (): Response =>
  new Response(
    JSON.stringify({
      errors: [
        {
          message: 'A subscription is answered as text/event-stream (say so in Accept), or over a WebSocket.',
          extensions: { code: 'NOT_ACCEPTABLE' },
        },
      ],
    }),
    { status: 406, headers: { 'content-type': 'application/json', accept: 'text/event-stream' } },
  );
