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
import { gatewaySettings } from '../helpers/world.ts';

/** A gateway that dies and comes back, between stand-ins that live on; what clients ask is asked again until answered. */
export class CrashingGateway {
  readonly standins: Standins;
  readonly robo: SeededPortfolio;
  readonly self: SeededPortfolio;
  readonly #port: number;
  readonly #folder: string;
  readonly #money: MoneySettings;
  readonly #databaseUrl: string | undefined;
  #child: ChildProcess | undefined;
  #stopping = false;
  #restarting: Promise<void> = Promise.resolve();
  /** Points at which the process kills itself, once in each step. */
  killAt: readonly Point[] = [];
  deaths = 0;

  private constructor(options: {
    standins: Standins;
    robo: SeededPortfolio;
    self: SeededPortfolio;
    port: number;
    money: MoneySettings;
    databaseUrl: string | undefined;
  }) {
    this.standins = options.standins;
    this.robo = options.robo;
    this.self = options.self;
    this.#port = options.port;
    this.#money = options.money;
    this.#databaseUrl = options.databaseUrl;
    this.#folder = mkdtempSync(join(tmpdir(), 'gateway-crash-'));
  }

  static async start(money: MoneySettings, databaseUrl?: string): Promise<CrashingGateway> {
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
    return new CrashingGateway({ standins, robo, self, port, money, databaseUrl });
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
      },
    };
    const child = spawn(process.execPath, [join(import.meta.dirname, 'child.mjs'), JSON.stringify(config)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    const ready = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    void ended.then(() => {
      if (this.#stopping) return;
      this.deaths += 1;
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

  /** Asks until there is an answer: a client that never gives up. */
  async ask(query: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
    for (const deadline = Date.now() + 300_000; ; ) {
      try {
        const response = await fetch(`http://127.0.0.1:${this.#port}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query, variables }),
        });
        // The shape is what the query asks for.
        const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown };
        if (data) return data;
        throw new Error(JSON.stringify(errors));
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    }
  }

  /** Asks for money to be moved until it is taken on; answers its id. */
  async move(
    mutation: 'registerDeposit' | 'requestWithdrawal',
    portfolio: SeededPortfolio,
    amount: string,
  ): Promise<string> {
    const type = mutation === 'registerDeposit' ? 'RegisterDeposit' : 'RequestWithdrawal';
    const noun = mutation === 'registerDeposit' ? 'deposit' : 'withdrawal';
    const query = `mutation ($input: ${type}Input!) { result: ${mutation}(input: $input) {
      __typename ... on ${type}Success { object: ${noun} { id } } ... on Error { code message } } }`;
    const input = {
      portfolioId: portfolio.portfolioId,
      amount,
      currency: 'EUR',
      idempotencyKey: `${mutation}-${amount}`,
    };
    for (;;) {
      const { result } = (await this.ask(query, { input })) as { result: { object?: { id: string }; code?: string } };
      if (result.object) return result.object.id;
      if (result.code !== 'REBALANCING_IN_PROGRESS') throw new Error(JSON.stringify(result));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  /** The state of a deposit or withdrawal, once it is an end. */
  async end(id: string): Promise<string> {
    const query =
      'query ($id: ID!) { node(id: $id) { ... on Deposit { depositState: state reason } ... on Withdrawal { withdrawalState: state reason } } }';
    for (const deadline = Date.now() + 120_000; ; ) {
      const { node } = (await this.ask(query, { id })) as {
        node: { depositState?: string; withdrawalState?: string } | null;
      };
      const state = node?.depositState ?? node?.withdrawalState ?? 'missing';
      if (['COMPLETED', 'FAILED', 'CANCELLED', 'RETURNED', 'NEEDS_REVIEW'].includes(state)) return state;
      if (Date.now() > deadline) return state;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
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
