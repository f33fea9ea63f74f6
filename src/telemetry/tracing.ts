import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { AttemptRecord } from '../datasources/upstream/client.ts';

/** Result of a traced operation. */
export interface Ended {
  readonly ok: boolean;
  readonly attributes?: Attributes | undefined;
}

/** The part of Headers that trace propagation needs. */
export interface ReadableHeaders {
  get(name: string): string | null;
  keys(): Iterable<string>;
}

const headerGetter = {
  get: (headers: ReadableHeaders, name: string): string | undefined => headers.get(name) ?? undefined,
  keys: (headers: ReadableHeaders): string[] => [...headers.keys()],
};

/**
 * Spans by OpenTelemetry's API: exported where the process has an SDK, almost free otherwise. Attributes are kinds,
 * states, outcomes and ids of the gateway; never names, amounts, accounts or client input.
 */
export class Tracing {
  readonly #tracer: Tracer;

  constructor(tracer: Tracer | undefined) {
    this.#tracer = tracer ?? trace.getTracer('invest-gateway');
  }

  /**
   * A request from outside: child of the host server's span, where there is one, else of the caller's `traceparent`.
   */
  async incoming<T>(
    request: { readonly name: string; readonly headers: ReadableHeaders; readonly attributes: Attributes },
    work: (span: Span) => Promise<T>,
    ended: (result: T) => Ended,
  ): Promise<T> {
    const active = context.active();
    const host = trace.getSpan(active) !== undefined;
    const parent = host ? active : propagation.extract(active, request.headers, headerGetter);
    const { name, attributes } = request;
    const kind = host ? SpanKind.INTERNAL : SpanKind.SERVER;
    const span = this.#tracer.startSpan(name, { kind, attributes }, parent);
    return await this.#during(span, parent, () => work(span), ended);
  }

  /** A step of a workflow, as its own trace: it may run long after its request. Its upstream calls are its children. */
  async step<T>(
    row: { readonly kind: string; readonly step: string | null; readonly id: string },
    work: () => Promise<T>,
  ) {
    const attributes = { 'gateway.workflow.kind': row.kind, 'gateway.workflow.id': row.id };
    const span = this.#tracer.startSpan(`${row.kind} ${row.step ?? 'recheck'}`, { attributes }, ROOT_CONTEXT);
    return await this.#during(span, ROOT_CONTEXT, work, () => ({ ok: true }));
  }

  /** A finished attempt of an upstream call. No trace headers are sent: upstreams belong to other companies. */
  attempt({ system, operation, method, attempt, durationMs, outcome }: AttemptRecord): void {
    const endTime = performance.timeOrigin + performance.now();
    const span = this.#tracer.startSpan(operation, { kind: SpanKind.CLIENT, startTime: endTime - durationMs });
    if (span.isRecording()) {
      span.setAttributes({ 'gateway.upstream': system, 'http.request.method': method });
      if (attempt > 1) span.setAttribute('http.request.resend_count', attempt - 1);
      if (typeof outcome === 'number') span.setAttribute('http.response.status_code', outcome);
      if (typeof outcome !== 'number' || outcome >= 400) {
        span.setAttribute('error.type', String(outcome)).setStatus({ code: SpanStatusCode.ERROR });
      }
    }
    span.end(endTime);
  }

  /** Sets the operation type of a request. The operation name is shown, its content is not. */
  static describe(
    span: Span | undefined,
    { type, name, errors }: { readonly type: string; readonly name: string | undefined; readonly errors: number },
  ): void {
    if (span === undefined || !span.isRecording()) return;
    span.updateName(`graphql ${type}`);
    span.setAttributes({ 'graphql.operation.type': type, 'gateway.errors': errors });
    if (name !== undefined) span.setAttribute('graphql.operation.name', name.slice(0, 100));
  }

  async #during<T>(
    span: Span,
    parent: ReturnType<typeof context.active>,
    work: () => Promise<T>,
    ended: (result: T) => Ended,
  ): Promise<T> {
    try {
      const result = await context.with(trace.setSpan(parent, span), work);
      if (span.isRecording()) {
        const { ok, attributes = {} } = ended(result);
        span.setAttributes(attributes);
        if (!ok) span.setStatus({ code: SpanStatusCode.ERROR });
      }
      return result;
    } catch (error) {
      // The message may contain client or upstream data; the log has it, under the request id.
      span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  }
}
