import { type ReactElement, useEffect, useRef } from 'react';
import { formatMoney, formatNumber } from '../../../client/index.ts';
import { formatDay, formatMinute } from '../dates.ts';
import type { MovementLineFragment, TransactionsQuery } from '../generated/graphql.ts';
import { instrumentName, MOVEMENT_STATUSES, movementWords, TRANSACTION_TYPES, wordsOf } from '../words.ts';
import { Chip } from './bits.tsx';

type Connection = NonNullable<NonNullable<TransactionsQuery['portfolio']>['transactions']>;
type Transaction = Connection['edges'][number]['node'];

/** How much of what: `+250.00 EUR` of money, `7` of shares. */
const quantityOf = ({ isCash, instrumentId, quantity }: MovementLineFragment): string =>
  isCash ? formatMoney(quantity, instrumentId.slice(1), { signed: true }) : formatNumber(quantity);

interface Props {
  readonly transaction: Transaction;
  /** The first of a page that somebody has asked for: the keyboard goes on from there. */
  readonly focused: boolean;
}

export function TransactionItem({ transaction, focused }: Props): ReactElement {
  const summary = useRef<HTMLElement>(null);
  useEffect(() => {
    if (focused) summary.current?.focus();
  }, [focused]);
  const { type, status, orderType, movements } = transaction;
  const primary = transaction.primaryMovement ?? movements[0];
  const [words, tone] = MOVEMENT_STATUSES[status];
  const title = primary === undefined ? TRANSACTION_TYPES[type] : titleOf(primary);
  const kind = [TRANSACTION_TYPES[type], orderType == null ? '' : wordsOf(orderType).toLowerCase()];
  return (
    <li className="transaction">
      <details>
        <summary ref={summary}>
          <span className="transaction-day">{primary === undefined ? '' : formatDay(primary.datetime)}</span>
          <span className="transaction-what">
            {title}
            <small>{kind.filter(Boolean).join(', ')}</small>
          </span>
          <span className="transaction-amount">{primary === undefined ? '' : quantityOf(primary)}</span>
          <Chip tone={tone}>{words}</Chip>
        </summary>
        <ol className="timeline">
          {inTime(movements).map((movement, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two movements may be alike in all they have
            <MovementItem key={index} movement={movement} />
          ))}
        </ol>
      </details>
    </li>
  );
}

const titleOf = ({ type, isCash, instrumentId, instrument }: MovementLineFragment): string =>
  isCash
    ? movementWords(type, true)
    : `${movementWords(type, false)} ${instrument?.name ?? instrumentName(instrumentId)}`;

const inTime = (movements: readonly MovementLineFragment[]): readonly MovementLineFragment[] =>
  [...movements].sort((a, b) => Date.parse(a.datetime) - Date.parse(b.datetime));

function MovementItem({ movement }: { readonly movement: MovementLineFragment }): ReactElement {
  const { type, status, datetime, instrumentId, unitPrice, unitPriceCurrency, description, isCash } = movement;
  const [words, tone] = MOVEMENT_STATUSES[status];
  return (
    <li data-tone={tone}>
      <time dateTime={datetime}>{formatMinute(datetime)}</time>
      <span className="timeline-what">
        {movementWords(type, isCash)}
        {!isCash && ` ${movement.instrument?.name ?? instrumentName(instrumentId)}`} <em>{words.toLowerCase()}</em>
        {description != null && <small>{description}</small>}
      </span>
      <span className="timeline-amount">
        {quantityOf(movement)}
        {unitPrice != null && !isCash && (
          <small>
            {' at '}
            {unitPriceCurrency == null ? formatNumber(unitPrice) : formatMoney(unitPrice, unitPriceCurrency)}
          </small>
        )}
      </span>
    </li>
  );
}
