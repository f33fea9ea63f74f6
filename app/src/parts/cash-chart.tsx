import type { ReactElement } from 'react';
import { formatDay } from '../dates.ts';
import type { PortfolioDetails } from '../pages/portfolio.tsx';

type Movement = NonNullable<PortfolioDetails['past']>['edges'][number]['node']['movements'][number];

const WIDTH = 640;
const HEIGHT = 96;
const MIDDLE = HEIGHT / 2;
const MARGIN = 8;

interface Stem {
  readonly x: number;
  /** Up is money that came in. */
  readonly y: number;
}

interface Props {
  readonly movements: readonly Movement[];
  readonly currency: string;
}

/**
 * When money came and went, as far back as the page has read: a stem for each movement of cash. The list below has the
 * same in words and figures.
 */
export function CashChart({ movements, currency }: Props): ReactElement | null {
  const cash = movements
    .filter(({ isCash, instrumentId, status }) => isCash && instrumentId === `$${currency}` && DONE.has(status))
    .sort((a, b) => Date.parse(a.datetime) - Date.parse(b.datetime));
  const [first] = cash;
  const last = cash.at(-1);
  if (first === undefined || last === undefined || cash.length < 3) return null;
  const stems = stemsOf(cash);
  const incoming = stems.filter(({ y }) => y > 0).length;
  const words = `${incoming} payments in and ${stems.length - incoming} out`;
  const days = [formatDay(first.datetime), formatDay(last.datetime)] as const;
  return (
    <figure className="cash-chart">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Cash over time: ${words} from ${days[0]} to ${days[1]}`}
      >
        <line className="cash-chart-zero" x1="0" x2={WIDTH} y1={MIDDLE} y2={MIDDLE} />
        {stems.map(({ x, y }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two movements may be alike in all they have
          <g key={index} className={y > 0 ? 'cash-chart-in' : 'cash-chart-out'}>
            <line x1={x} x2={x} y1={MIDDLE} y2={MIDDLE - y} />
            <circle cx={x} cy={MIDDLE - y} r="3" />
          </g>
        ))}
      </svg>
      <figcaption>
        <span>{days[0]}</span>
        <span className="cash-chart-legend">
          <span className="cash-chart-in">Money in</span>
          <span className="cash-chart-out">Money out</span>
        </span>
        <span>{days[1]}</span>
      </figcaption>
    </figure>
  );
}

const DONE: ReadonlySet<string> = new Set(['EXECUTED', 'SETTLED']);

/** Places in the drawing. They are floats, and by the root of the amount, so that small ones are still seen. */
function stemsOf(cash: readonly Movement[]): readonly Stem[] {
  const times = cash.map(({ datetime }) => Date.parse(datetime));
  const roots = cash.map(({ quantity }) => Math.sign(Number(quantity)) * Math.sqrt(Math.abs(Number(quantity))));
  const from = Math.min(...times);
  const span = Math.max(...times) - from || 1;
  const largest = Math.max(...roots.map(Math.abs)) || 1;
  return cash.map((_, index) => ({
    x: MARGIN + (((times[index] ?? from) - from) / span) * (WIDTH - 2 * MARGIN),
    y: ((roots[index] ?? 0) / largest) * (MIDDLE - MARGIN),
  }));
}
