import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { Dialect } from './dialect.ts';
import type { Reading } from './store.ts';
import type { Tables } from './tables.ts';

/** A statement whose text is always the same: built and compiled once for each dialect, which costs more than running it. */
export interface FixedStatement<O> {
  /** With these values, in the order in which the text has them. */
  with(reading: Pick<Reading, 'db' | 'dialect'>, parameters: readonly unknown[]): CompiledQuery<O>;
}

/** `build` makes the query with values that don't matter. */
export function fixed<O>(build: (db: Kysely<Tables>, dialect: Dialect) => Compilable<O>): FixedStatement<O> {
  const compiled = new Map<Dialect['kind'], CompiledQuery<O>>();
  return {
    with: ({ db, dialect }, parameters) => {
      let known = compiled.get(dialect.kind);
      if (known === undefined) {
        known = build(db.withoutPlugins(), dialect).compile();
        compiled.set(dialect.kind, known);
      }
      if (known.parameters.length !== parameters.length) throw new TypeError(`${known.sql} takes other parameters`);
      return { ...known, parameters };
    },
  };
}
