import type { ReactElement } from 'react';
import type { Attempting } from '../attempt.ts';

/** Choices for a request whose outcome is unknown. */
export function UnknownOutcome({
  attempting: { status, sendAgain, giveUp },
  what,
}: {
  readonly attempting: Pick<Attempting<unknown>, 'status' | 'sendAgain' | 'giveUp'>;
  /** Such as "this withdrawal". */
  readonly what: string;
}): ReactElement | null {
  if (status !== 'unknown') return null;
  return (
    <div className="unknown-outcome" role="alert">
      <p>
        No answer came, so the outcome of {what} is not known yet. It can be sent again: under its key it is carried out
        once at most.
      </p>
      <p className="buttons">
        <button type="button" className="primary" onClick={sendAgain}>
          Send again
        </button>
        <button type="button" onClick={giveUp}>
          Give up
        </button>
      </p>
    </div>
  );
}
