import type { Tx } from "../../tenancy/actor.ts";

/** Column -> type of its array parameter. `json` columns take values, the others what pg takes. */
export type Columns = Readonly<
  Record<string, "int" | "bigint" | "bool" | "uuid" | "text" | "timestamptz" | "bytea" | "inet" | "json" | "tsvector">
>;
type Row = Readonly<Record<string, unknown>>;

// jsonb and tsvector travel as text: pg would take a JSON array for an array of rows.
const wireType = (type: string) => (type === "json" || type === "tsvector" ? "text" : type);
const target = (column: string, type: string) =>
  type === "json" ? `s.${column}::jsonb` : type === "tsvector" ? `s.${column}::tsvector` : `s.${column}`;

/** Types whose values need no quotes in the text of an array; for other types pg looks at every character. */
const plain: ReadonlySet<string> = new Set(["int", "bigint", "bool", "uuid", "timestamptz"]);

const arrays = (columns: Columns, rows: readonly Row[]): unknown[] =>
  Object.entries(columns).map(([name, type]) =>
    plain.has(type)
      ? `{${rows.map((row) => row[name] ?? "NULL").join()}}`
      : rows.map((row) => {
          const value = row[name] ?? null;
          return type === "json" && value !== null ? JSON.stringify(value) : value;
        }),
  );

const source = (columns: Columns): string => {
  const entries = Object.entries(columns);
  const parameters = entries.map(([, type], i) => `$${i + 2}::${wireType(type)}[]`).join(", ");
  return `unnest(${parameters}) s(${entries.map(([name]) => name).join(", ")})`;
};

/**
 * The driver builds the text of a statement's rows without a pause: with more than this no other request would get its
 * turn.
 */
const pieceRows = 2_000;
const pieceLength = 1_000_000;

/** Rows in pieces of short work, in order, JSON as text. */
function* inPieces(columns: Columns, rows: readonly Row[]): Generator<Row[]> {
  const long = Object.entries(columns).filter(([, type]) => !plain.has(type));
  let [piece, length]: [Row[], number] = [[], 0];
  for (const row of rows) {
    const ready: Record<string, unknown> = { ...row };
    for (const [name, type] of long) {
      const value = row[name] ?? null;
      ready[name] = type === "json" && value !== null ? JSON.stringify(value) : value;
      length += (ready[name] as { length?: number } | null)?.length ?? 0;
    }
    piece.push(ready);
    if (piece.length < pieceRows && length < pieceLength) continue;
    yield piece;
    [piece, length] = [[], 0];
  }
  if (piece.length > 0) yield piece;
}

/**
 * Inserts rows of one organisation, in statements small enough for other requests to get their turn; existing rows are left
 * alone.
 * @returns how many were inserted.
 */
export async function insertRows(tx: Tx, table: string, columns: Columns, rows: readonly Row[]): Promise<number> {
  const names = Object.keys(columns);
  const text = `with i as (
      insert into ${table} (org_id, ${names.join(", ")})
      select $1::int, ${names.map((name) => target(name, columns[name]!)).join(", ")} from ${source(columns)}
      on conflict do nothing returning 1
    ) select count(*)::int n from i`;
  const asText = Object.fromEntries(names.map((name) => [name, columns[name] === "json" ? "text" : columns[name]!]));
  let count = 0;
  for (const piece of inPieces(columns, rows)) {
    const values = [tx.org_id, ...arrays(asText as Columns, piece)];
    const [inserted] = await tx.query<{ n: number }>({ name: `insert_${table}`, text, values });
    count += inserted!.n;
  }
  return count;
}

/**
 * Sets columns of rows found by `keys`. `timeKey` names the key that is a time-ordered id: its bounds keep the
 * statement out of the other months' partitions.
 */
export async function updateRows(
  tx: Tx,
  table: string,
  { keys, set, timeKey }: { keys: Columns; set: Columns; timeKey?: string },
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return;
  const columns = { ...keys, ...set };
  const bounds: string[] = [];
  const values = [tx.org_id, ...arrays(columns, rows)];
  if (timeKey) {
    const ids = rows.map((row) => row[timeKey] as string).sort();
    bounds.push(`t.${timeKey} >= $${values.push(ids[0])}::uuid`, `t.${timeKey} <= $${values.push(ids.at(-1))}::uuid`);
  }
  await tx.query({
    name: `update_${table}`,
    text: `update ${table} t set ${Object.entries(set)
      .map(([name, type]) => `${name} = ${target(name, type)}`)
      .join(", ")}
      from ${source(columns)}
      where ${["t.org_id = $1", ...Object.keys(keys).map((key) => `t.${key} = s.${key}`), ...bounds].join(" and ")}`,
    values,
  });
}

/** Another transaction stored one of our rows in between: the whole batch is run again, and then finds it. */
export class StoredMeanwhile extends Error {
  /** The error code of PostgreSQL for transactions that can't both be first: the caller's transaction is run again. */
  readonly code = "40001";
}

/** Like `insertRows`, where none of the rows existed a moment ago. @throws StoredMeanwhile */
export async function insertNewRows(tx: Tx, table: string, columns: Columns, rows: readonly Row[]): Promise<void> {
  if ((await insertRows(tx, table, columns, rows)) < rows.length) throw new StoredMeanwhile(table);
}

/** Rows sorted by a text column, so that concurrent batches lock in the same order. */
export const sortedBy = <R>(rows: readonly R[], key: (row: R) => string): R[] =>
  rows
    .map((row) => ({ row, key: key(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row);
