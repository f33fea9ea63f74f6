import { isUtf8 } from 'node:buffer';
import { GraphQLError } from 'graphql';
import { decodeUtf8 } from '../domain/utf8.ts';
import type { OperationRequest } from '../operations/operation.ts';
import { isNestedTooDeep } from './json-nesting.ts';

/*
 * How the bytes of a request become an operation. Nothing is replaced on the way: what is not UTF-8 is refused. Two different
 * keys must not become one.
 */

const badRequest = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });

/** The operation in the body of a POST; or what is wrong with it, which repeats nothing of it. */
export function readBodyParameters(bytes: Uint8Array): OperationRequest | GraphQLError {
  const text = decodeUtf8(bytes);
  if (text === undefined) return badRequest('The body is not UTF-8.');
  if (isNestedTooDeep(text)) return badRequest('The JSON has too many brackets inside brackets.');
  const content = parseJson(text);
  if (content === NO_JSON) return badRequest('The body is not JSON.');
  if (Array.isArray(content)) return badRequest('Batching is not supported.');
  if (!isObject(content)) return badRequest('The body must be a JSON object.');
  return checkParameters(content);
}

/** The operation in the query string of a GET, where `variables` and `extensions` are JSON; or what is wrong with it. */
export function readQueryParameters(parameters: URLSearchParams): OperationRequest | GraphQLError {
  const texts = ['variables', 'extensions'].map((name) => parameters.get(name) || 'null');
  const [variables, extensions] = texts.map((text) => (isNestedTooDeep(text) ? NO_JSON : parseJson(text)));
  if (variables === NO_JSON || extensions === NO_JSON) return badRequest('variables and extensions must be JSON.');
  const names = ['query', 'documentId', 'operationName'];
  const [query, documentId, operationName] = names.map((name) => parameters.get(name) || undefined);
  return checkParameters({ query, documentId, operationName, variables, extensions });
}

/** Members of a request in GraphQL over HTTP, and the names of persisted documents; others are dropped. */
export function checkParameters(given: Readonly<Record<string, unknown>>): OperationRequest | GraphQLError {
  const { query, documentId, operationName, variables, extensions } = given;
  if (!isAbsent(query) && typeof query !== 'string') {
    return badRequest(`Expected "query" param to be a string, but given ${typeOf(query)}.`);
  }
  if (!isAbsent(variables) && !isObject(variables)) return notAnObject('variables', variables);
  if (!isAbsent(extensions) && !isObject(extensions)) return notAnObject('extensions', extensions);
  const isNamed = typeof documentId === 'string' || !isAbsent(extensions?.['persistedQuery']);
  return {
    // Clients of WebSockets send an empty text beside a hash, since their protocol wants a text.
    query: (query === '' && isNamed ? undefined : query) ?? undefined,
    documentId: typeof documentId === 'string' ? documentId : undefined,
    // One that is no text is the name of no operation.
    operationName: isAbsent(operationName) ? undefined : String(operationName),
    variables: variables ?? undefined,
    extensions: extensions ?? undefined,
  };
}

const notAnObject = (name: string, value: unknown): GraphQLError =>
  badRequest(`Expected "${name}" param to be empty or an object, but given ${typeOf(value)}.`);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): value is null | undefined => value === null || value === undefined;

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value);

const NO_JSON = Symbol('no JSON');

/** The parser's own message would quote the text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NO_JSON;
  }
}

/** Percent-encoded bytes that are next to each other. */
const ENCODED = /(?:%[0-9a-fA-F]{2})+/g;

/**
 * Whether the percent-encoded bytes of a query string are UTF-8. Where they are not, URLSearchParams replaces them. A
 * percent sign that encodes nothing stands for itself.
 */
export const isUtf8Query = (search: string): boolean =>
  (search.match(ENCODED) ?? []).every((bytes) => isUtf8(Buffer.from(bytes.replaceAll('%', ''), 'hex')));
