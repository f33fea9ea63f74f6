import type { ReactElement } from 'react';
import { formatPart, type Share } from '../money/shares.ts';
import { instrumentName } from '../words.ts';

/** As many colours as can be told apart; what is smaller shares the last one. */
export const COLOURS = 7;

const RADIUS = 42;
const ROUND = 2 * Math.PI * RADIUS;
/** Between two parts, in the units of the drawing. */
const GAP = 1.2;

/** A ring of what a portfolio consists of. The table beside it says the same in words and figures. */
export function HoldingsChart({ shares }: { readonly shares: readonly Share[] }): ReactElement | null {
  const [largest] = shares;
  if (largest === undefined) return null;
  const starts = shares.map((_, index) => shares.slice(0, index).reduce((sum, { part }) => sum + part, 0));
  const words = shares
    .map(({ instrumentId, part }) => `${instrumentName(instrumentId)} ${formatPart(part)}`)
    .join(', ');
  return (
    <svg className="ring" viewBox="0 0 120 120" role="img" aria-label={`What the portfolio consists of: ${words}`}>
      {shares.map(({ instrumentId, part }, index) => {
        const length = Math.max(part * ROUND - (shares.length > 1 ? GAP : 0), 0.3);
        return (
          <circle
            key={instrumentId}
            cx="60"
            cy="60"
            r={RADIUS}
            className={`ring-part colour-${Math.min(index, COLOURS - 1)}`}
            strokeDasharray={`${length} ${ROUND - length}`}
            strokeDashoffset={-(starts[index] ?? 0) * ROUND}
            transform="rotate(-90 60 60)"
          />
        );
      })}
      <text x="60" y="58" className="ring-figure">
        {formatPart(largest.part)}
      </text>
      <text x="60" y="72" className="ring-label">
        {instrumentName(largest.instrumentId)}
      </text>
    </svg>
  );
}
