import { readFileSync } from 'node:fs';

/** A line of a table of docs/sandbox.md. */
export interface Line {
  /** `DepositState REQUESTED … COMPLETED`, a type of the unions with its code, or a code. */
  readonly reached: string;
  /** Of the portfolio. */
  readonly kind: string;
  readonly settings: readonly string[];
  readonly steps: readonly string[];
}

const PAGE = readFileSync('docs/sandbox.md', 'utf8');
const codeOf = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

export function linesOf(table: 'states' | 'failures' | 'errors'): readonly Line[] {
  const text = PAGE.split(`<!-- ${table} -->`)[1]?.split(`<!-- /${table} -->`)[0] ?? '';
  return text
    .trim()
    .split('\n')
    .slice(2)
    .map((row) => {
      const [reached = '', kind = '', settings = '', steps = ''] = row
        .split('|')
        .slice(1)
        .map((cell) => cell.trim());
      return { reached, kind, settings: codeOf(settings), steps: codeOf(steps) };
    });
}

/** The first column of the table of what the command does: the acts. */
export const actsOnPage = (): readonly string[] =>
  [...(PAGE.split('## What it does')[1]?.split('What can be forced')[0] ?? '').matchAll(/^\| `([a-z-]+)/gm)].map(
    ([, act = '']) => act,
  );
