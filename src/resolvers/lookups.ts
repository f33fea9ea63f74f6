import { isOperator, type Viewer } from '../domain/viewer.ts';
import { OverloadedError } from '../errors.ts';

/** Counts more requests of a caller than were sent, for what they cost. */
export interface Spending {
  spend(caller: string, requests: number): void;
}

/** This many ids that are not there count as one request: together they are at most so many upstream calls. */
export const MISSING_IDS_OF_A_REQUEST = 10;

/**
 * How many ids one caller may be looking for. What is beyond `atOnce` waits for its turn, so that thousands of ids in one
 * request don't keep the process busy with nothing else. While more than `waiting` wait, further requests are refused.
 */
interface Allowance {
  readonly atOnce: number;
  readonly waiting: number;
}
const OF_A_CUSTOMER: Allowance = { atOnce: 200, waiting: 1_000 };
/** An operator may be a server that asks for many customers. */
const OF_AN_OPERATOR: Allowance = { atOnce: 2_000, waiting: 10_000 };

/** What one caller is looking for at the moment. */
interface UnderWay {
  count: number;
  readonly waiting: (() => void)[];
}

/**
 * What looking for ids costs, of all callers at this gateway. Objects that are there pay for themselves: few know their
 * ids. Ids that are not there, or are somebody else's, can be made up without end, and each may be an upstream call.
 */
export class Lookups {
  readonly #underWay = new Map<string, UnderWay>();
  readonly #spending: Spending | undefined;

  constructor(spending: Spending | undefined) {
    this.#spending = spending;
  }

  /** Throws an OverloadedError where the caller waits for so many ids that it may not ask for anything else. */
  admit(caller: string, viewer: Viewer): void {
    const waiting = this.#underWay.get(caller)?.waiting.length ?? 0;
    if (waiting <= allowanceOf(viewer).waiting) return;
    throw new OverloadedError('Too many ids are being looked up; try again in a moment.', 1);
  }

  /** Those of one request. */
  ofRequest(caller: string, viewer: Viewer): RequestLookups {
    const { atOnce } = allowanceOf(viewer);
    return new RequestLookups({
      begin: () => this.#begin(caller, atOnce),
      end: () => this.#end(caller),
      spend: () => this.#spending?.spend(caller, 1),
    });
  }

  #begin(caller: string, atOnce: number): Promise<void> | undefined {
    const mine = this.#underWay.get(caller) ?? { count: 0, waiting: [] };
    this.#underWay.set(caller, mine);
    if (mine.count < atOnce) {
      mine.count += 1;
      return undefined;
    }
    return new Promise((resolve) => mine.waiting.push(resolve));
  }

  #end(caller: string): void {
    const mine = this.#underWay.get(caller);
    if (mine === undefined) return;
    const next = mine.waiting.shift();
    if (next === undefined) mine.count -= 1;
    else next();
    if (mine.count === 0) this.#underWay.delete(caller);
  }
}

const allowanceOf = (viewer: Viewer): Allowance => (isOperator(viewer) ? OF_AN_OPERATOR : OF_A_CUSTOMER);

interface Counting {
  /** Resolves when the lookup may begin; undefined: at once. */
  begin(): Promise<void> | undefined;
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

  /** Looks for an object; null is charged, once for each id. */
  async look<T>(id: string, find: () => Promise<T | null>): Promise<T | null> {
    const turn = this.#counting.begin();
    if (turn !== undefined) await turn;
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
