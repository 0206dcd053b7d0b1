import type { RowsDue } from "@twin/contracts/lifecycle";
import { sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import { recordKinds, recordTables } from "../records/kinds.ts";
import type { Tables } from "./day-counts.ts";
import { statement } from "../postgres/statement.ts";

/** Table -> bytes a row with its share of the indexes, over all organisations. */
export type RowSizes = Record<string, number>;

/** For tables that have too few rows to judge by. */
const typical: RowSizes = {
  ...Object.fromEntries(recordTables.map((table) => [table, recordKinds[table].typical_bytes])),
  users: 1_000,
};
const enoughRows = 10_000;

const rowSizes = statement(
  "policies.row_sizes",
  {},
  { table: "text", bytes: "float8" },
  () => sql`
    select p.relname as table, sum(pg_total_relation_size(c.oid)) / sum(c.reltuples) as bytes
    from pg_class p join pg_inherits i on i.inhparent = p.oid join pg_class c on c.oid = i.inhrelid
    where p.relkind = 'p' and p.relnamespace = 'public'::regnamespace and c.reltuples > 0
    group by p.relname having sum(c.reltuples) >= ${sql.raw(String(enoughRows))}`,
);

/** How large rows are, by the statistics of the partitions: no row is read. */
export async function readRowSizes(tx: Tx): Promise<RowSizes> {
  const rows = await tx.query(rowSizes({}));
  return { ...typical, ...Object.fromEntries(rows.map(({ table, bytes }) => [table, bytes])) };
}

/** Number of rows, and about how many bytes they are. */
export function weigh(tables: Tables, sizes: RowSizes): { rows: number; bytes: number } {
  let [rows, bytes] = [0, 0];
  for (const [table, count] of Object.entries(tables)) {
    rows += count;
    bytes += count * (sizes[table] ?? 0);
  }
  return { rows, bytes: Math.round(bytes) };
}

/** Rows due for deletion, as the API answers them. */
export const rowsDueOf = (
  { tables, first_day, last_day }: Pick<RowsDue, "tables" | "first_day" | "last_day">,
  sizes: RowSizes,
): RowsDue => ({ tables, ...weigh(tables, sizes), first_day, last_day });
