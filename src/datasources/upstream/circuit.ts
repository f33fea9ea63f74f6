import { type Runtime, systemRuntime } from '../../domain/runtime.ts';
import { type Attempt, isFailure, tellsNothing } from './attempt.ts';

export interface CircuitOptions {
  /** Attempts in a row that fail before the circuit opens. */
  readonly failures: number;
  /** How long an open circuit waits before it tries again. */
  readonly resetMs: number;
  readonly runtime?: Runtime | undefined;
}

const TRIAL_WAIT_MS = 250;
/** As many as a read that hangs has time for. */
const FAILURES_THAT_TELL = 2;

const OPEN: Attempt = { kind: 'notSent', reason: 'circuit-open' };

/**
 * The circuit breaker of one upstream: attempts that fail are counted, and while it is open none is made. One attempt, the
 * trial, ends that: it is made once the circuit has been open for `resetMs`, by the monotonic clock, since the other may be set back.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  readonly #runtime: Runtime;
  #failuresInARow = 0;
  #openSince: number | undefined;
  /** The trial in progress; resolves when it has ended, with or without success. */
  #trial: Promise<void> | undefined;

  constructor(options: CircuitOptions) {
    this.#options = options;
    this.#runtime = options.runtime ?? systemRuntime;
  }

  /** True while calls fail fast because the upstream has been failing. */
  get isOpen(): boolean {
    return this.#openSince !== undefined && this.#trial === undefined;
  }

  /** True while an attempt would not be made: the circuit is open, and it is not time for a trial yet. */
  get refusesCalls(): boolean {
    return this.isOpen && !this.#isTimeForTrial();
  }

  #isTimeForTrial(): boolean {
    const since = this.#openSince;
    return since !== undefined && this.#runtime.monotonicMs() - since >= this.#options.resetMs;
  }

  /** True while the upstream's last attempts failed, whether or not the circuit is open yet. */
  get hearsOnlyFailures(): boolean {
    return this.isOpen || this.#failuresInARow >= FAILURES_THAT_TELL;
  }

  /** Runs an attempt, or returns `circuit-open`. Rejects as the attempt rejects. */
  async run(attempt: () => Promise<Attempt>): Promise<Attempt> {
    // If the trial succeeds, concurrent calls need not fail.
    if (this.#trial !== undefined && !(await this.#endsSoon(this.#trial))) return OPEN;
    if (this.#openSince === undefined) return this.#counted(await attempt());
    if (this.#trial !== undefined || !this.#isTimeForTrial()) return OPEN;
    return await this.#try(attempt);
  }

  /** A trial without an answer of the upstream leaves the circuit open. */
  async #try(attempt: () => Promise<Attempt>): Promise<Attempt> {
    let end = (): void => undefined;
    this.#trial = new Promise((resolve) => {
      end = resolve;
    });
    try {
      const result = await attempt();
      if (isFailure(result) || tellsNothing(result)) this.#openSince = this.#runtime.monotonicMs();
      else this.#openSince = undefined;
      return this.#counted(result);
    } finally {
      this.#trial = undefined;
      end();
    }
  }

  #counted(result: Attempt): Attempt {
    if (isFailure(result)) {
      this.#failuresInARow += 1;
      if (this.#failuresInARow >= this.#options.failures) this.#openSince ??= this.#runtime.monotonicMs();
    } else if (!tellsNothing(result)) this.#failuresInARow = 0;
    return result;
  }

  async #endsSoon(trial: Promise<void>): Promise<boolean> {
    let cancelTimer = (): void => undefined;
    const late = new Promise<boolean>((resolve) => {
      cancelTimer = this.#runtime.after(TRIAL_WAIT_MS, () => resolve(false));
    });
    const ended = await Promise.race([trial.then(() => true), late]);
    cancelTimer();
    return ended;
  }
}
