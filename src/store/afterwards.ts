import type { TimedEntry } from './audit.ts';
import type { Reading, Topic, Writing } from './store.ts';

/** Consequences of a transaction: its entries in the audit, before the commit, and wake-ups after it. */
export class Afterwards {
  readonly topics = new Set<Topic>();
  readonly audit: TimedEntry[] = [];

  /** The transaction, for its work. */
  writing(reading: Reading): Writing {
    return {
      ...reading,
      wake: (topic) => this.topics.add(topic),
      audit: (entry) => this.audit.push({ ...entry, at: reading.now() }),
    };
  }

  clear(): void {
    this.topics.clear();
    this.audit.length = 0;
  }
}
