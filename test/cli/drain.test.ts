import { Agent, createServer, request, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { Drain } from '../../src/commands/drain.ts';
import { eventually } from '../helpers/eventually.ts';
import { listenOnLoopback } from '../helpers/http.ts';

let server: Server;
let running: { url: string; stop: () => Promise<void> };
// Keeps connections open as long as the server lets it.
const agent = new Agent({ keepAlive: true });
afterEach(async () => {
  agent.destroy();
  await running.stop().catch(() => undefined);
});

/** Requests that have arrived; each is answered when the test says so. */
let arrived: (() => void)[];

async function start(): Promise<Drain> {
  arrived = [];
  // Longer than a test may take: only the drain closes a connection.
  server = createServer({ keepAliveTimeout: 600_000 });
  const drain = new Drain(server);
  server.on('request', (_request, response) => arrived.push(() => response.end('answered')));
  running = await listenOnLoopback(server);
  return drain;
}

const ask = (): Promise<{ text: string; connection: string | undefined }> =>
  new Promise((resolve, reject) => {
    const asking = request(running.url, { agent }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => resolve({ text, connection: response.headers.connection }));
      response.on('error', reject);
    });
    asking.on('error', reject);
    asking.end();
  });

const answerAll = (): void => {
  for (const answer of arrived.splice(0)) answer();
};

describe('a server that is asked to stop', () => {
  it('answers received requests, makes clients leave, and ends with the last answer', async () => {
    const drain = await start();
    const asked = [ask(), ask(), ask()];
    await eventually(() => expect(arrived).toHaveLength(3));
    const drained = drain.run(async () => undefined);
    // Sent in the same moment, before anybody could know.
    asked.push(ask());
    await eventually(() => expect(arrived).toHaveLength(4));
    answerAll();
    for (const { text, connection } of await Promise.all(asked)) {
      expect([text, connection]).toEqual(['answered', 'close']);
    }
    await drained;
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('does not wait for idle connections', async () => {
    const drain = await start();
    const asked = ask();
    await eventually(() => expect(arrived).toHaveLength(1));
    answerAll();
    expect((await asked).connection).toBe('keep-alive');
    await drain.run(async () => undefined);
  });

  it('waits for what has to be ended first', async () => {
    const drain = await start();
    let ended = false;
    await drain.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      ended = true;
    });
    expect(ended).toBe(true);
  });
});
