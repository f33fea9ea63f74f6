import { createHash } from 'node:crypto';
import type { OperationRequest } from './operation.ts';

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
 * The registered text that a request names by hash (`documentId`, or `extensions.persistedQuery.sha256Hash`) or sends
 * exactly; undefined where it does neither.
 */
export function trustedText(documents: TrustedDocuments, params: OperationRequest): string | undefined {
  const hash = hashOf(params) ?? (params.query === undefined ? undefined : sha256(params.query));
  const query = hash === undefined ? undefined : documents.get(hash);
  return params.query !== undefined && params.query !== query ? undefined : query;
}

function hashOf({ documentId, extensions }: OperationRequest): string | undefined {
  if (documentId !== undefined) return documentId.replace(/^sha256:/, '').toLowerCase();
  const persisted: unknown = extensions?.['persistedQuery'];
  if (typeof persisted !== 'object' || persisted === null || !('sha256Hash' in persisted)) return undefined;
  return typeof persisted.sha256Hash === 'string' ? persisted.sha256Hash.toLowerCase() : undefined;
}
