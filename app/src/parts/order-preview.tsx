import type { ReactElement } from 'react';
import { useQuery } from 'urql';
import { formatNumber } from '../../../client/index.ts';
import type { Wish } from '../attempt.ts';
import { formatMinute } from '../dates.ts';
import { type PlaceOrderInput, PreviewOrderDocument, type PreviewOrderQuery } from '../generated/graphql.ts';
import { useSettled } from '../live/settled.ts';
import { Amount, Quantity, Trouble } from './bits.tsx';

type Preview = PreviewOrderQuery['orderPreview'];

/** The cost or the proceeds of an order, and why it would be refused. */
export function OrderPreview({ order }: { readonly order: Wish<PlaceOrderInput> | undefined }): ReactElement {
  const settled = useSettled(JSON.stringify(order ?? null));
  const input: Wish<PlaceOrderInput> | null = JSON.parse(settled);
  const [{ data, error, fetching }] = useQuery({
    query: PreviewOrderDocument,
    variables: { input: input ?? { portfolioId: '', side: 'BUY', isin: '' } },
    pause: input === null,
    requestPolicy: 'network-only',
  });
  const preview = input === null ? undefined : data?.orderPreview;
  return (
    <div className="preview" role="status" aria-busy={fetching}>
      {preview === undefined ? (
        <p className="help">
          {fetching ? 'Looking at prices …' : 'Choose an instrument and a size to see what it costs.'}
        </p>
      ) : (
        <Figures preview={preview} side={input?.side ?? 'BUY'} />
      )}
      {preview?.problems.map(({ code, message }) => (
        <p key={`${code} ${message}`} className="preview-problem" data-code={code}>
          {message}
        </p>
      ))}
      <Trouble error={error} />
    </div>
  );
}

function Figures({ preview, side }: { readonly preview: Preview; readonly side: string }): ReactElement {
  const { estimatedPrice, estimatedQuantity, estimatedAmount, currency, availableCash, availableQuantity } = preview;
  return (
    <dl className="small-figures">
      <div>
        <dt>{side === 'BUY' ? 'Costs about' : 'Brings about'}</dt>
        <dd>
          {estimatedAmount == null ? (
            'not known: there is no price'
          ) : (
            <Amount amount={estimatedAmount} currency={currency} />
          )}
        </dd>
      </div>
      {estimatedQuantity != null && (
        <div>
          <dt>Units</dt>
          <dd>
            <Quantity units={estimatedQuantity} />
          </dd>
        </div>
      )}
      {estimatedPrice != null && (
        <div>
          <dt>Newest price, {formatMinute(estimatedPrice.at)}</dt>
          <dd>
            <Amount amount={estimatedPrice.amount} currency={estimatedPrice.currency} />
          </dd>
        </div>
      )}
      {availableCash != null && (
        <div>
          <dt>Cash for it</dt>
          <dd>
            <Amount amount={availableCash} currency={currency} />
          </dd>
        </div>
      )}
      {availableQuantity != null && (
        <div>
          <dt>Units to sell</dt>
          <dd>{formatNumber(availableQuantity)}</dd>
        </div>
      )}
    </dl>
  );
}
