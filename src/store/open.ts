import type { Runtime } from '../domain/runtime.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';

export interface StoreOptions {
  /** Default: this process's own. */
  readonly runtime?: Runtime | undefined;
  /** `postgres://…`; without it the embedded database in `dataDir`. */
  readonly databaseUrl?: string | undefined;
  readonly dataDir: string;
  /** False for tools that run beside a gateway; see `SqliteOptions.exclusive`. Default true. */
  readonly exclusive?: boolean | undefined;
  /** Most connections to PostgreSQL; default 10. */
  readonly connections?: number | undefined;
  /** Called with problems that the store handles itself, for the log. */
  readonly onTrouble?: ((what: string, error: unknown) => void) | undefined;
}

/** Opens the store and brings its tables up to date. Throws StoreUnavailableError where another gateway has the folder. */
export function openStore(options: StoreOptions): Promise<Store> {
  return options.databaseUrl === undefined
    ? openSqlite(options)
    : openPostgres({
        url: options.databaseUrl,
        connections: options.connections,
        runtime: options.runtime,
        onTrouble: options.onTrouble,
      });
}
