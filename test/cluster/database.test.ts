import pg from 'pg';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../src/domain/decimal.ts';
import { StoreUnavailableError } from '../../src/errors.ts';
import { openStore } from '../../src/store/index.ts';
import { BOOKED_BY_INVESTSUITE, checkLedgers } from '../crash/ledgers.ts';
import { build } from '../helpers/build.ts';
import { eventually } from '../helpers/eventually.ts';
import { hasPostgres, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { Cluster } from './cluster.ts';
import { type DatabaseDoor, openDoor } from './database-door.ts';

const money = BOOKED_BY_INVESTSUITE;

describe.skipIf(!hasPostgres)('two gateways whose database', { timeout: 400_000 }, () => {
  let server: TestPostgres;
  let door: DatabaseDoor;
  let cluster: Cluster;
  let databaseUrl: string;
  let moves: { deposits: string[]; withdrawals: string[] };
  let ids: string[];
  beforeAll(build, 120_000);
  beforeEach(async () => {
    // Few places for connections, so that they can be used up.
    server = await startPostgres(['fsync=off', 'max_connections=40', 'superuser_reserved_connections=3']);
    databaseUrl = await server.createDatabase();
    door = await openDoor(Number(new URL(databaseUrl).port));
    cluster = await Cluster.start({
      gateways: 2,
      databaseUrl: door.urlOf(databaseUrl),
      money,
      // A gateway waits ten seconds for its database before it says that it is away.
      upvestSettings: { webhookTimeoutMs: 60_000 },
    });
    moves = { deposits: [], withdrawals: [] };
    ids = [];
  }, 180_000);
  afterEach(async () => {
    await cluster.stop();
    await door.stop();
    await server.stop();
  }, 180_000);

  const query = async (text: string): Promise<readonly Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  /** Money is moved while something happens, and each amount once. */
  const whileMoving = async (happening: () => Promise<void>): Promise<void> => {
    let going = true;
    const client = async (offset: number): Promise<void> => {
      for (let index = 0; going || index < 5; index += 1) {
        const amount = `${offset + index}.01`;
        ids.push(await cluster.move('registerDeposit', index % 2 === 0 ? cluster.robo : cluster.self, amount));
        moves.deposits.push(decimal(amount));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    const clients = Promise.all([client(100), client(1_000)]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await happening();
    going = false;
    await clients;
    for (const id of ids) expect(await cluster.end(id)).toBe('COMPLETED');
    checkLedgers(cluster, money, moves);
    expect(cluster.deaths).toBe(0);
  };

  it('cuts all connections again and again lose nothing and do nothing twice', async () => {
    await whileMoving(async () => {
      for (let times = 0; times < 10; times += 1) {
        await query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()');
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    });
  });

  it('moves to another address lose nothing and do nothing twice', async () => {
    await whileMoving(async () => {
      door.close();
      const port = await server.move();
      databaseUrl = Object.assign(new URL(databaseUrl), { port: String(port) }).href;
      door.leadTo(port);
    });
  });

  it('fails over to a standby that is promoted go on there, and refuse it before', async () => {
    const standby = await server.standby();
    await whileMoving(async () => {
      door.leadTo(standby.port);
      // A standby takes no writes: they wait.
      await eventually(async () => {
        const ready = await Promise.all(cluster.members.map(({ url }) => fetch(`${url}/readyz`)));
        expect(ready.map(({ status }) => status)).toEqual([503, 503]);
      });
      await server.halt();
      await standby.promote();
      databaseUrl = Object.assign(new URL(databaseUrl), { port: String(standby.port) }).href;
    });
    const [meta] = await query('select generation from log_meta');
    expect(Number(meta?.['generation'])).toBe(2);
  });

  it('is away answer 503 with Retry-After or wait, and take what is asked again', async () => {
    const id = await cluster.move('registerDeposit', cluster.robo, '1.01');
    expect(await cluster.end(id)).toBe('COMPLETED');
    door.close();
    const [one] = cluster.members;
    expect((await fetch(`${one?.url}/readyz`)).status).toBe(503);
    const mutation = 'mutation ($i: RegisterDepositInput!) { registerDeposit(input: $i) { __typename } }';
    const input = { portfolioId: cluster.robo.portfolioId, amount: '2.02', currency: 'EUR', idempotencyKey: 'away' };
    const response = await fetch(`${one?.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query: mutation, variables: { i: input } }),
    });
    const text = await response.text();
    expect(text).toContain('STORE_UNAVAILABLE');
    expect(text).toContain('"retryable":true');
    const event = { type: 'TEST.HAPPENED', object: { id: 'x' } };
    const told = await cluster.standins.upvest.webhooks.emit({ url: `${one?.url}/webhooks/upvest`, events: [event] });
    expect(told.status).toBe(503);
    door.leadTo(Number(new URL(databaseUrl).port));
    await eventually(async () => expect((await fetch(`${one?.url}/readyz`)).status).toBe(200));
  });

  it('has no connection left for them wait and fail retryably, and go on', async () => {
    await whileMoving(async () => {
      const hogs: pg.Client[] = [];
      try {
        await query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()');
        for (let count = 0; count < 60; count += 1) {
          const hog = new pg.Client({ connectionString: databaseUrl });
          hog.on('error', () => undefined);
          await hog.connect().then(
            () => hogs.push(hog),
            () => undefined,
          );
        }
        expect(hogs.length).toBeGreaterThan(10);
        await new Promise((resolve) => setTimeout(resolve, 2_000));
      } finally {
        for (const hog of hogs) await hog.end();
      }
    });
  });

  it('is migrated by a newer gateway go on, and start again, until something that they need is taken away', async () => {
    await whileMoving(async () => {
      await query('alter table workflows add column added_later text');
      await query(
        "alter table inbox add column added_later bigint not null default 7, add column another text default 'x'",
      );
      await query('alter table event_log add column added_later text');
      await query('alter table locks add column added_later text');
      await query('alter table audit add column added_later text');
      await query('create table added_later (id text primary key)');
      await query("insert into kysely_migration (name, timestamp) values ('9999_later', now()::text)");
      const [first] = cluster.members;
      await first?.kill();
      await cluster.add();
    });
    const newer = await openStore({ databaseUrl, dataDir: '' });
    await newer.write(({ db }) => db.insertInto('schema_floor').values({ migration: '9999_later' }).execute());
    await newer.close();
    await expect(openStore({ databaseUrl, dataDir: '' })).rejects.toThrow(StoreUnavailableError);
    // Those that run are not ended by it.
    for (const { url } of cluster.members) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });
});
