import { type Runtime, systemRuntime } from '../../domain/runtime.ts';
import { Askers, GATEWAY } from './askers.ts';
import type { CallOptions } from './client.ts';
import { Flight } from './flight.ts';

/** Result of a batch for a key that must be read alone, since the batch was ambiguous. */
export const ALONE = Symbol('alone');

export interface BatcherOptions<V> {
  /** Most keys of one call. */
  readonly maxBatchSize: number;
  readonly runtime?: Runtime | undefined;
  /**
   * Reads all keys in one call. The answer is matched by key: a missing key does not exist (undefined); an Error
   * concerns its key only. A rejection concerns all. {@link ALONE} for all: unknown for every key.
   */
  readonly fetchBatch: (keys: readonly string[], options: CallOptions) => Promise<Fetched<V> | typeof ALONE>;
  /** Called when a caller was served by another caller's call. */
  readonly onShared?: (() => void) | undefined;
}

export type Fetched<V> = ReadonlyMap<string, V | Error>;

interface Batch<V> {
  readonly keys: Set<string>;
  /** How many of the keys each caller has brought. */
  readonly perCaller: Map<string, number>;
  readonly askers: Askers;
  /** Undefined once it is over: see SharedReads. */
  flight: Flight<Fetched<V> | typeof ALONE> | undefined;
}

interface Started<V> {
  readonly batch: Batch<V>;
  readonly flight: Flight<Fetched<V> | typeof ALONE>;
}

/**
 * Maximum keys of a caller in a shared call. A caller with more makes its own calls, so that its hundreds of ids
 * neither delay nor fail other callers.
 */
const MOST_BESIDE_OTHERS = 25;

/**
 * Batches keys of all requests of this process into few upstream calls; a caller can join a call that has its key.
 * Caches nothing: after the answer the next read is a new call.
 */
export class Batcher<V> {
  readonly #options: BatcherOptions<V>;
  readonly #runtime: Runtime;
  readonly #inFlight = new Map<string, Batch<V>>();
  /** Calls that have not begun. All begin at the end of this turn of the event loop. */
  readonly #open = new Set<Batch<V>>();

  constructor(options: BatcherOptions<V>) {
    this.#options = options;
    this.#runtime = options.runtime ?? systemRuntime;
  }

  async load(key: string, { signal, askers }: CallOptions = {}): Promise<V | undefined | typeof ALONE> {
    signal?.throwIfAborted();
    const answer = await this.#flightFor(key, askers).join(signal);
    if (answer === ALONE) return ALONE;
    const value = answer.get(key);
    if (value instanceof Error) throw value;
    return value;
  }

  /** After a write to it: the next read of this key is a new call. */
  forget(key: string): void {
    this.#inFlight.delete(key);
    for (const batch of this.#open) if (batch.keys.has(key)) this.#open.delete(batch);
  }

  #flightFor(key: string, askers: Askers | undefined): Flight<Fetched<V> | typeof ALONE> {
    const current = this.#inFlight.get(key);
    if (current?.flight !== undefined && !current.flight.abandoned) {
      this.#options.onShared?.();
      current.askers.join(askers);
      return current.flight;
    }
    const [name = GATEWAY] = askers?.names ?? [];
    const { batch, flight } = this.#openFor(name) ?? this.#start();
    batch.keys.add(key);
    batch.perCaller.set(name, (batch.perCaller.get(name) ?? 0) + 1);
    batch.askers.join(askers);
    if (batch.keys.size >= this.#options.maxBatchSize) this.#open.delete(batch);
    this.#inFlight.set(key, batch);
    return flight;
  }

  #openFor(name: string): Started<V> | undefined {
    for (const batch of this.#open) {
      const { perCaller, flight } = batch;
      const alone = perCaller.size === 1 && perCaller.has(name);
      const fits = (perCaller.get(name) ?? 0) < MOST_BESIDE_OTHERS && !someHaveMore(perCaller);
      if (flight?.abandoned === false && (alone || fits)) return { batch, flight };
    }
    return undefined;
  }

  #start(): Started<V> {
    const keys = new Set<string>();
    const askers = new Askers();
    const batch: Batch<V> = { keys, askers, perCaller: new Map(), flight: undefined };
    const flight = new Flight(async (signal) => {
      // One turn of the event loop: requests that arrived together travel together.
      await this.#runtime.nextTurn();
      this.#open.delete(batch);
      try {
        signal.throwIfAborted();
        return await this.#options.fetchBatch([...keys], { signal, askers });
      } finally {
        batch.flight = undefined;
        for (const key of keys) if (this.#inFlight.get(key) === batch) this.#inFlight.delete(key);
      }
    });
    batch.flight = flight;
    this.#open.add(batch);
    return { batch, flight };
  }
}

function someHaveMore(perCaller: ReadonlyMap<string, number>): boolean {
  for (const count of perCaller.values()) if (count > MOST_BESIDE_OTHERS) return true;
  return false;
}
