import { GraphiQL } from 'graphiql';
import { type DocumentNode, type ExecutionResult, getOperationAST, parse, print, separateOperations } from 'graphql';
import type { ComponentProps } from 'react';
import { createRoot } from 'react-dom/client';
import { type Connection, follow, GraphqlRequestError, request } from '../../../client/index.ts';
import 'graphiql/style.css';
import './page.css';

type Props = ComponentProps<typeof GraphiQL>;

/** Options that the gateway writes into the page: src/adapters/graphiql.ts. */
interface Options extends Pick<Props, 'defaultQuery' | 'defaultTabs' | 'shouldPersistHeaders'> {
  readonly endpoint: string;
}

const element = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no ${id}.`);
  return found;
};

const { endpoint, ...options }: Options = JSON.parse(element('options').textContent ?? '');

const fetcher: Props['fetcher'] = ({ query, operationName, variables }, given) => {
  const connection: Connection = { url: endpoint, headers: given?.headers ?? {} };
  const document = parsed(query);
  const operation = document === undefined ? undefined : getOperationAST(document, operationName);
  const text = document === undefined ? query : textOf(document, query, operationName);
  if (operation?.operation !== 'subscription') return request(connection, text)(variables ?? {}).then(shown);
  return eventsOf({ ...connection, document: text, variables: variables ?? {} });
};

/** Undefined where the gateway will say what is wrong with it. */
function parsed(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}

/** Of several operations the one to execute, with the fragments that it uses. */
function textOf(document: DocumentNode, query: string, operationName: string | null | undefined): string {
  const one = separateOperations(document)[operationName ?? ''];
  return document.definitions.length === 1 || one === undefined ? query : print(one);
}

interface Shown {
  readonly data?: unknown;
  readonly errors?: unknown;
}

// GraphiQL shows an answer as JSON; its type says that errors are graphql's own objects.
const shown = ({ data, errors }: Shown): ExecutionResult =>
  JSON.parse(JSON.stringify({ ...(errors !== undefined && { errors }), ...(data !== undefined && { data }) }));

/** Events as they come, through every interruption, until they are stopped. */
function eventsOf(options: Parameters<typeof follow>[0]): AsyncIterableIterator<ExecutionResult> {
  const log = follow(options);
  const events: AsyncIterableIterator<ExecutionResult> = {
    next: async () => {
      try {
        const { done, value } = await log.next();
        return done === true ? { done, value: undefined } : { done: false, value: shown(value) };
      } catch (error) {
        if (!(error instanceof GraphqlRequestError)) throw error;
        return { done: false, value: shown({ errors: error.errors }) };
      }
    },
    return: async () => {
      await log.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => events,
  };
  return events;
}

/** A link to the page may have a query and its variables. */
const linked = new URLSearchParams(location.search);
const [query, variables] = ['query', 'variables'].map((name) => linked.get(name) ?? undefined);

createRoot(element('root')).render(
  <GraphiQL
    fetcher={fetcher}
    {...options}
    {...(query !== undefined && { query })}
    {...(variables !== undefined && { variables })}
  />,
);
