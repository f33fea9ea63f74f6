import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Standins, startStandins } from '../../src/standins/index.ts';
import { startIssuer, type TestIssuer } from '../helpers/issuer.ts';
import { serveProgram, settingsFor } from '../helpers/production.ts';

let issuer: TestIssuer;
let standins: Standins;
beforeAll(async () => {
  issuer = await startIssuer();
  standins = await startStandins({ seed: 'demo' });
});
afterAll(async () => {
  await standins.stop();
  await issuer.stop();
});

/** Asks once over a connection, and resolves with all that came when the server has closed it or `until` came. */
const ask = async (port: number, until?: string): Promise<string> =>
  await new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'));
    socket.once('error', reject);
    socket.once('close', () => resolve(received));
    socket.on('data', (data) => {
      received += data.toString();
      if (until !== undefined && received.includes(until)) socket.destroy();
    });
  });

describe('an idle connection', () => {
  it('is kept for KEEP_ALIVE_SECONDS, and closed then', async () => {
    const program = await serveProgram({ ...settingsFor(standins, issuer), KEEP_ALIVE_SECONDS: '1' });
    const text = await ask(program.port);
    await program.end();
    expect(text).toMatch(/^HTTP\/1\.1 200[\s\S]*keep-alive: timeout=1\r\n/i);
  });

  it('is kept longer than load balancers keep theirs, by default', async () => {
    const program = await serveProgram(settingsFor(standins, issuer));
    const text = await ask(program.port, '"alive"}');
    await program.end();
    expect(Number(/keep-alive: timeout=(\d+)/i.exec(text)?.[1])).toBeGreaterThan(60);
  });
});
