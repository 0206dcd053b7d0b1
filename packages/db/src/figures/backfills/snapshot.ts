import type { BackfillChange } from "@twin/contracts/backfills";
import type { BackfillKind } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../tenancy/actor.ts";
import { factColumns } from "../tables.ts";
import { dayColumns, ownColumns } from "../days/define.ts";
import { only, statement } from "../../postgres/statement.ts";

/** Which figures a chunk writes, and whose. */
export type ChunkScope = { days: string[]; people: number[]; months: string[] };

type Value = BackfillChange["before"];
type StoredRow = { table: string; day: string; key: string; values: Record<string, Value> };

type Source = {
  table: string;
  kinds: readonly BackfillKind[];
  day: string;
  key: string;
  columns: readonly string[];
  where: (p: Given) => SQL;
};

type Given = { days: SQL; people: SQL; months: SQL };

/** Kinds of columns that aren't plain numbers. */
const kinds: Record<string, Parameters<typeof only>[0]> = {
  platform_breakdown: "jsonb",
  session_seconds: "bigint",
  activity_seconds: "bigint",
  tokens: "bigint",
  duration_sum: "bigint",
  last_used_at: "timestamptz",
  hours: "text",
  cohort_date: "date",
  day_1_active: "boolean?",
  day_7_active: "boolean?",
  day_30_active: "boolean?",
};

/** A set is shown as its size; its digest tells apart sets of one size. */
const sources: readonly Source[] = [
  {
    table: "daily_metrics",
    kinds: ["metrics"],
    day: "metric_date",
    key: "''",
    columns: [...dayColumns, ...ownColumns],
    where: (p) => sql`metric_date = any (${p.days})`,
  },
  {
    table: "user_days",
    kinds: ["metrics"],
    day: "day",
    key: "concat_ws(' ', n, twin_id, platform)",
    columns: factColumns,
    where: (p) => sql`day = any (${p.days})`,
  },
  {
    table: "feature_usage",
    kinds: ["metrics"],
    day: "usage_date",
    key: "concat_ws(' ', n, feature_name)",
    columns: ["usage_count", "last_used_at"],
    where: (p) => sql`usage_date = any (${p.days})`,
  },
  {
    table: "platform_days",
    kinds: ["metrics"],
    day: "day",
    key: "platform",
    columns: factColumns,
    where: (p) => sql`day = any (${p.days})`,
  },
  {
    table: "feature_days",
    kinds: ["metrics"],
    day: "day",
    key: "feature_name",
    columns: ["usage_count"],
    where: (p) => sql`day = any (${p.days})`,
  },
  {
    table: "twin_months",
    kinds: ["metrics"],
    day: "month",
    key: "twin_id",
    columns: ["activities"],
    where: (p) => sql`month = any (${p.months})`,
  },
  {
    table: "activity_hours",
    kinds: ["metrics"],
    day: "day",
    key: "platform",
    columns: ["hours"],
    where: (p) => sql`day = any (${p.days})`,
  },
  {
    table: "user_retention",
    kinds: ["metrics", "retention"],
    day: "cohort_date",
    key: "n",
    columns: ["cohort_date", "day_1_active", "day_7_active", "day_30_active", "total_sessions"],
    where: (p) => sql`n = any (${p.people})`,
  },
  {
    table: "monthly_user_stats",
    kinds: ["metrics", "monthly"],
    day: "month",
    key: "n",
    columns: ["session_count", "activity_count", "duration_sum", "duration_n"],
    where: (p) => sql`n = any (${p.people}) and month = any (${p.months})`,
  },
];

const stored = sources.map((source) => ({
  ...source,
  read: statement(
    `figures.snapshot_${source.table}`,
    { org_id: "int", days: "date[]", people: "int[]", months: "date[]" },
    {
      "?day": only<Value>("date"),
      "?key": only<Value>("text"),
      ...Object.fromEntries(source.columns.map((column) => [column, only<Value>(kinds[column] ?? "int")])),
    },
    // Each statement has all parameters, used or not.
    (p) => sql`
      with p as (select ${p.days} as days, ${p.people} as people, ${p.months} as months)
      select ${sql.raw(source.day)} as "?day", (${sql.raw(source.key)})::text as "?key",
        ${sql.raw(source.columns.map((column) => (column === "hours" ? "array_to_string(hours, ' ') as hours" : column)).join(", "))}
      from ${sql.raw(source.table)} where org_id = ${p.org_id} and ${source.where(p)}`,
  ),
}));

