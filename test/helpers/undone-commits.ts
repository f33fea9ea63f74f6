import type { Store, WriteHow, Writing } from '../../src/store/index.ts';

/**
 * Writes as the store does. A transaction that a power cut may undo fails where it appends to the audit: the heads of its chains may
 * have been logged by then, and would show the audit as rewritten.
 */
export const writeUndoable = <T>(
  store: Pick<Store, 'write'>,
  work: (writing: Writing) => Promise<T>,
  how: WriteHow | undefined,
): Promise<T> => store.write((writing) => work(how?.mayBeLost === true ? { ...writing, audit } : writing), how);

function audit(): never {
  throw new Error('a commit that may be undone has an entry in the audit');
}
