import { type ReactElement, useState } from 'react';
import type { TypedDocumentNode } from 'urql';
import { useAttempt } from '../attempt.ts';

interface Props<Data> {
  readonly id: string;
  /** Name of the cancelled object, such as "the withdrawal of 5.00 EUR". */
  readonly what: string;
  readonly document: TypedDocumentNode<Data, { input: { id: string; idempotencyKey: string } }>;
}

/** Asks for a cancellation; whether there is one is what the followed state says. */
export function Cancel<Data>({ id, what, document }: Props<Data>): ReactElement {
  const [problem, setProblem] = useState('');
  const { status, send, sendAgain } = useAttempt<Data, { readonly id: string }>(`cancel/${id}`, document, (outcome) =>
    setProblem(outcome.kind === 'refused' ? outcome.refusal.message : ''),
  );
  const isSending = status === 'sending';
  const act = (): void => {
    if (status === 'unknown') sendAgain();
    else if (!isSending) send({ id });
  };
  return (
    <>
      <button type="button" className="quiet" aria-disabled={isSending} onClick={act}>
        {isSending ? 'Cancelling …' : 'Cancel'}
        <span className="unseen"> {what}</span>
      </button>
      <p role="alert" className="field-problem">
        {status === 'unknown' ? 'No answer yet whether it can be cancelled. Try again.' : problem}
      </p>
    </>
  );
}
