import { CompiledQuery } from 'kysely';

/**
 * An insert of rows that have the same columns, all of them values. Written as text, since the query builder takes longer for a wide
 * row than the database does.
 */
export function insertOf(
  table: string,
  rows: readonly object[],
  placeholder: (position: number) => string,
): CompiledQuery {
  const columns = Object.keys(rows[0] ?? {});
  const values = rows.flatMap((row) => Object.values(row).map((value: unknown) => value ?? null));
  const groups = rows.map((_, row) => {
    const first = row * columns.length + 1;
    return `(${columns.map((_name, column) => placeholder(first + column)).join(', ')})`;
  });
  const names = columns.map((name) => `"${name}"`).join(', ');
  return CompiledQuery.raw(`insert into "${table}" (${names}) values ${groups.join(', ')}`, values);
}
