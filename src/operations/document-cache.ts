import type { DocumentNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * What all documents that are kept may weigh: their characters, and something for each. A parsed document takes up to
 * 100 bytes a character, so this is 100 MB at most; the few hundred queries of an app are a hundredth of it.
 */
const MAX_WEIGHT = 1_000_000;
const WEIGHT_OF_ONE = 500;

/** Documents that were parsed and found valid, by their text; the ones used longest ago are forgotten first. */
export class ValidDocuments {
  readonly #maxWeight: number;
  readonly #documents = new Map<string, DocumentNode>();
  #weight = 0;

  constructor(maxWeight: number = MAX_WEIGHT) {
    this.#maxWeight = maxWeight;
  }

  get weight(): number {
    return this.#weight;
  }

  get(text: string): DocumentNode | undefined {
    const document = this.#documents.get(text);
    if (document === undefined) return undefined;
    this.#documents.delete(text);
    this.#documents.set(text, document);
    return document;
  }

  add(text: string, document: DocumentNode): void {
    if (!this.#documents.has(text)) this.#weight += text.length + WEIGHT_OF_ONE;
    this.#documents.set(text, document);
    for (const oldest of this.#documents.keys()) {
      if (this.#weight <= this.#maxWeight) return;
      this.#documents.delete(oldest);
      this.#weight -= oldest.length + WEIGHT_OF_ONE;
    }
  }
}

/**
 * Parses and validates each document once, instead of the server library's own cache. That one keeps invalid documents
 * too, and with their errors' stacks everything that the requests had in hand; and it counts documents, not their size.
 */
export function useValidDocuments(documents: ValidDocuments = new ValidDocuments()): Plugin {
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
        documents.add(text, documentAST);
      };
    },
  };
}
