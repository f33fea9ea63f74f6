import { UpstreamInvalidAnswerError, UpstreamRefusedReadError } from '../../errors.ts';
import type { Askers } from '../upstream/askers.ts';
import { ALONE, Batcher, type Fetched } from '../upstream/batcher.ts';
import type { CallOptions } from '../upstream/client.ts';
import { joinUntil } from '../upstream/deadline.ts';
import { type ExactJson, member, type Writable } from '../upstream/exact-json.ts';
import { SharedReads } from '../upstream/flight.ts';
import { type SentRow, sentRow, tellDropped } from '../upstream/rows.ts';
import { withDeadline } from '../upstream/shared-resource.ts';
import type { WireAnswer } from '../upstream/wire-answer.ts';
import { goodBodyOf, refusal, writableBodyOf } from './calls.ts';
import type { Reading } from './connection.ts';
import { invalidAnswer } from './fields.ts';
import { readPage, wholeList } from './pages.ts';
import { oneOf, pathWith } from './query.ts';

/** A kind of entity that is read by its id. */
export interface EntityKind<V> {
  readonly resource: 'portfolio' | 'user';
  /** `/portfolios/`; an item is at this path and its id, without a slash behind it. */
  readonly collection: string;
  /** Null for a deleted one. Throws an UpstreamInvalidAnswerError. */
  readonly read: (row: ExactJson) => V | null;
}

/**
 * InvestSuite's largest page. A hundred ids make a path of 3,800 characters, which is below what servers commonly take
 * (8,000), so the number alone bounds it.
 */
const MAX_IDS = 100;

/** Maximum number of ids that are read separately; others are batched again. */
const MAX_APART = 1_000;

/** Statuses that say that a list of ids in a query is not understood, or makes too long a path. */
const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([400, 414, 422]);

/**
 * Entities by id, few calls for many: ids that are asked for together, by whichever request, travel in one
 * `id in [...]`. That InvestSuite takes this was never documented by an example, so where it does not, each id gets a
 * call of its own, not too many at once.
 */
export class EntitiesById<V extends { readonly id: string }> {
  readonly #reading: Reading;
  readonly #kind: EntityKind<V>;
  readonly #batcher: Batcher<V>;
  readonly #singles: SharedReads<V | null>;
  /** Ids whose bytes made a batch unreadable, or may have: each is read alone until it can be read. */
  readonly #apart = new Set<string>();

