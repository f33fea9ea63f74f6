import type { MoneySettings } from '../../src/workflows/index.ts';
import type { StoreFault } from './database.ts';
import { type FollowOperation, followingOf } from './following.ts';
import { Random } from './random.ts';

export type MoneyKind = 'deposit' | 'withdraw' | 'increase' | 'decrease' | 'buy';

/** An operation of a client and its time (milliseconds from the start). `n`: its number, `gateway`: the one that it asks first. */
export type Operation = { readonly n: number; readonly at: number; readonly gateway: 0 | 1 } & (
  | { readonly do: MoneyKind; readonly customer: 0 | 1; readonly amount: string }
  /** Asks to cancel what the n-th operation made. */
  | {
      readonly do: 'cancel';
      readonly what: number;
      /** Milliseconds after that was answered; otherwise at its own time, if it is known by then. */
      readonly after?: number;
    }
  /** The same request again, by its key. */
  | { readonly do: 'repeat'; readonly what: number }
  | { readonly do: 'record'; readonly customer: 0 | 1; readonly amount: string }
  | { readonly do: 'hold'; readonly customer: 0 | 1; readonly quantity: string }
  /** The robo advisor recommends orders for the first customer's portfolio: negative units are sold, text is an amount to buy for. */
  | { readonly do: 'advise'; readonly orders: Readonly<Record<string, number | string>> }
  /** An operator has what the n-th operation recommends carried out. */
  | { readonly do: 'execute'; readonly what: number }
  /** The customer's app loses its connection and comes back. */
  | { readonly do: 'reconnect'; readonly customer: 0 | 1 | null }
  | FollowOperation
);

/** The outcome of one request to an upstream. */
export type NetworkFault =
  | { readonly kind: 'not-sent' }
  /** `done`: before or after the work; late: after so many milliseconds. `silent`: no error, only nothing. */
  | {
      readonly kind: 'lost';
      readonly done: boolean;
      readonly silent: boolean;
      /** The same request, sent again, is refused with this status. */
      readonly again: number | null;
    }
  | { readonly kind: 'late'; readonly ms: number }
  | { readonly kind: 'doubled'; readonly ms: number }
  | { readonly kind: 'slow'; readonly ms: number }
  /** Answered so; the work is done or not. */
  | { readonly kind: 'answered'; readonly status: number; readonly done: boolean; readonly retryAfter: number | null }
  | { readonly kind: 'garbage'; readonly done: boolean; readonly what: 'html' | 'latin1' | 'empty' | 'cut' };

/** A fault, and the n-th of its kind of call that it meets. */
export type Fault =
  | { readonly on: 'write' | 'read'; readonly nth: number; readonly fault: NetworkFault }
  | { readonly on: 'store-write' | 'store-read'; readonly nth: number; readonly fault: StoreFault }
  /** `nth` counts what comes to this gateway: timers, answers, results. */
  | { readonly on: 'kill'; readonly gateway: 0 | 1; readonly nth: number; readonly downMs: number }
  | { readonly on: 'pause'; readonly gateway: 0 | 1; readonly nth: number; readonly ms: number }
  | { readonly on: 'webhook'; readonly nth: number; readonly fault: 'lost' | 'twice' | 'late' }
  | { readonly on: 'bus'; readonly nth: number; readonly fault: 'twice' | 'late' }
  | { readonly on: 'rebalancing'; readonly at: number; readonly ms: number };

export interface Scenario {
  readonly seed: number;
  readonly settings: MoneySettings;
  /** InvestSuite's event has optimizations carried out, too. */
  readonly isAuto?: boolean;
  /** InvestSuite follows the broker: PORTFOLIO_SYNC. */
  readonly follows?: boolean;
  readonly operations: readonly Operation[];
  readonly faults: readonly Fault[];
}

const AMOUNTS = ['1', '10', '10.00', '25.5', '25.50', '99.99', '600'] as const;
/** Operations fall into this time. */
const SPAN_MS = 5_000;
export const OPERATIONS = 8;

