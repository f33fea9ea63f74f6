import { isUtf8 } from 'node:buffer';
import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { decodeUtf8, findLoneSurrogate } from '../domain/utf8.ts';
import { isNestedTooDeep } from './json-nesting.ts';

/*
 * How the bytes of a request become the text that is executed. Nothing is replaced on the way: what is not UTF-8, or has
 * no UTF-8 (half of a surrogate pair, which JSON can write), is refused. Two different keys must not become one.
 */

const MEMBERS = ['query', 'operationName', 'variables', 'extensions', 'documentId'] as const;

/** JSON writes half of a surrogate pair as an escape, and only so: it has no bytes in UTF-8. */
const SURROGATE_ESCAPE = /(?:\\|%5C)u[dD][89a-fA-F]/;

/** Whether JSON text, or a query string with such text, may have half of a surrogate pair in it. */
export const mayHaveLoneSurrogate = (json: string): boolean => SURROGATE_ESCAPE.test(json);

const HALF = 'Half of a surrogate pair is not a character; nothing was done.';

const badRequest = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });

/** Reads the bodies of POSTs as strict UTF-8, and takes the members that GraphQL over HTTP knows. */
export function useStrictText(): Plugin<{ readonly request: Request }> {
  /** Requests whose JSON may have half of a surrogate pair: all others need not be looked through. */
  const suspects = new WeakSet<Request>();
  const refuse = ({ args, setResultAndStopExecution }: Starting): void => {
    if (!suspects.has(args.contextValue.request)) return;
    // Mutations answer it as an error of theirs.
    if (getOperationAST(args.document, args.operationName)?.operation === OperationTypeNode.MUTATION) return;
    if (findLoneSurrogate(args.variableValues) !== undefined)
      setResultAndStopExecution({ errors: [halfInVariables()] });
  };
  return {
    onRequestParse({ request, url, setRequestParser }) {
      if (request.method === 'GET' && mayHaveLoneSurrogate(url.searchParams.toString())) suspects.add(request);
      if (request.method !== 'POST') return;
      setRequestParser(async (limited) => {
        const text = decodeUtf8(await bytesOf(limited));
        if (text === undefined) throw badRequest('The body is not UTF-8.');
        if (mayHaveLoneSurrogate(text)) suspects.add(request);
        return readParameters(text);
      });
    },
    onParams({ params: { query: _query, variables: _variables, ...others }, request }) {
      // A document with one is no document.
      if (suspects.has(request) && findLoneSurrogate(others) !== undefined) throw badRequest(HALF);
    },
    onExecute: refuse,
    onSubscribe: refuse,
  };
}

/** What both hooks before an execution have in common. */
interface Starting {
  readonly args: ExecutionArgs & { readonly contextValue: { readonly request: Request } };
  readonly setResultAndStopExecution: (result: ExecutionResult) => void;
}

const halfInVariables = (): GraphQLError =>
  new GraphQLError(HALF, { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } });

async function bytesOf(request: Request): Promise<Uint8Array> {
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch (error) {
    // One that is too large has its own error.
    if (error instanceof GraphQLError) throw error;
    throw badRequest('The body did not arrive whole.');
  }
}

/** Throws a GraphQLError (400) on what is no JSON object. The error repeats nothing of it. */
function readParameters(text: string): GraphQLParams {
  if (isNestedTooDeep(text)) throw badRequest('The JSON has too many brackets inside brackets.');
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // The parser's own message quotes the body.
    throw badRequest('The body is not JSON.');
  }
  if (Array.isArray(content)) throw badRequest('Batching is not supported.');
  if (typeof content !== 'object' || content === null) throw badRequest('The body must be a JSON object.');
  const given: Readonly<Record<string, unknown>> = { ...content };
  return Object.fromEntries(MEMBERS.flatMap((name) => (Object.hasOwn(given, name) ? [[name, given[name]]] : [])));
}

/** Percent-encoded bytes that are next to each other. */
const ENCODED = /(?:%[0-9a-fA-F]{2})+/g;

/**
 * Whether the percent-encoded bytes of a query string are UTF-8. Where they are not, URLSearchParams replaces them. A
 * percent sign that encodes nothing stands for itself.
 */
export const isUtf8Query = (search: string): boolean =>
  (search.match(ENCODED) ?? []).every((bytes) => isUtf8(Buffer.from(bytes.replaceAll('%', ''), 'hex')));