  constructor(reading: Reading, kind: EntityKind<V>) {
    this.#reading = reading;
    this.#kind = kind;
    const { onShared, runtime } = reading.sharing;
    this.#singles = new SharedReads(onShared);
    this.#batcher = new Batcher({
      maxBatchSize: MAX_IDS,
      runtime,
      fetchBatch: (ids, options) => this.#fetch(ids, options),
      onShared,
    });
  }

  async load(id: V['id'], options: CallOptions = {}): Promise<V | null> {
    const { runtime, deadlineMs } = this.#reading.sharing;
    const { askers, deadlineAt = runtime.monotonicMs() + deadlineMs } = options;
    const value = await joinUntil('INVESTSUITE', options, runtime, async (signal) => {
      const found = this.#apart.has(id) ? ALONE : await this.#batcher.load(id, { signal, askers });
      return found === ALONE ? await this.#alone(id, { signal, askers, deadlineAt }) : found;
    });
    return value ?? null;
  }

  /** A separate call, shared with concurrent reads of the same id. */
  async #alone(id: V['id'], options: CallOptions): Promise<V | null> {
    const start = async (signal: AbortSignal, askers: Askers): Promise<V | null> => {
      try {
        const value = await this.fresh(id, { ...options, signal, askers });
        this.#apart.delete(id);
        return value;
      } catch (error) {
        if (error instanceof UpstreamInvalidAnswerError && this.#apart.size < MAX_APART) this.#apart.add(id);
        throw error;
      }
    };
    return await this.#singles.run(id, start, options);
  }

  /** A new call, not one that another reader has begun. */
  async fresh(id: V['id'], options: CallOptions = {}): Promise<V | null> {
    const answer = await this.#item(id, options);
    return answer.status === 404 ? null : this.#readItem(id, goodBodyOf(answer, this.#kind.resource));
  }

  /** The item as it was sent, in a form that can be written again; undefined where there is none. */
  async freshBody(id: V['id'], options: CallOptions = {}): Promise<Writable> {
    const answer = await this.#item(id, options);
    return answer.status === 404 ? undefined : writableBodyOf(answer, this.#kind.resource);
  }

  /** After a write: reads that are under way are not joined any more. */
  forget(id: V['id']): void {
    this.#batcher.forget(id);
    this.#singles.forget((key) => key === id);
  }

  async #fetch(ids: readonly string[], { signal, askers }: CallOptions): Promise<Fetched<V> | typeof ALONE> {
    const { batching, profile, sharing } = this.#reading;
    const isTried = batching === 'on' || (batching === 'auto' && profile.prefers(this.#batch, 'list'));
    if (ids.length === 1 || !isTried) return ALONE;
    return (await this.#together(ids, withDeadline({ signal, askers }, sharing))) ?? ALONE;
  }

  /**
   * One call for all ids; undefined where they must be read one by one: InvestSuite does not support it, or one entity
   * makes the answer unreadable.
   */
  async #together(ids: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, V | Error> | undefined> {
    const rows: ExactJson[] = [];
    const wanted = new Set(ids);
    let others = false;
    try {
      for await (const page of wholeList(async (place) => {
        const answer = await this.#list({ limit: String(MAX_IDS), query: oneOf('id', ids) }, place, options);
        return readPage(goodBodyOf(answer, this.#kind.resource), this.#kind.resource);
      })) {
        others = page.rows.some((row) => isOther(row, wanted));
        rows.push(...page.rows);
        if (others || rows.length >= ids.length) break;
      }
    } catch (error) {
      if (error instanceof UpstreamInvalidAnswerError) return undefined;
      if (this.#reading.batching === 'on' || !(error instanceof UpstreamRefusedReadError)) throw error;
      // 403 and 404 concern one of these ids: read one by one to find it, and go on with batches.
      if (NOT_UNDERSTOOD.has(error.status)) this.#reading.profile.learn(this.#batch, 'single');
      return undefined;
    }
    if (others) return this.#giveUpBatches();
    this.#reading.profile.learn(this.#batch, 'list');
    return this.#byKey(ids, rows);
  }

  /** The answer has ids that were not requested: the query was ignored. */
  #giveUpBatches(): undefined {
    if (this.#reading.batching === 'on') throw invalidAnswer(`${this.#kind.resource}: not the ids asked for`);
    this.#reading.profile.learn(this.#batch, 'single');
    return undefined;
  }

  #byKey(ids: readonly string[], rows: readonly ExactJson[]): ReadonlyMap<string, V | Error> {
    const answers = new Map<string, V | Error | null>();
    const unreadable: SentRow[] = [];
    for (const row of rows) {
      const id = member(row, 'id');
      try {
        const value = this.#kind.read(row);
        if (typeof id === 'string') answers.set(id, value);
      } catch (error) {
        const reason = error instanceof Error ? error : invalidAnswer(this.#kind.resource);
        if (typeof id === 'string') answers.set(id, reason);
        else unreadable.push(sentRow(this.#kind.resource, row, invalidAnswer(`${this.#kind.resource}: id`)));
      }
    }
    tellDropped(this.#reading.onDropped, this.#kind.resource, unreadable);
    // A row without an id may be any of those that are missing: they are not known to be absent.
    const missing = unreadable[0]?.error;
    const found = new Map<string, V | Error>();
    for (const id of ids) {
      const answer = answers.has(id) ? answers.get(id) : missing;
      if (answer !== null && answer !== undefined) found.set(id, answer);
    }
    return found;
  }

  get #batch(): 'investsuite.portfolios.batch' | 'investsuite.users.batch' {
    return `investsuite.${this.#kind.resource}s.batch`;
  }

  async #item(id: string, options: CallOptions): Promise<WireAnswer> {
    const { collection, resource } = this.#kind;
    const answer = await this.#reading.calls.get(`${collection}${id}`, `investsuite.${resource}s.get`, options);
    if (!answer.ok && answer.status !== 404) throw refusal(answer);
    return answer;
  }

  #readItem(id: string, body: ExactJson): V | null {
    const value = this.#kind.read(body);
    if (value !== null && value.id !== id) throw invalidAnswer(`${this.#kind.resource}: not the id asked for`);
    return value;
  }

  async #list(parameters: Readonly<Record<string, string>>, place: string, options: CallOptions): Promise<WireAnswer> {
    const { collection, resource } = this.#kind;
    return await this.#reading.calls.get(
      pathWith(collection, parameters, place),
      `investsuite.${resource}s.batch`,
      options,
    );
  }
}

function isOther(row: ExactJson, wanted: ReadonlySet<string>): boolean {
  const id = member(row, 'id');
  return typeof id === 'string' && !wanted.has(id);
}
