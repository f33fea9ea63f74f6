import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  getOperationAST,
  Kind,
  visit,
} from 'graphql';
import { ulid } from 'ulid';
import { callerOf, isOperator, type Viewer } from '../domain/viewer.ts';
import { cursorOf, type FeedItem, type Frame, type Hub, LiveSource, type Sink } from '../live/index.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { allErrors } from './partial.ts';

/** A subscription that was accepted: to be served by the connection that it came on. */
export interface LiveOperation {
  readonly viewer: Viewer;
  /** Sends until it is stopped. `onEnd`: the source has no more. */
  serve(sink: Sink, onEnd: () => void): { stop(): void };
}

export interface LiveOperationOptions {
  readonly hub: Hub;
  /** A context of its own for each event. */
  readonly newContext: (requestId: string, viewer: Viewer) => RequestContext;
  /** Masks, codes and logs the errors of an event. */
  readonly present: (errors: readonly GraphQLError[], requestId: string) => readonly GraphQLError[];
  /**
   * True where fields may depend on who asks in ways that we do not know (an embedder's own): then only one caller's
   * subscriptions share executions.
   */
  readonly ownFields: boolean;
}

type Args = ExecutionArgs & { readonly contextValue: RequestContext };

/** What came of a subscription's field, as something that a connection can serve. */
export function liveOperation(
  options: LiveOperationOptions,
  args: Args,
  source: AsyncIterable<unknown>,
): LiveOperation {
  const { viewer } = args.contextValue;
  const render = (item: FeedItem): Promise<Frame> => frameOf(options, args, item);
  if (!(source instanceof LiveSource)) return { viewer, serve: (sink, onEnd) => pump(source, render, sink, onEnd) };
  const alike = { key: keyOf(options, args), render };
  return { viewer, serve: (sink) => options.hub.subscribe(source.feed, alike, sink, { caller: callerOf(viewer) }) };
}

/** Executes the document on one event, in a context of its own, and serialises the result once for everybody. */
async function frameOf(options: LiveOperationOptions, args: Args, item: FeedItem): Promise<Frame> {
  const requestId = ulid();
  const { schema, document, operationName, variableValues, contextValue } = args;
  const cursor = cursorOf(item);
  const context = options.newContext(requestId, contextValue.viewer);
  let result: ExecutionResult;
  try {
    result = await execute({
      schema,
      document,
      operationName: operationName ?? null,
      variableValues: variableValues ?? null,
      rootValue: item.root,
      contextValue: context,
    });
  } catch (error) {
    const originalError = error instanceof Error ? error : new Error('not an Error', { cause: error });
    result = { errors: [new GraphQLError('The event could not be executed.', { originalError })] };
  }
  const { extensions, data } = result;
  const errors = allErrors(result.errors, context);
  const body = JSON.stringify({
    ...(errors.length === 0 ? {} : { errors: options.present(errors, requestId) }),
    data,
    ...(cursor === undefined && extensions === undefined ? {} : { extensions: { ...extensions, cursor } }),
  });
  return { body: Buffer.from(body), cursor };
}

/** A source of somebody else's (a field of an embedder): one at a time, as the connection takes them. */
function pump(
  source: AsyncIterable<unknown>,
  render: (item: FeedItem) => Promise<Frame>,
  sink: Sink,
  onEnd: () => void,
): { stop(): void } {
  const iterator = source[Symbol.asyncIterator]();
  let stopped = false;
  const run = async (): Promise<void> => {
    while (!stopped) {
      await sink.roomy();
      const { done, value } = await iterator.next();
      if (stopped || done === true) break;
      const frame = await render({ root: value, position: undefined, version: undefined });
      if (!stopped) sink.send(frame);
    }
  };
  run()
    // What the source throws ends the subscription; it has no event to tell it in.
    .catch(() => undefined)
    .finally(() => {
      if (!stopped) onEnd();
    });
  return {
    stop: () => {
      stopped = true;
      iterator.return?.().catch(() => undefined);
    },
  };
}

/**
 * The same for operations that give the same bytes for the same event: document, operation, variables (where one begins
 * does not matter) and what the viewer may see.
 */
function keyOf({ ownFields }: LiveOperationOptions, args: Args): string {
  const { document, operationName, variableValues, contextValue } = args;
  const { viewer } = contextValue;
  const whose =
    isOperator(viewer) && !ownFields
      ? 'operator'
      : JSON.stringify([viewer.issuer, viewer.subject, viewer.userId, [...viewer.scopes].sort()]);
  const starting = startingVariables(document, operationName);
  const variables = Object.entries(variableValues ?? {})
    .filter(([name]) => !starting.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const text = document.loc?.source.body ?? '';
  return createHash('sha256')
    .update(JSON.stringify([whose, operationName ?? null, variables, text]))
    .digest('base64');
}

/** Variables that are used once, as the `after` of the subscription's own field. */
function startingVariables(document: DocumentNode, operationName: string | null | undefined): ReadonlySet<string> {
  const [field] = getOperationAST(document, operationName)?.selectionSet.selections ?? [];
  const after = field?.kind === Kind.FIELD ? field.arguments?.find(({ name }) => name.value === 'after') : undefined;
  if (after?.value.kind !== Kind.VARIABLE) return new Set();
  const wanted = after.value.name.value;
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      if (name.value === wanted) uses += 1;
    },
  });
  return uses === 1 ? new Set([wanted]) : new Set();
}
