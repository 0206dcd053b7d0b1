import { type SQL, sql } from "drizzle-orm";
import { composed, only, type Places } from "../postgres/statement.ts";
import type { Tx } from "../tenancy/actor.ts";
import { type ArchivedColumn, archivedTables, type ArchivedTable, type TableRow, type Value } from "./shape.ts";

/** Rows as they are in the database: what the archive encrypts is plain text here, JSON is its text. */
export type PlainRow = TableRow;

/** Instants to the microsecond: the driver's own parser stops at the millisecond. */
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

/** How much of a table is in memory at once: rows, and bytes of their text unless one row alone has more. */
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

/** Parameters of a page of a table: ids in their order, and the places that the page lies between. */
type Asked = { ids: readonly string[]; after: Place | null; upto?: Place };

const columnTypes: Record<ArchivedColumn["kind"], "uuid" | "text" | "int" | "boolean" | "bytea"> = {
  uuid: "uuid",
  text: "text",
  int: "int",
  bool: "boolean",
  instant: "text",
  bytes: "bytea",
};
/** Columns that the archive encrypts are read as text, and so are types that files don't know. */
const typeOfColumn = ({ kind, sealed, cast }: ArchivedColumn) =>
  only<Value>(cast || sealed === "text" || sealed === "json" ? "text" : columnTypes[kind]);

const params = { org_id: "int", ids: "uuid[]", first: "uuid", last: "uuid" } as const;

/** Rows `t` of a table that belong to ids. The bounds select the partitions, so the planner must know their values. */
function hanging(table: ArchivedTable, p: Places<typeof params>, { ids, after, upto }: Asked): SQL {
  const key = sql.raw(`t.${table.key}`);
  const columns = orderOf(table);
  const beyond = (sign: ">" | "<=", place: Place | null | undefined): SQL =>
    place
      ? sql` and (${columns}) ${sql.raw(sign)} (${sql.join(
          place.map((value) => sql`${value}::uuid`),
          sql`, `,
        )})`
      : sql``;
  return sql`${sql.raw(`${table.name} t`)} where t.org_id = ${p.org_id}
      and ${key} ${ids.length === 1 ? sql`= (${p.ids})[1]` : sql`= any (${p.ids})`}
      and ${key} >= ${p.first} and ${key} <= ${p.last}${beyond(">", after)}${beyond("<=", upto)} order by ${columns}`;
}
const orderOf = (table: ArchivedTable): SQL => sql.raw(table.order.map((column) => `t.${column}`).join(", "));

/** Where the rows of a page lie and how long they are, and the rows between two places. */
const readingOf = (table: ArchivedTable) => {
  const weight = ["100", ...table.columns.flatMap(lengthOf).map((one) => `coalesce(${one}, 0)`)].join(" + ");
  return {
    places: composed(
      `archives.places_${table.name}`,
      { ...params, rows: "int" },
      Object.fromEntries([
        ...table.order.map((column) => [column, only<Value>("uuid")]),
        ["length", only<Value>("int")],
      ]),
      (p, asked: Asked) => sql`
    select ${orderOf(table)}, ${sql.raw(weight)} as length
    from ${hanging(table, p, asked)} limit ${p.rows}`,
    ),
    rows: composed(
      `archives.rows_${table.name}`,
      params,
      Object.fromEntries([
        ...table.columns.map((one) => [one.name, typeOfColumn(one)]),
        ["row_bytes", only<Value>("int")],
      ]),
      (p, asked: Asked) => sql`
    select ${sql.raw(table.columns.map(selected).join(", "))}, pg_column_size(t.*) as row_bytes
    from ${hanging(table, p, asked)}`,
    ),
  };
};
const reading = new Map(archivedTables.map((table) => [table.name, readingOf(table)]));

/** A page of the rows of a table that belong to these ids, in its order. @param ids in their order */
export async function readLive(
  tx: Tx,
  table: ArchivedTable,
  ids: readonly string[],
  after: Place | null = null,
  size = usualPage,
): Promise<LivePage> {
  if (ids.length === 0) return { rows: [], bytes: 0, next: null };
  const read = reading.get(table.name)!;
  const values = { org_id: tx.org_id, ids, first: ids[0]!, last: ids.at(-1)! };
  const places = await tx.query(read.places({ ...values, rows: size.rows }, { ids, after }));
  let length = 0;
  const end = places.findIndex((place, i) => (length += Number(place["length"])) > size.bytes && i > 0);
  const last = end === -1 ? places.at(-1) : places[end - 1];
  if (!last) return { rows: [], bytes: 0, next: null };
  const next = table.order.map((column) => String(last[column]));
  const found = await tx.query(read.rows(values, { ids, after, upto: next }));
  const instants = table.columns.filter(({ kind }) => kind === "instant").map(({ name }) => name);
  let bytes = 0;
  for (const row of found) {
    bytes += Number(row["row_bytes"]);
    for (const name of instants) if (row[name] !== null) row[name] = BigInt(row[name] as string);
  }
  return { rows: found, bytes, next: end === -1 && places.length < size.rows ? null : next };
}

/** All rows of a table that belong to these ids, a page at a time, in one transaction. */
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

/** Stands in the place of words that nobody can read any more. */
const unreadable = ({ nullable, sealed }: ArchivedColumn): Value => (sealed === "text" && !nullable ? "" : null);

const insertRestored = composed(
  "archives.insert_restored",
  { org_id: "int" },
  { added: "int" },
  (p, table: ArchivedTable, rows: readonly PlainRow[]) => {
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
    return sql`
    insert into ${sql.raw(`restored.${table.name}`)} (org_id, ${names})
    select ${p.org_id}, ${sql.raw(table.columns.map(value).join(", "))} from unnest(${sql.join(arrays, sql`, `)}) r (${names})
    on conflict do nothing returning 1 as added`;
  },
);

/** Inserts plain rows into the table of restored ones; existing ones stay. @returns how many were added */
export async function insertPlain(tx: Tx, table: ArchivedTable, rows: readonly PlainRow[]): Promise<number> {
  if (rows.length === 0) return 0;
  return (await tx.query(insertRestored({ org_id: tx.org_id }, table, rows))).length;
}
