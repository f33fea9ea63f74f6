import { useEffect, useState } from 'react';
import type { TypedDocumentNode } from 'urql';
import { abandon, attempt, type Outcome, resume, unanswered } from '../../client/index.ts';
import { client } from './client.ts';
import { tabStorage } from './session.ts';

/** Input of a mutation as the page has it: the kit adds the key. */
export type Wish<Input extends { readonly idempotencyKey: string }> = Omit<Input, 'idempotencyKey'>;

/** An outcome that is known. */
export type Known<Data> = Exclude<Outcome<Data>, { readonly kind: 'unknown' }>;

export interface Attempting<Input> {
  /** `unknown`: what was sent may have been carried out; only it can be sent again, or given up. */
  readonly status: 'idle' | 'sending' | 'unknown';
  /** Input whose outcome is not known yet. */
  readonly pending: Input | undefined;
  readonly send: (input: Input) => void;
  readonly sendAgain: () => void;
  readonly giveUp: () => void;
}

/** Time after which the page says that the outcome is unknown, in milliseconds. */
const PATIENCE_MS = 10_000;
/** An attempt that a reload has interrupted is resumed by itself for so long; after that a person decides. */
const RESUMES_WITHIN_MS = 60_000;

const NOT_KEPT = {
  kind: 'refused',
  key: '',
  refusal: {
    ...{ type: null, code: 'NOT_KEPT', retryable: false, field: null },
    message: 'This browser lets the page store nothing. It was not sent, because a lost answer could not be settled.',
  },
} as const;

/** A money mutation under one name at a time, which is carried out once through lost answers and reloads. */
export function useAttempt<Data, Input extends object>(
  name: string,
  document: TypedDocumentNode<Data, { input: Input & { readonly idempotencyKey: string } }>,
  onKnown: (outcome: Known<Data>) => void,
): Attempting<Input> {
  const [status, setStatus] = useState<Attempting<Input>['status']>('idle');
  const [pending, setPending] = useState<Input>();
  const options = {
    storage: tabStorage,
    name,
    patienceMs: PATIENCE_MS,
    send: (variables: { readonly input: Input & { readonly idempotencyKey: string } }) =>
      client.mutation(document, variables).toPromise(),
  };
  const run = async (sent: Promise<Outcome<Data> | undefined>): Promise<void> => {
    setStatus('sending');
    const outcome = await sent.catch(() => NOT_KEPT);
    setStatus(outcome?.kind === 'unknown' ? 'unknown' : 'idle');
    if (outcome === undefined || outcome.kind === 'unknown') return;
    setPending(undefined);
    onKnown(outcome);
  };
  const sendAgain = (): void => void run(resume(options));
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks once for each name; the rest is made anew at each rendering
  useEffect(() => {
    void unanswered<Input>(tabStorage, name).then((kept) => {
      if (kept === undefined) return;
      setPending(kept.input);
      if (Date.now() - kept.startedAt < RESUMES_WITHIN_MS) sendAgain();
      else setStatus('unknown');
    });
  }, [name]);
  return {
    status,
    pending,
    send: (input) => {
      setPending(input);
      void run(attempt({ ...options, input }));
    },
    sendAgain,
    giveUp: () => {
      setStatus('idle');
      setPending(undefined);
      void abandon(tabStorage, name);
    },
  };
}
