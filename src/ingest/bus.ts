/** A message of the bus, before anything of it is read. */
export interface BusMessage {
  /** Null for a message without content, as compacted topics have them. */
  readonly value: Uint8Array | null;
}

/**
 * Whatever InvestSuite publishes its events on. At least once and in any order is enough: events are known by their ids.
 */
export interface Bus {
  /**
   * Hands messages over and acknowledges them once `take` has resolved. Where it rejects, the same messages come again.
   * Trouble with the connection is dealt with here, for ever.
   */
  start(take: (messages: readonly BusMessage[]) => Promise<void>): void;
  /** False while the bus can't be reached. */
  readonly connected: boolean;
  /** Resolves when nothing is handed over any more. */
  stop(): Promise<void>;
}
