import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * The error of an operation with several mutations of the gateway, under any aliases and in any fragments. They would
 * run in sequence, so the second could fail after the first has moved money, in one answer. Counted without @skip and
 * @include: a document must be valid for all variables.
 */
export function moreThanOneMutation(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  mutations: ReadonlySet<string>,
): GraphQLError | undefined {
  if (operation.operation !== 'mutation') return undefined;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  }
  const found = rootFields(operation.selectionSet, fragments).filter((field) => mutations.has(field));
  if (found.length < 2) return undefined;
  return new GraphQLError(
    `Only one mutation per document is allowed: this one has ${found.length}. Nothing was done.`,
    {
      extensions: { code: 'SEVERAL_MUTATIONS' },
    },
  );
}

/**
 * Names of the fields at the root. A fragment is taken out of the map when it is entered: spread again it selects the
 * same fields, and a document that spreads fragments in fragments must not cost more than its length.
 */
function rootFields(set: SelectionSetNode, fragments: Map<string, FragmentDefinitionNode>): string[] {
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) return rootFields(selection.selectionSet, fragments);
    const name = selection.name.value;
    const fragment = fragments.get(name);
    fragments.delete(name);
    return fragment === undefined ? [] : rootFields(fragment.selectionSet, fragments);
  });
}
