import type { Duplex } from 'node:stream';
import { CloseCode, type WebSocket as ProtocolLink } from 'graphql-ws';
import type { RawData, WebSocket } from 'ws';
import type { Admission } from '../callers/admission.ts';
import { decodeUtf8 } from '../domain/utf8.ts';
import { callerOf, type Viewer } from '../domain/viewer.ts';
import type { Frame, Sink } from '../live/index.ts';
import { describeError, type Logger } from '../telemetry/logger.ts';
import { isNestedTooDeep } from './json-nesting.ts';
import { atExpiry, type LiveConnections } from './live-connections.ts';
import { countUnfinished } from './unfinished-message.ts';

export interface WebSocketConnectionOptions {
  readonly connections: LiveConnections;
  /** Where messages that are arriving take room. */
  readonly admission: Admission;
  readonly logger: Logger;
  /** How often to ask whether the client is there. */
  readonly pingMs: number;
}

/** Bytes that may wait for the network before nothing more is sent. */
const ROOM_BYTES = 64 * 1024;
/** Pings without any sign of life after which a client counts as gone. */
const MISSED_PINGS = 3;
/** Bytes of answers that the client may leave unread before nothing more of it is read. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** Operations of one client that are prepared or executed at the same time. */
const MAX_UNDER_WAY = 64;
/** Code of a restarting server; clients resume after it. */
const SERVICE_RESTART = 1012;
/** RFC 6455 7.4.1. */
const NOT_UTF8 = 1007;
/** How long a client may take to agree that it is over. */
const CLOSE_MS = 3_000;
/** From the result of an operation until the protocol has sent it. */
const ANSWER_MS = 50;

const END = Buffer.from('}');

/** Maximum length of a close reason. Messages of the protocol may contain an id of the client. */
const MAX_REASON_BYTES = 123;
const closeReason = (reason = ''): string => (Buffer.byteLength(reason) > MAX_REASON_BYTES ? '' : reason);

/** Message types of servers only. The protocol library takes one from a client for its own fault. */
const OURS = /"type"\s*:\s*"(next|error|connection_ack)"/;

