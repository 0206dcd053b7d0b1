import { type SQL, sql } from "drizzle-orm";
import { toStatement } from "../postgres/statement.ts";
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
  const columns = sql.raw(table.order.map((column) => `t.${column}`).join(", "));
  const from = sql.raw(`${table.name} t`);
  const key = sql.raw(`t.${table.key}`);
  const all = sql`${sql.param(ids)}::uuid[]`;
  // The bounds say which partitions; unnamed, so that they are known when it is planned.
  const within = sql`t.org_id = ${tx.org_id} and ${key} ${ids.length === 1 ? sql`= (${all})[1]` : sql`= any (${all})`}
    and ${key} >= ${ids[0]}::uuid and ${key} <= ${ids.at(-1)}::uuid`;
  const beyond = (sign: ">" | "<=", place: Place | null): SQL =>
    place === null
      ? sql``
      : sql` and (${columns}) ${sql.raw(sign)} (${sql.join(
          place.map((value) => sql`${value}::uuid`),
          sql`, `,
        )})`;
  const weight = ["100", ...table.columns.flatMap(lengthOf).map((one) => `coalesce(${one}, 0)`)].join(" + ");
  const places = await tx.query<Record<string, string> & { length: number }>(
    toStatement(
      sql`select ${columns}, ${sql.raw(weight)} as length
        from ${from} where ${within}${beyond(">", after)} order by ${columns} limit ${sql.raw(String(size.rows))}`,
    ),
  );
  let length = 0;
  const end = places.findIndex((place, i) => (length += place.length) > size.bytes && i > 0);
  const last = end === -1 ? places.at(-1) : places[end - 1];
  if (!last) return { rows: [], bytes: 0, next: null };
  const next = table.order.map((column) => last[column]!);
  const read = await tx.query<Record<string, Value | string> & { row_bytes: number }>(
    toStatement(
      sql`select ${sql.raw(table.columns.map(selected).join(", "))}, pg_column_size(t.*) as row_bytes from ${from}
        where ${within}${beyond(">", after)}${beyond("<=", next)} order by ${columns}`,
    ),
  );
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
  const names = sql.raw(table.columns.map(({ name }) => name).join(", "));
  const value = ({ name, kind, cast }: ArchivedColumn) =>
    kind === "instant"
      ? `timestamptz 'epoch' + r.${name} * interval '1 microsecond'`
      : cast
        ? `r.${name}::${cast}`
        : `r.${name}`;
  const arrays = table.columns.map((column) => {
    const { name, kind, sealed } = column;
    const values = rows.map((row) => {
      const one = row[name];
      return typeof one === "bigint" ? String(one) : (one ?? unreadable(column));
    });
    return sql`${sql.param(values)}::${sql.raw(sealed && sealed !== "layers" ? "text" : keyCasts[kind]!)}[]`;
  });
  const added = await tx.query(
    toStatement(
      sql`insert into ${sql.raw(`${schema}.${table.name}`)} (org_id, ${names})
        select ${tx.org_id}::int, ${sql.raw(table.columns.map(value).join(", "))} from unnest(${sql.join(arrays, sql`, `)}) r (${names})
        on conflict do nothing returning 1`,
    ),
  );
  return added.length;
}
