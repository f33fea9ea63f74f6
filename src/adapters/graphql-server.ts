import type { Span } from '@opentelemetry/api';
import {
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
} from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { callerOf, type Viewer } from '../domain/viewer.ts';
import type { Admission } from '../operations/admission.ts';
import { useValidDocuments, type ValidDocuments } from '../operations/document-cache.ts';
import { useDocumentLimits } from '../operations/document-limits.ts';
import { measure, type QueryLimits, spendOn } from '../operations/limits.ts';
import { isInternal, maskError, withExtensions, withoutSuggestions, withStatus } from '../operations/masking.ts';
import { moreThanOneMutation } from '../operations/one-mutation.ts';
import { allErrors } from '../operations/partial.ts';
import { useDocumentRequired } from '../operations/persisted-queries.ts';
import { type TrustedDocuments, useTrustedDocuments } from '../operations/trusted-documents.ts';
import { Vouched } from '../resolvers/access.ts';
import type { RequestContext, Services } from '../resolvers/context.ts';
import { createLoaders } from '../resolvers/loaders.ts';
import { PartialErrors } from '../resolvers/partial-errors.ts';
import { Patience } from '../resolvers/patience.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { Tracing } from '../telemetry/tracing.ts';
import { readBody } from './body.ts';
import type { CallerLimit } from './rate-limit.ts';
import { useStrictText } from './request-parameters.ts';
import { type Handover, type UseLiveOptions, useLive } from './use-live.ts';

/** Where the graph is served. */
export const GRAPHQL_PATH = '/graphql';
const MAX_BODY_BYTES = 1024 * 1024;

