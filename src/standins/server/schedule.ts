/**
 * Delayed steps: a withdrawal that is processed, virtual cash that is confirmed, an optimization that is
 * computed. Each subject has at most one next step. With `'manual'` nothing moves until it is advanced.
 */
export type SettleDelay = number | 'manual';

export interface StepFilter {
  readonly kind?: string;
  readonly id?: string;
}

export interface Schedule {
  /** Sets the next step of a subject; a step that was there is forgotten. */
  next(kind: string, id: string, step: () => void): void;
  /** Forgets the next step of a subject. */
  forget(kind: string, id: string): void;
  /** Takes the next step of all matching subjects, once each. Returns their number. */
  advance(filter?: StepFilter): number;
  /** Goes on until nothing that matches has a next step. */
  advanceAll(filter?: StepFilter): number;
  readonly pending: readonly { readonly kind: string; readonly id: string }[];
  stop(): void;
}

interface Pending {
  readonly kind: string;
  readonly id: string;
  readonly step: () => void;
  readonly timer: NodeJS.Timeout | undefined;
}

/** `delay` is read at each step, so that it can be changed while the stand-in runs. */
export function createSchedule(delay: () => SettleDelay): Schedule {
  const steps = new Map<string, Pending>();
  let stopped = false;
  const forget = (kind: string, id: string): void => {
    const key = `${kind}/${id}`;
    clearTimeout(steps.get(key)?.timer);
    steps.delete(key);
  };
  const take = ({ kind, id, step }: Pending): void => {
    forget(kind, id);
    step();
  };
  const matching = (filter: StepFilter): readonly Pending[] =>
    [...steps.values()].filter(
      (one) =>
        (filter.kind === undefined || filter.kind === one.kind) && (filter.id === undefined || filter.id === one.id),
    );
  const advance = (filter: StepFilter = {}): number => {
    const due = matching(filter);
    for (const one of due) take(one);
    return due.length;
  };
  return {
    next(kind, id, step) {
      forget(kind, id);
      if (stopped) return;
      const delayMs = delay();
      const pending = { kind, id, step };
      const timer =
        delayMs === 'manual' ? undefined : setTimeout(() => take({ ...pending, timer: undefined }), delayMs);
      steps.set(`${kind}/${id}`, { ...pending, timer });
    },
    forget,
    advance,
    advanceAll(filter = {}) {
      let moved = 0;
      for (let round = 0; round < 100; round += 1) {
        const count = advance(filter);
        if (count === 0) break;
        moved += count;
      }
      return moved;
    },
    get pending() {
      return [...steps.values()].map(({ kind, id }) => ({ kind, id }));
    },
    stop() {
      stopped = true;
      for (const { timer } of steps.values()) clearTimeout(timer);
      steps.clear();
    },
  };
}
