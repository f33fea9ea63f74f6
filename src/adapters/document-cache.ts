import type { DocumentNode } from 'graphql';

/** What Yoga's parser keeps documents in, by their text. */
export interface DocumentCache<T> {
  get(text: string): T | undefined;
  set(text: string, value: T): void;
}

/**
 * Characters of all documents that are kept. A parsed document takes about 60 bytes a character, so this is 60 MB at
 * most; the few hundred queries of an app are a hundredth of it.
 */
const MAX_CHARACTERS = 1_000_000;

/** Parsed documents, the ones used longest ago forgotten first. Bounded by size: anybody may send long texts. */
export class ParsedDocuments implements DocumentCache<DocumentNode> {
  readonly #maxCharacters: number;
  readonly #documents = new Map<string, DocumentNode>();
  #characters = 0;

  constructor(maxCharacters: number = MAX_CHARACTERS) {
    this.#maxCharacters = maxCharacters;
  }

  get characters(): number {
    return this.#characters;
  }

  get(text: string): DocumentNode | undefined {
    const document = this.#documents.get(text);
    if (document === undefined) return undefined;
    this.#documents.delete(text);
    this.#documents.set(text, document);
    return document;
  }

  set(text: string, document: DocumentNode): void {
    if (!this.#documents.has(text)) this.#characters += text.length;
    this.#documents.set(text, document);
    for (const oldest of this.#documents.keys()) {
      if (this.#characters <= this.#maxCharacters) return;
      this.#documents.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}

/** What can't be parsed is not kept: whoever sends nonsense pays for it each time. */
export const NO_ERRORS_KEPT: DocumentCache<Error> = { get: () => undefined, set: () => undefined };
