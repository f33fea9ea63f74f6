import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';

/** Uses of a text before it gets a name: lists of values make texts of every length, most of which never come again. */
const USES = 3;
const MOST_NAMES = 300;
const MOST_TEXTS = 2_000;
/**
 * The server does not have the statement of a name, or has another one: a pooler has changed the connection behind ours. `0A000`: a
 * newer release has added a column that the statement would return.
 */
const NAME_TROUBLE = ['26000', '42P05', '0A000'];

export const isNameTrouble = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && NAME_TROUBLE.some((code) => code === error.code);

/**
 * Gives statements that come again a name, so that PostgreSQL parses and plans each once per connection: that is half of what a
 * short statement costs it. After trouble with names there are none any more.
 */
export class NamedStatements implements PostgresPool {
  readonly #names = new Map<string, string>();
  readonly #uses = new LRUCache<string, number>({ max: MOST_TEXTS });
  readonly #clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  readonly #pool: pg.Pool;
  #areOff = false;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect();
    const known = this.#clients.get(client);
    if (known !== undefined) return known;
    const query = (text: string, values: readonly unknown[]) => this.#query(client, text, [...values]);
    const named: PostgresPoolClient = Object.create(client, {
      query: { value: query },
      release: { value: () => client.release() },
    });
    this.#clients.set(client, named);
    return named;
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  async #query(client: pg.PoolClient, text: string, values: unknown[]): Promise<pg.QueryResult> {
    const name = this.#nameOf(text);
    if (name === undefined) return await client.query(text, values);
    try {
      return await client.query({ name, text, values });
    } catch (error) {
      if (isNameTrouble(error)) this.#areOff = true;
      throw error;
    }
  }

  #nameOf(text: string): string | undefined {
    if (this.#areOff) return undefined;
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MOST_NAMES) return known;
    const uses = (this.#uses.get(text) ?? 0) + 1;
    this.#uses.set(text, uses);
    if (uses < USES) return undefined;
    const name = `gateway_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}
