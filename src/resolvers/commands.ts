import { isOperator } from '../domain/viewer.ts';
import type { Caller, CashServices, CommandResult } from '../workflows/index.ts';
import { owns } from './access.ts';
import type { RequestContext } from './context.ts';
import type { Result, Success } from './results.ts';

/** The viewer as a command's caller; each command checks its own scope. */
export const callerOf = ({ viewer }: RequestContext): Caller => ({
  viewer,
  maySee: (portfolio) => isOperator(viewer) || owns(viewer, portfolio),
});

/** The resolver of a mutation that moves money: the viewer is the command's caller. */
export const moneyMutation =
  <K extends string, I, V extends object>(
    name: K,
    command: (services: CashServices, caller: Caller, input: I) => Promise<CommandResult<V>>,
  ) =>
  async (context: RequestContext, input: I): Promise<Result<Readonly<Record<K, V>>>> =>
    named(context, name, await command(context.services.money, callerOf(context), input));

/**
 * A command's result under the schema's field name. The command has authorized the caller, so the object is vouched
 * for.
 */
export function named<K extends string, V extends object>(
  context: RequestContext,
  name: K,
  result: CommandResult<V>,
): Result<Readonly<Record<K, V>>> {
  if (result.kind !== 'success') return result;
  const { value, replayed } = result;
  // TypeScript does not infer the type of an object with one computed key.
  return { [name]: context.vouched.add(value), kind: 'success', replayed } as Success<Readonly<Record<K, V>>>;
}
