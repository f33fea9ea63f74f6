import type { ReactElement } from 'react';
import { formatSecond } from '../dates.ts';
import { type Tone, wordsOf } from '../words.ts';

export type StateWords = Readonly<Record<string, readonly [words: string, tone: Tone]>>;

interface Change {
  readonly state: string;
  readonly at: string;
  readonly reason?: string | null;
}

interface StepsProps {
  /** States from the request to completion, in their order. */
  readonly way: readonly string[];
  readonly words: StateWords;
  readonly state: string;
  readonly history: readonly Change[];
}

/** The states so far and those ahead. A state that was skipped is left out. */
export function Steps({ way, words, state, history }: StepsProps): ReactElement {
  const passed = new Set(history.map((change) => change.state));
  const furthest = way.findLastIndex((step) => passed.has(step));
  const isOnItsWay = way.includes(state);
  const steps = way.filter((step, index) => passed.has(step) || (isOnItsWay && index > furthest));
  return (
    <ol className="steps">
      {steps.map((step) => (
        <li key={step} data-step={step === state ? 'now' : passed.has(step) ? 'done' : 'ahead'}>
          <span aria-hidden="true" className="step-dot" />
          {stateWords(words, step)}
          <span className="unseen">{passed.has(step) ? ' (reached)' : ' (ahead)'}</span>
        </li>
      ))}
      {!isOnItsWay && (
        <li data-step="end" data-tone={words[state]?.[1]}>
          <span aria-hidden="true" className="step-dot" />
          {stateWords(words, state)}
        </li>
      )}
    </ol>
  );
}

interface HistoryProps {
  /** Whose history it is, for screen readers. */
  readonly of: string;
  readonly words: StateWords;
  readonly history: readonly Change[];
}

export const History = ({ of, words, history }: HistoryProps): ReactElement => (
  <details>
    <summary>
      History<span className="unseen"> of the {of}</span>
    </summary>
    <ol className="history">
      {history.map((change, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a history only grows at its end
        <li key={index}>
          <time dateTime={change.at}>{formatSecond(change.at)}</time>
          <span>{stateWords(words, change.state)}</span>
          {change.reason != null && <span className="help">{change.reason}</span>}
        </li>
      ))}
    </ol>
  </details>
);

export const stateWords = (words: StateWords, state: string): string => words[state]?.[0] ?? wordsOf(state);
