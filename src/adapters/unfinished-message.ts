import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { BodyRoom } from '../callers/admission.ts';
import { OverloadedError } from '../errors.ts';

/** Bytes that are not counted: they take no more than the connection itself. */
const FREE_BYTES = 16 * 1024;
/** Maximum bytes of an unauthenticated client: a token has 16 KiB at most. */
const MAX_STRANGER_BYTES = 64 * 1024;
/** How long a client may take for a message, as for the body of a request. */
const MESSAGE_MS = 30_000;
/** Of a control frame from a client: two bytes and the mask. */
const CONTROL_HEAD_BYTES = 6;

export interface UnfinishedOptions {
  readonly socket: WebSocket;
  /** The connection below the WebSocket. */
  readonly transport: Duplex;
  /** Budget for further bytes; undefined before authentication. */
  readonly room: () => BodyRoom | undefined;
  /** Ends the connection; nothing more of it is read. */
  readonly refuse: (code: number, reason: string) => void;
}

/**
 * Counts the bytes of an incomplete message. They wait in memory like a request's body, so they use the caller's budget
 * and have a time limit.
 */
export function countUnfinished({ socket, transport, room, refuse }: UnfinishedOptions): void {
  let bytes = 0;
  let taken: BodyRoom | undefined;
  let late: NodeJS.Timeout | undefined;
  const clear = (): void => {
    bytes = 0;
    taken?.release();
    taken = undefined;
    clearTimeout(late);
    late = undefined;
  };
  const tooLate = (): void => {
    // While we read nothing it is not the client that takes so long.
    if (socket.isPaused) late = setTimeout(tooLate, MESSAGE_MS).unref();
    else refuse(1008, 'Message timeout');
  };
  const count = (chunk: Uint8Array): void => {
    late ??= setTimeout(tooLate, MESSAGE_MS).unref();
    const before = bytes;
    bytes += chunk.length;
    if (bytes <= FREE_BYTES) return;
    try {
      if (taken === undefined) taken = room();
      if (taken !== undefined) taken.add(bytes - Math.max(before, FREE_BYTES));
      else if (bytes > MAX_STRANGER_BYTES) refuse(1009, 'Max payload size exceeded');
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error;
      refuse(1013, 'Try again later');
    }
  };
  const passed = (data: Uint8Array): void => {
    bytes = Math.max(0, bytes - data.length - CONTROL_HEAD_BYTES);
    if (bytes === 0) clear();
  };
  transport.on('data', count);
  // In the order of arrival: the frames of a chunk are told after all of it has been counted.
  socket.on('message', clear);
  socket.on('ping', passed);
  socket.on('pong', passed);
  socket.once('close', () => {
    transport.off('data', count);
    clear();
  });
}
