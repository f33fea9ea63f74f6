import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';

/**
 * What all documents that are kept may weigh: their characters, and something for each. A parsed document takes up to
 * 100 bytes a character, so this is 100 MB at most; the few hundred queries of an app are a hundredth of it.
 */
const MAX_WEIGHT = 1_000_000;
const WEIGHT_OF_ONE = 500;

/** Documents that were parsed and found valid, by their text. */
export type ValidDocuments = LRUCache<string, DocumentNode>;

export const validDocuments = (maxWeight: number = MAX_WEIGHT): ValidDocuments =>
  new LRUCache({ maxSize: maxWeight, sizeCalculation: (_document, text) => text.length + WEIGHT_OF_ONE });

/**
 * Parses and validates each document once, instead of the server library's own cache. That one keeps invalid documents
 * too, and with their errors' stacks everything that the requests had in hand; and it counts documents, not their size.
 */
export function useValidDocuments(documents: ValidDocuments = validDocuments()): Plugin {
  const valid = new WeakSet<DocumentNode>();
  return {
    onParse({ params: { source }, setParsedDocument }) {
      const document = documents.get(typeof source === 'string' ? source : source.body);
      if (document !== undefined) setParsedDocument(document);
    },
    onValidate({ params: { documentAST }, setResult }) {
      if (valid.has(documentAST)) return setResult([]);
      return ({ result }) => {
        const text = documentAST.loc?.source.body;
        if (result.length > 0 || text === undefined) return;
        valid.add(documentAST);
        documents.set(text, documentAST);
      };
    },
  };
}
