import type { ReactElement } from 'react';
import { useSubscription } from 'urql';
import { formatMoney } from '../../../client/index.ts';
import { formatMinute } from '../dates.ts';
import {
  CancelWithdrawalDocument,
  type WithdrawalState,
  type WithdrawalStateFragment,
  WithdrawalUpdatedDocument,
} from '../generated/graphql.ts';
import { WITHDRAWAL_STATES } from '../words.ts';
import { Chip } from './bits.tsx';
import { Cancel } from './cancel.tsx';
import { History, Steps } from './progress.tsx';

const WAY: readonly WithdrawalState[] = [
  'REQUESTED',
  'RESERVED',
  'AWAITING_CASH',
  'SUBMITTED',
  'PROCESSING',
  'PAID',
  'COMPLETED',
];
/** The broker may still refuse. */
const CANCELLABLE: readonly WithdrawalState[] = ['REQUESTED', 'RESERVED', 'AWAITING_CASH', 'SUBMITTED'];
/** Not followed any more; that the bank returns one later is a notification. */
const ENDS: readonly WithdrawalState[] = ['COMPLETED', 'CANCELLED', 'FAILED', 'RETURNED'];

/** A withdrawal, followed through its states until it has ended. */
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
    <li className="card withdrawal" data-state={state}>
      <div className="card-head">
        <p className="card-title">{money}</p>
        <Chip tone={tone}>{words}</Chip>
        {CANCELLABLE.includes(state) && (
          <Cancel id={listed.id} what={`the withdrawal of ${money}`} document={CancelWithdrawalDocument} />
        )}
      </div>
      <p className="card-about">{[formatMinute(createdAt), remittanceInformation].filter(Boolean).join(' · ')}</p>
      <Steps way={WAY} words={WITHDRAWAL_STATES} state={state} history={history} />
      {reason != null && <p className="card-reason">{reason}</p>}
      <p className="unseen" role="status">
        Withdrawal of {money}: {words}
      </p>
      <History of={`withdrawal of ${money}`} words={WITHDRAWAL_STATES} history={history} />
    </li>
  );
}
