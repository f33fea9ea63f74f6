import { type ReactElement, useState } from 'react';
import { formatNumber, formatPercent, isNegative } from '../../../client/index.ts';
import { formatDay } from '../dates.ts';
import { WorthDocument, type WorthQuery } from '../generated/graphql.ts';
import { useLiveQuery } from '../live/query.ts';
import { Amount, Panel, Trouble, Waiting } from './bits.tsx';
import { WorthChart } from './worth-chart.tsx';

type Worth = NonNullable<WorthQuery['portfolio']>;
type Line = NonNullable<Worth['valuation']>['lines'][number];

/** The last year, as days. */
function lastYear(): { readonly from: string; readonly to: string } {
  const today = new Date();
  const from = new Date(today);
  from.setUTCFullYear(from.getUTCFullYear() - 1);
  return { from: from.toISOString().slice(0, 10), to: today.toISOString().slice(0, 10) };
}

/** Worth of a portfolio at the broker, its return over the last year, and its lines. */
export function WorthPanel({ portfolioId }: { readonly portfolioId: string }): ReactElement {
  const [year] = useState(lastYear);
  const variables = { id: portfolioId, ...year };
  const { data, error, fetching } = useLiveQuery({ query: WorthDocument, variables }, () => [portfolioId]);
  const worth = data?.portfolio;
  return (
    <Panel id="worth" title="Worth">
      {worth == null && fetching && <Waiting what="Worth" lines={6} />}
      {worth == null && !fetching && <Trouble error={error} />}
      {worth != null && (
        <>
          <div className="worth-head">
            <Total worth={worth} />
            <Return worth={worth} />
          </div>
          {worth.valuations != null && worth.valuations.length > 1 && <WorthChart days={worth.valuations} />}
          <Lines lines={worth.valuation?.lines ?? []} />
        </>
      )}
    </Panel>
  );
}

function Total({ worth: { valuation } }: { readonly worth: Worth }): ReactElement {
  if (valuation?.total == null) return <p className="empty">What it is worth is not known at the moment.</p>;
  const { total, currency, unpriced, at } = valuation;
  return (
    <div>
      <p className="worth-figure">
        <Amount amount={total} currency={currency} />
      </p>
      <p className="worth-note">
        at {formatDay(at)}
        {unpriced > 0 &&
          ` · without ${unpriced === 1 ? '1 holding that has' : `${unpriced} holdings that have`} no price`}
      </p>
    </div>
  );
}

function Return({ worth: { returns } }: { readonly worth: Worth }): ReactElement | null {
  if (returns?.cumulative == null) return null;
  const { cumulative, since } = returns;
  return (
    <div>
      <p className="worth-return" data-tone={isNegative(cumulative) ? 'bad' : 'good'}>
        {formatPercent(cumulative, { signed: true })}
      </p>
      <p className="worth-note">return{since != null && ` since ${formatDay(since)}`}</p>
    </div>
  );
}

function Lines({ lines }: { readonly lines: readonly Line[] }): ReactElement | null {
  if (lines.length === 0) return null;
  return (
    <div className="scroll">
      <table className="sides">
        <caption className="unseen">Holdings at the broker with their prices and values</caption>
        <thead>
          <tr>
            <th scope="col">Holding</th>
            <th scope="col">Quantity</th>
            <th scope="col">Price</th>
            <th scope="col">Value</th>
            <th scope="col">Weight</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <LineRow key={`${line.accountId}/${line.isin}`} line={line} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LineRow({
  line: { isin, instrument, quantity, value, currency, weight },
}: {
  readonly line: Line;
}): ReactElement {
  const price = instrument?.price;
  return (
    <tr>
      <th scope="row">{instrument?.name ?? isin ?? 'Unknown instrument'}</th>
      <td data-label="Quantity">{formatNumber(quantity)}</td>
      <td data-label="Price">{price == null ? '–' : <Amount amount={price.amount} currency={price.currency} />}</td>
      <td data-label="Value">
        {value == null || currency == null ? 'no price' : <Amount amount={value} currency={currency} />}
      </td>
      <td data-label="Weight">{weight == null ? '–' : formatPercent(weight)}</td>
    </tr>
  );
}