/** The scenario of a seed. */
export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed, 1);
  const settings: MoneySettings = {
    booking: random.chance(0.7) ? 'investsuite' : 'gateway',
    funding: random.chance(0.8) ? 'virtual-cash' : 'none',
    payout: random.chance(0.8) ? 'withdrawal' : 'virtual-cash',
  };
  const drawn = Array.from({ length: OPERATIONS }, (_, index) => operation(random, index));
  const cancellable = drawn.filter((each) => each.do === 'withdraw' || each.do === 'decrease');
  const operations = drawn.map((each) =>
    each.do === 'cancel' && cancellable.length > 0 ? { ...each, what: random.pick(cancellable).n } : each,
  );
  // Faults come in different weather: none, some of one kind, some of all.
  const many = random.pick([0, 2, 4, 8, 12]);
  const kinds = random.chance(0.5) ? ALL_KINDS : [random.pick(ALL_KINDS), random.pick(ALL_KINDS)];
  const faults = Array.from({ length: many }, () => faultOf(random, random.pick(kinds)));
  const advised = rebalancings(new Random(seed, 4));
  const scenario = {
    seed,
    settings,
    isAuto: advised.isAuto,
    operations: [...operations, ...advised.operations],
    faults,
  };
  const followed = new Random(seed, 5);
  const following = followingOf(followed);
  if (following === undefined) return scenario;
  const later = faults.map((fault) => (followed.chance(0.5) ? moved(followed, fault) : fault));
  return {
    ...scenario,
    follows: true,
    // Without the broker's line of a deposit it can't be told which one is its own: such a gateway does not start.
    settings: { ...settings, funding: 'virtual-cash' },
    operations: [...scenario.operations, ...following],
    faults: later,
  };
}

/** There is more traffic where InvestSuite follows the broker. */
function moved(random: Random, fault: Fault): Fault {
  const times = random.int(1, 5);
  return fault.on === 'rebalancing' ? fault : { ...fault, nth: fault.nth * times };
}

/** Drawn apart, so that all else is as it was without. In half of the scenarios, since most of the others' requests are of other kinds. */
function rebalancings(random: Random): { readonly isAuto: boolean; readonly operations: readonly Operation[] } {
  const isAuto = random.chance(0.5);
  if (random.chance(0.5)) return { isAuto, operations: [] };
  const operations: Operation[] = [];
  const add = (at: number, what: { do: 'advise'; orders: Advised } | { do: 'execute'; what: number }): number => {
    const n = OPERATIONS + operations.length;
    operations.push({ n, at: Math.round(at), gateway: which(random), ...what });
    return n;
  };
  for (let many = random.int(1, 3); many > 0; many -= 1) {
    const at = random.between(0, SPAN_MS);
    const what = add(at, { do: 'advise', orders: advice(random) });
    for (let asked = random.int(isAuto ? 0 : 1, 3); asked > 0; asked -= 1)
      add(at + random.between(1, random.chance(0.5) ? 50 : 3_000), { do: 'execute', what });
  }
  return { isAuto, operations };
}

type Advised = Readonly<Record<string, number | string>>;

/** Sells of what the broker has, and more; buys by units and by amount, some beyond the cash. */
function advice(random: Random): Advised {
  const orders: Record<string, number | string> = {};
  for (const isin of ['US0378331005', 'IE00B4L5Y983']) if (random.chance(0.6)) orders[isin] = -random.int(1, 24);
  for (const isin of ['DE0007164600', 'DE0008404005', 'LU78468R1014'])
    if (random.chance(0.6))
      orders[isin] = random.chance(0.5) ? random.int(1, 9) : random.pick(['25.50', '80.00', '5000.00']);
  return orders;
}

const which = (random: Random): 0 | 1 => (random.chance(0.5) ? 0 : 1);

