import type pg from "pg";

/** An index apart from keys, and the statement that makes it, on all partitions of its table. */
export type Index = { table: string; name: string; definition: string };

/**
 * Drops all indexes but those of keys: made anew over rows that are there, each is sorted once. Ordered by size, the
 * largest first, as far as the number of rows tells.
 */
export async function dropIndexes(raw: pg.Pool, tables: readonly string[]): Promise<Index[]> {
  const { rows } = await raw.query<Index>(
    `select c.relname as "table", i.relname as name, replace(pg_get_indexdef(x.indexrelid), ' ON ONLY ', ' ON ') as definition
     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
     where c.relnamespace = 'public'::regnamespace and c.relname = any ($1) and not x.indisunique
     order by array_position($1, c.relname::text), i.relname`,
    [tables],
  );
  for (const { name } of rows) await raw.query(`drop index public."${name}"`);
  return rows;
}
