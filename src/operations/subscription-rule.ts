import {
  type ASTVisitor,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

/**
 * A subscription's own field can't be skipped: there would be nothing to subscribe to. (In the specification since
 * 2025; the executor takes for granted that there is a field.)
 */
export function UnconditionalSubscriptionRule(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation: OperationDefinitionNode) {
      if (operation.operation !== 'subscription') return;
      const conditional = find(context, operation.selectionSet, new Set());
      if (conditional === undefined) return;
      const message = 'The field of a subscription cannot be skipped: leave @skip and @include out there.';
      context.reportError(new GraphQLError(message, { nodes: conditional }));
    },
  };
}

/** Each fragment is looked into once. */
function find(context: ValidationContext, set: SelectionSetNode, seen: Set<string>): SelectionNode | undefined {
  for (const selection of set.selections) {
    if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include')) return selection;
    if (selection.kind === Kind.FIELD) continue;
    if (selection.kind === Kind.FRAGMENT_SPREAD && seen.has(selection.name.value)) continue;
    if (selection.kind === Kind.FRAGMENT_SPREAD) seen.add(selection.name.value);
    const below = selection.kind === Kind.INLINE_FRAGMENT ? selection : context.getFragment(selection.name.value);
    const found = below ? find(context, below.selectionSet, seen) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
