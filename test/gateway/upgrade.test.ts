import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedPortfolio } from '../../src/standins/index.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { type ServingProgram, serveProgram, settingsFor } from '../helpers/production.ts';
import { startWorld, type World } from '../helpers/world.ts';
import { rawSocket } from '../live/clients.ts';

const one = seedPortfolio({ key: 'upgrade' });
let world: World;
let issuer: TestIssuer;
/** The gateway as `serve` runs it, with a page of its own beside it. */
let program: ServingProgram;
let token: string;
beforeAll(async () => {
  world = await startWorld({ seed: [one] });
  issuer = await startIssuer();
  program = await serveProgram(settingsFor(world, issuer));
  token = await issuer.token({ sub: 'ops', scope: 'operator' });
}, 120_000);
afterAll(async () => {
  await program.end();
  await issuer.stop();
  await world.stop();
});

/** The bytes received over one connection until the server closed it. */
const exchange = async (port: number, ...chunks: readonly string[]): Promise<string> =>
  await new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.on('data', (data) => received.push(data));
    socket.on('close', () => resolve(Buffer.concat(received).toString('utf8')));
    // One after the other, each as a packet of its own.
    void (async () => {
      for (const chunk of chunks) {
        socket.write(chunk);
        await new Promise((next) => setTimeout(next, 5));
      }
    })();
  });

const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => match[1] ?? '');

const port = (): number => Number(new URL(world.url).port);

/** As Java's HTTP client and curl write it. */
const H2C =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n';
const CLOSE = 'Connection: close\r\n';
const BODY = '{"query":"{ viewer { id } }"}';

