import type { IncomingHttpHeaders } from 'node:http';
import type { Json } from '../values/json.ts';

/** A request whose body has been read. */
export interface Exchange {
  readonly method: string;
  /** Path without query, as it was sent. */
  readonly path: string;
  /** The query with its `?`, as it was sent; empty without one. */
  readonly search: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** Why a request was refused, for the person who reads the calls; never sent to the client. */
  note: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Left out: no body. */
  readonly body?: Json;
}

/** Thrown by a handler to answer with an error of the vendor's shape. */
export class Refusal extends Error {
  readonly answer: Answer;
  /** `note` is the reason, for the record of calls. */
  constructor(answer: Answer, note?: string) {
    super(note ?? `answered ${answer.status}`);
    this.answer = answer;
  }
}

/** The only value of a header; undefined where it is missing. */
export function header(exchange: Exchange, name: string): string | undefined {
  const value = exchange.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
