import type { ReactElement, ReactNode } from 'react';
import type { CombinedError } from 'urql';
import { formatMoney, formatNumber, round } from '../../../client/index.ts';
import type { Tone } from '../words.ts';

/** A word or two on how something stands. */
export const Chip = ({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactElement => (
  <span className="chip" data-tone={tone}>
    {children}
  </span>
);

/** An amount rounded for people, with every digit on demand. */
export const Amount = ({ amount, currency }: { readonly amount: string; readonly currency: string }): ReactElement => (
  <data value={amount} title={`${amount} ${currency}`}>
    {formatMoney(amount, currency)}
  </data>
);

/** Units rounded for people, with every digit on demand. */
export const Quantity = ({ units }: { readonly units: string }): ReactElement => (
  <data value={units} title={units}>
    {formatNumber(round(units, 4))}
  </data>
);

/** Missing fields and their errors, beside the fields that are there. */
export function Trouble({ error }: { readonly error: CombinedError | undefined }): ReactElement | null {
  if (error === undefined) return null;
  const messages = new Set(error.graphQLErrors.map(({ message }) => message));
  if (error.networkError) messages.add('The gateway can’t be reached at the moment.');
  return (
    <div className="trouble" role="alert">
      {[...messages].map((message) => (
        <p key={message}>{message}</p>
      ))}
    </div>
  );
}

/** Grey lines in the place of what is on its way. */
export const Waiting = ({ lines = 3, what }: { readonly lines?: number; readonly what: string }): ReactElement => (
  <div className="waiting" aria-busy="true">
    <span className="unseen">{what} …</span>
    {Array.from({ length: lines }, (_, line) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike
      <span key={line} aria-hidden="true" />
    ))}
  </div>
);

/** A part of a page with its heading. */
export function Panel({
  id,
  title,
  aside,
  children,
}: {
  readonly id: string;
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
