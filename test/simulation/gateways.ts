import { type Assembly, assemble } from '../../src/gateway.ts';
import type { Bus, BusMessage } from '../../src/ingest/index.ts';
import type { Logger } from '../../src/telemetry/logger.ts';
import type { MoneySettings } from '../../src/workflows/index.ts';
import type { SharedDatabase, StoreWorld } from './database.ts';
import { type Network, SimulatedDispatcher } from './network.ts';
import { SimulatedProcess } from './process.ts';
import type { Random } from './random.ts';
import { FOLLOWING, sweep, UPSTREAMS } from './sweeps.ts';
import type { Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';
import type { Answer, Call } from './wire.ts';

export interface Surroundings {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly trace: Trace;
  readonly database: SharedDatabase;
  readonly storeWorld: StoreWorld;
  readonly network: Network;
  readonly settings: MoneySettings;
  readonly isAuto: boolean;
  readonly follows: boolean;
  readonly investSuite: { answer(call: Call): Answer };
  readonly upvest: { answer(call: Call): Answer };
  /** Told of each thing that comes to a gateway; may kill or pause it. */
  readonly onComes: (slot: Slot) => void;
  /** Told of errors that a gateway logs. */
  readonly onTrouble: (what: string) => void;
}

/** Shorter than in production, so that a scenario takes less of its time; longer than anything is late. */
export const LATE_ARRIVAL_MS = 15_000;

/** Where a gateway runs: killed, another process takes its place. */
export class Slot {
  readonly index: number;
  process: SimulatedProcess | undefined;
  /** Undefined while it starts, and while it is down. */
  assembly: Assembly | undefined;
  /** Requests and events that gateways here have received. */
  count = 0;
  readonly #surroundings: Surroundings;
  readonly #onDown = new Map<SimulatedProcess, (() => void)[]>();
  #generation = 0;
  take: ((messages: readonly BusMessage[]) => Promise<void>) | undefined;

  constructor(index: number, surroundings: Surroundings) {
    this.index = index;
    this.#surroundings = surroundings;
  }

  /** Calls back when the process is killed. */
  onDown(process: SimulatedProcess, listener: () => void): void {
    const listeners = this.#onDown.get(process) ?? [];
    listeners.push(listener);
    this.#onDown.set(process, listeners);
  }

  start(): void {
    const { timeline, random, trace, database, storeWorld, onComes } = this.#surroundings;
    this.#generation += 1;
    const process = new SimulatedProcess(`gateway ${'AB'[this.index]}${this.#generation}`, {
      ...{ timeline, random, trace },
      onComes: () => {
        this.count += 1;
        onComes(this);
      },
    });
    this.process = process;
    trace.tell(process.name, 'starts');
    const store = database.open(process, storeWorld);
    assemble({
      ...UPSTREAMS,
      investSuite: { ...UPSTREAMS.investSuite, dispatcher: this.#dispatcher(process, 'investsuite') },
      upvest: {
        ...UPSTREAMS.upvest,
        dispatcher: this.#dispatcher(process, 'upvest'),
      },
      ...(this.#surroundings.follows && FOLLOWING),
      auth: 'local-operator',
      store,
      money: this.#surroundings.settings,
      optimizations: this.#surroundings.isAuto ? 'auto' : 'off',
      lateArrivalMs: LATE_ARRIVAL_MS,
      pollMs: 4_000,
      bus: this.#bus(process),
      logger: this.#logger(process),
    }).then(
      (assembly) => {
        if (this.process !== process) return;
        this.assembly = assembly;
        trace.tell(process.name, 'is ready');
      },
      // It ends, and is started again, as a supervisor would.
      () => {
        trace.tell(process.name, 'could not start');
        if (this.process === process) this.kill(500);
      },
    );
  }

  kill(downMs: number): void {
    const { process } = this;
    if (process === undefined) return;
    process.kill();
    this.process = undefined;
    this.assembly = undefined;
    this.take = undefined;
    for (const listener of this.#onDown.get(process) ?? []) listener();
    this.#onDown.delete(process);
    this.#surroundings.timeline.after(downMs, () => {
      if (this.process === undefined) this.start();
    });
  }

  /** A sweep of all portfolios beside what the gateway does, as a command would make it. */
  sweep(): void {
    const { process, assembly } = this;
    if (process === undefined || assembly === undefined) return;
    const { trace, onTrouble } = this.#surroundings;
    const dispatcher = (name: 'investsuite' | 'upvest') => this.#dispatcher(process, name);
    sweep(assembly.gateway.store, { runtime: process, dispatcher }).then(
      (end) => trace.tell(process.name, `has swept: ${end}`),
      (error: unknown) => {
        trace.tell(process.name, `could not sweep: ${String(error)}`);
        if (isDefect(error)) onTrouble(`a sweep: ${error.stack}`);
      },
    );
  }

  #dispatcher(process: SimulatedProcess, name: 'investsuite' | 'upvest'): SimulatedDispatcher {
    const { network, investSuite, upvest } = this.#surroundings;
    const upstream = name === 'upvest' ? upvest : investSuite;
    return new SimulatedDispatcher(process, network, { name, answer: (call) => upstream.answer(call) });
  }

  #bus(process: SimulatedProcess): Bus {
    return {
      connected: true,
      start: (take) => {
        if (this.process === process) this.take = take;
      },
      stop: async () => undefined,
    };
  }

  #logger(process: SimulatedProcess): Logger {
    const { trace, onTrouble } = this.#surroundings;
    const write = (level: string) => (fields: object, message: string) => {
      const error = 'err' in fields ? fields.err : undefined;
      trace.tell(
        process.name,
        `logs ${level}: ${message}${error instanceof Error ? ` (${error.name}: ${error.message})` : ''}`,
      );
      if (isDefect(error)) onTrouble(`${message}: ${error.stack}`);
    };
    const ignored = (): void => undefined;
    const logger: Logger = {
      debug: ignored,
      info: ignored,
      warn: write('warn'),
      error: write('error'),
      child: () => logger,
    };
    return logger;
  }
}

/** Not an upstream's, not the store's: a mistake of the code. */
const isDefect = (error: unknown): error is Error =>
  error instanceof Error &&
  (DEFECTS.has(error.constructor) || error.constructor.name === 'ZodError' || 'rawCode' in error);

const DEFECTS: ReadonlySet<unknown> = new Set([Error, TypeError, RangeError, SyntaxError]);
