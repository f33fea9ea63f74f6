import type { Runtime } from './runtime.ts';

/** Values memoised by object. */
export interface Memo<V> {
  get(of: object): V | undefined;
  set(of: object, value: V): void;
}

/**
 * One turn of the event loop, to the end of which things may be remembered. All who share a read are given its objects in one turn, so
 * what is made of these is made once. It is not kept in a WeakMap: that keeps its values until the next collection of old objects, and
 * each of a hundred young collections before it would copy what 100 requests have read.
 */
export class Turn {
  readonly #runtime: Pick<Runtime, 'nextTurn'>;
  #atEnd: (() => void)[] = [];

  constructor(runtime: Pick<Runtime, 'nextTurn'>) {
    this.#runtime = runtime;
  }

  /** A memo that is empty at the beginning of each turn. */
  memo<V>(): Memo<V> {
    let values: Map<object, V> | undefined;
    const forget = (): void => {
      values = undefined;
    };
    return {
      get: (of) => values?.get(of),
      set: (of, value) => {
        if (values === undefined) {
          values = new Map();
          this.#call(forget);
        }
        values.set(of, value);
      },
    };
  }

  #call(forget: () => void): void {
    if (this.#atEnd.length === 0) void this.#runtime.nextTurn().then(() => this.#end());
    this.#atEnd.push(forget);
  }

  #end(): void {
    const all = this.#atEnd;
    this.#atEnd = [];
    for (const forget of all) forget();
  }
}
