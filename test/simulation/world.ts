import { createHash } from 'node:crypto';
import { BrokerDesk } from './broker-desk.ts';
import { Clients } from './clients.ts';
import type { SharedDatabase, StoreFault } from './database.ts';
import { Slot } from './gateways.ts';
import { type BusEvent, SimulatedInvestSuite } from './investsuite.ts';
import type { Network } from './network.ts';
import { Random } from './random.ts';
import type { Fault, NetworkFault, Operation, Scenario } from './scenario.ts';
import { Subscriber } from './subscribers.ts';
import { Watch } from './synchronized.ts';
import { START, Timeline } from './timeline.ts';
import { Trace } from './trace.ts';
import { SimulatedUpvest, type UpvestEvent } from './upvest.ts';
import { type Call, optimizationIdOf } from './wire.ts';

/** After this no fault begins, and the broker gets more cash. */
export const FAULTS_END_MS = 12_000;
/** A scenario that has not come to rest by then never will. */
const MOST_MS = 900_000;
/** An answer to a delivery that takes longer is none. */
const DELIVERY_MS = 10_000;

/** Everything of one scenario. */
export class World {
  readonly scenario: Scenario;
  readonly timeline = new Timeline();
  readonly trace: Trace;
  readonly random: Random;
  readonly database: SharedDatabase;
  readonly upvest: SimulatedUpvest;
  readonly investSuite: SimulatedInvestSuite;
  readonly slots: readonly Slot[];
  readonly clients: Clients;
  readonly subscribers: readonly Subscriber[];
  readonly troubles: string[] = [];
  readonly watch: Watch;
  readonly #desk: BrokerDesk;
  /** Requests whose answer was lost, and that are refused when they are sent again. */
  readonly #refusedAgain = new Map<string, number>();
  /** Deliveries that nobody has taken. */
  #undelivered = 0;
  readonly #counts: Record<Fault['on'], number>;

  constructor(scenario: Scenario, database: SharedDatabase, isTraced: boolean) {
    this.scenario = scenario;
    this.database = database;
    this.random = new Random(scenario.seed, 2);
    this.trace = new Trace(this.timeline, isTraced);
    this.#counts = {
      write: 0,
      read: 0,
      'store-write': 0,
      'store-read': 0,
      kill: 0,
      pause: 0,
      webhook: 0,
      bus: 0,
      rebalancing: 0,
    };
    const { timeline, random, trace } = this;
    const rare = new Random(scenario.seed, 3);
    const upstream = (name: string) => ({
      random,
      rare,
      now: () => Math.floor(timeline.now),
      later: (ms: number, work: () => void) => void timeline.after(ms, work),
      tell: (what: string) => trace.tell(name, what),
    });
    const follows = scenario.follows === true;
    this.upvest = new SimulatedUpvest(upstream('upvest'), { follows, emit: (event) => this.#webhook(event) });
    this.watch = new Watch(this);
    this.#desk = new BrokerDesk(this.upvest, new Random(scenario.seed, 6));
    this.investSuite = new SimulatedInvestSuite(upstream('investsuite'), {
      booksByEvents: scenario.settings.booking === 'investsuite',
      emit: (event) => this.#busEvent(event),
      onHoldings: follows ? this.watch.onHoldings : undefined,
    });
    const surroundings = {
      ...{ timeline, random, trace, database, settings: scenario.settings, isAuto: scenario.isAuto === true, follows },
      ...{ upvest: this.upvest, investSuite: this.investSuite },
      storeWorld: {
        now: () => Math.floor(timeline.now),
        delayMs: () => random.between(0.05, 2),
        faultOf: (_process: unknown, use: 'read' | 'write') => this.#storeFault(use),
        wakeMs: () => (random.chance(0.1) ? undefined : random.between(0.1, 20)),
      },
      network: this.#network(),
      onComes: (slot: Slot) => this.#comes(slot),
      onTrouble: (what: string) => this.troubles.push(what),
    };
    this.slots = [0, 1].map((index) => new Slot(index, surroundings));
    const clientsWorld = {
      ...{ timeline, random, rare, trace, slots: this.slots },
      faultsHaveEnded: () => this.faultsHaveEnded,
    };
    this.clients = new Clients(clientsWorld);
    this.subscribers = ([null, 0, 1] as const).map((customer) => new Subscriber(customer, clientsWorld));
  }

  get faultsHaveEnded(): boolean {
    return this.timeline.now - START >= FAULTS_END_MS;
  }

  /** Whether something is on its way that the store does not know of, besides clients that wait for an answer. */
  get isBusy(): boolean {
    return this.#undelivered > 0 || this.slots.some(({ assembly }) => assembly === undefined);
  }

  /** Lets everything be planned that the scenario says. */
  begin(): void {
    const { timeline, scenario } = this;
    for (const slot of this.slots) slot.start();
    for (const [index, subscriber] of this.subscribers.entries()) timeline.after(20, () => subscriber.connect(index));
    for (const operation of scenario.operations) {
      timeline.after(1_000 + operation.at, () => {
        this.trace.tell('client', JSON.stringify(operation));
        this.#perform(operation);
      });
    }
    for (const fault of scenario.faults) {
      if (fault.on !== 'rebalancing') continue;
      timeline.after(fault.at, () => {
        this.trace.tell('investsuite', `is rebalancing for ${fault.ms} ms`);
        this.investSuite.rebalancingUntil = timeline.now + fault.ms;
      });
    }
    timeline.after(FAULTS_END_MS, () => {
      this.trace.tell('world', 'has no more faults');
      for (const { process } of this.slots) process?.resume();
      this.upvest.fund();
    });
  }

  #perform(operation: Operation): void {
    switch (operation.do) {
      case 'advise':
        this.investSuite.recommend(optimizationIdOf(operation.n), operation.orders);
        break;
      case 'line':
      case 'take-back':
      case 'trade':
        this.#desk.perform(operation);
        break;
      case 'sweep':
        this.slots[operation.gateway]?.sweep();
        break;
      case 'reconnect':
        for (const each of this.subscribers)
          if (each.customer === operation.customer) each.reconnect(operation.gateway);
        break;
      default:
        this.clients.perform(operation);
    }
  }

