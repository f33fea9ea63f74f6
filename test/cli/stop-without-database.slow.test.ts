import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { combineSeeds, type Standins, seedPortfolio, startStandins } from '../../src/standins/index.ts';
import { type DatabaseDoor, openDoor } from '../cluster/database-door.ts';
import { build } from '../helpers/build.ts';
import { upstreamSettings } from '../helpers/command.ts';
import { eventually } from '../helpers/eventually.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { type Program, runProgram } from '../helpers/program.ts';
import { rawSocket } from '../live/clients.ts';

const portfolio = seedPortfolio({ key: 'stopped', manager: 'USER_MANAGED' });
const MOVE = `mutation ($key: String!) {
  registerDeposit(input: { portfolioId: "${portfolio.portfolioId}", amount: "1.00", idempotencyKey: $key }) { __typename }
}`;

/** As a paused server, a frozen virtual machine or a network that is gone: nothing is refused, nothing is answered. */
describe.skipIf(!hasPostgres)('a gateway whose database has gone silent', () => {
  let postgres: TestPostgres;
  let standins: Standins;
  let door: DatabaseDoor | undefined;
  let program: Program | undefined;
  beforeAll(async () => {
    build();
    [postgres, standins] = await Promise.all([startPostgres(), startStandins({ seed: combineSeeds(portfolio) })]);
  });
  afterAll(async () => {
    await standins.stop();
    await postgres.stop();
  });
  afterEach(async () => {
    program?.process.kill('SIGKILL');
    await door?.stop();
  });

  async function serve(): Promise<string> {
    const databaseUrl = await postgres.createDatabase();
    const opened = await openDoor(Number(new URL(databaseUrl).port));
    door = opened;
    const started = runProgram(['serve'], {
      PORT: '0',
      LOG_LEVEL: 'info',
      ...upstreamSettings(standins),
      DATABASE_URL: opened.urlOf(databaseUrl),
    });
    program = started;
    const port = await eventually(() => {
      const found = /"port":(\d+)/.exec(started.stdout())?.[1];
      if (found === undefined) throw new Error(started.stderr() + started.stdout());
      return found;
    });
    return `http://127.0.0.1:${port}`;
  }

  it.each([
    ['with nothing under way', async () => undefined],
    [
      'with a request that waits for it',
      async (url: string) => {
        const body = JSON.stringify({ query: MOVE, variables: { key: 'over-http' } });
        fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).catch(
          () => undefined,
        );
      },
    ],
    [
      'with a WebSocket whose operation waits for it',
      async (url: string) => {
        const client = await rawSocket(url);
        client.send({ type: 'connection_init' });
        await eventually(() => expect(client.messages).toHaveLength(1));
        client.send({ id: '1', type: 'subscribe', payload: { query: MOVE, variables: { key: 'over-websocket' } } });
      },
    ],
  ])('ends at SIGTERM %s, by itself', async (_with, begin) => {
    const url = await serve();
    door?.freeze();
    await begin(url);
    // Every request that was begun has reached it.
    await eventually(async () => expect((await fetch(`${url}/readyz`)).status).toBe(503));
    program?.process.kill('SIGTERM');
    expect(await program?.ended).toBe(0);
    expect(program?.stdout()).not.toContain('did not stop in time');
  });
});
