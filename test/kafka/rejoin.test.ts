import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { KafkaBus } from '../../src/ingest/index.ts';
import { eventually } from '../helpers/eventually.ts';

/** The part of the client library that the bus uses; the library itself is tested against a real Kafka. */
const made = vi.hoisted(() => ({ consumers: [] as unknown[] }));
vi.mock('@platformatic/kafka', () => ({
  Consumer: class extends EventEmitter {
    constructor() {
      super();
      made.consumers.push(this);
    }
    consume = async (): Promise<Readable> => new Readable({ objectMode: true, read: () => undefined });
    close = async (): Promise<void> => undefined;
  },
}));

it('begins anew when it can not get back into its group, and the process goes on', async () => {
  const trouble: string[] = [];
  const bus = new KafkaBus({ brokers: ['b:1'], topic: 't', groupId: 'g', onTrouble: (what) => trouble.push(what) });
  bus.start(async () => undefined);
  await eventually(() => expect(bus.connected).toBe(true));
  const [first] = made.consumers;
  if (!(first instanceof EventEmitter)) throw new Error('no consumer');
  first.emit('error', new Error('the group could not be joined again'));
  await eventually(() => expect(made.consumers.length).toBe(2));
  await eventually(() => expect(bus.connected).toBe(true));
  expect(trouble).toEqual(['the bus is out of reach; it is tried again']);
  await bus.stop();
});
