import { createHash } from 'node:crypto';
import { type DocumentNode, Kind, parse, print, type SelectionNode, type SelectionSetNode, visit } from 'graphql';
import type { OperationRequest } from './operation.ts';

/*
 * A client does not always send the text that was registered: Apollo Client and urql print documents anew, and add `__typename` to
 * each selection, before they send or hash them. So a document is registered under the hashes of all these forms, and a text is
 * compared by its meaning: whitespace, comments, the order of definitions and `__typename` without an alias don't count, since they let
 * nobody read more.
 */

/** Registered operations. */
export interface TrustedDocuments {
  /** Hash (sha256, hex), or the name in the file -> text. */
  readonly byHash: ReadonlyMap<string, string>;
  /** Text -> meaning. */
  readonly meanings: ReadonlyMap<string, string>;
}

/** Reads the JSON of a file of registered operations. Throws a TypeError where it is no map from names to texts. */
export function parseTrustedDocuments(json: string): TrustedDocuments {
  const content: unknown = JSON.parse(json);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new TypeError('Expected an object of hash: document.');
  }
  const byHash = new Map<string, string>();
  const meanings = new Map<string, string>();
  for (const [hash, text] of Object.entries(content)) {
    if (typeof text !== 'string') throw new TypeError(`Expected the text of a document at ${JSON.stringify(hash)}.`);
    const document = parsed(text);
    for (const form of document === undefined ? [text] : [...formsOf(document), text]) {
      byHash.set(sha256(form), form);
      if (document !== undefined) meanings.set(form, meaningOf(document));
    }
    // Some tools name documents otherwise.
    byHash.set(hash.toLowerCase(), text);
  }
  return { byHash, meanings };
}

/**
 * The text of the registered document that a request names by hash (`documentId`, or `extensions.persistedQuery`), or the text that
 * it sends, if that means the same as a registered one (and as the one it names); undefined where there is none.
 *
 * @param read parses a text of a client; undefined where that is no document, or over a limit.
 */
export function trustedText(
  { byHash, meanings }: TrustedDocuments,
  request: OperationRequest,
  read: (text: string) => DocumentNode | undefined,
): string | undefined {
  const hash = hashOf(request);
  const named = hash === undefined ? undefined : byHash.get(hash);
  const { query } = request;
  if (query === undefined || query === named) return named;
  if (hash === undefined && byHash.has(sha256(query))) return query;
  const document = read(query);
  const meaning = document === undefined ? undefined : meaningOf(document);
  if (meaning === undefined) return undefined;
  const registered = named === undefined ? [...meanings.values()] : [meanings.get(named)];
  return registered.includes(meaning) ? query : undefined;
}

/** Whether a request names its document. */
export const namesDocument = (request: OperationRequest): boolean => hashOf(request) !== undefined;

function hashOf({ documentId, extensions }: OperationRequest): string | undefined {
  const persisted: unknown = extensions?.['persistedQuery'];
  const inside =
    typeof persisted === 'object' && persisted !== null && 'sha256Hash' in persisted ? persisted.sha256Hash : persisted;
  const hash = documentId ?? inside;
  return typeof hash === 'string' ? hash.replace(/^sha256:/, '').toLowerCase() : undefined;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function parsed(text: string): DocumentNode | undefined {
  try {
    return parse(text, { noLocation: true });
  } catch {
    return undefined;
  }
}

/** How clients print a document: as it is, as Apollo Client completes it, and as urql does. */
const formsOf = (document: DocumentNode): readonly string[] => [
  print(document),
  print(
    withSelections(document, (selections) => (selections.some(isTypename) ? selections : [...selections, TYPENAME])),
  ),
  // Without the empty lines between definitions.
  print(
    withSelections(document, (selections) => [...selections.filter((each) => !isTypename(each)), TYPENAME]),
  ).replace(/\n+/g, '\n'),
];

function meaningOf(document: DocumentNode): string {
  const bare = visit(document, {
    SelectionSet: (node): SelectionSetNode => ({
      ...node,
      selections: node.selections.filter((each) => !isTypename(each)),
    }),
  });
  return bare.definitions.map(print).sort().join('\n');
}

/** With other selections everywhere but at the root of an operation. */
const withSelections = (
  document: DocumentNode,
  change: (selections: readonly SelectionNode[]) => readonly SelectionNode[],
): DocumentNode =>
  visit(document, {
    SelectionSet: (node, _key, parent) =>
      parent !== undefined && 'kind' in parent && parent.kind === Kind.OPERATION_DEFINITION
        ? undefined
        : { ...node, selections: change(node.selections) },
  });

const TYPENAME: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

const isTypename = (node: SelectionNode): boolean =>
  node.kind === Kind.FIELD &&
  node.name.value === '__typename' &&
  node.alias === undefined &&
  (node.directives ?? []).length === 0;
