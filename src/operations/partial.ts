import { RequestCache } from '@pothos/plugin-scope-auth';
import { GraphQLError } from 'graphql';
import { CapabilityNotGrantedError } from '../errors.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { type Answer, executePlan } from './execute-plan.ts';
import type { OperationPlan } from './plan.ts';

/** Executes a plan in a context of its own. `root`: of a subscription the event. Never rejects. */
export async function answerTo(
  plan: OperationPlan,
  context: RequestContext,
  variables: Record<string, unknown>,
  root?: unknown,
): Promise<Answer> {
  const { data, errors } = await executePlan(plan, context, variables, root);
  // It stands in a WeakMap, by which all that the request has read would stay until old objects are collected.
  RequestCache.clearForContext(context);
  return { data, errors: allErrors(errors, context) };
}

/**
 * All errors of an operation in the order of their places: those of the executor (which tells them as they happen, so
 * differently each time) and those of fields that were answered in part, which are handed out once. A capability that Upvest
 * does not grant is told once, at the first of the fields that need it: a portfolio's hundred lines would say the same.
 */
function allErrors(
  executor: readonly GraphQLError[],
  { partial }: Pick<RequestContext, 'partial'>,
): readonly GraphQLError[] {
  const errors = [...executor, ...partial.take()].filter((error) => error instanceof GraphQLError);
  if (errors.length < 2) return errors;
  return onePerCapability(errors.sort((a, b) => inOrder(a.path ?? [], b.path ?? [])));
}

function onePerCapability(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  const told = new Set<string>();
  return errors.filter(({ originalError }) => {
    if (!(originalError instanceof CapabilityNotGrantedError)) return true;
    const isFirst = !told.has(originalError.capability);
    told.add(originalError.capability);
    return isFirst;
  });
}

function inOrder(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  const at = a.findIndex((key, index) => key !== b[index]);
  const [one, other] = [a[at], b[at]];
  if (one === undefined || other === undefined) return a.length - b.length;
  return one < other ? -1 : 1;
}