function isOurs(message: string): boolean {
  if (!OURS.test(message)) return false;
  try {
    const parsed: unknown = JSON.parse(message);
    return typeof parsed === 'object' && parsed !== null && 'type' in parsed && OURS.test(`"type":"${parsed.type}"`);
  } catch {
    return false;
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

type Closed = ReturnType<ReturnType<typeof import('graphql-ws').makeServer>['opened']>;

/** One WebSocket: its liveness, its token's end, and how much of what was sent still waits. */
export class WebSocketConnection {
  readonly #socket: WebSocket;
  readonly #transport: Duplex;
  #corked = false;
  readonly #options: WebSocketConnectionOptions;
  readonly #gone = new AbortController();
  #viewer: Viewer | undefined;
  #unsentBytes = 0;
  #drained: (() => void)[] = [];
  #underWay = 0;
  #missedPings = 0;
  #leaving = false;
  #callOffExpiry: () => void = () => undefined;

  /** @param transport the connection below the WebSocket. */
  constructor(socket: WebSocket, transport: Duplex, options: WebSocketConnectionOptions) {
    this.#socket = socket;
    this.#transport = transport;
    this.#options = options;
  }

  /** The authenticated viewer. Throws before {@link begin}: the protocol allows no operation by then. */
  get viewer(): Viewer {
    if (this.#viewer === undefined) throw new Error('an operation before connection_ack');
    return this.#viewer;
  }

  /** Fires when the connection is gone. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  /** Gives the socket to the protocol, and keeps watch over it. */
  open(start: (link: ProtocolLink) => Closed): void {
    const socket = this.#socket;
    const leave = this.#options.connections.add({ end: () => this.#leave(), cut: () => socket.terminate() });
    const pings = setInterval(() => this.#ping(), this.#options.pingMs).unref();
    countUnfinished({
      socket,
      transport: this.#transport,
      room: () => (this.#viewer === undefined ? undefined : this.#options.admission.body(callerOf(this.#viewer))),
      refuse: (code, reason) => {
        this.close(code, reason);
        socket.pause();
      },
    });
    const closed = start(this.#link());
    socket.on('pong', () => {
      this.#missedPings = 0;
    });
    socket.on('error', (error) => {
      this.#options.logger.debug({ err: describeError(error) }, 'a WebSocket failed');
    });
    socket.once('close', (code, reason) => {
      clearInterval(pings);
      leave();
      this.#callOffExpiry();
      this.#gone.abort();
      this.#letGo();
      void closed(code, reason.toString()).catch((error: unknown) => this.#fail(error));
    });
  }

  /** The client is authenticated. */
  begin(viewer: Viewer): void {
    // Throws an OverloadedError where this caller has too many.
    this.#socket.once('close', this.#options.connections.enter(viewer));
    this.#viewer = viewer;
    this.#callOffExpiry = atExpiry(viewer.expiresAt, () => this.close(CloseCode.Forbidden, 'Token expired'));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, closeReason(reason));
    // A client that says nothing to that would keep a stopping process for half a minute.
    const late = setTimeout(() => this.#socket.terminate(), CLOSE_MS);
    this.#socket.once('close', () => clearTimeout(late));
  }

  /** Sends the client elsewhere, as soon as the operations that are under way are answered. */
  #leave(): void {
    if (this.#underWay === 0) this.close(SERVICE_RESTART, 'Service restart');
    else this.#leaving = true;
  }

  /** For the frames of one subscription. What waits counts for the whole connection. */
  sink(id: string): Sink {
    const begin = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
    const hasRoom = (): boolean => this.#unsentBytes < ROOM_BYTES;
    return {
      send: ({ body }: Frame) => void this.#send(Buffer.concat([begin, body, END])),
      get hasRoom() {
        return hasRoom();
      },
      drained: () => (hasRoom() ? Promise.resolve() : new Promise((resolve) => this.#drained.push(resolve))),
    };
  }

  /** While many operations of the client are under way, no more of its messages are read. */
  async whileWorking<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    if (this.#underWay >= MAX_UNDER_WAY) this.#socket.pause();
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
      this.#readOn();
      if (this.#leaving && this.#underWay === 0) setTimeout(() => this.#leave(), ANSWER_MS);
    }
  }

  /** Reads the client's messages again where it has no more under way, or unread, than it may. */
  #readOn(): void {
    const mayGoOn = this.#underWay < MAX_UNDER_WAY && this.#unsentBytes < MAX_UNREAD_BYTES;
    if (mayGoOn && this.#socket.isPaused) this.#socket.resume();
  }

  /** Resolves when the network has taken it. One that could not be sent is told by the socket itself, which is then closed. */
  #send(message: Buffer | string): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) return resolve();
      const bytes = Buffer.byteLength(message);
      this.#unsentBytes += bytes;
      if (this.#unsentBytes >= MAX_UNREAD_BYTES) socket.pause();
      this.#cork();
      socket.send(message, { binary: false }, () => {
        this.#unsentBytes -= bytes;
        this.#missedPings = 0;
        if (this.#unsentBytes < ROOM_BYTES) this.#letGo();
        this.#readOn();
        resolve();
      });
    });
  }

  /** Batches the frames of one turn into one write: a system call costs more than the rest of a message. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#transport.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#transport.uncork();
    });
  }

  #letGo(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  #ping(): void {
    this.#missedPings += 1;
    if (this.#missedPings > MISSED_PINGS) this.#socket.terminate();
    else if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  #link(): ProtocolLink {
    const socket = this.#socket;
    return {
      protocol: socket.protocol,
      send: (data) => this.#send(data),
      close: (code, reason) => socket.close(code, closeReason(reason)),
      onMessage: (handle) => {
        socket.on('message', (data) => {
          this.#missedPings = 0;
          // Frames of text have been checked by the protocol below; in frames of bytes anything may be.
          const message = decodeUtf8(bytesOf(data));
          if (message === undefined) this.close(NOT_UTF8, 'Not UTF-8');
          else if (isNestedTooDeep(message) || isOurs(message))
            this.close(CloseCode.BadRequest, 'Invalid message received');
          else handle(message).catch((error: unknown) => this.#fail(error));
        });
      },
    };
  }

  #fail(error: unknown): void {
    if (this.#gone.signal.aborted) return;
    this.#options.logger.error({ err: describeError(error) }, 'a WebSocket failed on our side');
    this.close(CloseCode.InternalServerError, 'Internal server error');
  }
}

/**
 * The iterable that the protocol library gets for a subscription that the gateway serves: it yields nothing, ends with
 * the source, and stops it when the client completes or disconnects.
 */
export class LiveIteration implements AsyncGenerator<never, void, undefined> {
  readonly #start: (onEnd: () => void) => { stop(): void };
  #served: { stop(): void } | undefined;
  #end: () => void = () => undefined;
  #ended = false;

  constructor(start: (onEnd: () => void) => { stop(): void }) {
    this.#start = start;
  }

  async next(): Promise<IteratorResult<never, void>> {
    if (!this.#ended) {
      const ended = new Promise<void>((resolve) => {
        this.#end = resolve;
      });
      this.#served = this.#start(() => void this.return());
      await ended;
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<never, void>> {
    this.#ended = true;
    this.#served?.stop();
    this.#end();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<never, void>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
