import type { Frame, Sink } from '../live/index.ts';
import type { Stream } from '../operations/operation.ts';
import { atExpiry, type LiveConnections } from './live-connections.ts';

export interface SseOptions {
  readonly connections: LiveConnections;
  /** Fires when the client has gone. */
  readonly signal: AbortSignal;
  /** How often a comment keeps proxies from cutting a quiet stream. */
  readonly pingMs: number;
}

/** Bytes that may wait for the network before nothing more is sent. */
const ROOM_BYTES = 64 * 1024;
/** After so long without taking anything a reader is given up; it can resume. */
const STALLED_MS = 300_000;

const PING = Buffer.from(':\n\n');
const COMPLETE = Buffer.from('event: complete\ndata:\n\n');

/**
 * Serves a subscription as server-sent events, one stream per operation: `next` with the result as data and the cursor
 * as id; `complete` only when the source is at its end. A stream that ends without it is to be resumed.
 */
export function sseResponse(stream: Stream, options: SseOptions): Response {
  return new Response(new SseBody(stream, options).body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      // Proxies must neither keep events back nor recode them.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

/** Whether a client that accepts this can be answered with a stream of events. Default: anything. */
export const acceptsEventStream = (accept: string | null | undefined): boolean =>
  (accept ?? '*/*').split(',').some((range) => /^\s*(text\/event-stream|text\/\*|\*\/\*)\s*(;|$)/i.test(range));

export const notAcceptable = (): Response =>
  new Response(
    JSON.stringify({
      errors: [
        {
          message: 'A subscription needs Accept: text/event-stream, or a WebSocket.',
          extensions: { code: 'NOT_ACCEPTABLE' },
        },
      ],
    }),
    { status: 406, headers: { 'content-type': 'application/json', accept: 'text/event-stream' } },
  );

class SseBody implements Sink {
  readonly body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Frames that the connection has not requested yet. */
  #waiting: Buffer[] = [PING];
  #waitingBytes = 0;
  /** The connection is ready for more. */
  #wanted: (() => void) | undefined;
  #takenAt = performance.now();
  #drained: (() => void)[] = [];
  #ended = false;
  readonly #release: (() => void)[] = [];

  constructor(stream: Stream, { connections, signal, pingMs }: SseOptions) {
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => this.#end(),
      },
      // Nothing is buffered in the stream itself: what waits is counted here.
      { highWaterMark: 0 },
    );
    const ping = setInterval(() => this.#ping(), pingMs).unref();
    const served = stream.serve(this, () => this.#complete());
    const gone = (): void => this.#end();
    signal.addEventListener('abort', gone);
    this.#release.push(
      () => clearInterval(ping),
      () => served.stop(),
      () => signal.removeEventListener('abort', gone),
      connections.add({ end: gone, cut: gone }),
      atExpiry(stream.viewer.expiresAt, gone),
    );
    if (signal.aborted) this.#end();
  }

  send({ body, cursor }: Frame): void {
    const id = cursor === undefined ? '' : `id: ${cursor}\n`;
    this.#write(Buffer.concat([Buffer.from(`event: next\n${id}data: `), body, Buffer.from('\n\n')]));
  }

  get hasRoom(): boolean {
    return this.#waitingBytes < ROOM_BYTES;
  }

  drained(): Promise<void> {
    return this.hasRoom ? Promise.resolve() : new Promise((resolve) => this.#drained.push(resolve));
  }

  #write(chunk: Buffer): void {
    if (this.#ended) return;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    this.#wanted?.();
  }

  /** Hands over what waits, as one chunk; resolves when there was something. */
  async #pull(): Promise<void> {
    if (this.#waiting.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wanted = resolve;
      });
      this.#wanted = undefined;
    }
    this.#takenAt = performance.now();
    if (this.#ended) return;
    this.#controller?.enqueue(Buffer.concat(this.#waiting));
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Only when nothing waits, but for as long as the stream lives: one that was full needs them again later. */
  #ping(): void {
    if (this.#waiting.length === 0) this.#write(PING);
    else if (performance.now() - this.#takenAt > STALLED_MS) this.#end();
  }

  #complete(): void {
    this.#write(COMPLETE);
    const finish = (): void => {
      if (this.#waiting.length === 0) this.#end();
      else setTimeout(finish, 10);
    };
    finish();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const release of this.#release) release();
    this.#waiting = [];
    for (const resolve of this.#drained.splice(0)) resolve();
    try {
      this.#controller?.close();
    } catch {
      // The connection has closed it already.
    }
    this.#wanted?.();
  }
}
