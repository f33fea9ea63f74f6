import { type FormEvent, type ReactElement, useId, useState } from 'react';
import { formatMoney } from '../../../../client/index.ts';
import { useAttempt, type Wish } from '../../attempt.ts';
import {
  ResolveReviewDocument,
  type ResolveReviewInput,
  type ResolveReviewMutation,
  type ReviewOutcome,
  ReviewsDocument,
  type ReviewsQuery,
} from '../../generated/graphql.ts';
import { useLiveQuery } from '../../live/query.ts';
import { tradeWords } from '../../order-draft.ts';
import { lifeAddress, portfolioAddress } from '../../route.ts';
import { Panel, Trouble, Waiting } from '../bits.tsx';
import { Choices } from '../choices.tsx';
import { Field } from '../field.tsx';
import { UnknownOutcome } from '../unknown-outcome.tsx';

type Review = ReviewsQuery['reviews']['edges'][number];
type Subject = Review['node'];

const SHOWN = 50;
/** An empty list does not say what it is a list of; a decision changes it. */
const CONTEXT = { additionalTypenames: ['ReviewConnection', 'Deposit', 'Withdrawal', 'Order', 'Rebalancing'] };

/** Objects that the gateway can't settle by itself, each with the decision that it needs. */
export function ReviewsPanel(): ReactElement {
  const { data, error, fetching } = useLiveQuery(
    { query: ReviewsDocument, variables: { first: SHOWN }, context: CONTEXT },
    (read) => portfoliosOf(read),
  );
  const [told, setTold] = useState('');
  const reviews = data?.reviews.edges ?? [];
  return (
    <Panel id="reviews" title="To be reviewed">
      <Trouble error={error} />
      {data === undefined && fetching && <Waiting what="Reviews" />}
      {data !== undefined && reviews.length === 0 && <p className="empty">Nothing waits for a person.</p>}
      <ul className="cards">
        {reviews.map((review) => (
          <ReviewCard key={review.node.id} review={review} onResolved={setTold} />
        ))}
      </ul>
      <p role="status" className="form-told">
        {told}
      </p>
    </Panel>
  );
}

const portfoliosOf = (data: ReviewsQuery | undefined): readonly string[] =>
  (data?.reviews.edges ?? []).flatMap(({ node }) => ('portfolioId' in node ? [node.portfolioId] : []));

function subjectWords(subject: Subject): string {
  switch (subject.__typename) {
    case 'Deposit':
    case 'Withdrawal':
      return `${subject.__typename} of ${formatMoney(subject.amount, subject.currency)}`;
    case 'VirtualCashMovement':
      return `Virtual cash, ${subject.direction.toLowerCase()} of ${formatMoney(subject.amount, subject.currency)}`;
    case 'Order':
      return `Order: ${tradeWords({ ...subject, amount: subject.orderAmount })}`;
    case 'Rebalancing':
      return `Rebalancing of optimization ${subject.optimizationId}`;
    default:
      return subject satisfies never;
  }
}

interface CardProps {
  readonly review: Review;
  readonly onResolved: (told: string) => void;
}

function ReviewCard({ review: { node, reason }, onResolved }: CardProps): ReactElement {
  const words = subjectWords(node);
  return (
    <li className="card review" data-id={node.id}>
      <div className="card-head">
        <p className="card-title">{words}</p>
        <a href={lifeAddress(node.id)}>
          Its life<span className="unseen">: {words}</span>
        </a>
        {'portfolioId' in node && (
          <a href={portfolioAddress(node.portfolioId)}>
            Portfolio<span className="unseen"> of: {words}</span>
          </a>
        )}
      </div>
      <p className="card-about">{node.id}</p>
      <p className="card-reason">{reason}</p>
      <details>
        <summary>
          Decide<span className="unseen"> on: {words}</span>
        </summary>
        <Decision id={node.id} words={words} onResolved={onResolved} />
      </details>
    </li>
  );
}

const OUTCOMES: Readonly<Record<ReviewOutcome, string>> = {
  RETRY: 'Ask again',
  DONE: 'It happened',
  NOT_DONE: 'It did not happen',
};

interface DecisionProps {
  readonly id: string;
  readonly words: string;
  readonly onResolved: (told: string) => void;
}

function Decision({ id, words, onResolved }: DecisionProps): ReactElement {
  const fieldId = useId();
  const [outcome, setOutcome] = useState<ReviewOutcome>('RETRY');
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState('');
  const attempting = useAttempt<ResolveReviewMutation, Wish<ResolveReviewInput>>(
    `review/${id}`,
    ResolveReviewDocument,
    (result) => {
      if (result.kind === 'refused') setProblem(result.refusal.message);
      else onResolved(`${words}: decided.`);
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (attempting.status !== 'idle') return;
    if (note.trim() === '') setProblem('Say in the note how you found out.');
    else attempting.send({ id, outcome, note: note.trim() });
  };
  return (
    <form className="ticket" noValidate onSubmit={submit}>
      <Choices legend="What you found" options={OUTCOMES} value={outcome} onChange={setOutcome} />
      <Field
        id={`${fieldId}-note`}
        label="Note"
        help="How you found out. Kept in the history and in the audit."
        problem={problem === '' ? undefined : problem}
      >
        {(attributes) => (
          <input {...attributes} autoComplete="off" value={note} onChange={(event) => setNote(event.target.value)} />
        )}
      </Field>
      {attempting.status !== 'unknown' && (
        <button type="submit" className="primary" aria-disabled={attempting.status === 'sending'}>
          {attempting.status === 'sending' ? 'Sending …' : OUTCOMES[outcome]}
        </button>
      )}
      <UnknownOutcome attempting={attempting} what="this decision" />
    </form>
  );
}
