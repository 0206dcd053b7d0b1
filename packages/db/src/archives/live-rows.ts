import type { Tx } from "../tenancy/actor.ts";
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

/** What is in memory at once of a table: rows, and bytes of their text unless one row alone has more. */
export type PageSize = { rows: number; bytes: number };
export const usualPage: PageSize = { rows: 10_000, bytes: 16_000_000 };

/** Where a page ends: the values of the columns that order its table. */
type Place = string[];
/** `bytes`: about how many bytes the rows take. `next`: the place after which there may be more. */
export type LivePage = { rows: PlainRow[]; bytes: number; next: Place | null };

const lengthOf = ({ name, kind, sealed }: ArchivedColumn): string[] => {
  if (sealed === "json") return [`pg_column_size(t.${name})`];
  return kind === "bytes" || kind === "text"
    ? [`octet_length(t.${name}::${kind === "text" ? "text" : sealed === "text" ? "text" : "bytea"})`]
    : [];
};

/**
 * A page of the rows of a table that hang on these ids, in its order.
 * @param ids in their order
 */
export async function readLive(
  tx: Tx,
  table: ArchivedTable,
  ids: readonly string[],
  after: Place | null = null,
  size = usualPage,
): Promise<LivePage> {
  if (ids.length === 0) return { rows: [], bytes: 0, next: null };
  const columns = table.order.map((column) => `t.${column}`).join(", ");
  // The bounds say which partitions; unnamed, so that they are known when it is planned.
  const within = `t.org_id = $1 and ${ids.length === 1 ? `t.${table.key} = ($2::uuid[])[1]` : `t.${table.key} = any ($2::uuid[])`}
    and t.${table.key} >= $3::uuid and t.${table.key} <= $4::uuid`;
  const values: unknown[] = [tx.org_id, ids, ids[0], ids.at(-1)];
  const beyond = (sign: string, place: Place | null): string => {
    if (place === null) return "";
    values.push(...place);
    return ` and (${columns}) ${sign} (${place.map((_, i) => `$${values.length - place.length + i + 1}::uuid`).join(", ")})`;
  };
  const begin = beyond(">", after);
  const places = await tx.query<Record<string, string> & { length: number }>({
    text: `select ${columns}, ${["100", ...table.columns.flatMap(lengthOf).map((length) => `coalesce(${length}, 0)`)].join(" + ")} as length
      from ${table.name} t where ${within}${begin} order by ${columns} limit ${size.rows}`,
    values,
  });
  let length = 0;
  const end = places.findIndex((place, i) => (length += place.length) > size.bytes && i > 0);
  const last = end === -1 ? places.at(-1) : places[end - 1];
  if (!last) return { rows: [], bytes: 0, next: null };
  const next = table.order.map((column) => last[column]!);
  const until = beyond("<=", next);
  const read = await tx.query<Record<string, Value | string> & { row_bytes: number }>({
    text: `select ${table.columns.map(selected).join(", ")}, pg_column_size(t.*) as row_bytes from ${table.name} t
      where ${within}${begin}${until} order by ${columns}`,
    values,
  });
  const instants = table.columns.filter(({ kind }) => kind === "instant").map(({ name }) => name);
  let bytes = 0;
  for (const row of read) {
    bytes += row.row_bytes;
    for (const name of instants) if (row[name] !== null) row[name] = BigInt(row[name] as string);
  }
  return { rows: read, bytes, next: end === -1 && places.length < size.rows ? null : next };
}

/** All rows of a table that hang on these ids, a page at a time, in one transaction. */
export async function* readLivePages(
  tx: Tx,
  table: ArchivedTable,
  ids: readonly string[],
  size = usualPage,
): AsyncGenerator<LivePage> {
  for (let after: Place | null = null; ;) {
    const page: LivePage = await readLive(tx, table, ids, after, size);
    yield page;
    if (page.next === null) return;
    after = page.next;
  }
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
