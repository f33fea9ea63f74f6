export type { Bus, BusMessage } from './bus.ts';
export { type Ingest, startIngest } from './ingest.ts';
export { KafkaBus, type KafkaBusOptions } from './kafka-bus.ts';
