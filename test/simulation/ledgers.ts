import type { Ledger } from '../../src/domain/synchronization/line.ts';
import { type Answer, list, type UpstreamWorld, type Wire } from './wire.ts';

/** Number of transactions that InvestSuite must have of a line. `maybe`: it depends on what the gateway had seen. */
export type Expectation = 'one' | 'none' | 'problem' | 'maybe';

export interface Line extends Wire {
  readonly id: string;
  readonly type: string;
}

export interface BookedLine {
  readonly ledger: Ledger;
  readonly wire: Line;
  readonly expects: Expectation;
}

export interface Booking {
  readonly ledger: Ledger;
  readonly type: string;
  /** Signed. */
  readonly amount: string;
  readonly isin?: string;
  readonly taxes?: string | null;
  readonly references: readonly { readonly id: string; readonly type: string }[];
  readonly expects: Expectation;
  readonly isTold?: boolean;
}

interface Tools extends UpstreamWorld {
  readonly event: (type: string, object: Wire) => void;
  readonly time: () => string;
  /** Whether lines are told by events, and may be missing from the lists for a while. */
  readonly follows: boolean;
}

const LAG_MS = 3_000;

/** The broker's ledgers of one account group. */
export class SimulatedLedgers {
  readonly lines: BookedLine[] = [];
  readonly #tools: Tools;
  readonly #groupId: string;
  readonly #hiddenUntil = new Map<string, number>();

  constructor(tools: Tools, groupId: string) {
    this.#tools = tools;
    this.#groupId = groupId;
  }

  book({ ledger, type, amount, isin, taxes, references, expects, isTold = true }: Booking): BookedLine {
    const { random, now, time, event, tell, follows } = this.#tools;
    const instrument = isin === undefined ? {} : { instrument: { isin, uuid: isin } };
    const at = time();
    const currency = 'EUR';
    const wire: Line = {
      id: random.uuid(),
      type,
      account_group_id: this.#groupId,
      delta: ledger === 'cash' ? { amount, currency } : { amount },
      ...(taxes != null && { taxes: [{ type: 'WITHHOLDING', amount: taxes, currency }] }),
      ...instrument,
      references,
      ...(follows && { booking_date: at }),
      created_at: at,
    };
    const booked: BookedLine = { ledger, wire, expects };
    this.lines.push(booked);
    if (!follows) return booked;
    tell(`books ${type} ${amount} as ${wire.id.slice(0, 8)}${isTold ? '' : ', and tells nobody'}`);
    if (random.chance(0.3)) this.#hiddenUntil.set(wire.id, now() + random.between(0, LAG_MS));
    if (isTold) event(`${ledger === 'cash' ? 'CASH' : 'SECURITY'}_TRANSACTION.EXECUTED`, wire);
    return booked;
  }

  list(ledger: Ledger, isListed: (line: Line) => boolean): Answer {
    const isSeen = ({ id }: Line): boolean => (this.#hiddenUntil.get(id) ?? 0) <= this.#tools.now();
    const lines = this.lines.filter((each) => each.ledger === ledger).map(({ wire }) => wire);
    return list(lines.filter((wire) => isSeen(wire) && isListed(wire)));
  }
}
