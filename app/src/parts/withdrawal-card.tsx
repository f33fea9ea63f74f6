import { type ReactElement, useState } from 'react';
import { useMutation, useSubscription } from 'urql';
import { cancelKey } from '../attempt.ts';
import { formatMinute, formatSecond } from '../dates.ts';
import {
  CancelWithdrawalDocument,
  type WithdrawalState,
  type WithdrawalStateFragment,
  WithdrawalUpdatedDocument,
} from '../generated/graphql.ts';
import { formatMoney } from '../money/decimal.ts';
import { failureOf, failureOfMember } from '../outcome.ts';
import { WITHDRAWAL_STATES, wordsOf } from '../words.ts';
import { Chip } from './bits.tsx';

/** From the request to the end that everybody wants. */
const WAY: readonly WithdrawalState[] = [
  'REQUESTED',
  'RESERVED',
  'AWAITING_CASH',
  'SUBMITTED',
  'PROCESSING',
  'PAID',
  'COMPLETED',
];
/** The broker may still say no. */
const CANCELLABLE: readonly WithdrawalState[] = ['REQUESTED', 'RESERVED', 'AWAITING_CASH', 'SUBMITTED'];
/** Followed no longer; that the bank sends one back later is told by a notification. */
const ENDS: readonly WithdrawalState[] = ['COMPLETED', 'CANCELLED', 'FAILED', 'RETURNED'];

/** A withdrawal, followed through its states for as long as it is under way. */
export function WithdrawalCard({ listed }: { readonly listed: WithdrawalStateFragment }): ReactElement {
  const [{ data }] = useSubscription({
    query: WithdrawalUpdatedDocument,
    variables: { id: listed.id },
    pause: ENDS.includes(listed.state),
  });
  const live = data?.withdrawalUpdated;
  // Each state adds a line to the history: the longer one is the newer one.
  const withdrawal = live !== undefined && live.history.length >= listed.history.length ? live : listed;
  const { amount, currency, state, reason, remittanceInformation, createdAt, history } = withdrawal;
  const money = formatMoney(amount, currency);
  const [words, tone] = WITHDRAWAL_STATES[state];
  return (
    <li className="withdrawal" data-state={state}>
      <div className="withdrawal-head">
        <p className="withdrawal-amount">{money}</p>
        <Chip tone={tone}>{words}</Chip>
        {CANCELLABLE.includes(state) && <Cancel id={listed.id} money={money} />}
      </div>
      <p className="withdrawal-about">{[formatMinute(createdAt), remittanceInformation].filter(Boolean).join(' · ')}</p>
      <Steps withdrawal={withdrawal} />
      {reason != null && <p className="withdrawal-reason">{reason}</p>}
      <p className="unseen" role="status">
        Withdrawal of {money}: {words}
      </p>
      <details>
        <summary>
          History<span className="unseen"> of the withdrawal of {money}</span>
        </summary>
        <ol className="history">
          {history.map((change) => (
            <li key={`${change.state} ${change.at}`}>
              <time dateTime={change.at}>{formatSecond(change.at)}</time>
              <span>{stateWords(change.state)}</span>
              {change.reason != null && <span className="help">{change.reason}</span>}
            </li>
          ))}
        </ol>
      </details>
    </li>
  );
}

const isState = (state: string): state is WithdrawalState => state in WITHDRAWAL_STATES;
const stateWords = (state: string): string => (isState(state) ? WITHDRAWAL_STATES[state][0] : wordsOf(state));

/** The way so far and what is still ahead. A step that was passed over is left out. */
function Steps({ withdrawal: { state, history } }: { readonly withdrawal: WithdrawalStateFragment }): ReactElement {
  const passed = new Set(history.map((change) => change.state));
  const furthest = WAY.findLastIndex((step) => passed.has(step));
  const isOnItsWay = WAY.includes(state);
  const steps = WAY.filter((step, index) => passed.has(step) || (isOnItsWay && index > furthest));
  return (
    <ol className="steps">
      {steps.map((step) => (
        <li key={step} data-step={step === state ? 'now' : passed.has(step) ? 'done' : 'ahead'}>
          <span aria-hidden="true" className="step-dot" />
          {WITHDRAWAL_STATES[step][0]}
          <span className="unseen">{passed.has(step) ? ' (reached)' : ' (ahead)'}</span>
        </li>
      ))}
      {!isOnItsWay && (
        <li data-step="end" data-tone={WITHDRAWAL_STATES[state][1]}>
          <span aria-hidden="true" className="step-dot" />
          {WITHDRAWAL_STATES[state][0]}
        </li>
      )}
    </ol>
  );
}

function Cancel({ id, money }: { readonly id: string; readonly money: string }): ReactElement {
  const [{ fetching }, cancel] = useMutation(CancelWithdrawalDocument);
  const [problem, setProblem] = useState('');
  const send = async (): Promise<void> => {
    if (fetching) return;
    setProblem('');
    const { data, error } = await cancel({ input: { id, idempotencyKey: cancelKey(id) } });
    const result = data?.cancelWithdrawal;
    if (result === undefined || error !== undefined) setProblem(`${failureOf(error).message} Try again.`);
    else if (result.__typename !== 'CancelWithdrawalSuccess') setProblem(failureOfMember(result).message);
  };
  return (
    <>
      <button type="button" className="quiet" aria-disabled={fetching} onClick={() => void send()}>
        {fetching ? 'Cancelling …' : 'Cancel'}
        <span className="unseen"> the withdrawal of {money}</span>
      </button>
      <p role="alert" className="field-problem">
        {problem}
      </p>
    </>
  );
}
