export type { Bus, BusMessage } from './bus.ts';
export type { InboxOutcome } from './inbox-worker.ts';
export { type Ingest, type IngestOptions, startIngest } from './ingest.ts';
export { KafkaBus, type KafkaBusOptions } from './kafka-bus.ts';
export type { Reception, WebhookReceiver } from './webhook.ts';
