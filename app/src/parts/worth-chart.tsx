import { type ReactElement, useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatMoney } from '../../../client/index.ts';
import { formatDay } from '../dates.ts';

interface Day {
  readonly on: string;
  readonly securities: string;
  readonly currency: string;
}

const HEIGHT = 220;

/** The value of the securities by day. The drawing has floats; its words have the exact amounts. */
export function WorthChart({ days }: { readonly days: readonly Day[] }): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    return element === null ? undefined : draw(element, days);
  }, [days]);
  const [first, last] = [days[0], days.at(-1)];
  const words = [first, last]
    .map((day) => (day === undefined ? '' : `${formatMoney(day.securities, day.currency)} on ${formatDay(day.on)}`))
    .join(', ');
  return (
    <figure className="worth-chart">
      <div ref={place} role="img" aria-label={`Value of the securities in the last year: ${words}`} />
      <figcaption>Value of the securities by day, without cash</figcaption>
    </figure>
  );
}

/** Draws into the element, again when its size or the colour scheme changes. Returns how to remove the drawing. */
function draw(element: HTMLElement, days: readonly Day[]): () => void {
  const data: UPlot.AlignedData = [
    days.map(({ on }) => Date.parse(`${on}T00:00:00Z`) / 1_000),
    days.map(({ securities }) => Number(securities)),
  ];
  let plot: UPlot | undefined;
  const redraw = (): void => {
    plot?.destroy();
    plot = new UPlot(optionsFor(element), data, element);
  };
  redraw();
  const sizes = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: HEIGHT }));
  sizes.observe(element);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', redraw);
  return () => {
    sizes.disconnect();
    scheme.removeEventListener('change', redraw);
    plot?.destroy();
  };
}

function optionsFor(element: HTMLElement): UPlot.Options {
  const colour = (name: string): string => getComputedStyle(element).getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--ink-soft'),
    font: '12px Inter Variable, sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    series: [{}, { stroke: colour('--accent'), width: 2, fill: `${colour('--accent')}1a`, points: { show: false } }],
    axes: [axis, { ...axis, size: 56, values: (_plot, values) => values.map((value) => short.format(value)) }],
  };
}
