import { isOperator } from '../domain/viewer.ts';
import type { Caller, CommandResult } from '../workflows/index.ts';
import { owns } from './access.ts';
import type { RequestContext } from './context.ts';
import type { Result, Success } from './results.ts';

/** The viewer as the commands want to know them; which scope a command needs, it says itself. */
export const callerOf = ({ viewer }: RequestContext): Caller => ({
  viewer,
  maySee: (portfolio) => isOperator(viewer) || owns(viewer, portfolio),
});

/** A command's answer as the graph names it; what it made is the caller's to see, the command has checked that. */
export function named<K extends string, V extends object>(
  context: RequestContext,
  name: K,
  result: CommandResult<V>,
): Result<Readonly<Record<K, V>>> {
  if (result.kind !== 'success') return result;
  const { value, replayed } = result;
  // An object of one computed key is what it says, which TypeScript does not follow.
  return { [name]: context.vouched.add(value), kind: 'success', replayed } as Success<Readonly<Record<K, V>>>;
}