const tablesOfSets = new Set(["day_users", "active_periods"]);

const storedSets = statement(
  "figures.snapshot_sets",
  { org_id: "int", days: "date[]" },
  { table: "text", kind: "text", day: "date", lane: "int", size: "int", digest: "text" },
  (p) => sql`
    select "table", kind, day, lane, bit_count(bits)::int as size, md5(bits::text) as digest from (
      select 'day_users' as "table", kind, day, lane, bits from day_users where org_id = ${p.org_id} and day = any (${p.days})
      union all
      select 'active_periods', period, start_date, lane, bits from active_periods p
      where org_id = ${p.org_id} and exists (select from unnest(${p.days}) d (day) where date_trunc(p.period, d.day::timestamp) = p.start_date)
    ) s`,
);

/** Every figure that a chunk of this kind may write, as it is stored now. */
export async function takeSnapshot(
  tx: Tx,
  what: BackfillKind,
  { days, people, months }: ChunkScope,
): Promise<StoredRow[]> {
  const reach = { org_id: tx.org_id, days, people, months };
  const rows: StoredRow[] = [];
  for (const { table, kinds: of, read } of stored) {
    if (!of.includes(what)) continue;
    const found = await tx.query(read(reach));
    for (const { "?day": on, "?key": name, ...values } of found)
      rows.push({ table, day: String(on), key: String(name), values });
  }
  if (what === "monthly") return rows;
  const sets = await tx.query(storedSets({ org_id: tx.org_id, days }));
  for (const { table, kind, day, lane, size, digest } of sets) {
    rows.push({ table, day, key: `${kind} ${lane}`, values: { [kind]: `${size} ${digest}` } });
  }
  return rows;
}

/** What differs between two snapshots: a line a day, table and column. */
export function changesBetween(before: readonly StoredRow[], after: readonly StoredRow[]): BackfillChange[] {
  const lines = new Map<string, BackfillChange>();
  const note = (row: StoredRow, column: string, was: Value, is: Value) => {
    const key = `${row.day} ${row.table} ${column}`;
    const line = lines.get(key);
    if (!line) {
      lines.set(key, { day: row.day, table: row.table, column, rows: 1, before: was, after: is });
      return;
    }
    Object.assign(line, { rows: line.rows + 1, before: add(line.before, was), after: add(line.after, is) });
  };
  const keyOf = (row: StoredRow) => `${row.table} ${row.key} ${row.table === "user_retention" ? "" : row.day}`;
  const olds = new Map(before.map((row) => [keyOf(row), row]));
  const news = new Map(after.map((row) => [keyOf(row), row]));
  for (const row of [...before, ...after.filter((one) => !olds.has(keyOf(one)))]) {
    const [was, is] = [olds.get(keyOf(row))?.values, news.get(keyOf(row))?.values];
    const differing = Object.keys(row.values).filter((column) => textOf(was?.[column]) !== textOf(is?.[column]));
    for (const column of differing) note(row, column, shown(row, column, was), shown(row, column, is));
    // A row of zeros was added or deleted.
    if (differing.length === 0 && (!was || !is)) note(row, "row", was ? 1 : null, is ? 1 : null);
  }
  return [...lines.values()];
}

/** No row, null, zero and an empty breakdown are equal: no row means zeros. */
const textOf = (value: Value | undefined): string => {
  const text = JSON.stringify(value ?? 0);
  return text === "{}" ? "0" : typeof value === "object" && value ? sortedText(value) : text;
};
const sortedText = (value: Record<string, number>): string => JSON.stringify(Object.entries(value).sort());

function shown({ table }: StoredRow, column: string, values: Record<string, Value> | undefined): Value {
  const value = values?.[column] ?? null;
  if (value === null) return null;
  if (tablesOfSets.has(table)) return Number((value as string).split(" ")[0]);
  if (column === "hours") return (value as string).split(" ").reduce((sum, count) => sum + Number(count), 0);
  return value;
}

/** Sums of columns that can be summed; times and days of several rows have none. */
function add(sum: Value, value: Value): Value {
  const [a, b] = [sum, value].map((one) => (typeof one === "boolean" ? Number(one) : one));
  if (a === null && b === null) return null;
  if ((typeof a === "number" || a === null) && (typeof b === "number" || b === null)) return (a ?? 0) + (b ?? 0);
  return null;
}
