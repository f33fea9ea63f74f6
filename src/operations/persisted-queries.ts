import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Automatic persisted queries (Apollo Client's persisted query link, urql's persisted exchange) send the hash of a document
 * first. We keep none but the trusted ones. The error has the message and code that these clients know, with the status 200
 * that Apollo Server uses: then they send the document and leave the hash out from then on. Any other request without a
 * document is refused. Comes behind the trusted documents, which have found the document of a hash by then.
 */
export function useDocumentRequired(): Plugin {
  return {
    onParams({ params: { query, extensions } }) {
      if (query !== undefined && query !== null) return;
      throw hasHash(extensions) ? NOT_SUPPORTED() : NO_DOCUMENT();
    },
  };
}

const NOT_SUPPORTED = (): GraphQLError =>
  new GraphQLError('PersistedQueryNotSupported', {
    extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', http: { status: 200 } },
  });

const NO_DOCUMENT = (): GraphQLError =>
  new GraphQLError('Must provide query string.', { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });

const hasHash = (extensions: unknown): boolean =>
  typeof extensions === 'object' &&
  extensions !== null &&
  'persistedQuery' in extensions &&
  typeof extensions.persistedQuery === 'object' &&
  extensions.persistedQuery !== null;