export interface GraphqlServerOptions {
  /** Where it is served: `/graphql`, or below a base path. */
  readonly path: string;
  readonly schema: GraphQLSchema;
  readonly services: Services;
  readonly live: Pick<UseLiveOptions, 'hub' | 'connections' | 'ownFields' | 'pingMs'>;
  readonly limits: QueryLimits;
  /** Where valid documents are remembered. */
  readonly documents: ValidDocuments;
  /** What operations cost is taken off it. Undefined: callers may ask as often as they like. */
  readonly rateLimit: CallerLimit | undefined;
  /** How much may be under way at once. */
  readonly admission: Admission;
  readonly introspection: boolean;
  /** Undefined: all operations are executed, registered or not. */
  readonly trustedDocuments: TrustedDocuments | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What the HTTP layer knows of a request before GraphQL sees it. */
export interface ServerContext {
  readonly requestId: string;
  readonly viewer: Viewer;
  /** What shows this request in a trace. */
  readonly span?: Span | undefined;
  /** Where a subscription is put for the connection to serve it. */
  readonly handover: Handover;
  /** The last event that the client has seen, where its protocol says so (SSE). */
  readonly resumeAfter?: string | undefined;
  /** Where the query has been executed already: only to be answered. */
  readonly executed?: Executed | undefined;
}

/** What came of a query that was executed without the server library. */
export interface Executed {
  /** Its errors as they were thrown: neither masked nor told to anybody. */
  readonly result: ExecutionResult;
  /** ms of performance.now. */
  readonly startedAt: number;
}

export type GraphqlServer = (request: Request, context: ServerContext) => Promise<Response>;

/** The GraphQL endpoint: documents in, results out, everything in between bounded, coded and masked. */
export function createGraphqlServer(options: GraphqlServerOptions): GraphqlServer {
  const yoga = createYoga<ServerContext, RequestContext>({
    schema: options.schema,
    graphqlEndpoint: options.path,
    // The page is served in front of this.
    graphiql: false,
    landingPage: false,
    // Cross-origin access is decided in front of this, for all paths alike.
    cors: false,
    extraParamNames: ['documentId'],
    multipart: false,
    batching: false,
    maxRequestBodySize: MAX_BODY_BYTES,
    logging: false,
    maskedErrors: { maskError },
    parserAndValidationCache: false,
    context: (initial) => createRequestContext(options.services, initial),
    plugins: [
      useStrictText(),
      useDocumentLimits(options.limits),
      useValidDocuments(options.documents),
      useLimits(options),
      usePartialErrors(),
      useReport(options),
      useLive(liveOptions(options)),
      ...(options.introspection ? [] : [useNoIntrospection()]),
      ...(options.trustedDocuments === undefined ? [] : [useTrustedDocuments(options.trustedDocuments)]),
      useDocumentRequired(),
    ],
  });
  return async (request, context) => {
    if (context.executed !== undefined) return await yoga.fetch(request, context);
    const caller = callerOf(context.viewer);
    options.services.lookups.admit(caller, context.viewer);
    if (request.method !== 'POST') {
      return await options.admission.run(caller, async () => yoga.fetch(request, context));
    }
    const room = options.admission.body(caller);
    try {
      const body = await readBody(request, MAX_BODY_BYTES, (bytes) => room.add(bytes));
      if (body === undefined) return tooLarge(context.requestId);
      const whole = new yoga.fetchAPI.Request(request.url, {
        method: 'POST',
        headers: request.headers,
        body,
        signal: request.signal,
      });
      return await options.admission.run(caller, async () => yoga.fetch(whole, context));
    } finally {
      room.release();
    }
  };
}

const tooLarge = (requestId: string): Response => {
  const error = { message: 'The body is larger than 1 MiB.', extensions: { code: 'BAD_REQUEST', requestId } };
  return new Response(JSON.stringify({ errors: [error] }), {
    status: 413,
    headers: { 'content-type': 'application/json' },
  });
};

function liveOptions({ live, services, limits, rateLimit, logger }: GraphqlServerOptions): UseLiveOptions {
  return {
    ...live,
    newContext: (requestId, viewer) => createRequestContext(services, { requestId, viewer }),
    limit: (args) => excess({ limits, rateLimit }, args),
    present: (errors, requestId) => {
      const masked = errors.map(maskError);
      reportAll(logger, requestId, masked);
      return masked.map((error) => withExtensions(error, { ...error.extensions, requestId }));
    },
  };
}

/** A context of one request (or one event of a subscription): its own loaders, its own list of what was vouched for. */
export function createRequestContext(
  services: Services,
  { requestId, viewer, resumeAfter }: Omit<ServerContext, 'handover' | 'executed'>,
): RequestContext {
  const caller = callerOf(viewer);
  const patience = new Patience(caller);
  return {
    requestId,
    viewer,
    resumeAfter,
    services,
    vouched: new Vouched(),
    loaders: createLoaders(services, patience),
    lookups: services.lookups.ofRequest(caller, viewer),
    partial: new PartialErrors(),
    patience,
  };
}

function useLimits({ limits, rateLimit, schema }: GraphqlServerOptions): Plugin<RequestContext & { request: Request }> {
  const mutations = new Set(Object.keys(schema.getMutationType()?.getFields() ?? {}));
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const operation = getOperationAST(args.document, args.operationName);
      if (operation === null || operation === undefined) return;
      const several = moreThanOneMutation(args.document, operation, mutations);
      if (several !== undefined) return setResultAndStopExecution({ errors: [several] });
      const error = excess({ limits, rateLimit }, args);
      if (error !== undefined) return setResultAndStopExecution({ errors: [error] });
      // A client that goes away takes its query's upstream calls with it; a mutation is finished whatever happens.
      if (operation.operation === 'query') args.contextValue.patience.endWith(args.contextValue.request.signal);
    },
  };
}

/** Puts the errors of fields that were answered in part beside those of the executor, in front of the data. */
function usePartialErrors(): Plugin<RequestContext> {
  return {
    onExecute: () => ({
      onExecuteDone({ args, result, setResult }) {
        if (Symbol.asyncIterator in result) return;
        const { errors: thrown, ...others } = result;
        const errors = allErrors(thrown, args.contextValue);
        if (errors.length > 0) setResult({ errors: errors.map(maskError), ...others });
      },
    }),
  };
}

/** The error where an operation is over a limit; else what it costs is charged. */
function excess(
  { limits, rateLimit }: Pick<GraphqlServerOptions, 'limits' | 'rateLimit'>,
  args: ExecutionArgs & { readonly contextValue: RequestContext },
): GraphQLError | undefined {
  const operation = getOperationAST(args.document, args.operationName);
  if (operation === null || operation === undefined) return undefined;
  const { cost, error } = measure(limits, {
    schema: args.schema,
    document: args.document,
    operation,
    variables: args.variableValues ?? {},
    context: args.contextValue,
  });
  if (error === undefined) spendOn(rateLimit, args.contextValue.viewer, cost);
  return error;
}

