import { type FollowOperation, UNKNOWN } from './following.ts';
import type { BookedLine, Expectation } from './ledgers.ts';
import type { Random } from './random.ts';
import type { SimulatedUpvest } from './upvest.ts';
import { CUSTOMERS } from './wire.ts';

const ISIN = 'IE00B4L5Y983';

type AtBroker = Extract<FollowOperation, { readonly do: 'line' | 'take-back' | 'trade' }>;

/** Does at the broker what did not come from the gateways. */
export class BrokerDesk {
  readonly #upvest: SimulatedUpvest;
  readonly #random: Random;
  readonly #lines = new Map<number, BookedLine & { readonly groupId: string }>();
  readonly #takenBack = new Set<BookedLine>();

  constructor(upvest: SimulatedUpvest, random: Random) {
    this.#upvest = upvest;
    this.#random = random;
  }

  perform(operation: AtBroker & { readonly n: number }): void {
    const groupId = CUSTOMERS[operation.customer]?.group ?? '';
    switch (operation.do) {
      case 'line':
        this.#book(groupId, operation);
        break;
      case 'take-back':
        this.#takeBack(groupId, operation);
        break;
      case 'trade': {
        const { side, units } = operation;
        const order = { account_id: groupId, side, instrument_id: ISIN, quantity: units };
        this.#upvest.place(groupId, { ...order, currency: 'EUR', order_type: 'MARKET' });
        break;
      }
      default:
        operation satisfies never;
    }
  }

  #book(
    groupId: string,
    { n, isNamed, ...of }: Extract<AtBroker, { readonly do: 'line' }> & { readonly n: number },
  ): void {
    const isPayment = of.type === 'WITHDRAWAL' || of.type === 'VIRTUAL_CASH_INCREASE';
    const id = this.#random.uuid();
    const references = isNamed || isPayment ? [{ id, type: isPayment ? of.type : 'CORPORATE_ACTION' }] : [];
    const expects = UNKNOWN.includes(of.type) ? 'problem' : 'one';
    const instrument = of.ledger === 'securities' || of.taxes !== null ? { isin: ISIN } : {};
    const line = this.#upvest.book(groupId, { ...of, ...instrument, references, expects });
    if (line !== undefined) this.#lines.set(n, { ...line, groupId });
  }

  #takeBack(groupId: string, { what, isTold }: Extract<AtBroker, { readonly do: 'take-back' }>): void {
    const line = this.#lines.get(what);
    if (line === undefined) {
      const references = [{ id: this.#random.uuid(), type: 'CORPORATE_ACTION' }];
      const nothing = { ledger: 'cash', type: 'CASH_DIVIDEND_CANCELLATION', amount: '-1.25' } as const;
      this.#upvest.book(groupId, { ...nothing, references, isTold, expects: 'problem' });
      return;
    }
    const { ledger, wire } = line;
    const { amount } = wire['delta'] as { readonly amount: string };
    const tax = (wire['taxes'] as readonly { readonly amount: string }[] | undefined)?.[0]?.amount;
    const own = { id: wire.id, type: ledger === 'cash' ? 'CASH_TRANSACTION' : 'SECURITY_TRANSACTION' };
    const before = wire['references'] as readonly { readonly id: string; readonly type: string }[];
    this.#upvest.book(line.groupId, {
      ledger,
      type: `${wire.type}_CANCELLATION`,
      amount: amount.startsWith('-') ? amount.slice(1) : `-${amount}`,
      ...('instrument' in wire && { isin: ISIN }),
      ...(tax !== undefined && { taxes: `-${tax}` }),
      // One without references takes back the same amount.
      references: before.length === 0 ? [] : [...before, own],
      isTold,
      expects: this.#expectationOf(line),
    });
    this.#takenBack.add(line);
  }

  #expectationOf(line: BookedLine): Expectation {
    if (line.expects === 'problem') return 'problem';
    // A second one is a problem, unless the lists did not show the first yet.
    return this.#takenBack.has(line) ? 'maybe' : 'one';
  }
}
