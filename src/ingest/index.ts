export type { InboxOutcome } from './inbox-worker.ts';
export { type Ingest, type IngestOptions, startIngest } from './ingest.ts';
export type { Reception, WebhookReceiver } from './webhook.ts';
