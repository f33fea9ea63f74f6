export type { Bus, BusMessage } from './bus.ts';
export { type Ingest, startIngest } from './ingest.ts';
export { KafkaBus, type KafkaBusOptions, KafkaClientError, requireKafkaClient } from './kafka-bus.ts';
