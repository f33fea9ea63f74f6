import { type ReactElement, useState } from 'react';
import { formatPercent, isNegative } from '../../../client/index.ts';
import { formatDay } from '../dates.ts';
import { type OrderSide, WorthDocument, type WorthQuery } from '../generated/graphql.ts';
import { useLiveQuery } from '../live/query.ts';
import type { ChosenInstrument } from '../order-draft.ts';
import { Amount, Panel, Quantity, Trouble, Waiting } from './bits.tsx';
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

interface Trades {
  /** Undefined where nothing can be ordered here. */
  readonly onTrade: ((side: OrderSide, instrument: ChosenInstrument) => void) | undefined;
}

/** Worth of a portfolio at the broker, its return over the last year, and its lines. */
export function WorthPanel({ portfolioId, onTrade }: { readonly portfolioId: string } & Trades): ReactElement {
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
          <Lines lines={worth.valuation?.lines ?? []} onTrade={onTrade} />
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

function Lines({ lines, onTrade }: { readonly lines: readonly Line[] } & Trades): ReactElement | null {
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
            {onTrade !== undefined && (
              <th scope="col">
                <span className="unseen">Trade</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <LineRow key={`${line.accountId}/${line.isin}`} line={line} onTrade={onTrade} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LineRow({
  line: { isin, instrument, quantity, value, currency, weight },
  onTrade,
}: {
  readonly line: Line;
} & Trades): ReactElement {
  const price = instrument?.price;
  return (
    <tr>
      <th scope="row">{instrument?.name ?? isin ?? 'Unknown instrument'}</th>
      <td data-label="Quantity">
        <Quantity units={quantity} />
      </td>
      <td data-label="Price">{price == null ? '–' : <Amount amount={price.amount} currency={price.currency} />}</td>
      <td data-label="Value">
        {value == null || currency == null ? 'no price' : <Amount amount={value} currency={currency} />}
      </td>
      <td data-label="Weight">{weight == null ? '–' : formatPercent(weight)}</td>
      {onTrade !== undefined && (
        <td>
          {isin != null && (
            <span className="trade-buttons">
              <TradeButton side="BUY" instrument={{ isin, name: instrument?.name ?? isin }} onTrade={onTrade} />
              <TradeButton side="SELL" instrument={{ isin, name: instrument?.name ?? isin }} onTrade={onTrade} />
            </span>
          )}
        </td>
      )}
    </tr>
  );
}

interface TradeButtonProps {
  readonly side: OrderSide;
  readonly instrument: ChosenInstrument;
  readonly onTrade: (side: OrderSide, instrument: ChosenInstrument) => void;
}

const TradeButton = ({ side, instrument, onTrade }: TradeButtonProps): ReactElement => (
  <button type="button" className="quiet" onClick={() => onTrade(side, instrument)}>
    {side === 'BUY' ? 'Buy' : 'Sell'}
    <span className="unseen"> {instrument.name}</span>
  </button>
);
