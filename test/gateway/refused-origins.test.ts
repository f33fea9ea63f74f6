import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from '../helpers/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ seed: [], gateway: { corsOrigins: ['https://app.example'] } });
});
afterAll(() => world.stop());

const lines = (origin: string) => world.log.filter((line) => line.includes('CORS_ORIGINS') && line.includes(origin));
const preflight = (origin: string) =>
  fetch(`${world.url}/graphql`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  });

/** Asks for a WebSocket; answers the status, and the body where it is refused. */
const upgrade = (origin: string) =>
  new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const headers = {
      ...{ connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', origin },
      ...{ 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-protocol': 'graphql-transport-ws' },
    };
    const asked = request(`${world.url}/graphql`, { headers });
    asked.once('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode, body: '' });
    });
    asked.once('response', async (answer) => {
      let body = '';
      for await (const chunk of answer.setEncoding('utf8')) body += chunk;
      resolve({ status: answer.statusCode, body });
    });
    asked.once('error', reject).end();
  });

it('a refused page is one line of the log, which names the setting', async () => {
  for (let i = 0; i < 3; i += 1) await preflight('https://other.example');
  expect(lines('other.example')).toHaveLength(1);
  await preflight('https://app.example');
  expect(lines('app.example')).toEqual([]);
  for (let i = 0; i < 300; i += 1) await preflight(`https://many-${i}.example`);
  expect(world.log.filter((line) => line.includes('CORS_ORIGINS')).length).toBeLessThanOrEqual(100);
});

it('the 403 of a WebSocket has a body that says so', async () => {
  expect(await upgrade('https://other.example')).toEqual({
    status: 403,
    body: expect.stringContaining('CORS_ORIGINS'),
  });
  expect(await upgrade('https://app.example')).toMatchObject({ status: 101 });
});
