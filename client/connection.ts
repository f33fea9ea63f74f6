/** An operation, as graphql-codegen writes it with `documentMode: 'string'`, or its text. */
export type TypedDocument<Data, Variables> =
  | string
  | { toString(): string; readonly __apiType?: ((variables: Variables) => Data) | undefined };

/** Why a token is needed. */
export interface TokenQuestion {
  /** The token that the gateway has just refused: another one is needed. Undefined at other times. */
  readonly refused: string | undefined;
}

/** How to reach a gateway. */
export interface Connection {
  /** Address of the graph, such as `https://bank.example/graphql`; in a browser it may be relative. */
  readonly url: string | URL;
  /** The access token, without `Bearer`. Called for each request, so that a new token is used as soon as there is one. */
  readonly token?: ((question: TokenQuestion) => string | undefined | Promise<string | undefined>) | undefined;
  /** Default: the global `fetch`. React Native: `fetch` of `expo/fetch`, which streams. */
  readonly fetch?: typeof fetch | undefined;
  /** Further headers, such as a client's name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** A GraphQL response. */
export interface Answer<Data> {
  readonly data?: Data | null | undefined;
  readonly errors?: readonly AnswerError[] | undefined;
}

/** The answer is not one of a GraphQL server: a proxy's page, half an answer. Whether the request was carried out is unknown. */
export class UnreadableAnswerError extends Error {
  override readonly name = 'UnreadableAnswerError';
  readonly status: number;
  /** Milliseconds to wait as `Retry-After` says; 0 where it says nothing. */
  readonly retryAfterMs: number;

  constructor(response: Response) {
    super(`The answer with status ${response.status} is not one of a GraphQL server.`);
    this.status = response.status;
    this.retryAfterMs = retryAfterMs(response);
  }
}

/** The gateway refused the operation, and would refuse it again: the document or a variable is wrong, or the caller may not. */
export class GraphqlRequestError extends Error {
  override readonly name = 'GraphqlRequestError';
  readonly errors: readonly AnswerError[];

  constructor(errors: readonly AnswerError[]) {
    super(errors.map(({ message }) => message).join(' '));
    this.errors = errors;
  }
}

/** Sends one operation. Rejects when no answer came, or one that can't be read. */
export type SendOperation<Data, Variables> = (variables: Variables, signal?: AbortSignal) => Promise<Answer<Data>>;

/**
 * A function that sends an operation over HTTP. A refused token (401) is replaced once, by what `token({ refused })` returns, if
 * that is another one.
 */
export function request<Data, Variables extends object>(
  connection: Connection,
  document: TypedDocument<Data, Variables>,
): SendOperation<Data, Variables> {
  return async (variables, signal) => {
    const body = { query: String(document), variables };
    return await readAnswer<Data>(await post(connection, body, ACCEPT_JSON, signal));
  };
}

const ACCEPT_JSON = { accept: 'application/graphql-response+json, application/json' };

/** The GraphQL response in an HTTP response. Rejects with an {@link UnreadableAnswerError} where there is none. */
export async function readAnswer<Data>(response: Response): Promise<Answer<Data>> {
  // The server sends the fields that the document selects: its types can be no better than the generator's.
  let answer: Answer<Data> | null | undefined;
  try {
    answer = JSON.parse(await response.text());
  } catch {
    // Told below, as every other answer that is not GraphQL's.
  }
  if (typeof answer !== 'object' || answer === null || (answer.data === undefined && !Array.isArray(answer.errors)))
    throw new UnreadableAnswerError(response);
  return answer;
}

/** Posts JSON, and once more with another token where the first one was refused. */
export async function post(
  connection: Connection,
  body: object,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const send = connection.fetch ?? globalThis.fetch;
  const sendWith = (token: string | undefined): Promise<Response> =>
    send(connection.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...connection.headers,
        ...headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  const token = await connection.token?.({ refused: undefined });
  const response = await sendWith(token);
  if (response.status !== 401 || token === undefined) return response;
  const other = await connection.token?.({ refused: token });
  return other === undefined || other === token ? response : await sendWith(other);
}

export function retryAfterMs({ headers }: Response): number {
  const text = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now());
}
