import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Registered operations: hash (sha256, hex) of the text -> text, as GraphQL Code Generator's client preset writes them. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/** Reads the JSON of a file of registered operations. Throws a TypeError where it is no map from names to texts. */
export function parseTrustedDocuments(json: string): TrustedDocuments {
  const content: unknown = JSON.parse(json);
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new TypeError('Expected an object of hash: document.');
  }
  const documents = new Map<string, string>();
  for (const [hash, text] of Object.entries(content)) {
    if (typeof text !== 'string') throw new TypeError(`Expected the text of a document at ${JSON.stringify(hash)}.`);
    documents.set(hash.toLowerCase(), text);
    // Some tools name documents otherwise; what a client sends as text is found by its own hash.
    documents.set(sha256(text), text);
  }
  return documents;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Executes registered operations only, named by hash (`documentId`, or `extensions.persistedQuery.sha256Hash`) or sent
 * as their exact text.
 */
export function useTrustedDocuments(documents: TrustedDocuments): Plugin {
  return {
    onParams({ params, setParams }) {
      const query = trustedText(documents, params);
      if (query === undefined) throw NOT_TRUSTED();
      setParams({ ...params, query });
    },
  };
}

/** The registered text that a request names by hash or sends; undefined where it does neither. */
export function trustedText(
  documents: TrustedDocuments,
  params: { readonly query?: string | undefined },
): string | undefined {
  const hash = hashOf(params) ?? (params.query === undefined ? undefined : sha256(params.query));
  const query = hash === undefined ? undefined : documents.get(hash);
  return params.query !== undefined && params.query !== query ? undefined : query;
}

const NOT_TRUSTED = (): GraphQLError =>
  new GraphQLError('Only registered operations are executed here, and this is none of them.', {
    extensions: { code: 'DOCUMENT_NOT_TRUSTED', http: { status: 400 } },
  });

function hashOf(params: object): string | undefined {
  if ('documentId' in params && typeof params.documentId === 'string') {
    return params.documentId.replace(/^sha256:/, '').toLowerCase();
  }
  const extensions = 'extensions' in params ? params.extensions : undefined;
  if (typeof extensions !== 'object' || extensions === null || !('persistedQuery' in extensions)) return undefined;
  const persisted = extensions.persistedQuery;
  if (typeof persisted !== 'object' || persisted === null || !('sha256Hash' in persisted)) return undefined;
  return typeof persisted.sha256Hash === 'string' ? persisted.sha256Hash.toLowerCase() : undefined;
}
