import { createHash } from 'node:crypto';
import { type DocumentNode, type GraphQLError, Kind, type OperationDefinitionNode, visit } from 'graphql';
import type { Runtime } from '../domain/runtime.ts';
import { callerOf, isOperator, type Viewer } from '../domain/viewer.ts';
import { cursorOf, type FeedItem, type Frame, type Hub, LiveSource, type Sink } from '../live/index.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { type Stream, writeResult } from './operation.ts';
import { answerTo } from './partial.ts';
import type { OperationPlan } from './plan.ts';

export interface StreamOptions {
  readonly hub: Hub;
  readonly runtime: Pick<Runtime, 'uuid'>;
  /** A context of its own for each event. */
  readonly newContext: (requestId: string, viewer: Viewer) => RequestContext;
  /** Masks, codes and logs the errors of an event. */
  readonly present: (errors: readonly GraphQLError[], requestId: string) => readonly GraphQLError[];
  /**
   * True where an embedder's fields may depend on the caller: then only subscriptions of one caller share executions.
   */
  readonly ownFields: boolean;
}

/** A subscription's operation, and who subscribed. */
export interface Subscribed {
  readonly document: DocumentNode;
  readonly plan: OperationPlan;
  /** Coerced. */
  readonly variables: Record<string, unknown>;
  /** Variables as they were sent. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly viewer: Viewer;
}

/** Makes a stream of a subscription's source, for a connection to serve. */
export function streamOf(options: StreamOptions, subscribed: Subscribed, source: AsyncIterable<unknown>): Stream {
  const { viewer } = subscribed;
  const render = (item: FeedItem): Promise<Frame> => frameOf(options, subscribed, item);
  if (!(source instanceof LiveSource))
    return { kind: 'stream', viewer, serve: (sink, onEnd) => pump(source, render, sink, onEnd) };
  const alike = { key: keyOf(options, subscribed), render };
  return {
    kind: 'stream',
    viewer,
    serve: (sink) => options.hub.subscribe(source.feed, alike, sink, { caller: callerOf(viewer) }),
  };
}

/** Executes the operation on one event, in a context of its own, and serialises the result once for everybody. */
async function frameOf(
  { newContext, present, runtime }: StreamOptions,
  { plan, variables, viewer }: Subscribed,
  item: FeedItem,
): Promise<Frame> {
  const requestId = runtime.uuid();
  const cursor = cursorOf(item);
  const context = newContext(requestId, viewer);
  const { data, errors } = await answerTo(plan, context, variables, item.root);
  const body = writeResult({
    errors: errors.length === 0 ? errors : present(errors, requestId),
    data,
    extensions: cursor === undefined ? undefined : { cursor },
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
      await sink.drained();
      const { done, value } = await iterator.next();
      if (stopped || done === true) break;
      const frame = await render({ root: value, position: undefined, version: undefined });
      if (!stopped) sink.send(frame);
    }
  };
  run()
    // An error of the source ends the subscription; there is no event to carry it.
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
function keyOf({ ownFields }: StreamOptions, { document, plan, given, viewer }: Subscribed): string {
  const whose =
    isOperator(viewer) && !ownFields
      ? 'operator'
      : JSON.stringify([viewer.issuer, viewer.subject, viewer.userId, [...viewer.scopes].sort()]);
  const starting = startingVariables(document, plan.operation);
  const variables = Object.entries(given)
    .filter(([name]) => !starting.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([whose, plan.operation.name?.value ?? null, variables, document.loc?.source.body ?? '']))
    .digest('base64');
}

/** Variables that are used once, as the `after` of the subscription's own field. */
function startingVariables(document: DocumentNode, operation: OperationDefinitionNode): ReadonlySet<string> {
  const [field] = operation.selectionSet.selections;
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
