import type { Span } from '@opentelemetry/api';
import { createSourceEventStream, GraphQLError, OperationTypeNode } from 'graphql';
import type { Admission } from '../callers/admission.ts';
import type { Newcomers } from '../callers/newcomers.ts';
import { callerOf } from '../domain/viewer.ts';
import type { Hub } from '../live/index.ts';
import type { RequestContext, Services } from '../resolvers/context.ts';
import type { Spending } from '../resolvers/lookups.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { Tracing } from '../telemetry/tracing.ts';
import { createRequestContext } from './context.ts';
import { Documents, type DocumentsOptions } from './documents.ts';
import { KnownOperation } from './known-operation.ts';
import { spendOn } from './limits.ts';
import { isInternal, maskError, saysWhetherRecorded, withExtensions, withoutSuggestions } from './masking.ts';
import {
  type Exchange,
  hasLoneSurrogateEscape,
  LONE_SURROGATE,
  type OperationRequest,
  type Outcome,
  type Result,
  refused,
} from './operation.ts';
import { answerTo } from './partial.ts';
import { reportErrors } from './report.ts';
import { streamOf } from './stream.ts';

/*
 * One hop of an operation, whichever door it came by. What is wrong at a step is the answer, and nothing behind it happens.
 *
 * 1. Admission: too much under way is refused (OverloadedError).
 * 2. The document: trusted or persisted documents by their names, else its text. Parsed and validated once, within the
 *    limits; then the operation is found by its name.
 * 3. The rules: one mutation; variables of the declared types, whose texts have UTF-8; depth and cost, which is charged.
 * 4. A query or a mutation is executed by its plan. A subscription begins: its door serves it from then on, and each event
 *    is executed by the same plan.
 * 5. Errors are masked, logged, and get the request's id.
 */

export interface OperationsOptions extends DocumentsOptions {
  readonly services: Services;
  readonly hub: Hub;
  /** How much may be under way at once. */
  readonly admission: Admission;
  /** While new connections come, operations take turns. */
  readonly newcomers: Newcomers;
  /** Cost of operations is charged to it. Undefined: no rate limit. */
  readonly rateLimit: Spending | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

const NO_HEADERS = new Headers();

/** The graph's operations: requests in, results and streams out. Knows no HTTP. */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #documents: Documents;

  constructor(options: OperationsOptions) {
    this.#options = options;
    this.#documents = new Documents(options);
  }

  /**
   * `request`: or what is wrong with it, where it could not be read as one. Rejects with an OverloadedError where there is
   * no place for it.
   */
  async run(request: OperationRequest | GraphQLError, exchange: Exchange): Promise<Outcome> {
    if (request instanceof GraphQLError) return this.#told(refused('request', request), exchange);
    const { admission, tracing } = this.#options;
    const { requestId, viewer, headers = NO_HEADERS } = exchange;
    const traced = { name: 'graphql', headers, attributes: { 'gateway.request_id': requestId } };
    const work = (span: Span): Promise<Outcome> => this.#measured(request, exchange, span);
    return await admission.run(callerOf(viewer), () => tracing.incoming(traced, work, endOf));
  }

  async #measured(request: OperationRequest, exchange: Exchange, span: Span): Promise<Outcome> {
    const startedAt = this.#options.services.runtime.monotonicMs();
    const { services, metrics, newcomers } = this.#options;
    const turn = newcomers.turn();
    if (turn !== undefined) await turn;
    const found = this.#documents.find(request, exchange.onlyReads === true);
    const { type, name } = found;
    const outcome =
      found instanceof KnownOperation
        ? await this.#perform(found, request.variables, createRequestContext(services, exchange), exchange.signal)
        : found.result;
    const errors = outcome.kind === 'result' ? outcome.errors.length : 0;
    metrics.request(
      type,
      errors === 0 ? 'ok' : 'errors',
      (this.#options.services.runtime.monotonicMs() - startedAt) / 1000,
    );
    Tracing.describe(span, { type, name, errors });
    return outcome.kind === 'stream' || errors === 0 ? outcome : this.#told(outcome, exchange, type);
  }

  async #perform(
    operation: KnownOperation,
    variables: OperationRequest['variables'],
    context: RequestContext,
    signal: Exchange['signal'],
  ): Promise<Outcome> {
    const { type } = operation;
    const given = variables ?? {};
    if (operation.error !== undefined) return refused('request', operation.error);
    const { coerced, errors = [] } = operation.coerce(given);
    if (coerced === undefined) return refused('variables', ...errors);
    // Mutations answer it as an error of theirs.
    if (type !== OperationTypeNode.MUTATION && variables !== undefined && hasLoneSurrogateEscape(variables))
      return refused('request', HALF());
    const { cost, error } = operation.measure(given, context);
    if (error !== undefined) return refused('request', error);
    spendOn(this.#options.rateLimit, context.viewer, cost);
    if (type === OperationTypeNode.SUBSCRIPTION) return await this.#subscribe(operation, given, coerced, context);
    // A client that disconnects aborts the upstream calls of its query; a mutation is always finished.
    if (type === OperationTypeNode.QUERY) context.patience.endWith(signal);
    return { kind: 'result', ...(await answerTo(operation.plan(coerced), context, coerced)) };
  }

  async #subscribe(
    operation: KnownOperation,
    given: Readonly<Record<string, unknown>>,
    coerced: Record<string, unknown>,
    context: RequestContext,
  ): Promise<Outcome> {
    const { schema, services, hub, ownFields } = this.#options;
    const { document, name } = operation;
    const source = await createSourceEventStream({
      ...{ schema, document, operationName: name ?? null },
      ...{ variableValues: given, contextValue: context },
    });
    if (!(Symbol.asyncIterator in source)) return refused('subscription', ...(source.errors ?? []));
    return streamOf(
      {
        ...{ hub, ownFields, runtime: services.runtime },
        newContext: (requestId, viewer) => createRequestContext(services, { requestId, viewer }),
        present: (errors, requestId) => this.#present(errors, requestId),
      },
      { document, plan: operation.plan(coerced), variables: coerced, given, viewer: context.viewer },
      source,
    );
  }

  #told(result: Result, { requestId, signal }: Pick<Exchange, 'requestId' | 'signal'>, type?: string): Result {
    // The client is gone, and errors of aborted calls are not faults.
    if (signal().aborted) return { ...result, errors: result.errors.map(maskError) };
    const shown = this.#present(result.errors, requestId);
    const errors = type === OperationTypeNode.MUTATION ? shown.map(saysWhetherRecorded) : shown;
    // Suggestions of names would reveal the schema without introspection.
    return { ...result, errors: this.#options.introspection ? errors : errors.map(withoutSuggestions) };
  }

  /** Masks and logs errors, and puts the request's id beside each: the one thing to quote to support. */
  #present(errors: readonly GraphQLError[], requestId: string): readonly GraphQLError[] {
    const masked = errors.map(maskError);
    reportErrors(this.#options.logger, requestId, masked);
    return masked.map((error) => withExtensions(error, { ...error.extensions, requestId }));
  }
}

const HALF = (): GraphQLError => new GraphQLError(LONE_SURROGATE, { extensions: { code: 'BAD_USER_INPUT' } });

/** A span has failed where the answer is a fault of the gateway, or retryable. */
function endOf(outcome: Outcome): { readonly ok: boolean } {
  if (outcome.kind === 'stream' || outcome.data !== undefined) return { ok: true };
  return { ok: !outcome.errors.some((error) => isInternal(error) || error.extensions['retryable'] === true) };
}
