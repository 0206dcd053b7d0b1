import { type StoredSum, zeros } from "./define.ts";

/**
 * Updates a stored sum after its facts changed in the same statement: `change` holds the differences by key. A row of zeros
 * is deleted. A wrong stored value stays wrong until its day is marked.
 */
export const following = ({ table, key, columns }: StoredSum, change: string): string => {
  const of = (side: string, names: readonly string[]) => names.map((name) => `${side}.${name}`).join(", ");
  return `${table}_sum as materialized (
    select ${of("c", key)}, ${columns.map((column) => `greatest(c.${column} + coalesce(d.${column}, 0), 0) as ${column}`).join(", ")}
    from (${change}) c left join lateral (
      select * from ${table} d where d.org_id = $1 and (${of("d", key)}) = (${of("c", key)}) offset 0
    ) d on true
    where (${of("c", columns)}) <> (${zeros(columns)})
  ),
  ${table}_removed as (
    delete from ${table} d using ${table}_sum s
    where d.org_id = $1 and (${of("d", key)}) = (${of("s", key)}) and (${of("s", columns)}) = (${zeros(columns)})
  ),
  ${table}_stored as (
    insert into ${table} as d (org_id, ${key.join(", ")}, ${columns.join(", ")})
    select $1, ${key.join(", ")}, ${columns.join(", ")} from ${table}_sum s
    where (${of("s", columns)}) <> (${zeros(columns)}) order by ${key.join(", ")}
    on conflict (org_id, ${key.join(", ")}) do update set (${columns.join(", ")}) = row (${of("excluded", columns)})
  )`;
};
