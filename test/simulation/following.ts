import type { Ledger } from '../../src/domain/synchronization/line.ts';
import type { Random } from './random.ts';

/** What happens at the broker, and whoever looks at it, where InvestSuite follows the broker. */
export type FollowOperation =
  /** A line of a ledger. `isTold`: by an event; otherwise only a sweep or a run finds it. */
  | ({ readonly do: 'line'; readonly isTold: boolean } & DrawnLine)
  /** The line of the n-th operation is taken back, or one that does not exist. */
  | { readonly do: 'take-back'; readonly customer: 0 | 1; readonly what: number; readonly isTold: boolean }
  /** An order that nobody placed here; units. */
  | { readonly do: 'trade'; readonly customer: 0 | 1; readonly side: 'BUY' | 'SELL'; readonly units: string }
  /** An operator's run over a portfolio. */
  | { readonly do: 'synchronize'; readonly customer: 0 | 1; readonly dryRun: boolean }
  /** A sweep over all portfolios, by the gateway of the operation. */
  | { readonly do: 'sweep' };

interface DrawnLine {
  readonly customer: 0 | 1;
  readonly ledger: Ledger;
  readonly type: string;
  /** Signed: money or units. */
  readonly amount: string;
  readonly taxes: string | null;
  /** Whether it has a reference that a cancellation shares. */
  readonly isNamed: boolean;
}

type Placed<T> = T & { readonly n: number; readonly at: number; readonly gateway: 0 | 1 };

/** Number of the first of these operations. */
const FIRST = 100;
const SPAN_MS = 9_000;

const CASH_IN = ['CREDIT_FUNDING', 'TOPUP', 'SEPA_DIRECT_DEBIT', 'TAX_REFUND', 'INTERNAL_CASH_TRANSFER'] as const;
const TAXED = ['CASH_DIVIDEND', 'INTEREST_PAYMENT', 'MERGER', 'CAPITAL_DISTRIBUTION'] as const;
const CASH_OUT = ['FEE_COLLECTION', 'SEPA_DIRECT_DEBIT_CHARGE_BACK', 'TAX_PAYMENT', 'BALANCE_CORRECTION'] as const;
/** Of payments that nobody asked this gateway for. */
const FOREIGN = { in: 'VIRTUAL_CASH_INCREASE', out: 'WITHDRAWAL' } as const;
const UNITS_IN = ['STOCK_SPLIT', 'STOCK_DIVIDEND', 'SPIN_OFF', 'SECURITIES_TRANSFER'] as const;
/** Types that are a problem wherever they appear. */
export const UNKNOWN: readonly string[] = ['SOMETHING_NEW', 'TREASURY_PAYMENT'];

/** The operations of a scenario in which InvestSuite follows the broker; undefined where it does not, as in half of them. */
export function followingOf(random: Random): readonly Placed<FollowOperation>[] | undefined {
  if (random.chance(0.5)) return undefined;
  return Array.from({ length: random.int(3, 14) }, (_, index) => ({
    n: FIRST + index,
    at: Math.round(random.between(0, SPAN_MS)),
    gateway: random.chance(0.5) ? 0 : 1,
    ...drawn(random, FIRST + index),
  }));
}

const customerOf = (random: Random): 0 | 1 => (random.chance(0.5) ? 0 : 1);

function drawn(random: Random, n: number): FollowOperation {
  const customer = customerOf(random);
  const isTold = random.chance(0.8);
  switch (random.int(0, 9)) {
    case 0:
      return { do: 'synchronize', customer, dryRun: random.chance(0.2) };
    case 1:
      return { do: 'sweep' };
    case 2:
      return { do: 'trade', customer, side: random.chance(0.7) ? 'BUY' : 'SELL', units: String(random.int(1, 6)) };
    case 3:
    case 4:
      // One that comes later, or is no line at all, takes back what is not there.
      return { do: 'take-back', customer, what: random.int(FIRST - 1, n), isTold };
    default:
      return { do: 'line', isTold, ...line(random, customer) };
  }
}

function line(random: Random, customer: 0 | 1): DrawnLine {
  const common = { customer, taxes: null, isNamed: random.chance(0.7) };
  const money = (most: number): string => (random.int(1, most * 100) / 100).toFixed(2);
  switch (random.int(0, 11)) {
    case 0:
      return { ...common, ledger: 'cash', type: random.pick(UNKNOWN), amount: money(20) };
    case 1:
      return { ...common, ledger: 'cash', type: FOREIGN.in, amount: money(90) };
    case 2:
      return { ...common, ledger: 'cash', type: FOREIGN.out, amount: `-${money(30)}` };
    case 3:
    case 4:
      return { ...common, ledger: 'cash', type: random.pick(CASH_OUT), amount: `-${money(30)}` };
    case 5:
    case 6:
      return { ...common, ledger: 'cash', type: random.pick(TAXED), amount: money(90), taxes: money(9) };
    case 7:
    case 8:
      return { ...common, ledger: 'securities', type: random.pick(UNITS_IN), amount: `${random.int(1, 30)}.5` };
    case 9:
      return { ...common, ledger: 'securities', type: 'REVERSE_STOCK_SPLIT', amount: '-0.25' };
    default:
      return { ...common, ledger: 'cash', type: random.pick(CASH_IN), amount: money(900) };
  }
}
