import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleType } from 'cockatiel';
import { type Attempt, isFailure, tellsNothing } from './attempt.ts';

export interface CircuitOptions {
  /** Attempts in a row that fail before the circuit opens. */
  readonly failures: number;
  /** How long an open circuit waits before it tries again. */
  readonly resetMs: number;
}

const TRIAL_WAIT_MS = 250;
/** As many as a read that hangs has time for. */
const FAILURES_THAT_TELL = 2;

/** The circuit breaker of one upstream: attempts that fail are counted, and while it is open none is made. */
export class Circuit {
  readonly #breaker;
  #failuresInARow = 0;

  constructor({ failures, resetMs }: CircuitOptions) {
    this.#breaker = circuitBreaker(handleType(FailedAttempt), {
      halfOpenAfter: resetMs,
      breaker: new ConsecutiveBreaker(failures),
    });
  }

  /** True while calls fail fast because the upstream has been failing. */
  get isOpen(): boolean {
    return this.#breaker.state === CircuitState.Open;
  }

  /** True while nothing is heard of the upstream but failures, the circuit open or not yet. */
  get hearsOnlyFailures(): boolean {
    return this.isOpen || this.#failuresInARow >= FAILURES_THAT_TELL;
  }

  /** Runs an attempt, or returns `circuit-open`. Rejects as the attempt rejects. */
  async run(attempt: () => Promise<Attempt>): Promise<Attempt> {
    if (this.#breaker.state === CircuitState.HalfOpen && !(await this.#trialEnded())) {
      return { kind: 'notSent', reason: 'circuit-open' };
    }
    try {
      return await this.#breaker.execute(async () => {
        const result = await attempt();
        if (isFailure(result)) {
          this.#failuresInARow += 1;
          throw new FailedAttempt(result);
        }
        if (tellsNothing(result)) throw this.#uncounted(result);
        this.#failuresInARow = 0;
        return result;
      });
    } catch (error) {
      if (error instanceof FailedAttempt || error instanceof UncountedAttempt) return error.attempt;
      if (error instanceof BrokenCircuitError) return { kind: 'notSent', reason: 'circuit-open', cause: error };
      throw error;
    }
  }

  /** A trial without an answer of the upstream leaves the circuit open; the breaker needs an exception for that. */
  #uncounted(result: Attempt): Error {
    return this.#breaker.state === CircuitState.HalfOpen ? new FailedAttempt(result) : new UncountedAttempt(result);
  }

  /** Waits shortly for the trial call of a half-open circuit: if it succeeds, concurrent calls need not fail. */
  async #trialEnded(): Promise<boolean> {
    return await new Promise<boolean>((resolve) => {
      const end = (ended: boolean): void => {
        clearTimeout(timer);
        listener.dispose();
        resolve(ended);
      };
      const timer = setTimeout(() => end(false), TRIAL_WAIT_MS);
      const listener = this.#breaker.onStateChange(() => end(true));
    });
  }
}

/** Carries a failed attempt through the breaker, which counts what is thrown. */
class FailedAttempt extends Error {
  readonly attempt: Attempt;
  constructor(attempt: Attempt) {
    super('attempt failed');
    this.attempt = attempt;
  }
}

/** Carries an attempt past the breaker without being counted either way. */
class UncountedAttempt extends Error {
  readonly attempt: Attempt;
  constructor(attempt: Attempt) {
    super('attempt ended early');
    this.attempt = attempt;
  }
}
