import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Newcomers } from '../../src/callers/newcomers.ts';
import { listenOnLoopback } from '../helpers/http.ts';
import { startWorld } from '../helpers/world.ts';

const BODY = '{"query":"{ viewer { id } }"}';
const REQUEST = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;

/** Turns of the event loop that end when they are told to. */
function turnsByHand() {
  let end: (() => void) | undefined;
  return {
    nextTurn: () => new Promise<void>((resolve) => (end = resolve)),
    async next(): Promise<void> {
      end?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

it('begins one request in each turn that brings a connection, in their order, and all once none comes', async () => {
  const turns = turnsByHand();
  const newcomers = new Newcomers(turns);
  const begun: number[] = [];
  expect(newcomers.turn()).toBeUndefined();
  newcomers.arrived();
  for (const request of [1, 2, 3, 4, 5, 6, 7]) void newcomers.turn()?.then(() => begun.push(request));
  for (const expected of [[1], [1, 2], [1, 2, 3]]) {
    await turns.next();
    newcomers.arrived();
    expect(begun).toEqual(expected);
  }
  await turns.next();
  expect(begun).toEqual([1, 2, 3, 4]);
  await turns.next();
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(newcomers.turn()).toBeUndefined();
});

it('accepts new connections before the busy ones have been served many times', async () => {
  const [busy, coming] = [40, 60];
  const world = await startWorld();
  const server = createServer(world.gateway.handler);
  const sockets: Socket[] = [];
  const { url, stop } = await listenOnLoopback(server);
  let [answers, accepted, answersBefore, answersUntilLast, newAnswers] = [0, 0, 0, Number.NaN, 0];
  server.on('connection', () => {
    accepted += 1;
    if (accepted === busy + coming) answersUntilLast = answers - answersBefore;
  });
  const open = (onAnswer: (socket: Socket) => void): void => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(REQUEST));
    socket.on('data', () => onAnswer(socket));
    sockets.push(socket);
  };
  for (let at = 0; at < busy; at += 1) {
    open((socket) => {
      answers += 1;
      socket.write(REQUEST);
    });
  }
  await expect.poll(() => answers).toBeGreaterThan(10 * busy);
  answersBefore = answers;
  for (let at = 0; at < coming; at += 1) open(() => (newAnswers += 1));
  await expect.poll(() => newAnswers).toBe(coming);
  // A few turns pass before the first is known to come.
  expect(answersUntilLast).toBeLessThan(coming + 4 * busy);
  for (const socket of sockets) socket.destroy();
  await stop();
  await world.stop();
});
