import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  combineSeeds,
  type SeededPortfolio,
  type Standins,
  seedPortfolio,
  startStandins,
} from '../../src/standins/index.ts';
import type { MoneySettings, Point } from '../../src/workflows/index.ts';
import { freePort } from '../helpers/http.ts';
import { MoneyClient } from '../helpers/money-client.ts';
import { gatewaySettings } from '../helpers/world.ts';

/** The folder of a process, for tests that change its files. */
export interface Surroundings {
  /** Its environment; `folder` contains its folder `data`. */
  environment(folder: string): NodeJS.ProcessEnv;
  /** After it was killed and before it comes back. */
  afterDeath(folder: string): void;
}

/** A gateway that dies and comes back, between stand-ins that live on; what clients ask is asked again until answered. */
export class CrashingGateway extends MoneyClient {
  readonly standins: Standins;
  readonly robo: SeededPortfolio;
  readonly self: SeededPortfolio;
  readonly #port: number;
  readonly #folder: string;
  readonly #money: MoneySettings;
  readonly #databaseUrl: string | undefined;
  readonly #more: object;
  #child: ChildProcess | undefined;
  #stopping = false;
  #restarting: Promise<void> = Promise.resolve();
  /** Points at which the process kills itself, once in each step. */
  killAt: readonly Point[] = [];
  surroundings: Surroundings | undefined;
  deaths = 0;

  private constructor(options: {
    standins: Standins;
    robo: SeededPortfolio;
    self: SeededPortfolio;
    port: number;
    money: MoneySettings;
    databaseUrl: string | undefined;
    more: object;
  }) {
    super(`http://127.0.0.1:${options.port}`);
    this.standins = options.standins;
    this.robo = options.robo;
    this.self = options.self;
    this.#port = options.port;
    this.#money = options.money;
    this.#databaseUrl = options.databaseUrl;
    this.#more = options.more;
    this.#folder = mkdtempSync(join(tmpdir(), 'gateway-crash-'));
  }

  /** `more`: further options of the gateway, as JSON. */
  static async start(money: MoneySettings, databaseUrl?: string, more: object = {}): Promise<CrashingGateway> {
    const cash = { holdings: { $EUR: '100000.00' } };
    const robo = seedPortfolio({ ...cash, key: 'robo' });
    const self = seedPortfolio({ ...cash, key: 'self', manager: 'USER_MANAGED' });
    const port = await freePort();
    const standins = await startStandins({
      seed: combineSeeds(robo, self),
      settleDelayMs: 5,
      webhookUrl: `http://127.0.0.1:${port}/webhooks/upvest`,
      investSuiteSettings: { booking: money.booking === 'gateway' ? 'client' : 'investsuite' },
      upvestSettings: { webhookRetrySecondMs: 50, webhookGatherMs: 0 },
    });
    return new CrashingGateway({ standins, robo, self, port, money, databaseUrl, more });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Names of the points at which it has killed itself. */
  get points(): string[] {
    const file = join(this.#folder, 'points');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  }

  /** Starts the process; from then on it comes back whenever it dies. */
  async run(): Promise<void> {
    const config = {
      port: this.#port,
      pointsFile: join(this.#folder, 'points'),
      killAt: this.killAt,
      gateway: {
        ...gatewaySettings(this.standins),
        store: { dataDir: join(this.#folder, 'data'), databaseUrl: this.#databaseUrl },
        money: this.#money,
        // On one machine nothing arrives late.
        lateArrivalMs: 3_000,
        ...this.#more,
      },
    };
    const child = spawn(process.execPath, [join(import.meta.dirname, 'child.mjs'), JSON.stringify(config)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...this.surroundings?.environment(this.#folder) },
    });
    this.#child = child;
    const ready = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    void ended.then(() => {
      if (this.#stopping) return;
      this.deaths += 1;
      this.surroundings?.afterDeath(this.#folder);
      this.#restarting = this.run();
    });
    await Promise.race([ready, ended]);
  }

  /** Resolves once the process that runs now answers. */
  async answers(): Promise<void> {
    await this.ask('{ __typename }', {});
  }

  /** Kills the process as a power cut would. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#restarting;
    const child = this.#child;
    if (child?.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    await this.standins.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
