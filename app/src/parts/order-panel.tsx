import { type FormEvent, type ReactElement, useId, useState } from 'react';
import { useAttempt, type Wish } from '../attempt.ts';
import { PlaceOrderDocument, type PlaceOrderInput, type PlaceOrderMutation } from '../generated/graphql.ts';
import { NEW_ORDER, type OrderDraft, orderOf, tradeWords } from '../order-draft.ts';
import { Panel } from './bits.tsx';
import { Choices } from './choices.tsx';
import { Field } from './field.tsx';
import { InstrumentField } from './instrument-field.tsx';
import { OrderPreview } from './order-preview.tsx';
import { UnknownOutcome } from './unknown-outcome.tsx';

interface Props {
  readonly portfolioId: string;
  readonly currency: string;
  readonly draft: OrderDraft;
  readonly onDraft: (draft: OrderDraft) => void;
}

const SIDES = { BUY: 'Buy', SELL: 'Sell' } as const;
const SIZES = { quantity: 'Units', amount: 'Amount' } as const;
const TYPES = { MARKET: 'Market', LIMIT: 'Limit', STOP: 'Stop' } as const;

/** The ticket of an order: it is previewed while it is typed, and sent once. */
export function OrderPanel({ portfolioId, currency, draft, onDraft }: Props): ReactElement {
  const [problem, setProblem] = useState('');
  const [told, setTold] = useState('');
  const attempting = useAttempt<PlaceOrderMutation, Wish<PlaceOrderInput>>(
    `order/${portfolioId}`,
    PlaceOrderDocument,
    (outcome) => {
      if (outcome.kind === 'refused') return setProblem(outcome.refusal.message);
      const { order, replayed } = outcome.result;
      onDraft({ ...NEW_ORDER, side: draft.side });
      setTold(`${tradeWords(order)}: ${replayed ? 'was already ordered; it is carried out once.' : 'ordered.'}`);
    },
  );
  const change = (changed: Partial<OrderDraft>): void => {
    setProblem('');
    setTold('');
    onDraft({ ...draft, ...changed });
  };
  const order = orderOf(portfolioId, draft);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (attempting.status !== 'idle') return;
    setTold('');
    setProblem(order === undefined ? 'Choose an instrument, and give a size above zero.' : '');
    if (order !== undefined) attempting.send(order);
  };
  const { pending } = attempting;
  return (
    <Panel id="trade" title="Buy and sell">
      <form className="ticket" noValidate onSubmit={submit}>
        {pending === undefined ? (
          <>
            <Ticket draft={draft} currency={currency} change={change} />
            <OrderPreview order={order} />
            <button type="submit" className="primary">
              {order === undefined
                ? SIDES[draft.side]
                : tradeWords({ ...order, instrument: draft.instrument ?? null, currency })}
            </button>
          </>
        ) : (
          <p className="ticket-sent">
            {tradeWords({ ...pending, currency: pending.currency ?? currency })}
            {attempting.status === 'sending' && ': sending …'}
          </p>
        )}
        <UnknownOutcome attempting={attempting} what="this order" />
        <p role="alert" className="form-problem">
          {problem}
        </p>
        <p role="status" className="form-told">
          {told}
        </p>
      </form>
    </Panel>
  );
}

interface TicketProps {
  readonly draft: OrderDraft;
  readonly currency: string;
  readonly change: (changed: Partial<OrderDraft>) => void;
}

function Ticket({ draft, currency, change }: TicketProps): ReactElement {
  const id = useId();
  const { side, instrument, by, size, orderType, price, expiresOn } = draft;
  const isMarket = orderType === 'MARKET';
  return (
    <>
      <Choices legend="Side" options={SIDES} value={side} onChange={(value) => change({ side: value })} />
      <InstrumentField chosen={instrument} onChoose={(chosen) => change({ instrument: chosen })} />
      <Choices legend="Size in" options={SIZES} value={by} onChange={(value) => change({ by: value })} />
      <Field
        id={`${id}-size`}
        label={by === 'quantity' ? 'Number of units' : `Order amount in ${currency}`}
        problem={undefined}
      >
        {(attributes) => (
          <input
            {...attributes}
            inputMode="decimal"
            autoComplete="off"
            placeholder="0"
            value={size}
            onChange={(event) => change({ size: event.target.value })}
          />
        )}
      </Field>
      <Choices
        legend="Order type"
        options={TYPES}
        value={orderType}
        onChange={(value) => change({ orderType: value })}
      />
      {!isMarket && (
        <Field id={`${id}-price`} label={`${TYPES[orderType]} price of one unit`} problem={undefined}>
          {(attributes) => (
            <input
              {...attributes}
              inputMode="decimal"
              autoComplete="off"
              value={price}
              onChange={(event) => change({ price: event.target.value })}
            />
          )}
        </Field>
      )}
      {!isMarket && (
        <Field id={`${id}-day`} label="Last day" problem={undefined} optional>
          {(attributes) => (
            <input
              {...attributes}
              type="date"
              value={expiresOn}
              onChange={(event) => change({ expiresOn: event.target.value })}
            />
          )}
        </Field>
      )}
    </>
  );
}
