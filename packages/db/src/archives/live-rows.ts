import type { Tx } from "../actor.ts";
import type { ArchivedColumn, ArchivedTable, Row, Value } from "./shape.ts";

/** Rows as they are in the database: what leaves it encrypted is plain text here, JSON as its text. */
export type PlainRow = Row;

/** Instants whole, to the microsecond: the driver's own way with them ends at the millisecond. */
const selected = ({ name, kind, cast }: ArchivedColumn): string => {
  if (kind === "instant") return `(extract(epoch from t.${name}) * 1000000)::bigint::text as ${name}`;
  return cast ? `t.${name}::text as ${name}` : `t.${name}`;
};

const keyCasts: Record<string, string> = {
  uuid: "uuid",
  text: "text",
  int: "int",
  bool: "boolean",
  instant: "bigint",
  bytes: "bytea",
};

/**
 * The rows of a table that hang on these ids, in its order.
 * @param ids in their order
 * @param bytes about how many bytes these rows take
 */
export async function readLive(
  tx: Tx,
  table: ArchivedTable,
  ids: readonly string[],
): Promise<{ rows: PlainRow[]; bytes: number }> {
  if (ids.length === 0) return { rows: [], bytes: 0 };
  // The bounds say which partitions; unnamed, so that they are known when it is planned.
  const read = await tx.query<Record<string, Value | string> & { row_bytes: number }>({
    text: `select ${table.columns.map(selected).join(", ")}, pg_column_size(t.*) as row_bytes from ${table.name} t
      where t.org_id = $1 and t.${table.key} = any ($2::uuid[]) and t.${table.key} >= $3::uuid and t.${table.key} <= $4::uuid
      order by ${table.order.map((column) => `t.${column}`).join(", ")}`,
    values: [tx.org_id, ids, ids[0], ids.at(-1)],
  });
  const instants = table.columns.filter(({ kind }) => kind === "instant").map(({ name }) => name);
  let bytes = 0;
  for (const row of read) {
    bytes += row.row_bytes;
    for (const name of instants) if (row[name] !== null) row[name] = BigInt(row[name] as string);
  }
  return { rows: read, bytes };
}

/** What stands where words were that nobody can read any more. */
const unreadable = ({ nullable, sealed }: ArchivedColumn): Value => (sealed === "text" && !nullable ? "" : null);

/** Stores plain rows in a table of the same columns; those that are there already stay. @returns how many were added */
export async function insertPlain(
  tx: Tx,
  schema: "restored",
  table: ArchivedTable,
  rows: readonly PlainRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const names = table.columns.map(({ name }) => name);
  const value = ({ name, kind, cast }: ArchivedColumn) =>
    kind === "instant"
      ? `timestamptz 'epoch' + r.${name} * interval '1 microsecond'`
      : cast
        ? `r.${name}::${cast}`
        : `r.${name}`;
  const arrays = table.columns.map(
    ({ kind, sealed }, i) => `$${i + 2}::${sealed && sealed !== "layers" ? "text" : keyCasts[kind]}[]`,
  );
  const added = await tx.query({
    text: `insert into ${schema}.${table.name} (org_id, ${names.join(", ")})
      select $1::int, ${table.columns.map(value).join(", ")} from unnest(${arrays.join(", ")}) r (${names.join(", ")})
      on conflict do nothing returning 1`,
    values: [
      tx.org_id,
      ...table.columns.map((column) =>
        rows.map(({ [column.name]: value }) =>
          typeof value === "bigint" ? String(value) : (value ?? unreadable(column)),
        ),
      ),
    ],
  });
  return added.length;
}