  /** Runs for so long. */
  async run(ms: number): Promise<void> {
    const until = this.timeline.now + ms;
    while (await this.timeline.next(until));
    this.timeline.now = until;
  }

  get isTooLate(): boolean {
    return this.timeline.now - START >= MOST_MS;
  }

  /** Ends all gateways: a world that is over takes no more time. */
  end(): void {
    for (const slot of this.slots) slot.process?.kill();
  }

  #fault<K extends Fault['on']>(on: K): (Fault & { readonly on: K }) | undefined {
    const nth = this.#counts[on];
    this.#counts[on] += 1;
    if (this.faultsHaveEnded) return undefined;
    return this.scenario.faults.find(
      (fault): fault is Fault & { readonly on: K } => fault.on === on && 'nth' in fault && fault.nth === nth,
    );
  }

  #storeFault(use: 'read' | 'write'): StoreFault | undefined {
    const fault = use === 'write' ? this.#fault('store-write') : this.#fault('store-read');
    if (fault !== undefined) this.trace.tell('store', `FAULT ${fault.fault} of a ${use}`);
    return fault?.fault;
  }

  #network(): Network {
    const { random, timeline, trace } = this;
    return {
      delayMs: () => random.between(0.5, 20),
      faultOf: (call) => this.#networkFault(call),
      later: (ms, work) => void timeline.after(ms, work),
      tell: (who, what) => trace.tell(who, what),
    };
  }

  #networkFault({ method, path, key }: Call): NetworkFault | undefined {
    if (path.startsWith('/auth/')) return undefined;
    const request = `${method} ${path} ${key}`;
    const status = this.#refusedAgain.get(request);
    this.#refusedAgain.delete(request);
    const fault = (method === 'GET' ? this.#fault('read') : this.#fault('write'))?.fault;
    if (status !== undefined) return { kind: 'answered', status, done: false, retryAfter: null };
    if (fault?.kind === 'lost' && typeof fault.again === 'number') this.#refusedAgain.set(request, fault.again);
    return fault;
  }

  #comes(slot: Slot): void {
    if (this.faultsHaveEnded) return;
    for (const fault of this.scenario.faults) {
      if ((fault.on !== 'kill' && fault.on !== 'pause') || fault.gateway !== slot.index || fault.nth !== slot.count)
        continue;
      if (fault.on === 'kill') slot.kill(fault.downMs);
      else slot.process?.pause(fault.ms);
    }
  }

  #webhook(event: UpvestEvent): void {
    const fault = this.#fault('webhook')?.fault;
    if (fault !== undefined) this.trace.tell('upvest', `FAULT: the webhook ${event.type} comes ${fault}`);
    const ms = this.random.between(10, 600) + (fault === 'late' ? this.random.between(3_000, 12_000) : 0);
    const body = Buffer.from(JSON.stringify({ payload: [event] }));
    const isLost = fault === 'lost';
    this.#deliver(ms, (slot) => (isLost && !this.faultsHaveEnded ? undefined : this.#receive(slot, body)));
    if (fault === 'twice') this.#deliver(ms + this.random.between(1, 4_000), (slot) => this.#receive(slot, body));
  }

  #receive(slot: Slot, body: Buffer): Promise<boolean> | undefined {
    const seconds = Math.floor(this.timeline.now / 1_000);
    const head = {
      method: 'POST',
      path: '/webhooks/upvest',
      query: '',
      headers: {
        ...WEBHOOK_HEADERS,
        'signature-input': `sig1=("@method" "@path" "digest");keyid="simulated";created=${seconds};expires=${seconds + 60}`,
        digest: digestOf(body),
      },
    };
    return slot.assembly?.receiveWebhook(head, async () => body).then(({ kind }) => kind === 'accepted');
  }

  #busEvent(event: BusEvent): void {
    const fault = this.#fault('bus')?.fault;
    const value = Buffer.from(JSON.stringify(event));
    const ms = this.random.between(10, 500) + (fault === 'late' ? this.random.between(3_000, 12_000) : 0);
    const take = (slot: Slot): Promise<boolean> | undefined => slot.take?.([{ value }]).then(() => true);
    this.#deliver(ms, take);
    if (fault === 'twice') this.#deliver(ms + this.random.between(1, 4_000), take);
  }

  /** Until somebody has taken it. */
  #deliver(ms: number, send: (slot: Slot) => Promise<boolean> | undefined): void {
    this.#undelivered += 1;
    const attempt = (): void => {
      let isOver = false;
      const again = (): void => {
        if (isOver) return;
        isOver = true;
        this.timeline.after(this.random.between(300, 3_000), attempt);
      };
      const sent = send(this.random.pick(this.slots));
      if (sent === undefined) {
        again();
        return;
      }
      this.timeline.after(DELIVERY_MS, again);
      sent.then((isTaken) => {
        if (!isTaken) return again();
        if (isOver) return;
        isOver = true;
        this.#undelivered -= 1;
      }, again);
    };
    this.timeline.after(ms, attempt);
  }
}

const WEBHOOK_HEADERS = {
  'content-type': 'application/json',
  signature: `sig1=:${Buffer.alloc(64).toString('base64')}:`,
};

const digestOf = (body: Buffer): string => `SHA-512=${createHash('sha512').update(body).digest('base64')}`;
