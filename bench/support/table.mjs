/** Markdown tables, and figures in them. */
export const row = (...cells) => `| ${cells.join(' | ')} |`;

export function table(head, rows) {
  return [
    row(...head),
    row(...head.map((_, at) => (at === 0 ? '---' : '---:'))),
    ...rows.map((cells) => row(...cells)),
  ];
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

export const times = (value) => `${value >= 10 ? value.toFixed(0) : value.toFixed(2)} ×`;

/** A goal beside what was measured. `holds` is null where it can't be said. */
export const goal = (what, measured, holds) =>
  row(what, measured, holds === null ? 'not measured' : holds ? 'reached' : '**missed**');

export const goals = (rows) => [row('goal', 'measured', ''), row('---', '---', '---'), ...rows];
