import { createHash } from 'node:crypto';
import { START, type Timeline } from './timeline.ts';

/** The events of a scenario, a line each. Kept only where somebody wants to read it. */
export class Trace {
  readonly lines: string[] = [];
  readonly #timeline: Timeline;
  readonly #isKept: boolean;

  constructor(timeline: Timeline, isKept: boolean) {
    this.#timeline = timeline;
    this.#isKept = isKept;
  }

  get isKept(): boolean {
    return this.#isKept;
  }

  tell(who: string, what: string): void {
    if (!this.#isKept) return;
    const seconds = ((this.#timeline.now - START) / 1_000).toFixed(3).padStart(9);
    this.lines.push(`${seconds}  ${who.padEnd(11)} ${what}`);
  }

  get digest(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex').slice(0, 16);
  }
}
