import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayOptions } from '../../src/gateway.ts';
import {
  combineSeeds,
  type SeededPortfolio,
  type Standins,
  type StandinsOptions,
  seedPortfolio,
  startStandins,
} from '../../src/standins/index.ts';
import type { MoneySettings } from '../../src/workflows/index.ts';
import { MoneyClient } from '../helpers/money-client.ts';
import { gatewaySettings } from '../helpers/world.ts';
import { Balancer } from './balancer.ts';

export interface ClusterOptions {
  readonly gateways: number;
  readonly databaseUrl: string;
  readonly money: MoneySettings;
  readonly gateway?: Partial<GatewayOptions>;
  readonly upvestRequestsPerSecond?: number;
  readonly upvestSettings?: StandinsOptions['upvestSettings'];
  /** Points at which the first gateway that comes there stops itself: `deposit fund marked`. */
  readonly stopAt?: readonly string[];
}

/** One gateway of a cluster. */
export interface Member {
  readonly port: number;
  readonly url: string;
  /** Ends it as a power cut would, and takes it out of the balancer. */
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Steps that it has committed. */
  committed(): Promise<number>;
}

/** Gateways on one database behind a balancer, between stand-ins that live on. */
export class Cluster extends MoneyClient {
  readonly standins: Standins;
  readonly robo: SeededPortfolio;
  readonly self: SeededPortfolio;
  readonly url: string;
  readonly #balancer: Balancer;
  readonly #options: ClusterOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'gateway-cluster-'));
  readonly #children = new Map<Member, ChildProcess>();
  /** Gateways that ended by themselves. */
  deaths = 0;

  private constructor(options: ClusterOptions, balancer: Balancer, world: World) {
    super(balancer.url);
    this.url = balancer.url;
    this.#options = options;
    this.#balancer = balancer;
    this.standins = world.standins;
    this.robo = world.robo;
    this.self = world.self;
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const balancer = await Balancer.start();
    const cluster = new Cluster(options, balancer, await startUpstreams(options, `${balancer.url}/webhooks/upvest`));
    await Promise.all(Array.from({ length: options.gateways }, () => cluster.add()));
    return cluster;
  }

  get members(): readonly Member[] {
    return [...this.#children.keys()];
  }

  /** Points at which some gateway has stopped itself. */
  hasStoppedAt(point: string): boolean {
    return existsSync(join(this.#folder, point.replaceAll(' ', '.')));
  }

  /** Starts one more gateway. */
  async add(): Promise<Member> {
    const { databaseUrl, money, gateway, upvestRequestsPerSecond, stopAt = [] } = this.#options;
    const { investSuite, upvest } = gatewaySettings(this.standins);
    const config = {
      pointsFolder: this.#folder,
      stopAt,
      gateway: {
        investSuite,
        upvest: { ...upvest, requestsPerSecond: upvestRequestsPerSecond },
        store: { databaseUrl },
        money,
        ...gateway,
      },
    };
    const child = spawn(process.execPath, [join(import.meta.dirname, 'child.mjs'), JSON.stringify(config)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const { port } = await answerOf(child, (message) => 'port' in message);
    const member: Member = {
      port: port ?? 0,
      url: `http://127.0.0.1:${port}`,
      kill: () => this.#kill(member, child),
      pause: () => child.kill('SIGSTOP'),
      resume: () => child.kill('SIGCONT'),
      committed: async () => {
        child.send('count');
        return (await answerOf(child, (message) => 'committed' in message)).committed ?? 0;
      },
    };
    this.#children.set(member, child);
    child.once('exit', () => {
      if (this.#children.has(member)) this.deaths += 1;
    });
    this.#balancer.add(member);
    return member;
  }

  async #kill(member: Member, child: ChildProcess): Promise<void> {
    this.#children.delete(member);
    this.#balancer.remove(member);
    await ended(child, 'SIGKILL');
  }

  async stop(): Promise<void> {
    const children = [...this.#children.values()];
    this.#children.clear();
    await Promise.all(
      children.map((child) => {
        child.kill('SIGCONT');
        return stopped(child);
      }),
    );
    await this.#balancer.stop();
    await this.standins.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface World {
  readonly standins: Standins;
  readonly robo: SeededPortfolio;
  readonly self: SeededPortfolio;
}

async function startUpstreams({ money, upvestSettings }: ClusterOptions, webhookUrl: string): Promise<World> {
  const cash = { holdings: { $EUR: '100000.00' } };
  const robo = seedPortfolio({ ...cash, key: 'robo' });
  const self = seedPortfolio({ ...cash, key: 'self', manager: 'USER_MANAGED' });
  const standins = await startStandins({
    seed: combineSeeds(robo, self),
    settleDelayMs: 5,
    webhookUrl,
    investSuiteSettings: { booking: money.booking === 'gateway' ? 'client' : 'investsuite' },
    upvestSettings: { webhookRetrySecondMs: 50, webhookGatherMs: 0, ...upvestSettings },
  });
  return { standins, robo, self };
}

interface Answer {
  readonly port?: number;
  readonly committed?: number;
}

function answerOf(child: ChildProcess, isIt: (answer: Answer) => boolean): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // The message of child.mjs.
    const listen = (message: unknown): void => {
      const answer = message as Answer;
      if (!isIt(answer)) return;
      child.off('message', listen);
      resolve(answer);
    };
    child.on('message', listen);
    child.once('exit', (code) => reject(new Error(`the gateway has ended (${code})`)));
  });
}

/** How long a gateway may take to stop before it is said that it did not, and it is killed. */
const STOP_MS = 30_000;

/** Ends a gateway after a test. What the test promises has been seen by then; one that hangs is shown, and costs no other test. */
async function stopped(child: ChildProcess): Promise<void> {
  const timer = setTimeout(() => {
    process.stderr.write(`gateway ${child.pid} did not stop within ${STOP_MS} ms\n`);
    child.kill('SIGKILL');
  }, STOP_MS);
  await ended(child, 'SIGTERM');
  clearTimeout(timer);
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await end;
}
