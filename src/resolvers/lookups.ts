import { isOperator, type Viewer } from '../domain/viewer.ts';
import { OverloadedError } from '../errors.ts';

/** Charges a caller for further requests, by their cost. */
export interface Spending {
  spend(caller: string, requests: number): void;
}

/** This many missing ids count as one request: together they cost at most so many upstream calls. */
export const MISSING_IDS_OF_A_REQUEST = 10;

/**
 * How many ids one caller may look up at once. Lookups beyond `atOnce` wait, so that thousands of ids in one request
 * don't block the process. Further requests are refused while more than `waiting` wait.
 */
interface Allowance {
  readonly atOnce: number;
  readonly waiting: number;
}
const OF_A_CUSTOMER: Allowance = { atOnce: 200, waiting: 1_000 };
/** An operator may be a server that reads for many customers. */
const OF_AN_OPERATOR: Allowance = { atOnce: 2_000, waiting: 10_000 };

/** Lookups of one caller in progress. */
interface UnderWay {
  count: number;
  readonly waiting: (() => void)[];
}

/**
 * Limits lookups by id, for all callers of this gateway. Existing objects need no limit: few callers know their ids.
 * Missing ids, and ids of other customers, can be made up without end, and each may cost an upstream call.
 */
export class Lookups {
  readonly #underWay = new Map<string, UnderWay>();
  readonly #spending: Spending | undefined;

  constructor(spending: Spending | undefined) {
    this.#spending = spending;
  }

  /** Throws OverloadedError where the caller has too many waiting lookups. */
  admit(caller: string, viewer: Viewer): void {
    const waiting = this.#underWay.get(caller)?.waiting.length ?? 0;
    if (waiting <= allowanceOf(viewer).waiting) return;
    throw new OverloadedError('Too many ids are being looked up; try again in a moment.', 1);
  }

  /** Lookups of one request. */
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
  /** Resolves when the lookup may begin; undefined where it may begin at once. */
  begin(): Promise<void> | undefined;
  end(): void;
  spend(): void;
}

/** Counts the lookups of one request, and the missing ids among them. */
export class RequestLookups {
  readonly #counting: Counting;
  #missing: Set<string> | undefined;

  constructor(counting: Counting) {
    this.#counting = counting;
  }

  /** Looks up an object; a missing one is charged, once per id. */
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
