/** A raw message of the bus. */
export interface BusMessage {
  /** Null for a message without content (a tombstone in a compacted topic). */
  readonly value: Uint8Array | null;
}

/** The source of InvestSuite's events. At-least-once delivery in any order is enough: event ids detect duplicates. */
export interface Bus {
  /**
   * Delivers messages and acknowledges them once `take` has resolved; delivers them again where it rejects. Reconnects
   * by itself, for ever.
   */
  start(take: (messages: readonly BusMessage[]) => Promise<void>): void;
  /** False while the bus is unavailable. */
  readonly connected: boolean;
  /** Resolves when no more messages will be delivered. */
  stop(): Promise<void>;
}
