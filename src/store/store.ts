import type { Kysely } from 'kysely';
import type { Runtime } from '../domain/runtime.ts';
import type { AuditEntry } from './audit.ts';
import type { Dialect } from './dialect.ts';
import type { Tables } from './tables.ts';

/** Topics of wake-ups: due work, inbox events, log rows, upstream pauses, the copy of the instruments. */
export const TOPICS = ['work', 'inbox', 'log', 'pause', 'instruments'] as const;
export type Topic = (typeof TOPICS)[number];

/** A door to the tables for reading. */
export interface Reading {
  readonly db: Kysely<Tables>;
  readonly dialect: Dialect;
  /** Milliseconds since 1970; one clock for all gateways on one database. */
  now(): number;
}

/** A transaction. Functions that take one write all or nothing together with whatever else is done in it. */
export interface Writing extends Reading {
  /** Wakes all waiters of the topic, in this and other gateways, after the commit. */
  wake(topic: Topic): void;
  /** Appends to the audit, with the commit: see audit.ts. */
  audit(entry: AuditEntry): void;
}

export interface WriteHow {
  /** It may share its commit with others that wait at the same time: it changes few rows, and waits for no lock of another's. */
  readonly together?: boolean;
  /**
   * It is of worth only to this process, as a lease is: a power cut, which ends the process too, may undo it. The embedded store needs
   * no fsync for it then. PostgreSQL commits it like any other, since its gateways outlive it.
   */
  readonly mayBeLost?: boolean;
}

/**
 * The gateway's database. One store per process, made by `openStore`.
 *
 * Both functions may run `work` more than once (a deadlock, a connection lost before the commit was confirmed), so it
 * must have no other effects: no upstream calls, and no other use of the store, which would wait for itself.
 */
export interface Store {
  readonly kind: Dialect['kind'];
  /** Whether other gateways may use the same database at the same time. */
  readonly isShared: boolean;
  /** Time and chance of the process that uses it. `now()` is the database's time, which gateways share. */
  readonly runtime: Runtime;
  now(): number;
  /** True while nothing could be written when it was last tried: the disk is full, or the lock was not to be had. */
  readonly writesFail: boolean;
  /** Reads outside of a transaction: each query sees what is committed when it runs. */
  read<T>(work: (reading: Reading) => Promise<T>): Promise<T>;
  /** Writes in one transaction that is on disk when this resolves. Throws {@link StoreUnavailableError}. */
  write<T>(work: (writing: Writing) => Promise<T>, how?: WriteHow): Promise<T>;
  /** Calls the listener when the topic is woken by any gateway. A hint only: one may be missed, so also look by clock. */
  onWake(topic: Topic, listener: () => void): () => void;
  /** Waits for statements in progress. */
  close(): Promise<void>;
  /** Ends every connection: calls that wait for a silent database fail at once, also in `close`. */
  abandon(): void;
}
