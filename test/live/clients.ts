import { WebSocket } from 'ws';

/** One event as a client sees it. */
export interface SeenEvent {
  readonly data: unknown;
  readonly cursor: string | undefined;
}

/** A raw WebSocket that keeps every message, for tests of the protocol itself. */
export interface RawSocket {
  readonly socket: WebSocket;
  readonly messages: unknown[];
  /** Resolves with the code that the server closed with. */
  readonly closed: Promise<number>;
  send(message: unknown): void;
}

export async function rawSocket(
  url: string,
  options: { readonly protocol?: string; readonly headers?: Record<string, string> } = {},
): Promise<RawSocket> {
  const protocol = options.protocol ?? 'graphql-transport-ws';
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, protocol, { headers: options.headers ?? {} });
  const messages: unknown[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  return {
    socket,
    messages,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
  };
}

/** One event of an SSE stream. */
export interface SseEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

export interface SseClient {
  readonly status: number;
  readonly headers: Headers;
  readonly events: SseEvent[];
  /** How many comments came. */
  pings: number;
  /** Resolves when the stream has ended, in whatever way. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Subscribes over SSE and keeps every event. */
export async function sseClient(
  url: string,
  query: string,
  options: {
    readonly variables?: Record<string, unknown>;
    readonly headers?: Record<string, string>;
    readonly method?: 'GET' | 'POST';
  } = {},
): Promise<SseClient> {
  const { variables = {}, headers = {}, method = 'POST' } = options;
  const abort = new AbortController();
  const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const response = await fetch(method === 'GET' ? `${url}/graphql?${parameters}` : `${url}/graphql`, {
    method,
    headers: {
      accept: 'text/event-stream',
      ...(method === 'POST' && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(method === 'POST' && { body: JSON.stringify({ query, variables }) }),
    signal: abort.signal,
  });
  const events: SseEvent[] = [];
  const client: { -readonly [K in keyof SseClient]: SseClient[K] } = {
    status: response.status,
    headers: response.headers,
    events,
    pings: 0,
    ended: Promise.resolve(),
    close: () => abort.abort(),
  };
  client.ended = (async () => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        if (block.startsWith(':')) client.pings += 1;
        else events.push(parseBlock(block));
      }
    }
  })().catch(() => undefined);
  return client;
}

function parseBlock(block: string): SseEvent {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()]),
  );
  return { event: fields.get('event') ?? 'message', id: fields.get('id'), data: fields.get('data') ?? '' };
}

export const resultsOf = (client: SseClient): { data: unknown; errors?: unknown; extensions?: { cursor?: string } }[] =>
  client.events.filter(({ event }) => event === 'next').map(({ data }) => JSON.parse(data));