function useNoIntrospection(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule(NoSchemaIntrospectionCustomRule);
    },
  };
}

/** Counts and logs each operation, and puts the request id beside each error: the one thing to quote to support. */
function useReport({ logger, metrics, introspection }: GraphqlServerOptions): Plugin<object, ServerContext> {
  return {
    onParams({ context, setResult }) {
      const { executed } = context;
      startedAt.set(context, executed?.startedAt ?? performance.now());
      if (executed === undefined) return;
      const { result } = executed;
      operations.set(context, { type: OperationTypeNode.QUERY, name: undefined });
      setResult(result.errors === undefined ? result : { ...result, errors: result.errors.map(maskError) });
    },
    onParse() {
      return ({ context, result }) => {
        const document = result !== null && 'kind' in result ? result : undefined;
        const operation = document && getOperationAST(document, context.params.operationName);
        if (operation) operations.set(context, { type: operation.operation, name: operation.name?.value });
      };
    },
    onExecutionResult({ result, context, request, setResult }) {
      if (result === undefined || Array.isArray(result)) return;
      const { requestId } = context;
      const errors = 'errors' in result ? result.errors : undefined;
      const seconds = (performance.now() - (startedAt.get(context) ?? performance.now())) / 1000;
      const { type, name } = operations.get(context) ?? UNKNOWN_OPERATION;
      metrics.request(type, errors === undefined ? 'ok' : 'errors', seconds);
      Tracing.describe(context.span, { type, name, errors: errors?.length ?? 0 });
      if (errors === undefined || Symbol.asyncIterator in result) return;
      // Nobody reads it, and what was given up on the way is no fault.
      if (request.signal.aborted) return;
      reportAll(logger, requestId, errors);
      // Suggestions of names would tell what introspection is not to tell.
      const named = introspection ? errors : errors.map(withoutSuggestions);
      const told = 'data' in result ? named : named.map(withStatus);
      setResult({ ...result, errors: told.map((error) => withRequestId(error, requestId)) });
    },
    // What could not be read as a request was never executed.
    onResultProcess({ request, result, setResult, serverContext: { requestId } }) {
      if (Array.isArray(result) || !('errors' in result) || request.signal.aborted) return;
      const { errors = [] } = result;
      if (errors.every((error) => 'requestId' in error.extensions)) return;
      reportAll(logger, requestId, errors);
      setResult({ ...result, errors: errors.map((error) => withRequestId(error, requestId)) });
    },
  };
}

const withRequestId = (error: GraphQLError, requestId: string): GraphQLError =>
  withExtensions(error, { ...error.extensions, requestId });

const startedAt = new WeakMap<object, number>();
interface Operation {
  readonly type: OperationTypeNode | 'unknown';
  readonly name: string | undefined;
}
const UNKNOWN_OPERATION: Operation = { type: 'unknown', name: undefined };
/** Of the documents that could be parsed. */
const operations = new WeakMap<object, Operation>();

/** Errors of one request that are logged; a list of thousands may have as many. */
const MOST_LOGGED = 20;

/** Faults of ours first, so that none of them is left out. */
function reportAll(logger: Logger, requestId: string, errors: readonly GraphQLError[]): void {
  const sorted =
    errors.length <= MOST_LOGGED ? errors : [...errors].sort((a, b) => Number(isInternal(b)) - Number(isInternal(a)));
  for (const error of sorted.slice(0, MOST_LOGGED)) report(logger, requestId, error);
  if (errors.length <= MOST_LOGGED) return;
  logger.warn({ requestId, errors: errors.length, logged: MOST_LOGGED }, 'a request has more errors than are logged');
}

function report(logger: Logger, requestId: string, error: GraphQLError): void {
  const fields = { requestId, code: error.extensions['code'], path: error.path, err: error.originalError };
  if (isInternal(error)) logger.error(fields, 'a request failed on our side');
  // The message says what the client sent, which may be anything; the client has it.
  else if (error.originalError === undefined) logger.debug(fields, 'a request was refused');
  else logger.warn(fields, 'a field could not be answered');
}
