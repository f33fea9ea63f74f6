import { type Askers, GATEWAY } from './askers.ts';

/** An entry of a {@link FairQueue}. */
export interface Waiting {
  /** Callers that it waits for; the gateway itself when left out. */
  readonly askers?: Askers | undefined;
}

/**
 * A queue with a lane per caller. Lanes take turns (round robin), so that a caller with one call waits for at most one
 * call of each other caller. Every second turn is the gateway's own where it waits: open workflows continue, however
 * many callers there are. Calls keep their order within a lane.
 *
 * A call with several callers is in all their lanes, and leaves them with its first turn.
 */
export class FairQueue<W extends Waiting> {
  /** In the order of their next turns. Lanes are never empty. */
  readonly #lanes = new Map<string, Set<W>>();
  readonly #stopJoining = new Map<W, () => void>();
  #wasGateway = false;

  get size(): number {
    return this.#stopJoining.size;
  }

  /** All that wait, in the order in which they came. */
  all(): readonly W[] {
    return [...this.#stopJoining.keys()];
  }

  /** `onJoin` is called when a caller joins a waiting call: its turn may have come. */
  add(waiter: W, onJoin: () => void): void {
    for (const name of waiter.askers?.names ?? [GATEWAY]) this.#enter(name, waiter);
    const stop = waiter.askers?.onJoin((name) => {
      this.#enter(name, waiter);
      onJoin();
    });
    this.#stopJoining.set(waiter, stop ?? (() => undefined));
  }

  delete(waiter: W): void {
    if (!this.#stopJoining.has(waiter)) return;
    this.#stopJoining.get(waiter)?.();
    this.#stopJoining.delete(waiter);
    for (const name of waiter.askers?.names ?? [GATEWAY]) {
      const lane = this.#lanes.get(name);
      lane?.delete(waiter);
      if (lane?.size === 0) this.#lanes.delete(name);
    }
  }

  /**
   * Removes and returns the next call, among callers for which `may` is true, with the name of the caller whose turn it
   * was.
   */
  take(may: (name: string) => boolean = () => true): { readonly waiter: W; readonly name: string } | undefined {
    const name = this.#nextLane(may);
    if (name === undefined) return undefined;
    const lane = this.#lanes.get(name) ?? new Set<W>();
    const [waiter] = lane;
    if (waiter === undefined) return undefined;
    this.#wasGateway = name === GATEWAY;
    // To the end of the line of lanes.
    this.#lanes.delete(name);
    this.#lanes.set(name, lane);
    this.delete(waiter);
    return { waiter, name };
  }

  /** Where nobody waits: whose turn it is among the callers of a new call. Undefined where `may` is false for all of them. */
  pass(askers: Askers | undefined, may: (name: string) => boolean): string | undefined {
    for (const name of askers?.names ?? [GATEWAY]) {
      if (!may(name)) continue;
      this.#wasGateway = name === GATEWAY;
      return name;
    }
    return undefined;
  }

  /** How many calls go before a new one of these callers, at most. */
  ahead(askers: Askers | undefined): number {
    let best = Number.POSITIVE_INFINITY;
    for (const name of askers?.names ?? [GATEWAY]) {
      const mine = this.#lanes.get(name)?.size ?? 0;
      let before = 0;
      for (const lane of this.#lanes.values()) before += Math.min(lane.size, mine + 1);
      best = Math.min(best, Math.min(before, this.size));
    }
    return best;
  }

  #enter(name: string, waiter: W): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) this.#lanes.set(name, new Set([waiter]));
    else lane.add(waiter);
  }

  #nextLane(may: (name: string) => boolean): string | undefined {
    if (!this.#wasGateway && this.#lanes.has(GATEWAY) && may(GATEWAY)) return GATEWAY;
    for (const name of this.#lanes.keys()) if (may(name)) return name;
    return undefined;
  }
}
