import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seedPortfolio, seedUser } from '../../src/standins/index.ts';
import { Tracing } from '../../src/telemetry/tracing.ts';
import { eventually } from '../helpers/eventually.ts';
import { cashEvent } from '../helpers/log.ts';
import { startWorld, type World } from '../helpers/world.ts';

const MARK = 'OnlyJaneKnows';
const jane = seedUser({ key: 'jane', firstName: MARK, lastName: MARK });
const portfolio = seedPortfolio({ key: 'janes', owner: jane, name: MARK, externalId: MARK });

const exporter = new InMemorySpanExporter();
let world: World;
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  world = await startWorld({ seed: [portfolio] });
  world.upvest.webhooks.register(`${world.url}/webhooks/upvest`);
});
afterAll(async () => {
  await world.stop();
  trace.disable();
  propagation.disable();
  context.disable();
});
beforeEach(() => exporter.reset());

const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans();
async function span(name: string | RegExp): Promise<ReadableSpan> {
  return await eventually(() => {
    const found = spans().find((each) => (typeof name === 'string' ? each.name === name : name.test(each.name)));
    if (found === undefined) throw new Error(`no ${name} among ${spans().map((each) => each.name)}`);
    return found;
  });
}

describe('spans', () => {
  it('show an operation and the upstream calls it made, in the trace of the caller', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const query = `query Dashboard { portfolio(id: "${portfolio.portfolioId}") { name owner { firstName } cashBalance { balance } } }`;
    const answer = await world.ask(query, {}, { traceparent, 'x-request-id': 'request-4711' });
    expect(answer.errors).toBeUndefined();
    const operation = await span('graphql query');
    expect(operation.kind).toBe(SpanKind.SERVER);
    expect(operation.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(operation.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(operation.attributes).toEqual({
      'gateway.request_id': 'request-4711',
      'graphql.operation.type': 'query',
      'graphql.operation.name': 'Dashboard',
      'gateway.errors': 0,
    });
    const calls = spans().filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(new Set(calls.map(({ attributes }) => attributes['gateway.upstream']))).toEqual(
      new Set(['INVESTSUITE', 'UPVEST']),
    );
    const reads = calls.filter(({ attributes }) => attributes['http.request.method'] === 'GET');
    expect(reads.length).toBeGreaterThanOrEqual(2);
    for (const call of reads) {
      expect(call.spanContext().traceId).toBe(operation.spanContext().traceId);
      expect(call.attributes['http.response.status_code']).toBe(200);
      expect(call.duration[0] * 1e9 + call.duration[1]).toBeGreaterThan(0);
    }
  });

  it('show that an upstream failed, and that fields have errors', async () => {
    world.upvest.faults.add({ kind: 'status', status: 500, match: { path: 'cash' }, times: 10 });
    await world.ask(`{ portfolio(id: "${portfolio.portfolioId}") { cashBalance { balance } } }`);
    expect((await span('graphql query')).attributes['gateway.errors']).toBe(1);
    const failed = spans().find(({ attributes }) => attributes['http.response.status_code'] === 500);
    expect([failed?.status.code, failed?.attributes['error.type']]).toEqual([SpanStatusCode.ERROR, '500']);
    world.upvest.faults.clear();
  });

  it('show webhooks and the steps of a workflow, each step with its calls below it', async () => {
    await world.ask(`mutation { registerDeposit(input: { portfolioId: "${portfolio.portfolioId}", amount: "12.34",
      currency: "EUR", idempotencyKey: "spans" }) { __typename } }`);
    await eventually(async () =>
      expect((await world.ask('{ deposit(idempotencyKey: "spans") { state } }')).text).toContain('COMPLETED'),
    );
    const webhook = await span('webhook upvest');
    expect([webhook.kind, webhook.attributes['http.response.status_code']]).toEqual([SpanKind.SERVER, 200]);
    const steps = await eventually(() => {
      const found = spans().filter(({ name }) => name.startsWith('deposit '));
      expect(found.length).toBeGreaterThanOrEqual(2);
      return found;
    });
    for (const step of steps) {
      expect(step.parentSpanContext).toBeUndefined();
      expect(step.attributes['gateway.workflow.id']).toMatch(/^dep_/);
    }
    const traces = new Set(steps.map((step) => step.spanContext().traceId));
    const writes = spans().filter(({ attributes }) => attributes['http.request.method'] === 'POST');
    expect(writes.some((call) => traces.has(call.spanContext().traceId))).toBe(true);
  });

  it('carry nothing of customers: no names, amounts, accounts, and nothing that clients send', async () => {
    await world.ask(
      `query ($id: ID!) { portfolio(id: $id) { name owner { firstName lastName } nothing } }`,
      { id: MARK },
      { 'x-request-id': `${MARK} is not taken as an id` },
    );
    await world.ask(`{ portfolios(filter: { externalId: "${MARK}" }) { edges { node { name } } } }`);
    await world.upvest.webhooks.emit({ events: [cashEvent(portfolio.broker.accountGroupId, '31337.25')] });
    await world.ask(`mutation { registerDeposit(input: { portfolioId: "${portfolio.portfolioId}", amount: "31337.25",
      currency: "EUR", idempotencyKey: "${MARK}" }) { __typename } }`);
    await span(/^deposit /);
    const text = JSON.stringify(
      spans().map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
    );
    for (const secret of [MARK, '31337', portfolio.portfolioId, portfolio.broker.accountGroupId, jane.id])
      expect(text).not.toContain(secret);
  });

  it('hang below the span of the server that the gateway is mounted in', async () => {
    const host = trace.getTracer('host').startSpan('GET /graphql');
    const request = new Request(`${world.url}/graphql?query={__typename}`, {
      headers: { traceparent: '00-11111111111111111111111111111111-2222222222222222-01' },
    });
    await context.with(trace.setSpan(context.active(), host), () => world.gateway.fetch(request));
    host.end();
    const operation = await span('graphql query');
    expect(operation.parentSpanContext?.spanId).toBe(host.spanContext().spanId);
    expect(operation.kind).toBe(SpanKind.INTERNAL);
  });

  it('are made by the tracer that an embedder gives', async () => {
    const own = new InMemorySpanExporter();
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(own)] });
    const tracing = new Tracing(provider.getTracer('bank'));
    const work = async (): Promise<number> => 1;
    await tracing.incoming({ name: 'graphql', headers: new Headers(), attributes: {} }, work, () => ({ ok: false }));
    await expect(
      tracing.step({ kind: 'deposit', step: 'fund', id: 'dep_1' }, () => Promise.reject(new Error(MARK))),
    ).rejects.toThrow(MARK);
    expect(own.getFinishedSpans().map(({ name, status }) => [name, status])).toEqual([
      ['graphql', { code: SpanStatusCode.ERROR }],
      ['deposit fund', { code: SpanStatusCode.ERROR }],
    ]);
    expect(spans()).toEqual([]);
  });
});
