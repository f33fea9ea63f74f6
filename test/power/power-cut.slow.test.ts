import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decodePosition, encodePosition } from '../../src/store/index.ts';
import { CrashingGateway } from '../crash/crashing-gateway.ts';
import { BOOKED_BY_INVESTSUITE, checkLedgers, type Moves } from '../crash/ledgers.ts';
import { build } from '../helpers/build.ts';
import { Random } from '../helpers/fuzz/random.ts';
import { LOG_BEGINNING } from '../helpers/log.ts';
import { sseClient } from '../live/clients.ts';
import { webhookEvent } from '../live/following.ts';
import {
  type Acknowledged,
  checkpointsOf,
  cutsOf,
  findLosses,
  hasCompiler,
  PowerCuts,
  recordsOf,
} from './power-cuts.ts';

/** Power cuts while the gateway works, and looked at afterwards: cuts of each life at other moments. */
const CUTS = process.env['CI'] === 'true' ? 4 : 2;
const IMAGES = process.env['CI'] === 'true' ? 50 : 25;
const SEED = Number(process.env['POWER_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const QUERY = 'subscription ($after: ID) { notifications(after: $after) { id } }';

/** Clients of a gateway whose power is cut; what they were told is kept. */
class Clients {
  readonly told: Acknowledged[] = [];
  readonly #gateway: CrashingGateway;
  readonly #power: PowerCuts;
  readonly #moves = { deposits: [] as string[], withdrawals: [] as string[] };
  #asking = true;
  #all: Promise<unknown> = Promise.resolve();

  constructor(gateway: CrashingGateway, power: PowerCuts) {
    this.#gateway = gateway;
    this.#power = power;
  }

  begin(): void {
    this.#all = Promise.all([this.#move(1_000), this.#move(2_000), this.#deliver(), this.#follow()]);
  }

  async end(): Promise<Moves> {
    this.#asking = false;
    await this.#all;
    return this.#moves;
  }

  #tell(what: Acknowledged): void {
    this.#power.acknowledge(what);
    this.told.push(what);
  }

  async #move(offset: number): Promise<void> {
    const isDeposit = offset === 1_000;
    for (let index = 0; this.#asking; index += 1) {
      const amount = `${offset + index}.55`;
      const portfolio = index % 2 === 0 ? this.#gateway.robo : this.#gateway.self;
      this.#moves[isDeposit ? 'deposits' : 'withdrawals'].push(amount);
      const mutation = isDeposit ? 'registerDeposit' : 'requestWithdrawal';
      this.#tell({ workflow: await this.#gateway.move(mutation, portfolio, amount) });
    }
  }

  async #deliver(): Promise<void> {
    const url = `${this.#gateway.url}/webhooks/upvest`;
    for (let n = 0; this.#asking; n += 1) {
      const { status, events } = await this.#gateway.standins.upvest.webhooks.emit({ url, events: [webhookEvent(n)] });
      if (status === 200) for (const { id } of events) this.#tell({ event: id });
      else await pause();
    }
  }

  async #follow(): Promise<void> {
    let after = encodePosition(LOG_BEGINNING);
    while (this.#asking) {
      const client = await sseClient(this.#gateway.url, QUERY, { variables: { after } }).catch(() => undefined);
      let read = 0;
      let isOpen = client !== undefined;
      void client?.ended.then(() => {
        isOpen = false;
      });
      while (client !== undefined && this.#asking && (isOpen || read < client.events.length)) {
        for (const { id, event } of client.events.slice(read)) {
          read += 1;
          const position = event === 'next' && id !== undefined ? decodePosition(id) : undefined;
          if (position === undefined) continue;
          after = encodePosition(position);
          this.#tell({ position });
        }
        await pause();
      }
      client?.close();
      await pause();
    }
  }
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe.skipIf(!hasCompiler && process.env['CI'] !== 'true')(`power cuts of the embedded store (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const next = (): number => random.next();
  const ends: (() => unknown)[] = [];
  beforeAll(build, 120_000);
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  async function started(power: PowerCuts) {
    const gateway = await CrashingGateway.start(BOOKED_BY_INVESTSUITE);
    gateway.surroundings = power;
    ends.push(
      () => gateway.stop(),
      () => power.remove(),
    );
    await gateway.run();
    const clients = new Clients(gateway, power);
    clients.begin();
    return { gateway, clients };
  }

  it('what was acknowledged is there, and each amount moved once', { timeout: 300_000 }, async () => {
    const power = new PowerCuts(next);
    const { gateway, clients } = await started(power);
    for (let cut = 1; cut <= CUTS; cut += 1) {
      const enough = clients.told.length + 20 + random.below(60);
      await expect.poll(() => clients.told.length, { timeout: 60_000 }).toBeGreaterThan(enough);
      gateway.kill();
      await expect.poll(() => gateway.deaths).toBe(cut);
    }
    const moves = await clients.end();
    const ids = clients.told.flatMap((what) => ('workflow' in what ? [what.workflow] : []));
    for (const id of ids) expect(await gateway.end(id), id).toBe('COMPLETED');
    checkLedgers(gateway, BOOKED_BY_INVESTSUITE, moves);
    const told: Acknowledged[] = [];
    let [pages, begins] = [0, 0];
    for (const life of power.lives) {
      const records = recordsOf(life);
      expect(await findLosses(life, cutsOf(records, IMAGES, next), told, next)).toEqual([]);
      pages += checkpointsOf(records).pages;
      begins += checkpointsOf(records).begins;
      for (const record of records) if (record.kind === 'acknowledged') told.push(JSON.parse(record.what));
    }
    expect(pages).toBeGreaterThan(100);
    expect(begins).toBeGreaterThan(power.lives.length);
  });

  it.each(['off', 'normal'] as const)('sees the loss when the database syncs less: synchronous = %s', async (sync) => {
    const power = new PowerCuts(next, sync);
    const { gateway, clients } = await started(power);
    await expect.poll(() => clients.told.length, { timeout: 60_000 }).toBeGreaterThan(60);
    await clients.end();
    await gateway.stop();
    ends.shift();
    const life = power.lives[0];
    if (life === undefined) throw new Error('it was not recorded');
    expect(await findLosses(life, cutsOf(recordsOf(life), 20, next), [], next)).not.toEqual([]);
  });
});
