import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AttemptRecord } from '../datasources/upstream/client.ts';

/** Own registry per gateway: several gateways in one process do not share one. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Counter({
    name: 'gateway_graphql_requests_total',
    help: 'GraphQL requests by operation type and outcome.',
    labelNames: ['operation', 'outcome'],
    registers: [this.registry],
  });
  readonly #duration = new Histogram({
    name: 'gateway_graphql_request_duration_seconds',
    help: 'Duration of a request.',
    labelNames: ['operation'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });
  readonly #calls = new Counter({
    name: 'gateway_upstream_calls_total',
    help: 'Attempts of upstream calls, by operation and outcome (HTTP status or the reason for none).',
    labelNames: ['system', 'operation', 'outcome'],
    registers: [this.registry],
  });
  readonly #callDuration = new Histogram({
    name: 'gateway_upstream_call_duration_seconds',
    help: 'Duration of one attempt, including its wait in the queue.',
    labelNames: ['system'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });
  readonly #shared = new Counter({
    name: 'gateway_upstream_reads_shared_total',
    help: 'Reads that shared the call of another read.',
    labelNames: ['system'],
    registers: [this.registry],
  });
  readonly #dropped = new Counter({
    name: 'gateway_upstream_rows_dropped_total',
    help: 'Rows of upstream lists that could not be read and were left out.',
    labelNames: ['system', 'resource'],
    registers: [this.registry],
  });

  readonly #webhooks = new Histogram({
    name: 'gateway_webhook_delivery_duration_seconds',
    help: 'Duration from a complete delivery to its answer, by outcome: accepted, or the reason of the refusal.',
    labelNames: ['outcome'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });
  readonly #inbox = new Counter({
    name: 'gateway_inbox_events_total',
    help: 'Processed inbox events, by outcome.',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  readonly #orderTrouble = new Counter({
    name: 'gateway_order_trouble_total',
    help: "Transactions and holdings that somebody should look at: overwritten, in-doubt, or not-followed after the broker's orders.",
    labelNames: ['kind'],
    registers: [this.registry],
  });

  readonly #orderAtBroker = new Histogram({
    name: 'gateway_order_time_to_broker_seconds',
    help: 'Time from the acceptance of an order until the broker was known to have it.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [this.registry],
  });

  /** Process metrics (memory, event loop lag, CPU), for a gateway that owns its process. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  request(operation: string, outcome: 'ok' | 'errors', seconds: number): void {
    this.#requests.inc({ operation, outcome });
    this.#duration.observe({ operation }, seconds);
  }

  upstreamAttempt(record: AttemptRecord): void {
    const { system, operation, outcome } = record;
    this.#calls.inc({ system, operation, outcome: String(outcome) });
    this.#callDuration.observe({ system }, record.durationMs / 1000);
  }

  sharedRead(system: string): void {
    this.#shared.inc({ system });
  }

  droppedRow(system: string, resource: string, count: number): void {
    this.#dropped.inc({ system, resource }, count);
  }

  webhook(outcome: string, seconds: number): void {
    this.#webhooks.observe({ outcome }, seconds);
  }

  inboxEvents(outcome: string, count: number): void {
    this.#inbox.inc({ outcome }, count);
  }

  orderAtBroker(seconds: number): void {
    this.#orderAtBroker.observe(seconds);
  }

  orderTrouble(kind: string): void {
    this.#orderTrouble.inc({ kind });
  }

  gauge(name: string, help: string, collect: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.registry], collect: () => gauge.set(collect()) });
  }
}