function operation(random: Random, index: number): Operation {
  const common = { n: index, at: Math.round(random.between(0, SPAN_MS)), gateway: which(random) };
  // Half of the scenarios' money is one customer's, so that requests meet.
  const customer = which(random);
  const amount = random.pick(AMOUNTS);
  const kind = random.pick(KINDS);
  switch (kind) {
    case 'cancel': {
      const what = random.int(0, OPERATIONS - 1);
      // Soon after the answer, the gateway reads what it needs in order to send.
      return { ...common, do: kind, what, ...(random.chance(0.6) && { after: random.int(0, 90) }) };
    }
    case 'repeat':
      return { ...common, do: kind, what: random.int(0, OPERATIONS - 1) };
    case 'record':
      return { ...common, do: kind, customer, amount };
    case 'hold':
      return { ...common, do: kind, customer, quantity: String(random.int(1, 40)) };
    case 'reconnect':
      return { ...common, do: kind, customer: random.chance(0.5) ? null : customer };
    default:
      return { ...common, do: kind, customer, amount };
  }
}

/** The operations drawn at random; rebalancings are drawn apart. */
const KINDS = [
  ...[
    'deposit',
    'deposit',
    'withdraw',
    'withdraw',
    'withdraw',
    'withdraw',
    'increase',
    'decrease',
    'decrease',
    'buy',
    'buy',
    'buy',
  ],
  ...['cancel', 'cancel', 'cancel', 'repeat', 'record', 'hold', 'reconnect'],
] as readonly Exclude<Operation['do'], 'advise' | 'execute' | FollowOperation['do']>[];

const ALL_KINDS = [
  ...[
    'write',
    'write',
    'write',
    'read',
    'store-write',
    'store-read',
    'kill',
    'kill',
    'pause',
    'webhook',
    'bus',
    'rebalancing',
  ],
] as readonly Fault['on'][];

function faultOf(random: Random, on: Fault['on']): Fault {
  switch (on) {
    case 'write':
      return { on, nth: random.int(0, 24), fault: networkFault(random, REFUSALS) };
    case 'read':
      return { on, nth: random.int(0, 60), fault: networkFault(random, REFUSED_READS) };
    case 'store-write':
      return { on, nth: random.int(0, 160), fault: random.pick(['refused', 'committed-untold', 'done-twice', 'slow']) };
    case 'store-read':
      return { on, nth: random.int(0, 300), fault: random.pick(['refused', 'slow']) };
    case 'kill':
      return { on, gateway: which(random), nth: random.int(0, 500), downMs: random.int(200, 9_000) };
    case 'pause':
      return { on, gateway: which(random), nth: random.int(0, 500), ms: random.pick([300, 3_000, 7_000, 12_000]) };
    case 'webhook':
      return { on, nth: random.int(0, 20), fault: random.pick(['lost', 'twice', 'late']) };
    case 'bus':
      return { on, nth: random.int(0, 8), fault: random.pick(['twice', 'late']) };
    case 'rebalancing':
      return { on, at: Math.round(random.between(0, SPAN_MS)), ms: random.int(500, 8_000) };
    default:
      return on satisfies never;
  }
}

const REFUSALS = [400, 401, 403, 404, 406, 408, 409, 410, 415, 422, 426, 429, 500, 502, 503, 504] as const;

/** A refused read with another status says that something does not exist, which an upstream must not say of what does. */
const REFUSED_READS = [401, 408, 429, 500, 502, 503, 504] as const;

function networkFault(random: Random, refusals: readonly number[]): NetworkFault {
  switch (random.int(0, 8)) {
    case 0:
      return { kind: 'not-sent' };
    case 1:
    case 2:
    case 3:
      return {
        ...{ kind: 'lost', done: random.chance(0.7), silent: random.chance(0.3) },
        again: random.chance(0.4) ? random.pick(refusals) : null,
      };
    case 4:
      return { kind: 'late', ms: random.int(500, 6_500) };
    case 5:
      return random.chance(0.5)
        ? { kind: 'doubled', ms: random.int(10, 6_000) }
        : { kind: 'slow', ms: random.int(1_000, 7_000) };
    case 6:
    case 7: {
      const status = random.pick(refusals);
      // A proxy may answer so what was done behind it; what says that the request was wrong comes from the upstream itself.
      const done = status >= 500 && random.chance(0.5);
      return {
        kind: 'answered',
        status,
        done,
        retryAfter: status === 429 && random.chance(0.5) ? random.int(1, 3) : null,
      };
    }
    default:
      return { kind: 'garbage', done: random.chance(0.7), what: random.pick(['html', 'latin1', 'empty', 'cut']) };
  }
}