function post(upgrade: string, { path = '/graphql', body = BODY, more = '' } = {}): string {
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${upgrade}Authorization: Bearer ${token}\r\n`;
  return `${head}Content-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const get = (upgrade: string, path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n`;

describe('an upgrade that is not for a WebSocket of ours is ignored', () => {
  it.each([
    ['h2c', H2C],
    ['TLS/1.0', 'Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n'],
    ['several', 'Upgrade: foo/2, h2c\r\nConnection: keep-alive, upgrade\r\n'],
    ['websocket by POST', 'Connection: upgrade\r\nUpgrade: websocket\r\n'],
    ['none, though Connection names one', 'Connection: upgrade\r\n'],
    ['one that Connection does not name', 'Upgrade: h2c\r\n'],
  ])('and a POST answered over HTTP/1.1: %s', async (_what, upgrade) => {
    const text = await exchange(port(), post(upgrade), post(CLOSE));
    expect(statuses(text)).toEqual(['200', '200']);
    expect(text.match(/"viewer"/g)).toHaveLength(2);
  });

  it('with everything as it is without it: head and body in pieces, chunked and large bodies, a hundred on one connection', async () => {
    const whole = post(H2C);
    const at = whole.indexOf('{');
    expect(
      statuses(await exchange(port(), whole.slice(0, 20), whole.slice(20, at), whole.slice(at), post(CLOSE))),
    ).toEqual(['200', '200']);
    const chunked = `${get(`${H2C}Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n`, '/graphql').replace('GET', 'POST')}10\r\n${BODY.slice(0, 16)}\r\n${(BODY.length - 16).toString(16)}\r\n${BODY.slice(16)}\r\n0\r\n\r\n`;
    expect(statuses(await exchange(port(), chunked, post(CLOSE)))).toEqual(['200', '200']);
    const large = JSON.stringify({ query: '{ viewer { id } }', extensions: { x: 'x'.repeat(900_000) } });
    expect(statuses(await exchange(port(), post(H2C, { body: large }), post(CLOSE)))).toEqual(['200', '200']);
    const expecting = post(H2C, { more: 'Expect: 100-continue\r\n' });
    expect(statuses(await exchange(port(), expecting, post(CLOSE)))).toEqual(['100', '200', '200']);
    const many = Array.from({ length: 100 }, () => post(H2C));
    expect(statuses(await exchange(port(), ...many, post(CLOSE)))).toEqual([...many, 'last'].map(() => '200'));
  });

  it('and answers keep the order of requests that were sent at once', async () => {
    const marked = (upgrade: string, id: number): string => post(upgrade, { more: `X-Request-Id: request-${id}\r\n` });
    const all = [marked('', 1), marked(H2C, 2), marked('', 3), marked(H2C, 4), marked(CLOSE, 5)].join('');
    const text = await exchange(port(), all);
    expect([...text.matchAll(/x-request-id: request-(\d)/g)].map((match) => match[1])).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
  });

  it.each([
    ['/healthz', H2C, '200'],
    ['/readyz', H2C, '200'],
    ['/healthz', 'Connection: Upgrade\r\nUpgrade: websocket\r\n', '200'],
  ])('on the other paths: %s', async (path, upgrade, status) => {
    expect(statuses(await exchange(port(), get(upgrade, path), get(CLOSE, path)))).toEqual([status, '200']);
  });

  it('on webhooks, which are still checked over their bytes', async () => {
    const webhook = { path: '/webhooks/upvest', body: '{"payload":[]}' };
    expect(statuses(await exchange(port(), post(H2C, webhook), post(CLOSE)))).toEqual(['401', '200']);
  });

  it('by the program on every path, without a warning', async () => {
    const paths = ['/healthz', '/nowhere', '/graphql/more', '/'];
    for (const path of paths) {
      const plain = statuses(await exchange(program.port, get(CLOSE, path)));
      for (const upgrade of [H2C, 'Connection: Upgrade\r\nUpgrade: websocket\r\n']) {
        expect(statuses(await exchange(program.port, get(upgrade, path), get(CLOSE, path)))).toEqual([
          ...plain,
          ...plain,
        ]);
      }
    }
    const many = Array.from({ length: 60 }, () => post(H2C));
    expect(statuses(await exchange(program.port, ...many, post(CLOSE)))).toHaveLength(61);
    expect(program.stderr()).not.toMatch(/warning|leak|deprecat/i);
  });
});

describe('a WebSocket', () => {
  const WEBSOCKET =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

  it('is opened behind requests whose upgrade was ignored', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(port(), '127.0.0.1', () => socket.write(post(H2C)));
      let received = '';
      socket.once('error', reject);
      socket.on('data', (data) => {
        received += data.toString('utf8');
        if (received.includes('101 Switching')) {
          socket.destroy();
          resolve(received);
        } else if (received.includes('"viewer"') && !socket.writableEnded) socket.write(get(WEBSOCKET, '/graphql'));
      });
    });
    expect(statuses(text)).toEqual(['200', '101']);
  });

  it('with a body is refused: its bytes would be frames', async () => {
    for (const body of ['Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n']) {
      expect(statuses(await exchange(port(), `${get(`${WEBSOCKET}${body}`, '/graphql')}12345`))).toEqual(['400']);
    }
    const { socket } = await rawSocket(world.url, { headers: { 'content-length': '0' } });
    socket.close();
  });
});

const run = promisify(execFile);
const onPath = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((path) => existsSync(join(path, name)));

describe('real clients that ask for h2c', () => {
  it.skipIf(!onPath('curl'))('curl --http2', async () => {
    for (const path of ['/graphql', '/graphql']) {
      const args = ['--http2', '-s', '--max-time', '20', '--json', BODY, `${world.url}${path}`, '--next', '-s'];
      const { stdout } = await run('curl', [...args, '--http2', `${world.url}/healthz`]);
      expect(stdout).toBe(`${JSON.stringify({ data: { viewer: { id: 'vwr_local-operator' } } })}{"status":"alive"}`);
    }
  });

  it.skipIf(!onPath('javac'))(
    'java.net.http.HttpClient',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'gateway-java-'));
      const file = join(folder, 'Ask.java');
      writeFileSync(file, JAVA);
      const { stdout } = await run('java', ['-Xmx128m', file, world.url, BODY], { timeout: 100_000 });
      rmSync(folder, { recursive: true });
      const lines = stdout.trim().split('\n');
      expect(lines).toEqual(Array.from({ length: 3 }, () => ['200 HTTP_1_1 viewer', '200 HTTP_1_1 alive']).flat());
    },
    120_000,
  );
});

const JAVA = `
import java.net.URI;
import java.net.http.*;
public class Ask {
  public static void main(String[] args) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    for (int times = 0; times < 3; times++) {
      HttpRequest query = HttpRequest.newBuilder(URI.create(args[0] + "/graphql"))
        .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(args[1])).build();
      HttpRequest alive = HttpRequest.newBuilder(URI.create(args[0] + "/healthz")).build();
      for (HttpRequest request : new HttpRequest[] { query, alive }) {
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        String what = answer.body().contains("viewer") ? "viewer" : answer.body().contains("alive") ? "alive" : "?";
        System.out.println(answer.statusCode() + " " + answer.version() + " " + what);
      }
    }
  }
}
`;
