import { isOperator, type Viewer } from '../domain/viewer.ts';
import { OverloadedError } from '../errors.ts';

/** Counts more requests of a caller than were sent, for what they cost. */
export interface Spending {
  spend(caller: string, requests: number): void;
}

/** This many ids that are not there count as one request: together they are at most so many upstream calls. */
export const MISSING_IDS_OF_A_REQUEST = 10;

/** Ids that one customer, and one operator, may be looking for at the same time. */
const MOST_AT_ONCE = 10_000;
const MOST_AT_ONCE_OF_AN_OPERATOR = 100_000;

/**
 * What looking for ids costs, of all callers at this gateway. Objects that are there pay for themselves: few know their
 * ids. Ids that are not there, or are somebody else's, can be made up without end, and each may be an upstream call.
 */
export class Lookups {
  readonly #underWay = new Map<string, number>();
  readonly #spending: Spending | undefined;

  constructor(spending: Spending | undefined) {
    this.#spending = spending;
  }

  /** Those of one request. */
  ofRequest(caller: string, viewer: Viewer): RequestLookups {
    const most = isOperator(viewer) ? MOST_AT_ONCE_OF_AN_OPERATOR : MOST_AT_ONCE;
    return new RequestLookups({
      begin: () => this.#begin(caller, most),
      end: () => this.#end(caller),
      spend: () => this.#spending?.spend(caller, 1),
    });
  }

  #begin(caller: string, most: number): void {
    const underWay = this.#underWay.get(caller) ?? 0;
    if (underWay >= most) throw new OverloadedError('Too many ids are being looked for; try again in a moment.', 1);
    this.#underWay.set(caller, underWay + 1);
  }

  #end(caller: string): void {
    const left = (this.#underWay.get(caller) ?? 1) - 1;
    if (left === 0) this.#underWay.delete(caller);
    else this.#underWay.set(caller, left);
  }
}

interface Counting {
  begin(): void;
  end(): void;
  spend(): void;
}

/** Counts what one request looks for, and the ids among it that are not there. */
export class RequestLookups {
  readonly #counting: Counting;
  #missing: Set<string> | undefined;

  constructor(counting: Counting) {
    this.#counting = counting;
  }

  /** Looks for an object; null is charged, once for each id. Throws an OverloadedError where too much is looked for. */
  async look<T>(id: string, find: () => Promise<T | null>): Promise<T | null> {
    this.#counting.begin();
    try {
      const found = await find();
      if (found === null) this.#missed(id);
      return found;
    } finally {
      this.#counting.end();
    }
  }

  #missed(id: string): void {
    this.#missing ??= new Set();
    if (this.#missing.has(id)) return;
    this.#missing.add(id);
    if (this.#missing.size % MISSING_IDS_OF_A_REQUEST === 0) this.#counting.spend();
  }
}
